//! Tests of `syntax`.

mod fuzz;
mod render;

use crate::fixtures::{expect_beside, files, root};
use std::path::PathBuf;
use windlass::diagnostic::SourceMap;
use windlass::syntax::{Parsed, parse_file};

fn parse(path: &str, text: &str) -> (SourceMap, Parsed) {
    let mut sources = SourceMap::default();
    let id = sources.add(path, text);
    let parsed = parse_file(&sources, id);
    (sources, parsed)
}

/// `path:line:col CODE message`, then what explains it, one line each.
fn findings(sources: &SourceMap, parsed: &Parsed) -> String {
    let mut out = String::new();
    for finding in &parsed.diagnostics {
        let at = sources.locate(finding.primary.span);
        let marked = sources.text(finding.primary.span);
        out.push_str(&format!("{}:{}:{} {} {}", at.path, at.line, at.column, finding.code, finding.message));
        out.push_str(&format!(" [{}]", marked.replace('\n', "\\n")));
        for help in &finding.help {
            out.push_str(&format!(" | {help}"));
        }
        out.push('\n');
        for other in &finding.others {
            let at = sources.locate(other.span);
            out.push_str(&format!("    {}:{} {}\n", at.line, at.column, other.message));
        }
    }
    out
}

/// All `.room` files of the shipped rulesets.
fn shipped() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for ruleset in std::fs::read_dir(root().join("rooms")).expect("rooms/") {
        let ruleset = ruleset.expect("a readable folder").path();
        for entry in std::fs::read_dir(&ruleset).expect("a ruleset") {
            let path = entry.expect("a readable folder").path();
            if path.extension().is_some_and(|extension| extension == "room") {
                let text = std::fs::read_to_string(&path).expect("a readable file");
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn shipped_rules_have_no_findings() {
    for (path, text) in shipped() {
        let (sources, parsed) = parse(&path.to_string_lossy(), &text);
        assert_eq!(findings(&sources, &parsed), "");
        assert!(!parsed.file.items.is_empty(), "{} holds items", path.display());
    }
}

#[test]
fn fixtures() {
    for case in files("syntax", "room") {
        let text = std::fs::read_to_string(&case).expect("a readable fixture");
        let name = case.file_name().expect("a file").to_string_lossy().into_owned();
        let (sources, parsed) = parse(&name, &text);
        let found = findings(&sources, &parsed);
        let tree = render::file(&parsed.file);
        expect_beside(&case, &format!("{found}{}{tree}", if found.is_empty() { "" } else { "----\n" }));
    }
}
