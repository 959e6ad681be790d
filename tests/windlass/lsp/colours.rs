//! The editors' own files know the words of the language: those of the grammar, no others.

use crate::fixtures::root;
use serde_json::Value;
use std::collections::BTreeSet;
use windlass::lsp::{Stands, WORDS};

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("a file of the project")
}

/// The letters of every keyword in the grammar: `k_on = @{ "on" ~ … }`, and what is reserved.
fn keywords() -> BTreeSet<String> {
    let grammar = text("grammar/room.pest");
    let lines = grammar.lines().filter(|line| line.starts_with("k_"));
    let mut words: BTreeSet<String> = lines.map(|line| line.split('"').nth(1).expect("letters").to_owned()).collect();
    let reserved =
        grammar.split("reserved = @{").nth(1).and_then(|rest| rest.split('}').next()).expect("reserved words");
    words.extend(reserved.split('"').skip(1).step_by(2).map(str::to_owned));
    assert!(words.len() > 70, "{words:?}");
    words
}

/// Every word that the colours name: the letters of `\b(a|b)\b`, wherever they stand.
fn coloured() -> BTreeSet<String> {
    let grammar: Value = serde_json::from_str(&text("editors/textmate/room.tmLanguage.json")).expect("JSON");
    let mut words = BTreeSet::new();
    for rule in grammar["repository"].as_object().expect("rules").values() {
        let patterns = rule["patterns"].as_array().into_iter().flatten().chain([rule]);
        for pattern in patterns.filter_map(|rule| rule["match"].as_str()) {
            let Some((list, _)) = pattern.strip_prefix("\\b(").and_then(|rest| rest.split_once(')')) else { continue };
            words.extend(list.split('|').map(str::to_owned));
        }
    }
    words
}

#[test]
fn every_keyword_has_a_colour_and_a_meaning() {
    let (keywords, coloured) = (keywords(), coloured());
    let meant: BTreeSet<String> = WORDS.iter().map(|word| word.word.to_owned()).collect();
    let plain: Vec<_> = keywords.difference(&coloured).collect();
    assert!(plain.is_empty(), "words of the grammar without a colour: {plain:?}");
    let unexplained: Vec<_> = keywords.difference(&meant).collect();
    assert!(unexplained.is_empty(), "words of the grammar that completion does not know: {unexplained:?}");
}

#[test]
fn what_has_a_colour_is_a_word_of_the_language() {
    let keywords = keywords();
    // types and functions are names like others to the grammar
    let named = WORDS.iter().filter(|word| matches!(word.stands, Stands::Type | Stands::Value));
    let named: BTreeSet<String> = named.map(|word| word.word.to_owned()).collect();
    let unknown = |words: &BTreeSet<String>| -> Vec<String> {
        words.iter().filter(|word| !keywords.contains(*word) && !named.contains(*word)).cloned().collect()
    };
    assert_eq!(unknown(&coloured()), Vec::<String>::new());
    assert_eq!(unknown(&WORDS.iter().map(|word| word.word.to_owned()).collect()), Vec::<String>::new());
    let types = WORDS.iter().filter(|word| word.stands == Stands::Type && word.word != "list");
    assert!(types.clone().count() > 5 && types.clone().all(|word| windlass::model::is_type_name(word.word)));
}

#[test]
fn the_extension_copies_the_one_grammar_and_speaks_with_the_one_server() {
    let extension: Value = serde_json::from_str(&text("editors/vscode/package.json")).expect("JSON");
    let grammar = &extension["contributes"]["grammars"][0];
    assert_eq!(grammar["scopeName"], "source.room");
    let copied = grammar["path"].as_str().expect("a path").trim_start_matches("./");
    assert!(text("editors/vscode/.gitignore").lines().any(|line| line == copied), "the copy is not kept");
    let copies = text("editors/vscode/copy-grammar.js");
    assert!(copies.contains(copied) && copies.contains("\"textmate\""), "the copy is made of the one grammar");
    assert!(extension["scripts"].as_object().expect("scripts").values().all(|script| script == "node copy-grammar.js"));
    for (field, file) in [
        (&extension["main"], "extension.js"),
        (&extension["contributes"]["languages"][0]["configuration"], "language-configuration.json"),
    ] {
        assert_eq!(field.as_str().expect("a path").trim_start_matches("./"), file);
        assert!(!text(&format!("editors/vscode/{file}")).is_empty());
    }
}
