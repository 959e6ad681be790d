//! Attacks, one test for each kind that the page on security names and that no other test has; the page says which test has which.
//!
//! Those that take minutes run where `WINDLASS_LONG_TESTS` is set, and say so where it is not.

mod addresses;
mod crowds;
mod defaults;
mod flooding;
mod forging;
mod guessing;
mod replay;
mod rules;
mod secrets;
mod sessions;
mod sizes;

use crate::fixtures;
use std::path::Path;

#[test]
fn the_page_on_security_names_tests_that_exist() {
    names_tests_that_exist("docs/security.md", "## Which test tries it");
}

/// The table below a heading of a page names only tests that are there.
pub fn names_tests_that_exist(page: &str, heading: &str) {
    let root = fixtures::root();
    let page = std::fs::read_to_string(root.join(page)).expect("the page");
    let (_, table) = page.split_once(heading).expect("the table");
    let (table, _) = table.split_once("\n## ").expect("what follows");
    let sources = [root.join("tests/windlass"), root.join("src/server")].map(|folder| sources(&folder)).concat();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    assert!(rows.len() > 15, "the table has rows");
    for name in rows.iter().flat_map(|row| row.split('`').skip(1).step_by(2)) {
        assert!(sources.contains(&format!("fn {name}(")), "there is no test `{name}`");
    }
}

/// The text of all sources in a folder.
fn sources(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let text = |path: std::path::PathBuf| match path.extension() {
        Some(extension) if extension == "rs" => std::fs::read_to_string(&path).expect("text"),
        None if path.is_dir() => sources(&path),
        Some(_) | None => String::new(),
    };
    entries.map(text).collect()
}
