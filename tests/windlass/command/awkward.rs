//! Directories and files that nobody would wish for: each gets a clear answer in time, and loses nothing.

use super::{CLEAN, stderr, stdout, windlass, write};
use std::os::unix::fs::symlink;
use std::path::Path;

const READING: [&str; 5] = ["lint", "test", "graph", "play", "serve"];

/// Every command that reads rules refuses the path with these words.
fn refused(path: &Path, words: &str) {
    for name in READING.into_iter().chain(["fmt"]) {
        let output = windlass(&[name, &path.display().to_string()]);
        assert_eq!(output.status.code(), Some(2), "{name}: {output:?}");
        assert!(stdout(&output).is_empty(), "{name}: {output:?}");
        let told = stderr(&output);
        assert!(told.starts_with("windlass: ") && told.contains(words), "{name}: {told}");
        assert_eq!(told.lines().count(), 1, "{name}: {told}");
    }
}

#[test]
fn what_is_not_there_or_has_no_rules() {
    let folder = tempfile::tempdir().expect("a folder");
    refused(folder.path(), "has no `.room` files: name a directory that has some");
    refused(&folder.path().join("missing"), "cannot read `");
}

#[test]
fn what_is_not_text_is_told_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "rules.room", b"entry lobby\n// caf\xe9\n");
    refused(folder.path(), "rules.room` is not UTF-8");
    let told = stderr(&windlass(&["lint", &folder.path().display().to_string()]));
    assert!(told.contains("is not UTF-8 at line 2: save it as UTF-8"), "{told}");
}

#[test]
fn a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("rules.room");
    match std::process::Command::new("mkfifo").arg(&pipe).status() {
        Ok(status) if status.success() => refused(folder.path(), "is no file"),
        Ok(_) | Err(_) => {}
    }
}

/// A device that never ends, a directory, and a link to nothing, each called as rules are.
#[test]
fn what_is_no_file_is_not_opened() {
    for (to, words) in [("/dev/zero", "is no file"), ("/dev/tty", "is no file"), ("nowhere", "cannot read `")] {
        let folder = tempfile::tempdir().expect("a folder");
        symlink(to, folder.path().join("rules.room")).expect("a link");
        refused(folder.path(), words);
    }
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("rules.room"), "readme", CLEAN);
    refused(folder.path(), "has no `.room` files");
}

#[test]
fn links_that_go_round_are_walked_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = folder.path().join("house");
    write(&house, "rules.room", CLEAN);
    write(&house.join("more"), "more.room", "group listeners { client \"x\" }\n");
    for (name, to) in [("round", "."), ("back", ".."), ("again", "more"), ("more/up", "../more")] {
        symlink(to, house.join(name)).expect("a link");
    }
    let output = windlass(&["lint", &house.display().to_string()]);
    assert!(stdout(&output).contains("checked 1 ruleset, 2 files: "), "{output:?}");
}

#[test]
fn a_file_that_is_too_long_is_told_and_not_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "rules.room", "x".repeat(2 * 1024 * 1024));
    let output = windlass(&["lint", &folder.path().display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let told = stdout(&output);
    assert!(told.contains("this file is longer than 1048576 bytes") && told.len() < 2000, "{} bytes", told.len());
}

#[test]
fn more_files_than_a_ruleset_has() {
    let folder = tempfile::tempdir().expect("a folder");
    for at in 0..=windlass::ruleset::RULESET_FILES_MAX {
        write(folder.path(), &format!("{at}.room"), "");
    }
    refused(folder.path(), "has more than 10000 files of rules: name a smaller directory");
}

#[test]
fn line_ends_and_a_mark_of_byte_order_mean_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("crlf"), "rules.room", CLEAN.replace('\n', "\r\n"));
    write(&folder.path().join("bom"), "rules.room", format!("\u{feff}{CLEAN}"));
    for name in ["crlf", "bom"] {
        let path = folder.path().join(name).display().to_string();
        let output = windlass(&["lint", &path]);
        assert!(stdout(&output).contains("nothing found"), "{name}: {output:?}");
        assert_eq!(windlass(&["fmt", &path]).status.code(), Some(0), "{name}");
        let text = std::fs::read_to_string(Path::new(&path).join("rules.room")).expect("a file");
        assert!(!text.contains('\r') && !text.contains('\u{feff}'), "{name}: {text:?}");
    }
}
