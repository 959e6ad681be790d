//! Words that stand nowhere, and files that are not too long.

use super::source::code;
use super::tree::{File, files, paths};

fn nothing(found: Vec<String>, why: &str) {
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

#[test]
fn nothing_panics_and_nothing_is_unsafe() {
    let words = [
        "unsafe",
        ".unwrap()",
        ".expect(",
        ".unwrap_err()",
        "panic!",
        "unreachable!",
        "todo!",
        "unimplemented!",
        "dbg!",
        "#[ignore",
        "#[allow(dead_code",
    ];
    nothing(code().iter().flat_map(|file| file.find(&words)).collect(), "outside of tests these do not occur in src");
}

/// Who says how tables are hashed: ids that the server makes by what is random in them, and what clients name with a key that is the
/// engine's own.
const HASHES: [&str; 2] = ["src/wind/by_socket.rs", "src/engine/chance.rs"];

/// Whoever can choose the keys of a table whose hash has no key of its own can have them all fall into one place.
#[test]
fn tables_of_what_clients_name_have_keyed_hashes() {
    let words = ["BuildHasherDefault", "FxHashMap", "FnvHashMap", "nohash", "ahash", "with_hasher"];
    let others = code().into_iter().filter(|file| !HASHES.contains(&&*file.path));
    let found = others.flat_map(|file| file.find(&words)).filter(|found| !found.contains("with_hasher(keyed)"));
    nothing(
        found.collect(),
        "only ids that the server makes are hashed without a key, by `BySocket`; all else is with `Keyed`",
    );
}

#[test]
fn nothing_is_left_for_later() {
    let words = ["TODO", "FIXME", "XXX", "not written yet"];
    let found = ours().into_iter().flat_map(|file| find(&file, |line| words.iter().any(|word| line.contains(word))));
    nothing(found.collect(), "finish it or leave it out");
}

#[test]
fn no_test_is_switched_off() {
    let tests = files("tests", &[".rs"]).into_iter().filter(|file| !file.path.contains("/tidy"));
    let found = tests.flat_map(|file| find(&file, |line| line.trim_start().starts_with("#[ignore")));
    nothing(found.collect(), "a test that does not run tests nothing");
}

/// Files of `src` that may have more than [`LINES_MAX`] lines, and why.
const LONG_FILES: [(&str, &str); 2] = [
    ("src/syntax/ast.rs", "the whole tree on one page, almost all of it documentation"),
    ("src/model/items.rs", "the whole model on one page, almost all of it documentation"),
];
const LINES_MAX: usize = 400;

#[test]
fn files_are_about_one_thing() {
    let long = files("src", &[".rs"]).into_iter().filter(|file| file.text.lines().count() > LINES_MAX);
    let long: Vec<String> = long.map(|file| file.path).collect();
    let unexcused = long.iter().filter(|path| LONG_FILES.iter().all(|(excused, _)| excused != path)).cloned();
    nothing(unexcused.collect(), "files of more than 400 lines");
    let idle = LONG_FILES.iter().filter(|(excused, _)| !long.iter().any(|path| path == excused));
    nothing(idle.map(|(path, _)| (*path).to_owned()).collect(), "excused, but not that long any more");
}

#[test]
fn no_machine_is_named() {
    let places = ["/work/", "/home/", "/root/", "/tmp/bash", "/Users/"];
    let registries = ["crates.io/api", "static.crates.io", "index.crates.io", "npmjs", "pypi.org", "proxy.golang"];
    let words: Vec<&str> = places.into_iter().chain(registries).collect();
    let found = ours().into_iter().flat_map(|file| find(&file, |line| words.iter().any(|word| line.contains(word))));
    nothing(found.collect(), "paths of one machine, or hosts of a registry");
}

#[test]
fn nothing_is_said_about_how_the_work_is_organised() {
    let words = ["subagent", "subagents", "llm", "llms", "founder", "coordinator", "worktree", "brief.md"];
    let says = |line: &str| {
        let line = line.to_lowercase();
        words.iter().any(|word| super::source::holds_word(&line, word)) || line.contains("issue #")
    };
    let found = ours().into_iter().flat_map(|file| find(&file, says));
    nothing(found.collect(), "the project speaks of itself, not of who builds it");
}

/// Every text that the project wrote, but this folder, which must name what it forbids.
fn ours() -> Vec<File> {
    let endings = [
        ".rs",
        ".md",
        ".room",
        ".pest",
        ".yaml",
        ".yml",
        ".toml",
        ".mjs",
        ".js",
        ".py",
        ".sh",
        ".html",
        ".ci/run",
        ".txt",
        ".expected",
    ];
    let files = files("", &endings).into_iter();
    files.filter(|file| !file.path.starts_with("tests/windlass/tidy")).collect()
}

fn find(file: &File, holds: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = file.text.lines().enumerate().filter(|(_, line)| holds(line));
    lines.map(|(at, line)| format!("{}:{}: {}", file.path, at + 1, line.trim())).collect()
}

#[test]
fn every_fixture_is_used() {
    let tests: String = files("tests/windlass", &[".rs"]).into_iter().map(|file| file.text).collect();
    let fixtures = paths("tests/fixtures");
    let mut found = Vec::new();
    for path in &fixtures {
        let below = path.strip_prefix("tests/fixtures/").expect("a fixture");
        let folders = below.match_indices('/').map(|(at, _)| &below[..at]);
        let is_named =
            |name: &str| tests.contains(&format!("\"{name}\"")) || tests.contains(&format!("fixtures/{name}"));
        if !is_named(below) && !folders.rev().any(is_named) {
            found.push(format!("{path}: no test names its folder"));
        }
        if let Some(case) = path.strip_suffix(".expected") {
            let is_case =
                |other: &String| other != path && other.rsplit_once('.').is_some_and(|(stem, _)| stem == case);
            if !fixtures.iter().any(is_case) && !fixtures.iter().any(|other| other.starts_with(&format!("{case}/"))) {
                found.push(format!("{path}: nothing has this outcome any more"));
            }
        }
    }
    nothing(found, "forgotten fixtures");
}

#[test]
fn every_test_file_is_part_of_the_tests() {
    let tests = files("tests/windlass", &[".rs"]);
    let texts: String = tests.iter().map(|file| file.text.as_str()).collect();
    let is_part = |name: &str| texts.contains(&format!("mod {name};"));
    let names = tests.iter().filter_map(|file| Some((file, file.path.rsplit('/').next()?.strip_suffix(".rs")?)));
    let lost = names.filter(|(_, name)| *name != "main" && *name != "mod" && !is_part(name));
    nothing(lost.map(|(file, _)| file.path.clone()).collect(), "files with tests that nobody runs");
}
