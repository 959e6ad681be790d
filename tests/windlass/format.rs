//! Tests of the formatter: what it prints, that it prints the same again, and that nothing it prints means something else.

mod command;
mod mutations;

use crate::fixtures::{expect_beside, files, root};
use std::path::{Path, PathBuf};
use windlass::diagnostic::SourceMap;
use windlass::syntax::{Unformatted, format_file};

fn format(text: &str) -> Result<String, Unformatted> {
    let mut sources = SourceMap::default();
    let source = sources.add("format.room", text);
    format_file(&sources, source)
}

/// Formats twice; a text with syntax errors gives none. The formatter itself compares the trees.
fn format_twice(text: &str, whence: &str) -> Option<String> {
    match format(text) {
        Ok(once) => {
            let twice = format(&once).unwrap_or_else(|error| panic!("{whence}: {error:?}\n{once}"));
            assert_eq!(once, twice, "{whence}: formatted twice\n{text}");
            assert_eq!(words(text), words(&once), "{whence}: words, signs or comments");
            Some(once)
        }
        Err(Unformatted::Syntax(_)) => None,
        Err(Unformatted::Altered) => panic!("{whence}: the result would mean something else\n{text}"),
    }
}

/// All that is no blank, sorted; commas are the formatter's to set, and so are the slashes of comments beside them.
fn words(text: &str) -> Vec<char> {
    let mut letters: Vec<char> = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    letters.retain(|letter| !matches!(letter, ',' | '/' | '\u{feff}'));
    letters.sort_unstable();
    letters
}

/// Every `.room` file below a folder of the repository.
fn rules_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            rules_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "room") {
            found.push(path);
        }
    }
    found.sort();
}

fn all_rules() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    rules_below(&root().join("rooms"), &mut paths);
    rules_below(&root().join("tests/fixtures"), &mut paths);
    paths.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).expect("a readable file"))).collect()
}

#[test]
fn fixtures() {
    for case in files("format", "room") {
        let text = std::fs::read_to_string(&case).expect("a readable fixture");
        let formatted = format_twice(&text, &case.display().to_string());
        expect_beside(&case, &formatted.expect("a fixture without syntax errors"));
    }
}

#[test]
fn whatever_parses_is_formatted() {
    let formatted =
        all_rules().into_iter().filter(|(path, text)| format_twice(text, &path.display().to_string()).is_some());
    assert!(formatted.count() > 30);
}

#[test]
fn shipped_rules_are_in_the_style() {
    let mut paths = Vec::new();
    rules_below(&root().join("rooms"), &mut paths);
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        assert_eq!(format(&text).as_deref(), Ok(text.as_str()), "{}", path.display());
    }
}

#[test]
fn syntax_errors_are_given_back() {
    match format("room hall {\n  capasity 5\n}\n") {
        Err(Unformatted::Syntax(findings)) => assert_eq!(findings.len(), 1),
        other => panic!("{other:?}"),
    }
}
