//! The front of house, told over the wire: from the street to the hall with a real signature, and on.

use super::checks::ssh_keygen;
use super::client::{Bare, Client, frame, upgrade_request};
use super::echo::settings;
use crate::fixtures;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use windlass::diagnostic::SourceMap;
use windlass::lint;
use windlass::machine::Program;
use windlass::server::{Fields, House, Reads, Server};
use windlass::value::{Json, Value};

fn program(directory: &Path) -> Arc<Program> {
    let mut sources = SourceMap::default();
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .expect("a ruleset")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "room"))
        .collect();
    files.sort();
    for file in files {
        sources.add(file.display().to_string(), std::fs::read_to_string(&file).expect("rules"));
    }
    let checked = lint::check(sources);
    checked.program.unwrap_or_else(|| panic!("the rules are fine: {:?}", checked.diagnostics))
}

/// The front of house, where ada and bob may sign; none where there is no `ssh-keygen`.
struct FrontOfHouse {
    server: Server,
    home: TempDir,
}

impl FrontOfHouse {
    async fn start(shards: u32) -> Option<FrontOfHouse> {
        let home = tempfile::tempdir().expect("a directory");
        let keys = home.path().join("authorized_keys");
        std::fs::create_dir(&keys).expect("a directory");
        for name in ["ada", "bob"] {
            if !ssh_keygen(&["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name], home.path()) {
                return None;
            }
            std::fs::rename(home.path().join(format!("{name}.pub")), keys.join(name)).expect("a key");
        }
        let mut config = settings(&format!("shards: {shards}\n"));
        config.checks.ssh_signature.authorized_keys = Some(keys);
        config.checks.totp.secrets = Some(home.path().join("totp"));
        let house = House::new(program(&fixtures::root().join("rooms/front-of-house")), &config).expect("bound checks");
        let server = Server::start(&config, house).await.expect("a free port");
        Some(FrontOfHouse { server, home })
    }

    fn sign(&self, key: &str, challenge: &str) -> String {
        let file = self.home.path().join("challenge");
        std::fs::write(&file, challenge).expect("a file");
        let _ = std::fs::remove_file(self.home.path().join("challenge.sig"));
        ssh_keygen(&["-Y", "sign", "-n", "windlass", "-f", key, "challenge"], self.home.path());
        std::fs::read_to_string(self.home.path().join("challenge.sig")).expect("a signature")
    }

    /// A client that has just read its hello and the way in.
    async fn street(&self) -> Client {
        let mut client = Client::connect(self.server.address()).await;
        client.expect_start("{\"hello\":{\"socket\":\"socket:").await;
        client.expect_start("{\"moved\":{\"room\":\"room:lobby\"").await;
        client
    }

    /// Asks for the hall, and says a name; the challenge that comes back.
    async fn challenge(&self, client: &mut Client, name: &str) -> String {
        client.send("{\"to\":\"room:12\",\"id\":1}").await;
        client.expect(r#"{"ask":{"name":"Who are you?"},"in":"lock:identity","depth":2}"#).await;
        client.send(&format!("{{\"name\":\"{name}\"}}")).await;
        challenge_in(&client.text().await, 3)
    }

    async fn answer(&self, client: &mut Client, key: &str, challenge: &str) {
        let signature = Value::Text(self.sign(key, challenge).into()).to_json();
        client.send(&format!("{{\"signature\":{}}}", signature.as_str())).await;
    }

    /// A client that stands in the hall.
    async fn in_the_hall(&self, name: &str) -> Client {
        let mut client = self.street().await;
        let challenge = self.challenge(&mut client, name).await;
        self.answer(&mut client, name, &challenge).await;
        client.expect_start(&format!("{{\"identified\":{{\"client\":\"client:{name}\"")).await;
        client.expect_start("{\"moved\":{\"room\":\"room:hall\"").await;
        client.expect_start("{\"presence\":{\"room\":\"room:hall\",\"here\":").await;
        client.expect("{\"ok\":{},\"id\":1}").await;
        client
    }
}

/// The 64 digits of a challenge.
fn challenge_in(ask: &str, depth: u32) -> String {
    let ask = Json::parse(ask).expect("JSON");
    assert_eq!(
        (ask.field("in"), ask.field("depth")),
        (Some("\"lock:ssh_key\""), Some(depth.to_string().as_str())),
        "{ask:?}"
    );
    let content = Json::parse(ask.field("ask").expect("an ask")).expect("JSON");
    let challenge = content.field("sign").expect("a challenge").trim_matches('"').to_owned();
    assert!(challenge.len() == 64 && challenge.bytes().all(|byte| byte.is_ascii_hexdigit()), "{challenge}");
    challenge
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_street_to_the_hall_with_a_real_signature() {
    for shards in [1, 2] {
        let Some(front) = FrontOfHouse::start(shards).await else { return };
        let mut ada = front.in_the_hall("ada").await;
        let mut bob = front.in_the_hall("bob").await;
        ada.expect_start("{\"presence\":{\"room\":\"room:hall\",\"joined\":\"client:bob\"").await;
        ada.expect_start("{\"message\":{\"joined\":\"bob\"},\"room\":\"room:hall\",\"from\":\"client:bob\"").await;
        bob.send(r#"{"text":"hi","from":"client:ada","id":2}"#).await;
        bob.expect(r#"{"ok":{"room":"room:hall","seq":1},"id":2}"#).await;
        ada.expect_start(
            r#"{"message":{"text":"hi","from":"client:ada"},"room":"room:hall","from":"client:bob","seq":1,"#,
        )
        .await;
        ada.send(r#"{"to":"client:bob","text":"psst"}"#).await;
        bob.expect_start(r#"{"message":{"text":"psst"},"direct":true,"from":"client:ada""#).await;
        bob.close().await;
        ada.expect_start("{\"presence\":{\"room\":\"room:hall\",\"left\":\"client:bob\"").await;
        let stop = tokio::spawn(front.server.stop());
        ada.expect_start("{\"bye\":{\"code\":1012,").await;
        assert_eq!(ada.close_code().await.0, 1012);
        drop(ada);
        assert_eq!(stop.await.expect("no panic").cut, 0);
    }
}

#[tokio::test]
async fn a_signature_that_does_not_count_and_a_challenge_that_is_used_up() {
    let Some(front) = FrontOfHouse::start(1).await else { return };
    let mut eve = front.street().await;
    let challenge = front.challenge(&mut eve, "ada").await;
    front.answer(&mut eve, "bob", &challenge).await;
    // the lock has failed; the identity asks again, and the next challenge is another one
    eve.expect_start("{\"ask\":{\"name\"").await;
    eve.send("{\"name\":\"bob\"}").await;
    let second = challenge_in(&eve.text().await, 3);
    assert_ne!(challenge, second);
    front.answer(&mut eve, "bob", &challenge).await;
    eve.expect_start("{\"ask\":{\"name\"").await;
    eve.send("{\"name\":\"bob\"}").await;
    let third = challenge_in(&eve.text().await, 3);
    front.answer(&mut eve, "bob", &third).await;
    eve.expect_start("{\"identified\":{\"client\":\"client:bob\"").await;
}

#[tokio::test]
async fn publishes_pipelined_behind_the_upgrade_reach_nobody() {
    let Some(front) = FrontOfHouse::start(1).await else { return };
    let mut ada = front.in_the_hall("ada").await;
    let mut bare = Bare::connect(front.server.address()).await;
    let mut bytes = upgrade_request("").into_bytes();
    for number in 0..40 {
        bytes.extend(frame(0x81, format!("{{\"to\":\"room:hall\",\"text\":\"{number}\"}}").as_bytes()));
    }
    bare.write(&bytes).await;
    assert!(bare.head().await.starts_with("HTTP/1.1 101"));
    // the first opens the hall's gate, eight wait for it, and the others are refused
    let mut refused = 0;
    while refused < 32 {
        let (_, frame) = bare.frame().await.expect("an answer");
        let frame = String::from_utf8(frame).expect("text");
        assert!(!frame.contains("room:hall\",\"uuid"), "nobody is let in: {frame}");
        refused += usize::from(frame.contains("parked_full"));
    }
    ada.send("{\"text\":\"alone\",\"id\":3}").await;
    ada.expect(r#"{"ok":{"room":"room:hall","seq":1},"id":3}"#).await;
}

#[test]
fn a_check_that_is_not_bound_is_named() {
    let rules = "entry lobby\nroom lobby public { doors hall on _ { say { go: \"on\" } } }\nroom hall { requires badge on _ as m { post m } }\n\
        lock badge gives text {\n    after 30s -> fail \"late\"\n    state waiting {\n        on { code: text } as m -> checking(m.code)\n    }\n\
        \x20   state checking(given: text) {\n        check code(given) within 1s\n        passed label -> resolve label\n        failed why -> fail why\n    }\n}\n";
    let mut sources = SourceMap::default();
    sources.add("rules/badge.room", rules);
    let checked = lint::check(sources);
    let program = checked.program.unwrap_or_else(|| panic!("the rules are fine: {:?}", checked.diagnostics));
    let why = House::new(program.clone(), &settings("")).err().expect("nothing answers `code`").to_string();
    assert_eq!(
        why,
        "the check `code` is not bound, at rules/badge.room:10: set `checks.code.codes` to the codes by label"
    );
    assert!(House::new(program, &settings("checks: { code: { codes: { door: sesame } } }\n")).is_ok());
}

#[test]
fn of_a_handshake_only_what_rules_read_is_kept() {
    let reads = |way_in: &str| {
        let rules = format!(
            "entry lobby\nroom lobby public {{\n    after 1m -> drop \"late\"\n    doors hall\n    on _ {{ say {{ go: \"on\" }} }}\n}}\n\
             room hall {{\n    requires token\n    on _ as m {{ post m }}\n}}\n\
             lock token gives text {{\n    after 1s -> fail \"late\"\n    state looking {{\n        {way_in}\n    }}\n}}\n"
        );
        let mut sources = SourceMap::default();
        sources.add("rules/token.room", rules);
        let checked = lint::check(sources);
        let program = checked.program.unwrap_or_else(|| panic!("the rules are fine: {:?}", checked.diagnostics));
        Reads::of(&program.model)
    };
    let only = |names: &[&str]| Fields::Only(names.iter().map(|name| (*name).into()).collect());
    let nothing = reads("on { token: text } as m -> resolve m.token");
    assert_eq!(nothing, Reads::default());
    let named = reads(
        "on { token: text } as m when m.token == handshake.query.key or handshake.headers.x_key == \"1\" or m.token in handshake.certificate.names -> resolve m.token",
    );
    let expected =
        Reads { query: only(&["key"]), headers: only(&["x_key"]), certificate: only(&["names"]), ..Reads::default() };
    assert_eq!(named, expected);
    let all = reads(
        "match handshake.query\n            { token: text } as q -> resolve q.token\n            else -> fail \"no token\"",
    );
    assert_eq!(all, Reads { query: Fields::All, ..Reads::default() });
}
