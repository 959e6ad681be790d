//! What a backend does over HTTP, what comes of it for clients, and that it is written down.

use super::client::Client;
use super::serving::{Serving, TOKEN, directory, settings};
use crate::fixtures;
use serde_json::{Value, json};
use std::process::Command;
use windlass::server::config::TokenHash;

/// The rules that `docs/api.md` speaks of.
const HOUSE: &str = r#"entry lobby
client { role: "guest" | "keeper" = "guest", score: int(0..100)? }
group staff
room lobby public { doors hall }
room hall {
    requires name
    history 100
    mailbox 2
    on { text: text } as m { post m }
}
room kitchen {
    requires name
    requires pin
    on { text: text } as m { post m }
}
room attic {
    requires name
    admit when client.role == "keeper"
}
room table(n: int(1..9)) public { on { text: text } as m { post m } }
lock name gives client held 8h {
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
lock pin gives bool held 10m {
    after 60s -> fail "too slow"
    ask { pin: "?" }
    on { pin: "1" } -> resolve true
    on { pin: text } -> fail "wrong"
}
"#;

/// Who says a name of these is it.
const CODES: &str = "checks: { code: { codes: { ada: ada, bob: bob, cy: cy } } }\n";

/// A server of the house, with settings that know the token, and these flags.
fn serve(flags: &[&str]) -> Serving {
    serve_with(&settings(), flags)
}

fn serve_with(settings: &str, flags: &[&str]) -> Serving {
    let settings = format!("{CODES}{settings}");
    let home = directory(&[("lobby.room", HOUSE), ("windlass.yaml", &settings)]);
    Serving::start_in(home, "", &[&["--no-watch"], flags].concat())
}

/// Somebody who stands in the hall.
async fn in_the_hall(serving: &Serving, name: &str) -> Client {
    let mut client = identified(serving, name).await;
    client.expect_start("{\"moved\"").await;
    client
}

async fn identified(serving: &Serving, name: &str) -> Client {
    let mut client = serving.client().await;
    client.send("{\"to\":\"room:hall\"}").await;
    client.expect_start("{\"ask\"").await;
    client.send(&json!({ "name": name }).to_string()).await;
    client.expect_start("{\"identified\"").await;
    client
}

async fn post(serving: &Serving, path: &str, body: Value) -> (u16, Value) {
    serving.ask("POST", path, &body.to_string()).await
}

#[tokio::test]
async fn a_service_posts_as_itself_and_is_told_when_it_is_kept() {
    let mut serving = serve(&[]);
    let mut ada = in_the_hall(&serving, "ada").await;
    let said = json!({"to": "room:hall", "id": "0192f5c4-7b1e-7000", "text": "soup", "from": "client:root"});
    let (status, first) = post(&serving, "/api/post", said.clone()).await;
    assert_eq!((status, &first["seq"], &first["repeated"]), (200, &1.into(), &false.into()), "{first}");
    ada.expect_start(
        r#"{"message":{"from":"client:root","text":"soup"},"room":"room:hall","from":"service:tests","seq":1,"#,
    )
    .await;
    // what was answered outlasts the server, and is known again
    serving.signal("KILL");
    let home = std::mem::replace(&mut serving.home, tempfile::tempdir().expect("a directory"));
    drop(serving);
    let serving = Serving::start_in(home, "", &["--no-watch"]);
    let (status, again) = post(&serving, "/api/post", said).await;
    assert_eq!((status, &again["seq"], &again["repeated"]), (200, &1.into(), &true.into()), "{again}");
    assert_eq!(first["epoch"], again["epoch"]);
    let (status, page) = serving.ask("GET", "/api/rooms/hall/history", "").await;
    assert_eq!((status, &page["messages"][0]["message"]["text"]), (200, &"soup".into()), "{page}");
    // ada is away now: the hall keeps two for her
    for (number, expected) in [(1, 200), (2, 200), (3, 409)] {
        let (status, answer) = post(&serving, "/api/post", json!({"to": "client:ada", "psst": number})).await;
        assert_eq!(status, expected, "{answer}");
    }
    let mut ada = identified(&serving, "ada").await;
    ada.expect_start(r#"{"message":{"psst":1},"direct":true,"from":"service:tests","at":"#).await;
}

#[tokio::test]
async fn what_cannot_be_posted_is_refused_with_a_reason() {
    let serving = serve(&["--set", "message.bytes=1KiB"]);
    let large = json!({"to": "room:hall", "text": "x".repeat(2000)}).to_string();
    for (body, status, code) in [
        ("", 400, "malformed"),
        ("[1]", 400, "malformed"),
        (r#"{"to":"room:hall","a":1,"a":2}"#, 422, "duplicate_key"),
        (r#"{"text":"to nobody"}"#, 422, "bad_address"),
        (r#"{"to":"lock:pin"}"#, 422, "bad_address"),
        (r#"{"leave":"room:hall"}"#, 422, "bad_request"),
        (r#"{"to":"room:hall","id":"short"}"#, 422, "bad_id"),
        (r#"{"to":"room:table/1","id":"0192f5c4-7b1e-7000"}"#, 422, "no_history"),
        (r#"{"to":"room:table/10"}"#, 404, "not_found"),
        (r#"{"to":"client:nobody"}"#, 404, "not_found"),
        (r#"{"to":"group:nobody"}"#, 404, "not_found"),
        (&large, 413, "too_large"),
    ] {
        let (answered, answer) = serving.ask("POST", "/api/post", body).await;
        assert_eq!((answered, answer["error"]["code"].as_str()), (status, Some(code)), "{body}: {answer}");
    }
}

#[tokio::test]
async fn clients_are_moved_asked_deprived_and_sent_away() {
    let serving = serve(&[]);
    let stranger = serving.client().await;
    let (_, page) = serving.ask("GET", "/api/sockets", "").await;
    let unknown = format!("socket:{}", page["sockets"][0]["socket"].as_str().expect("an id"));
    let mut ada = in_the_hall(&serving, "ada").await;
    for (path, body, status, code) in [
        ("/api/move", json!({"who": unknown, "to": "room:hall"}), 409, "not_identified"),
        ("/api/move", json!({"who": "client:ada", "to": "room:nowhere"}), 404, "not_found"),
        ("/api/move", json!({"who": "client:ada", "to": "room:attic"}), 409, "refused"),
        ("/api/move", json!({"who": "ada", "to": "room:attic"}), 422, "bad_address"),
        ("/api/move", json!({"who": "client:ada"}), 400, "bad_request"),
        ("/api/lock", json!({"who": "client:ada", "lock": "pin", "args": [1]}), 422, "wrong_type"),
        ("/api/lock", json!({"who": "client:ada", "lock": "nothing"}), 404, "not_found"),
        ("/api/revoke", json!({"who": "client:ada"}), 422, "bad_request"),
        ("/api/drop", json!({"who": "client:ada", "reason": "x".repeat(124)}), 422, "too_large"),
        ("/api/drop", json!({"who": "socket:x", "reason": ""}), 422, "bad_address"),
        ("/api/expel", json!({"who": "client:bob", "reason": ""}), 404, "not_found"),
    ] {
        let (answered, answer) = post(&serving, path, body.clone()).await;
        assert_eq!((answered, answer["error"]["code"].as_str()), (status, Some(code)), "{path} {body}: {answer}");
    }
    ada.expect_start(r#"{"error":{"code":"refused","message":"not admitted""#).await;
    let (status, went) = post(&serving, "/api/move", json!({"who": "client:ada", "to": "room:kitchen"})).await;
    assert_eq!((status, &went["sockets"][0]["outcome"]), (200, &"waiting".into()), "{went}");
    ada.expect_start("{\"ask\":{\"pin\"").await;
    let (status, busy) = post(&serving, "/api/lock", json!({"who": "client:ada", "lock": "lock:pin"})).await;
    assert_eq!((status, busy["error"]["code"].as_str()), (409, Some("busy")));
    ada.send("{\"pin\":\"1\"}").await;
    ada.expect_start("{\"moved\":{\"room\":\"room:kitchen\"").await;
    let (status, done) = post(&serving, "/api/revoke", json!({"who": "client:ada", "locks": ["pin"]})).await;
    assert_eq!((status, &done["sockets"]), (200, &1.into()));
    ada.expect_start("{\"error\":{\"code\":\"locked\"").await;
    let (status, _) = post(&serving, "/api/drop", json!({"who": "client:ada", "reason": "enough"})).await;
    assert_eq!(status, 200);
    assert_eq!(ada.close_code().await, (4000, "enough".to_owned()));
    let (_, members) = serving.ask("GET", "/api/rooms/hall/members", "").await;
    assert_eq!(members["members"], json!(["client:ada"]));
    assert_eq!(post(&serving, "/api/expel", json!({"who": "client:ada", "reason": "gone"})).await.0, 200);
    let (_, members) = serving.ask("GET", "/api/rooms/hall/members", "").await;
    assert_eq!((&members["members"], &members["total"]), (&json!([]), &0.into()));
    stranger.close().await;
}

#[tokio::test]
async fn attributes_are_of_their_types() {
    let serving = serve(&[]);
    assert_eq!(serving.ask("GET", "/api/clients/ada/attributes", "").await.0, 404);
    let set = |body: &'static str| serving.ask("POST", "/api/clients/ada/attributes", body);
    let (status, now) = set(r#"{"set":{"role":"keeper"}}"#).await;
    let role = json!({"name": "role", "type": "\"guest\" | \"keeper\"", "value": "keeper", "set": true});
    let score = json!({"name": "score", "type": "int(0..100)?", "value": null, "set": false});
    assert_eq!((status, &now["attributes"]), (200, &json!([role, score])), "{now}");
    for (body, status, code) in [
        (r#"{"set":{"score":1,"role":"king"}}"#, 422, "wrong_type"),
        (r#"{"set":{"rule":"keeper"}}"#, 422, "unknown_attribute"),
        (r#"{"set":{"score":1,"score":2}}"#, 422, "duplicate_key"),
        (r#"{"role":"guest"}"#, 422, "bad_request"),
        (r#"{"set":1}"#, 422, "bad_request"),
        ("nothing", 400, "malformed"),
    ] {
        let (answered, answer) = set(body).await;
        assert_eq!((answered, answer["error"]["code"].as_str()), (status, Some(code)), "{body}: {answer}");
    }
    let (_, wrong) = set(r#"{"set":{"score":"high"}}"#).await;
    assert_eq!(wrong["error"]["message"], "`score` is not of its type, `int(0..100)?`");
    let (_, now) = serving.ask("GET", "/api/clients/ada/attributes", "").await;
    assert_eq!(now["attributes"], json!([role, score]), "all of a request or nothing");
}

#[tokio::test]
async fn rooms_members_and_histories_are_told_in_parts() {
    let serving = serve(&[]);
    let mut clients = Vec::new();
    for name in ["ada", "bob", "cy"] {
        clients.push(in_the_hall(&serving, name).await);
    }
    // the entry room, too, is one that somebody is in
    let _stranger = serving.client().await;
    let (mut path, mut members) = ("/api/rooms/hall/members?limit=2".to_owned(), Vec::new());
    loop {
        let (status, part) = serving.ask("GET", &path, "").await;
        assert_eq!((status, &part["total"]), (200, &3.into()));
        members.extend(part["members"].as_array().expect("a list").clone());
        match part["next"].as_str() {
            Some(next) => path = format!("/api/rooms/hall/members?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(members, ["client:ada", "client:bob", "client:cy"]);
    for number in 0..5 {
        assert_eq!(post(&serving, "/api/post", json!({"to": "room:hall", "n": number})).await.0, 200);
    }
    let (mut after, mut told) = (0, Vec::new());
    loop {
        let (_, part) = serving.ask("GET", &format!("/api/rooms/room:hall/history?limit=2&after={after}"), "").await;
        assert_eq!((&part["complete"], &part["seq"]), (&true.into(), &5.into()), "{part}");
        told.extend(part["messages"].as_array().expect("a list").iter().map(|message| message["message"]["n"].clone()));
        match part["next"].as_u64() {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(told, [0, 1, 2, 3, 4]);
    assert_eq!(post(&serving, "/api/post", json!({"to": "room:table/3", "n": 1})).await.0, 200);
    let (status, table) = serving.ask("GET", "/api/rooms/table%2F3", "").await;
    assert_eq!((status, &table["room"], &table["members"]), (200, &"room:table/3".into(), &0.into()), "{table}");
    let (_, rooms) = serving.ask("GET", "/api/rooms?limit=1", "").await;
    assert_eq!((&rooms["rooms"][0]["room"], &rooms["next"]), (&"room:hall".into(), &"room:hall".into()), "{rooms}");
    let (_, rooms) = serving.ask("GET", "/api/rooms?after=room:hall", "").await;
    assert_eq!((&rooms["rooms"][0]["room"], &rooms["next"]), (&"room:lobby".into(), &Value::Null), "{rooms}");
    for (path, status) in
        [("/api/rooms/table%2F3/history", 409), ("/api/rooms/x/history", 404), ("/api/rooms/x/members", 404)]
    {
        assert_eq!(serving.ask("GET", path, "").await.0, status, "{path}");
    }
    assert_eq!(serving.ask("GET", "/api/rooms/hall/members?after=x", "").await.0, 400);
    assert_eq!(serving.ask("GET", "/api/rooms/hall/history?after=x", "").await.0, 400);
}

/// Settings with an audit file, and a token that may do one thing.
fn audited(file: &str) -> String {
    let hash = TokenHash::of("poster").hex();
    format!("{}    poster: {{ sha256: {hash}, scopes: [post] }}\n  audit: {file}\n", settings())
}

#[tokio::test]
async fn each_act_is_written_down_before_it_is_done_and_after() {
    let serving = serve_with(&audited("audit.jsonl"), &[]);
    let _ada = in_the_hall(&serving, "ada").await;
    assert_eq!(post(&serving, "/api/post", json!({"to": "room:hall", "text": "nobody else's"})).await.0, 200);
    assert_eq!(post(&serving, "/api/move", json!({"who": "client:ada", "to": "room:attic"})).await.0, 409);
    let secret = r#"{"set":{"score":77}}"#;
    assert_eq!(serving.ask("POST", "/api/clients/ada/attributes", secret).await.0, 200);
    assert_eq!(serving.ask_with(Some("poster"), "POST", "/api/move", "{}").await.0, 403);
    assert_eq!(serving.ask("GET", "/api/rooms", "").await.0, 200);
    let text = std::fs::read_to_string(serving.file("audit.jsonl")).expect("the file");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<[&str; 5]> = lines
        .iter()
        .map(|line| ["by", "does", "on", "with", "outcome"].map(|name| line[name].as_str().unwrap_or_default()))
        .collect();
    let expected = [
        ["tests", "post", "room:hall", "", "begun"],
        ["tests", "post", "room:hall", "", "done"],
        ["tests", "move", "client:ada", "room:attic", "begun"],
        ["tests", "move", "client:ada", "room:attic", "refused"],
        ["tests", "set", "client:ada", "score", "begun"],
        ["tests", "set", "client:ada", "score", "done"],
    ];
    assert_eq!(told, expected);
    assert!(lines.chunks(2).all(|pair| pair[0]["act"] == pair[1]["act"] && pair[0]["at"].is_u64()), "{text}");
    let log = serving.stop();
    assert_eq!(log.matches("windlass::audit").count(), 4, "{log}");
    for hidden in ["nobody else's", ":77", TOKEN, "poster }"] {
        assert!(!text.contains(hidden) && !log.contains(hidden), "{hidden}: {text}{log}");
    }
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_done() {
    let serving = serve_with(&audited("nowhere/audit.jsonl"), &[]);
    let (status, answer) = post(&serving, "/api/post", json!({"to": "room:hall", "text": "hi"})).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (503, Some("not_audited")), "{answer}");
    let (_, page) = serving.ask("GET", "/api/rooms/hall/history", "").await;
    assert_eq!(page["seq"], 0, "{page}");
    std::fs::create_dir(serving.file("nowhere")).expect("a directory");
    assert_eq!(post(&serving, "/api/post", json!({"to": "room:hall", "text": "hi"})).await.0, 200);
}

/// Each line of the page that begins with `curl` is run as it stands there, against the house above.
#[tokio::test]
async fn the_pages_curl_lines_do_what_they_say() {
    let page = std::fs::read_to_string(fixtures::root().join("docs/api.md")).expect("the page");
    let lines: Vec<&str> = page.lines().filter(|line| line.starts_with("curl ")).collect();
    assert!(lines.len() >= 14, "{lines:?}");
    let serving = serve(&[]);
    let _ada = in_the_hall(&serving, "ada").await;
    for line in lines {
        let here = line.replace("127.0.0.1:7070", &serving.address.to_string());
        let curl = format!("curl() {{ command curl -sS --fail-with-body --max-time 30 \"$@\"; }}; {here}");
        let ran = Command::new("sh").args(["-c", &curl]).env("WINDLASS_TOKEN", TOKEN).output().expect("a shell");
        let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{line}\n{said}");
        assert!(serde_json::from_slice::<Value>(&ran.stdout).is_ok(), "{line}\n{said}");
    }
}
