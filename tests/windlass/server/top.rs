//! What the command line shows of a server that runs: at a glance, and for programs.

use super::client::Client;
use super::serving::Serving;
use serde_json::Value;

const RULES: &str = r#"entry lobby

room lobby public {
    doors hall
    after 2m -> drop "nobody came in"
}

room hall { requires word }

lock word gives bool {
    attempts 1
    after 2m -> fail "too slow"
    state asked {
        on { word: "please" } -> resolve true
        on { word: text } -> retry asked
    }
}
"#;

/// Stands in the lobby, in the middle of the lock.
async fn waits(serving: &Serving) -> Client {
    let mut client = serving.client().await;
    client.send(r#"{"to":"room:hall","id":1}"#).await;
    client.send(r#"{"ping":1}"#).await;
    client.expect_start(r#"{"error""#).await;
    client
}

#[tokio::test]
async fn top_tells_where_everybody_is() {
    let serving = Serving::start(RULES, &["--no-watch"]);
    let _stands = serving.client().await;
    let _waits = waits(&serving).await;
    let mut fails = waits(&serving).await;
    fails.send(r#"{"word":"now"}"#).await;
    fails.expect_start(r#"{"error""#).await;
    serving.write("lobby.room", &RULES.replace("after 2m -> fail", "after 3m -> fail"));
    assert_eq!(serving.ask("POST", "/api/reload", "{}").await.0, 200);
    let is_settled = || async { serving.ask("GET", "/api/epochs", "").await.1["moving"] == false };
    super::client::soon("everybody to be brought over", async { while !is_settled().await {} }).await;
    let (code, said, why) = serving.command(&["top", "--once"]);
    assert_eq!(code, Some(0), "{why}");
    for line in [
        "connections 3   clients 0, and 0 absent   rooms 1",
        "epoch 2 is active, 2 rulesets alive, after 1 reload",
        "  epoch 1: 1 socket in the middle of it",
        "               2  lobby",
        "               1  word                      asked",
        "               1  word                      failed: attempts",
    ] {
        assert!(said.lines().any(|told| told == line), "no `{line}` in\n{said}");
    }
}

#[tokio::test]
async fn top_draws_on_terminals_only_and_says_what_is_missing() {
    let serving = Serving::start(RULES, &["--no-watch"]);
    let (code, _, why) = serving.command(&["top"]);
    assert_eq!(code, Some(2));
    assert_eq!(why, "windlass: this is no terminal to draw on: `windlass top --once` prints one frame as text\n");
    let (code, _, why) = serving.command(&["top", "--once", "--token", "wrong"]);
    assert_eq!((code, why.contains("(unauthorized)")), (Some(2), true), "{why}");
    let (code, _, why) = serving.command(&["top", "--once", "--url", "http://127.0.0.1:1"]);
    assert_eq!((code, why.contains("cannot reach a server")), (Some(2), true), "{why}");
}

#[tokio::test]
async fn programs_read_the_answers_of_the_api() {
    let serving = Serving::start(RULES, &["--no-watch"]);
    let _waits = waits(&serving).await;
    let json = |arguments: &[&str]| {
        let (code, said, why) = serving.command(arguments);
        assert_eq!(code, Some(0), "{why}");
        serde_json::from_str::<Value>(&said).expect("JSON")
    };
    assert_eq!(json(&["epochs", "--format", "json"]), serving.ask("GET", "/api/epochs", "").await.1);
    let (_, sockets) = serving.ask("GET", "/api/sockets", "").await;
    let id = sockets["sockets"][0]["socket"].as_str().expect("an id").to_owned();
    let why = json(&["why", &id, "--format", "json"]);
    assert_eq!((why["socket"].as_str(), why["stack"][2]["name"].as_str()), (Some(&*id), Some("word")), "{why}");
}
