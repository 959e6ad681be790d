//! Secrets that take up where a connection was: whom they make whom, how often they count, what is kept of them. And keys that are taken
//! away from connections that are up.

use super::super::client::Client;
use super::super::serving::{Serving, directory, settings};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;

const RULES: &str = r#"entry lobby
room lobby public {
    doors hall, desk
    after 1h -> drop "late"
    on _ { say { lost: true } }
}
room hall {
    requires name
    on { text: text } as m { post m }
}
room desk {
    requires name
    requires pin
    renews pin
    on { text: text } as m { post m }
}
lock name gives client {
    after 60s -> fail "too slow"
    state asked {
        ask { name: "Who?" }
        on { name: text(1..16) } as said -> checking(said.name)
    }
    state checking(name: text(1..16)) {
        check code(name) within 5s
        passed label { identify label -> resolve label }
        failed why -> fail why
    }
}
lock pin gives bool held HELD grace 1h {
    after 1h -> fail "too slow"
    ask { pin: "?" }
    on { pin: "1" } -> resolve true
}
"#;

const CODES: &str = "checks: { code: { codes: { ada: ada, eve: eve } } }\n";

fn serve(held: &str) -> Serving {
    let rules = RULES.replace("HELD", held);
    let home = directory(&[("lobby.room", &rules), ("windlass.yaml", &format!("{CODES}{}", settings()))]);
    Serving::start_in(home, "", &["--no-watch"])
}

/// What a client is told next, as JSON.
async fn told(client: &mut Client) -> Value {
    serde_json::from_str(&client.text().await).expect("JSON")
}

/// Somebody who has said who they are, stands in the hall, and the secret to come back with.
async fn identified(serving: &Serving, name: &str) -> (Client, String) {
    let mut client = serving.client().await;
    client.send(r#"{"to":"room:hall"}"#).await;
    client.expect_start("{\"ask\"").await;
    client.send(&json!({ "name": name }).to_string()).await;
    let secret = secret(&[told(&mut client).await], name);
    client.expect_start(r#"{"moved":{"room":"room:hall""#).await;
    (client, secret)
}

fn secret(answers: &[Value], name: &str) -> String {
    let identified = answers.iter().find_map(|answer| answer.get("identified"));
    let identified = identified.unwrap_or_else(|| panic!("nobody is identified: {answers:?}"));
    assert_eq!(identified["client"], format!("client:{name}"), "{identified}");
    identified["resume"].as_str().expect("a secret").to_owned()
}

fn resumption(secret: &str) -> String {
    json!({"resume": {"token": secret}, "id": "back"}).to_string()
}

/// Asks to take up where the connection of a secret was, and all that comes of it.
async fn resume(client: &mut Client, secret: &str) -> Vec<Value> {
    client.send(&resumption(secret)).await;
    come_of_it(client).await
}

async fn come_of_it(client: &mut Client) -> Vec<Value> {
    let mut answers = vec![told(client).await];
    while answers.last().is_none_or(|answer| answer["id"] != "back") {
        answers.push(told(client).await);
    }
    answers
}

/// With which code it is refused.
fn code(answers: &[Value]) -> &str {
    answers.last().and_then(|answer| answer["error"]["code"].as_str()).unwrap_or_default()
}

/// Whose word reaches ada in the hall.
async fn speaks_as(client: &mut Client, ada: &mut Client) -> String {
    client.send(r#"{"text":"who am I"}"#).await;
    let heard = told(ada).await;
    heard["from"].as_str().unwrap_or_default().to_owned()
}

/// Session fixation: whatever secret a connection has from before, or from somebody else, it stays whom it has become.
#[tokio::test]
async fn a_secret_of_before_or_of_another_takes_up_nothing_after() {
    let serving = serve("1h");
    let mut stranger = Client::connect(serving.address).await;
    for _ in 0..2 {
        let told = stranger.text().await;
        assert!(!told.contains("resume"), "nobody has a secret before it is known who they are: {told}");
    }
    let (mut ada, of_ada) = identified(&serving, "ada").await;
    let (mut eve, of_eve) = identified(&serving, "eve").await;
    for secret in [&of_ada, &of_eve] {
        assert_eq!(code(&resume(&mut eve, secret).await), "bad_request", "she is somebody already");
    }
    assert_eq!(speaks_as(&mut eve, &mut ada).await, "client:eve");
    // planted where somebody is about to say who they are: they are eve then, and are told so, and cannot become another any more
    eve.close().await;
    stranger.send(r#"{"to":"room:hall"}"#).await;
    stranger.expect_start("{\"ask\"").await;
    let another = secret(&resume(&mut stranger, &of_eve).await, "eve");
    assert!(![&of_ada, &of_eve].contains(&&another), "a new secret each time");
    assert_eq!(speaks_as(&mut stranger, &mut ada).await, "client:eve");
    assert_eq!(code(&resume(&mut stranger, &of_ada).await), "bad_request");
    // whoever planted it has nothing left
    let mut planter = serving.client().await;
    assert_eq!(code(&resume(&mut planter, &of_eve).await), "not_resumed");
}

/// It counts for no more there than in a frame.
#[tokio::test]
async fn a_secret_may_come_with_the_request() {
    let serving = serve("1h");
    let (mut ada, first) = identified(&serving, "ada").await;
    let mut again = Client::connect_saying(serving.address, &resumption(&first)).await;
    again.expect_start("{\"hello\"").await;
    secret(&come_of_it(&mut again).await, "ada");
    assert_eq!(ada.close_code().await.0, 4003);
    let (mut eve, _) = identified(&serving, "eve").await;
    assert_eq!(speaks_as(&mut again, &mut eve).await, "client:ada");
    let mut late = Client::connect_saying(serving.address, &resumption(&first)).await;
    assert_eq!(code(&come_of_it(&mut late).await), "not_resumed");
}

#[tokio::test]
async fn a_secret_counts_once_and_each_coming_back_gives_another() {
    let serving = serve("1h");
    let (mut ada, first) = identified(&serving, "ada").await;
    let mut secrets = vec![first];
    for _ in 0..3 {
        let latest = secrets.last().expect("a secret").clone();
        let mut again = serving.client().await;
        secrets.push(secret(&resume(&mut again, &latest).await, "ada"));
        assert_eq!(ada.close_code().await.0, 4003, "the connection of before gives way");
        for spent in &secrets[..secrets.len() - 1] {
            let mut late = serving.client().await;
            assert_eq!(code(&resume(&mut late, spent).await), "not_resumed");
        }
        ada = again;
    }
    assert_eq!(secrets.iter().collect::<BTreeSet<_>>().len(), secrets.len());
    let latest = secrets.last().expect("a secret");
    let hash = Sha256::digest(latest).iter().map(|byte| format!("{byte:02x}")).collect();
    for wrong in [latest.to_uppercase(), format!(" {latest}"), latest[1..].to_owned(), String::new(), hash] {
        let mut guesser = serving.client().await;
        assert_eq!(code(&resume(&mut guesser, &wrong).await), "not_resumed", "{wrong}");
    }
    let mut again = serving.client().await;
    secret(&resume(&mut again, latest).await, "ada");
}

/// All that a server has written.
fn written(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    files.flat_map(|file| std::fs::read(file).expect("bytes")).collect()
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[tokio::test]
async fn what_is_kept_of_a_secret_is_its_hash() {
    let mut serving = serve("1h");
    let (ada, secret) = identified(&serving, "ada").await;
    ada.close().await;
    let kept = written(&serving.file("windlass-data"));
    let half: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16).expect("hexadecimal")).collect();
    assert!(holds(&kept, &Sha256::digest(&secret)), "the hash is what is looked up after a restart");
    assert!(!holds(&kept, secret.as_bytes()) && !holds(&kept, &half), "who reads the store can take up nothing");
    serving.signal("KILL");
    let home = std::mem::replace(&mut serving.home, tempfile::tempdir().expect("a directory"));
    drop(serving);
    let serving = Serving::start_in(home, "", &["--no-watch"]);
    let mut again = serving.client().await;
    self::secret(&resume(&mut again, &secret).await, "ada");
}

/// In the desk's room, where a pin is required, with the pin.
async fn at_the_desk(serving: &Serving, name: &str) -> Client {
    let (mut client, _) = identified(serving, name).await;
    client.close().await;
    client = serving.client().await;
    client.send(r#"{"to":"room:desk"}"#).await;
    client.expect_start("{\"ask\"").await;
    client.send(&json!({ "name": name }).to_string()).await;
    for start in ["{\"identified\"", "{\"ask\":{\"pin\""] {
        client.expect_start(start).await;
    }
    client.send(r#"{"pin":"1"}"#).await;
    client.expect_start(r#"{"moved":{"room":"room:desk""#).await;
    client
}

/// Says something to the others in the room, and waits until it was decided.
async fn say(client: &mut Client, text: &str) {
    client.send(&json!({"text": text, "id": "0192f5c4-7b1e-7000"}).to_string()).await;
    client.expect_start("{\"ok\"").await;
}

async fn revoke(serving: &Serving) {
    let (status, answer) = serving.ask("POST", "/api/revoke", r#"{"who":"client:ada","locks":["pin"]}"#).await;
    assert_eq!((status, &answer["sockets"]), (200, &json!(2)), "{answer}");
}

fn is_message(told: &Value) -> bool {
    told.get("message").is_some()
}

/// "Within a second" would be a time. What holds is more: when whoever revoked has the answer, nothing is heard any more.
#[tokio::test]
async fn a_revoked_key_opens_and_hears_nothing_once_it_is_answered() {
    let serving = serve("1h");
    let mut eve = at_the_desk(&serving, "eve").await;
    let mut adas = [at_the_desk(&serving, "ada").await, at_the_desk(&serving, "ada").await];
    say(&mut eve, "before").await;
    for ada in &mut adas {
        assert!(is_message(&told(ada).await));
    }
    revoke(&serving).await;
    say(&mut eve, "after").await;
    for ada in &mut adas {
        ada.expect_start(r#"{"error":{"code":"locked""#).await;
        ada.send(r#"{"text":"may I"}"#).await;
        // nothing stands between: neither what eve said, nor a word of the other connection
        ada.expect_start("{\"ask\":{\"pin\"").await;
    }
    adas[0].send(r#"{"pin":"1"}"#).await;
    assert_eq!(told(&mut eve).await["message"]["text"], "may I", "who proves it again is heard again");
}

#[tokio::test]
async fn a_key_that_is_revoked_in_its_grace_hears_nothing_once_it_is_answered() {
    let serving = serve("300ms");
    let mut adas = [at_the_desk(&serving, "ada").await, at_the_desk(&serving, "ada").await];
    for ada in &mut adas {
        // it has ended, and lingers
        ada.expect_start("{\"ask\":{\"pin\"").await;
    }
    let mut eve = at_the_desk(&serving, "eve").await;
    eve.send(r#"{"text":"in the grace"}"#).await;
    for ada in &mut adas {
        assert_eq!(told(ada).await["message"]["text"], "in the grace");
    }
    revoke(&serving).await;
    let mut bob = at_the_desk(&serving, "eve").await;
    bob.send(r#"{"text":"after it"}"#).await;
    eve.close().await;
    for ada in &mut adas {
        ada.send(r#"{"cancel":true,"id":"marker"}"#).await;
        let mut heard = Vec::new();
        while heard.last().is_none_or(|told: &Value| told["id"] != "marker") {
            heard.push(told(ada).await);
        }
        assert!(!heard.iter().any(is_message), "{heard:?}");
    }
}
