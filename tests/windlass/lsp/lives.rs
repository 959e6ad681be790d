//! What becomes of a server: good-byes, bad manners, files that go, and typing that is faster than judging.

use super::client::{Client, uri};
use crate::fixtures::root;
use serde_json::{Value, json};
use std::path::PathBuf;

fn house() -> PathBuf {
    root().join("tests/fixtures/lsp/house")
}

#[test]
fn exit_codes_say_how_it_ended() {
    let mut polite = Client::greet(&house(), json!({}));
    assert_eq!(polite.ask("shutdown", Value::Null)["result"], Value::Null);
    assert_eq!(
        polite.ask("textDocument/hover", json!({}))["error"]["code"],
        -32600,
        "nothing is answered after `shutdown`"
    );
    polite.tell("exit", Value::Null);
    assert_eq!(polite.end(), 0);
    let mut hasty = Client::greet(&house(), json!({}));
    hasty.tell("exit", Value::Null);
    assert_eq!(hasty.end(), 1, "`exit` without `shutdown`");
    assert_eq!(Client::greet(&house(), json!({})).end(), 1, "the editor is gone");
    assert_eq!(Client::start(&house()).end(), 1, "nobody came");
    let mut garbled = Client::greet(&house(), json!({}));
    garbled.send_text("{ \"jsonrpc\"");
    assert_eq!(garbled.end(), 1, "what is no JSON ends the conversation");
}

#[test]
fn what_comes_before_initialize_is_refused() {
    let mut client = Client::start(&house());
    assert_eq!(client.ask("textDocument/hover", json!({}))["error"]["code"], -32002);
    assert_eq!(client.ask("initialize", json!({ "capabilities": 7 }))["error"]["code"], -32602);
    client.tell("textDocument/didOpen", json!({}));
    assert!(client.ask("initialize", json!({ "capabilities": {} }))["result"]["capabilities"].is_object());
    client.tell("initialized", json!({}));
    client.ask("shutdown", Value::Null);
    client.tell("exit", Value::Null);
    assert_eq!(client.end(), 0);
}

#[test]
fn bad_manners_end_nothing() {
    let mut client = Client::greet(&house(), json!({}));
    client.open("front.room", None);
    for params in [json!(null), json!([]), json!({ "textDocument": 7 }), json!("x")] {
        for method in [
            "textDocument/didOpen",
            "textDocument/didChange",
            "textDocument/didClose",
            "nobody/knows",
            "$/cancelRequest",
        ] {
            client.tell(method, params.clone());
        }
        assert_eq!(client.ask("textDocument/hover", params)["error"]["code"], -32602);
    }
    assert_eq!(client.ask("nobody/knows", json!({}))["error"]["code"], -32601);
    let nowhere = json!({ "uri": client.uri("nowhere.room"), "version": 3 });
    client.tell("textDocument/didChange", json!({ "textDocument": nowhere, "contentChanges": [{ "text": "x" }] }));
    client.tell("textDocument/didClose", json!({ "textDocument": nowhere }));
    let asked =
        json!({ "textDocument": nowhere, "position": { "line": 4_294_967_295u32, "character": 4_294_967_295u32 } });
    assert_eq!(client.ask("textDocument/hover", asked)["result"], Value::Null);
    let front = json!({ "uri": client.uri("front.room"), "version": 2 });
    let far = json!({ "line": 4_294_967_295u32, "character": 4_294_967_295u32 });
    let changes = json!([
        { "range": { "start": far, "end": { "line": 0, "character": 0 } }, "text": "entry nowhere\n" },
        { "range": { "start": { "line": 7, "character": 9 }, "end": far }, "text": "🔒" },
    ]);
    client.tell("textDocument/didChange", json!({ "textDocument": front, "contentChanges": changes }));
    let (uri, position) = (client.uri("front.room"), json!({ "line": 0, "character": 8 }));
    client.open.insert(uri.clone(), ("entry nowhere\n🔒".to_owned(), 2));
    let found = client.findings("front.room");
    assert!(found.to_string().contains("nowhere"), "{found}");
    let hover = client.ask("textDocument/completion", json!({ "textDocument": { "uri": uri }, "position": position }));
    assert!(hover["result"].is_array(), "{hover}");
    client.ask("shutdown", Value::Null);
    client.tell("exit", Value::Null);
    assert_eq!(client.end(), 0);
}

#[test]
fn only_the_latest_text_is_judged() {
    let mut client = Client::greet(&house(), json!({}));
    client.open("front.room", None);
    client.findings("front.room");
    for number in 0..200 {
        client.replace("front.room", "nobody came in", &format!("nobody came in {number}"));
    }
    client.replace("front.room", "entry lobby", "entry loby");
    let found = client.findings("front.room");
    assert!(found.to_string().contains("loby"), "{found}");
    assert!(client.heard_findings("front.room") < 20, "typing does not queue up");
}

#[test]
fn what_changes_on_disk_is_looked_at_when_it_is_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path().canonicalize().expect("a path");
    for file in ["front.room", "locks.room", "rooms.room"] {
        std::fs::copy(house().join(file), folder.join(file)).expect("a copy");
    }
    let watch = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let mut client = Client::greet(&folder, watch);
    let watched = client.next(|message| message["method"] == "client/registerCapability");
    assert!(watched.to_string().contains("**/*.room"), "{watched}");
    client.send(&json!({ "jsonrpc": "2.0", "id": watched["id"], "result": null }));
    client.open("front.room", None);
    assert_eq!(client.findings("front.room"), json!([]));
    std::fs::remove_file(folder.join("rooms.room")).expect("a file less");
    let gone = json!([{ "uri": uri(&folder.join("rooms.room")), "type": 3 }]);
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": gone }));
    let found = client.findings("front.room");
    assert!(found.to_string().contains("hall"), "what was in the file is missed: {found}");
    std::fs::remove_file(folder.join("front.room")).expect("a file less");
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    client.findings("front.room");
    client.close("front.room");
    assert_eq!(client.findings("front.room"), json!([]), "what is closed shows nothing");
    client.ask("shutdown", Value::Null);
    client.tell("exit", Value::Null);
    assert_eq!(client.end(), 0);
}
