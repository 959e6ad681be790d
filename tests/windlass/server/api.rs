//! Who may use the API, and that its document and its routes are the same.

use super::client::Bare;
use super::serving::{SCOPES, Serving, TOKEN, directory, lobby, settings};
use serde_json::Value;
use windlass::server::config::TokenHash;

#[tokio::test]
async fn without_a_token_in_the_settings_there_is_no_api() {
    let serving = Serving::start_in(directory(&[("lobby.room", &lobby("x"))]), "", &["--no-watch"]);
    for path in ["/api", "/api/epochs", "/api/openapi.json", "/api/reload"] {
        let (status, answer) = serving.ask("GET", path, "").await;
        assert_eq!((status, answer["error"]["code"].as_str()), (404, Some("not_found")), "{path}");
    }
}

#[tokio::test]
async fn only_who_shows_a_token_with_the_scope() {
    let hash = TokenHash::of("reader").hex();
    let yaml = settings() + &format!("    looks: {{ sha256: {hash}, scopes: [read] }}\n");
    let serving = Serving::start_in(directory(&[("lobby.room", &lobby("x")), ("windlass.yaml", &yaml)]), "", &[]);
    for token in [None, Some(""), Some("reade"), Some("reader "), Some(&*hash)] {
        let (status, answer) = serving.ask_with(token, "GET", "/api/epochs", "").await;
        let expected = if token == Some("reader ") { 200 } else { 401 };
        assert_eq!(status, expected, "{token:?}: {answer}");
    }
    assert_eq!(serving.ask_with(Some("reader"), "GET", "/api/epochs", "").await.0, 200);
    let (status, answer) = serving.ask_with(Some("reader"), "POST", "/api/reload", "{}").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (403, Some("forbidden")));
    let log = serving.stop();
    assert!(!log.contains("reader") && !log.contains(&hash), "{log}");
    let denied = log.lines().find(|line| line.contains("windlass::audit")).expect("a line");
    assert!(denied.contains("looks") && denied.contains("forbidden") && denied.contains("reload"), "{denied}");
}

/// A backend keeps its connection; whoever shows no token asks once.
#[tokio::test]
async fn who_is_known_asks_again_on_the_same_connection() {
    let serving = Serving::start(&lobby("x"), &["--no-watch"]);
    let request = |path: &str, token: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: example.org\r\nAuthorization: Bearer {token}\r\n\r\n")
    };
    let mut bare = Bare::connect(serving.address).await;
    let asked = [("/api/epochs", TOKEN), ("/api/nowhere", TOKEN), ("/api/epochs", "nobody's"), ("/health/live", "")];
    for (path, token) in asked {
        bare.write(request(path, token).as_bytes()).await;
    }
    let answers = bare.rest().await;
    let statuses: Vec<&str> =
        answers.match_indices("HTTP/1.1 ").filter_map(|(at, _)| answers.get(at + 9..at + 12)).collect();
    assert_eq!(statuses, ["200", "404", "401", "200"], "{answers}");

    let mut bare = Bare::connect(serving.address).await;
    bare.write(request("/api/epochs", "nobody's").as_bytes()).await;
    bare.write(request("/api/epochs", TOKEN).as_bytes()).await;
    let answers = bare.rest().await;
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_answered_in_one_shape() {
    let serving = Serving::start(&lobby("x"), &["--no-watch"]);
    let too_large = format!("{{\"revoke\":[\"{}\"]}}", "x".repeat(100_000));
    for (method, path, body, expected) in [
        ("POST", "/api/reload", "{", 400),
        ("POST", "/api/reload", "{\"dryrun\":true}", 400),
        ("POST", "/api/reload", &*too_large, 413),
        ("POST", "/api/rollback", "{\"epoch\":-1}", 400),
        ("DELETE", "/api/epochs", "", 405),
        ("GET", "/api/reload", "", 405),
        ("GET", "/api/nowhere", "", 404),
    ] {
        let (status, answer) = serving.ask(method, path, body).await;
        assert_eq!(status, expected, "{method} {path}: {answer}");
        let error = &answer["error"];
        assert!(error["code"].is_string() && error["message"].is_string(), "{method} {path}: {answer}");
    }
}

/// Each documented operation answers, and says what it is documented to say; each names its scope.
#[tokio::test]
async fn the_document_tells_what_there_is() {
    let serving = Serving::start(&lobby("x"), &["--no-watch"]);
    let (status, document) = serving.ask("GET", "/api/openapi.json", "").await;
    assert_eq!(status, 200);
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{document}");
    let base = document["servers"][0]["url"].as_str().expect("a base");
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let scope = operation["security"][0]["token"][0].as_str();
            assert!(scope.is_some_and(|scope| SCOPES.contains(&scope)), "{method} {path}");
            let path = path.replace("{id}", "018f0000-0000-7000-8000-000000000000").replace("{room}", "nowhere");
            let asked = format!("{base}{path}");
            let (status, answer) = serving.ask(&method.to_uppercase(), &asked, "").await;
            assert_ne!(answer["error"]["message"], "there is nothing here: `/api/openapi.json` lists what there is");
            let known = operation["responses"].get(status.to_string());
            let known = known.unwrap_or_else(|| panic!("{method} {path} answers {status}, which is not documented"));
            assert!(known["content"]["application/json"]["schema"].is_object(), "{method} {path}");
            let (anonymous, _) = serving.ask_with(None, &method.to_uppercase(), &asked, "").await;
            assert_eq!(anonymous, 401, "{method} {path}");
        }
    }
    references_lead_somewhere(&document, &document);
}

fn references_lead_somewhere(value: &Value, document: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
            }
            fields.values().for_each(|value| references_lead_somewhere(value, document));
        }
        Value::Array(values) => values.iter().for_each(|value| references_lead_somewhere(value, document)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn a_new_token_is_known_once_its_lines_stand_in_the_settings() {
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_windlass"))
        .args(["token", "new", "ops", "--scopes", "read,reload"])
        .output()
        .expect("a process");
    let said = String::from_utf8(made.stdout).expect("text");
    let token = said.lines().find(|line| line.starts_with("windlass_")).expect("a token");
    let (_, lines) = said.split_once("for windlass.yaml:\n\n").expect("the lines");
    assert!(!lines.contains(token));
    let serving = Serving::start_in(directory(&[("lobby.room", &lobby("x")), ("windlass.yaml", lines)]), "", &[]);
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let (status, _) = runtime.block_on(serving.ask_with(Some(token), "GET", "/api/epochs", ""));
    assert_eq!(status, 200);
    let (status, _) = runtime.block_on(serving.ask_with(Some(TOKEN), "GET", "/api/epochs", ""));
    assert_eq!(status, 401);
}

const GUARDED: &str = r#"entry lobby

room lobby public {
    doors hall
    on { ping: int } as m { say { pong: m.ping } }
}

room hall {
    requires word
    on { text: text } as m { post m }
}

lock word gives text {
    attempts 3
    after 2m -> fail "too slow"
    state asked {
        ask { word: "the word" }
        on { word: text(1..20) } as a when a.word == "please" -> resolve a.word
        on { word: text(1..20) } -> retry asked
    }
}
"#;

async fn in_the_middle(serving: &Serving) -> super::client::Client {
    let mut client = serving.client().await;
    client.send("{\"to\":\"room:hall\"}").await;
    client.expect_start("{\"ask\"").await;
    client
}

#[tokio::test]
async fn who_is_connected_is_told_in_parts() {
    let serving = Serving::start(GUARDED, &["--no-watch"]);
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(serving.client().await);
    }
    let _waiting = in_the_middle(&serving).await;
    let (mut after, mut seen) = (String::new(), Vec::new());
    loop {
        let (status, page) = serving.ask("GET", &format!("/api/sockets?limit=2{after}"), "").await;
        assert_eq!((status, &page["total"]), (200, &Value::from(6)));
        let part = page["sockets"].as_array().expect("a list");
        assert!(part.len() <= 2, "{page}");
        seen.extend(part.iter().map(|socket| socket["socket"].as_str().expect("an id").to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 6);
    assert!(seen.is_sorted(), "{seen:?}");
    // of sockets of one millisecond, any may be the last
    let mut waiting = 0;
    for socket in &seen {
        let (status, one) = serving.ask("GET", &format!("/api/sockets/{socket}"), "").await;
        assert_eq!((status, &one["stack"][0]), (200, &"lobby".into()), "{one}");
        waiting += usize::from(one["stack"] == serde_json::json!(["lobby", "hall", "word"]));
    }
    assert_eq!(waiting, 1);
    assert_eq!(serving.ask("GET", "/api/sockets?limit=x", "").await.0, 400);
    assert_eq!(serving.ask("GET", "/api/sockets/x", "").await.0, 404);
}

#[tokio::test]
async fn why_a_socket_waits() {
    let serving = Serving::start(GUARDED, &["--no-watch"]);
    let mut client = in_the_middle(&serving).await;
    let (_, page) = serving.ask("GET", "/api/sockets", "").await;
    let id = page["sockets"][0]["socket"].as_str().expect("an id").to_owned();
    let (status, why) = serving.ask("GET", &format!("/api/sockets/{id}/why"), "").await;
    let top = &why["stack"][2];
    assert_eq!((status, &top["name"], &top["attempts_left"]), (200, &"word".into(), &Value::from(3)), "{why}");
    assert!(top["path"].as_str().is_some_and(|path| path.ends_with("lobby.room")) && top["line"].is_u64(), "{why}");
    assert!(top["deadlines"][0]["in_ms"].as_u64().is_some_and(|ms| ms <= 120_000), "{why}");
    assert_eq!(why["passes"], serde_json::json!([]));
    client.send("{\"word\":\"secretly wrong\"}").await;
    client.expect_start("{\"ask\"").await;
    let (_, why) = serving.ask("GET", &format!("/api/sockets/{id}/why"), "").await;
    assert_eq!((&why["stack"][2]["attempts_left"], &why["passes"][0]["event"]), (&2.into(), &"a message came".into()));
    assert!(!why.to_string().contains("secretly"), "{why}");
    client.send("{\"word\":\"please\"}").await;
    client.expect_start("{\"moved\"").await;
    let (code, said, _) = serving.command(&["why", &format!("socket:{id}")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("room hall") && said.contains("key of word") && said.contains("unwinds word"), "{said}");
    let (code, _, why) = serving.command(&["why", "nobody"]);
    assert_eq!((code, why.as_str()), (Some(2), "windlass: nothing is known of a client `nobody` (not_found)\n"));
}

#[tokio::test]
async fn a_plan_counts_whom_it_concerns() {
    let serving = Serving::start(GUARDED, &["--no-watch"]);
    let _stands = serving.client().await;
    let _waits = in_the_middle(&serving).await;
    let changed = |how: &str| GUARDED.replace("attempts 3", &format!("attempts 4\n    {how}"));
    for (how, fared, ok) in
        [("", "pinned", true), ("on reload restart", "restarted", true), ("on reload drop", "dropped", false)]
    {
        serving.write("lobby.room", &changed(how));
        let (status, planned) = serving.ask("GET", "/api/plan", "").await;
        assert_eq!((status, &planned["live"][fared]["sockets"]), (200, &Value::from(1)), "{how}: {planned}");
        assert_eq!((&planned["live"]["connected"]["sockets"], &planned["ok"]), (&Value::from(2), &Value::from(ok)));
        assert_eq!(planned["live"]["machines"]["word"]["inside"]["sockets"], 1, "{planned}");
        assert_eq!(planned["live"]["machines"]["lobby"]["standing"]["sockets"], 2, "{planned}");
    }
    let address = format!("http://{}", serving.address);
    let (code, said, why) = serving.command(&["plan", "lobby.room", "--server", &address]);
    assert_eq!(code, Some(1), "{said}{why}");
    assert!(said.contains("1 socket (0 clients) would be closed, to come back"), "{said}");
    serving.write("lobby.room", "entry nowhere\n");
    let (code, _, why) = serving.command(&["plan", "lobby.room", "--server", &address]);
    assert_eq!(code, Some(2), "{why}");
    assert!(why.contains("lobby.room:1:7: error[R0004]"), "{why}");
    assert_eq!(serving.ask("POST", "/api/plan", "{\"files\":[]}").await.0, 400);
    assert_eq!(serving.health().await["epoch"], 1);
}

#[tokio::test]
async fn commands_ask_a_server() {
    let serving = Serving::start(GUARDED, &["--no-watch"]);
    let _waits = in_the_middle(&serving).await;
    let (code, said, _) = serving.command(&["reload"]);
    assert_eq!((code, said.lines().last()), (Some(0), Some("nothing is new: epoch 1 is active")));
    serving.write("lobby.room", &GUARDED.replace("attempts 3", "attempts 4"));
    let (code, said, _) = serving.command(&["reload", "--dry-run"]);
    assert_eq!((code, said.lines().last()), (Some(0), Some("nothing was done: epoch 1 is active")));
    let (code, said, _) = serving.command(&["reload", "--revoke", "word"]);
    assert_eq!((code, said.lines().last()), (Some(0), Some("epoch 2 is active")));
    serving.until_epoch(2).await;
    let (code, said, _) = serving.command(&["epochs"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 socket in the middle of it") && said.contains(": word\n"), "{said}");
    let (code, said, _) = serving.command(&["rollback", "1"]);
    assert_eq!((code, said.as_str()), (Some(0), "the rules of epoch 1 are active, as epoch 3\n"));
    serving.write("lobby.room", "room {");
    let (code, _, why) = serving.command(&["reload"]);
    assert_eq!(code, Some(1), "{why}");
    assert!(why.contains("lobby.room:1:") && why.contains("(bad_rules)"), "{why}");
    let (code, _, why) = serving.command(&["epochs", "--token", "wrong"]);
    assert_eq!(
        (code, why.as_str()),
        (Some(2), "windlass: send a token: `Authorization: Bearer TOKEN` (unauthorized)\n")
    );
    let (code, _, why) = serving.command(&["epochs", "--url", "http://127.0.0.1:1"]);
    assert_eq!(code, Some(2));
    assert!(why.starts_with("windlass: cannot reach a server at `http://127.0.0.1:1/`"), "{why}");
    let (code, _, why) = serving.command(&["epochs", "--url", "https://example.org"]);
    assert_eq!((code, why.contains("is no address of a server")), (Some(2), true), "{why}");
}
