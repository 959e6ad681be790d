//! Scripts: what an editor does, line by line, and what it is answered.
//!
//! `^` in a text says where the cursor is; the text itself stands in the document, where it is looked for.

use super::client::Client;
use super::show;
use crate::fixtures::{expect_beside, files, root};
use serde_json::{Value, json};

#[test]
fn scripts_are_answered() {
    for case in files("lsp", "script") {
        let script = std::fs::read_to_string(&case).expect("a fixture");
        let mut told = String::new();
        let mut client: Option<Client> = None;
        for line in script.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            told.push_str(&format!("> {line}\n"));
            told.push_str(&act(&mut client, line));
        }
        let folder = client.map(|client| client.folder.clone()).expect("a script that speaks");
        let told = told.replace(&folder, "RULES").replace(folder.trim_start_matches("file://"), "RULES");
        expect_beside(&case, &told);
    }
}

/// Does one line of a script; what the server says to it.
fn act(client: &mut Option<Client>, line: &str) -> String {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    if verb == "folder" {
        let (folder, capabilities) = rest.split_once(' ').unwrap_or((rest, "{}"));
        let capabilities = serde_json::from_str(capabilities).expect("capabilities");
        *client = Some(Client::greet(&root().join("tests/fixtures/lsp").join(folder), capabilities));
        return String::new();
    }
    let client = client.as_mut().expect("`folder` comes first");
    if verb == "raw" {
        let (method, params) = rest.split_once(' ').unwrap_or((rest, "null"));
        return show::show(&client.ask(method, serde_json::from_str(params).expect("params")));
    }
    if verb == "tell" {
        let (method, params) = rest.split_once(' ').unwrap_or((rest, "null"));
        client.tell(method, serde_json::from_str(params).expect("params"));
        return String::new();
    }
    if verb == "warned" {
        let message = client.next(|message| message["method"] == "window/showMessage");
        return format!("{}\n", message["params"]["message"].as_str().expect("a message"));
    }
    if verb == "search" {
        return show::show(&client.ask("workspace/symbol", json!({ "query": rest })));
    }
    let (file, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let document = json!({ "uri": client.uri(file) });
    if matches!(verb, "open" | "replace" | "close") {
        // what was found before is not what will be found
        client.forget_findings();
    }
    match verb {
        "open" => client.open(file, Some(rest).filter(|text| !text.is_empty()).map(unescaped).as_deref()),
        "replace" => {
            let (old, new) = rest.split_once(" => ").unwrap_or((rest.trim_end_matches(" =>"), ""));
            client.replace(file, &unescaped(old), &unescaped(new));
        }
        "close" => client.close(file),
        "findings" => return show::findings(&client.findings(file)),
        "symbols" => {
            return show::show(&client.ask("textDocument/documentSymbol", json!({ "textDocument": document })));
        }
        "format" => {
            let params = json!({ "textDocument": document, "options": { "tabSize": 8, "insertSpaces": false } });
            return show::show(&client.ask("textDocument/formatting", params));
        }
        asked => return ask_at(client, asked, file, rest),
    }
    String::new()
}

/// A question about a place.
fn ask_at(client: &mut Client, asked: &str, file: &str, rest: &str) -> String {
    let (marked, new_name) = rest.split_once(" => ").unwrap_or((rest, ""));
    let marked = unescaped(marked);
    let (before, after) = marked.split_once('^').expect("a cursor");
    let (text, _) = client.open.get(&client.uri(file)).expect("an open document").clone();
    let start = text.find(&format!("{before}{after}")).unwrap_or_else(|| panic!("`{marked}` stands in {file}"));
    let position = client.position(&text, start + before.len());
    let mut params = json!({ "textDocument": { "uri": client.uri(file) }, "position": position });
    let method = match asked {
        "hover" => "textDocument/hover",
        "definition" => "textDocument/definition",
        "highlight" => "textDocument/documentHighlight",
        "prepare" => "textDocument/prepareRename",
        "complete" => "textDocument/completion",
        "references" => {
            params["context"] = json!({ "includeDeclaration": false });
            "textDocument/references"
        }
        "rename" => {
            params["newName"] = json!(new_name);
            "textDocument/rename"
        }
        "actions" => {
            params["range"] = json!({ "start": position, "end": position });
            params["context"] = json!({ "diagnostics": [] });
            "textDocument/codeAction"
        }
        unknown => panic!("no script says `{unknown}`"),
    };
    let answer: Value = client.ask(method, params);
    if asked == "complete" { show::completion(&answer) } else { show::show(&answer) }
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n")
}
