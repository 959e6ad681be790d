//! Tests of `syntax`.

use crate::fixtures::root;
use windlass::diagnostic::SourceMap;
use windlass::syntax::{Parsed, parse_file};

fn parse(path: &str, text: &str) -> (SourceMap, Parsed) {
    let mut sources = SourceMap::default();
    let id = sources.add(path, text);
    let parsed = parse_file(&sources, id);
    (sources, parsed)
}

#[test]
fn shipped_rules_parse() {
    for ruleset in ["front-of-house", "support-queue"] {
        for entry in std::fs::read_dir(root().join("rooms").join(ruleset)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let (sources, parsed) = parse("x.room", &text);
            for d in &parsed.diagnostics {
                println!("{path:?} {} {}", sources.locate(d.primary.span), d.message);
            }
            assert!(parsed.diagnostics.is_empty());
            println!("{:?}", parsed.file.items.len());
        }
    }
}
