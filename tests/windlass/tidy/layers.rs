//! Who may know of whom, and of what.

use super::source::{Code, code, holds_word};
use std::collections::{BTreeMap, BTreeSet};

/// Every module of the crate and its level. Imports go down, or stay on a level without going round.
const LEVELS: [(&str, u8); 19] = [
    ("diagnostic", 0),
    ("envelope", 0),
    ("value", 0),
    ("syntax", 1),
    ("model", 2),
    ("machine", 3),
    ("lint", 4),
    ("store", 4),
    ("wind", 4),
    ("engine", 5),
    ("scenario", 6),
    ("check", 7),
    ("disk", 7),
    ("load", 7),
    ("lsp", 7),
    ("ruleset", 7),
    ("server", 7),
    ("cli", 8),
    ("main", 9),
];

/// From this level up the world may be touched.
const WORLDLY: u8 = 7;

fn level(module: &str) -> Option<u8> {
    LEVELS.iter().find(|(name, _)| *name == module).map(|(_, level)| *level)
}

fn nothing(found: Vec<String>, why: &str) {
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

#[test]
fn every_module_has_a_level() {
    let homeless = code().into_iter().filter(|file| file.module() != "lib" && level(file.module()).is_none());
    nothing(homeless.map(|file| file.path).collect(), "modules without a level in LEVELS");
}

#[test]
fn imports_go_down() {
    let mut found = Vec::new();
    let mut beside: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in code().iter().filter(|file| file.module() != "lib") {
        for import in imports(file) {
            let (Some(own), Some(other)) = (level(file.module()), level(&import)) else { continue };
            if other > own {
                found.push(format!("{} imports {import}", file.path));
            }
            if other == own && import != file.module() {
                beside.entry(file.module().to_owned()).or_default().insert(import);
            }
        }
    }
    for (module, others) in &beside {
        let round = others.iter().filter(|other| beside.get(*other).is_some_and(|back| back.contains(module)));
        found.extend(round.map(|other| format!("{module} and {other} import each other")));
    }
    nothing(found, "imports that do not go down");
}

/// The modules that a file names as `crate::NAME` or in `crate::{NAME, …}`.
fn imports(file: &Code) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, path) in file.code.match_indices("crate::") {
        let rest = &file.code[at + path.len()..];
        let names = match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some((names, _)) => names.split(',').map(str::trim).collect(),
            None => vec![rest],
        };
        for name in names {
            let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(name.len());
            found.insert(name[..end].to_owned());
        }
    }
    found
}

#[test]
fn one_place_each_for_pest_and_petgraph() {
    let mut found = Vec::new();
    for file in code() {
        if !file.path.starts_with("src/syntax/parser") {
            found.extend(file.find(&["pest", "pest_derive"]));
        }
        if !file.path.starts_with("src/machine/") {
            found.extend(file.find(&["petgraph"]));
        }
    }
    nothing(found, "`pest` belongs to the parser and `petgraph` to `machine`");
}

#[test]
fn the_core_does_not_touch_the_world() {
    let worldly = [
        "tokio",
        "async",
        ".await",
        "std::net",
        "std::fs",
        "std::io",
        "std::env",
        "std::process",
        "std::thread",
        "Instant",
        "SystemTime",
        "Mutex",
        "RwLock",
        "Condvar",
        "OnceLock",
        "LazyLock",
        "thread_local",
        "mpsc",
        "getrandom",
        "OsRng",
        "ThreadRng",
        "from_os_rng",
        "from_entropy",
        "new_v4",
        "now_v7",
        "println",
        "eprintln",
    ];
    let core = code().into_iter().filter(|file| file.module() != "lib" && level(file.module()) < Some(WORLDLY));
    let found = core.flat_map(|file| file.find(&worldly)).collect();
    nothing(found, "only modules from level 7 up may do IO, read clocks, be random, wait or lock");
}

#[test]
fn the_core_is_built_without_what_touches_the_world() {
    let lib = crate::fixtures::root().join("src/lib.rs");
    let lib = std::fs::read_to_string(lib).expect("src/lib.rs");
    let lines: Vec<&str> = lib.lines().collect();
    let mut found = Vec::new();
    for pair in lines.windows(2) {
        let Some(module) = pair[1].strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) else { continue };
        let is_gated = pair[0] == "#[cfg(feature = \"server\")]";
        if is_gated != (level(module) >= Some(WORLDLY)) {
            found.push(format!("src/lib.rs: {module}"));
        }
    }
    nothing(found, "the feature `server` gates the modules from level 7 up, and no other");
}

#[test]
fn a_forbidden_word_would_be_found() {
    let file =
        Code { path: "src/wind/x.rs".to_owned(), code: "use std::fs;\nuse crate::{cli, wind::Frame};".to_owned() };
    assert_eq!(file.find(&["std::fs"]), ["src/wind/x.rs:1: use std::fs;"]);
    assert_eq!(imports(&file), BTreeSet::from(["cli".to_owned(), "wind".to_owned()]));
    assert!(!holds_word("asynchronous", "async"));
}
