//! Who may use the API, and that its document and its routes are the same.

use super::serving::{Serving, TOKEN, directory, lobby, settings};
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
    let yaml = settings() + &format!("    reader: {{ sha256: {hash}, scopes: [read] }}\n");
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
            assert!(scope.is_some_and(|scope| ["read", "plan", "why", "reload"].contains(&scope)), "{method} {path}");
            let asked = format!("{base}{}", path.replace("{id}", "018f0000-0000-7000-8000-000000000000"));
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
