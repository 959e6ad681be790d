//! Names stand where they are said to stand, in every ruleset that there is: what is renamed is the name, and nothing beside it.

use super::client::Client;
use crate::fixtures::root;
use serde_json::json;
use std::path::PathBuf;

/// The directories below `rooms`.
fn rulesets() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("rooms")).expect("rooms");
    let mut rulesets: Vec<PathBuf> = entries.map(|entry| entry.expect("a ruleset").path()).collect();
    rulesets.sort();
    rulesets
}

#[test]
fn every_use_of_what_the_shipped_rules_name_reads_as_its_name() {
    for ruleset in rulesets() {
        let mut client = Client::greet(&ruleset, json!({}));
        let files = std::fs::read_dir(&ruleset).expect("a ruleset").map(|entry| entry.expect("a file").path());
        let files: Vec<PathBuf> =
            files.filter(|path| path.extension().is_some_and(|ending| ending == "room")).collect();
        let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
        files.iter().for_each(|path| client.open(&name(path), None));
        let found = client.ask("workspace/symbol", json!({ "query": "" }));
        let symbols = found["result"].as_array().expect("symbols").clone();
        assert!(!symbols.is_empty(), "{found}");
        for symbol in symbols {
            let (uri, start) = (&symbol["location"]["uri"], &symbol["location"]["range"]["start"]);
            let params = json!({
                "textDocument": { "uri": uri }, "position": start, "context": { "includeDeclaration": true }
            });
            let named = client.ask("textDocument/references", params);
            for place in named["result"].as_array().into_iter().flatten() {
                let (text, _) = &client.open[place["uri"].as_str().expect("a URI")];
                let (start, end) = (&place["range"]["start"], &place["range"]["end"]);
                let line = text.lines().nth(start["line"].as_u64().expect("a line") as usize).expect("a line");
                let column = |at: &serde_json::Value| at["character"].as_u64().expect("a column") as usize;
                let line: Vec<u16> = line.encode_utf16().collect();
                let word = String::from_utf16_lossy(&line[column(start)..column(end)]);
                let name = symbol["name"].as_str().expect("a name");
                assert!(name == word || name.contains(&word), "{name} is `{word}` in {place}");
            }
        }
    }
}
