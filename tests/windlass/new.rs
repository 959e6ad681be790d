//! `windlass new`: what it writes lints, passes its tests and can be served.

use crate::fixtures::root;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const SHIPPED: [&str; 7] =
    ["support-queue", "front-of-house", "game-lobby", "device-gateway", "sign-in", "backstage", "echo"];

/// What it prints and its exit code, run in a directory.
fn windlass(directory: &Path, arguments: &[&str]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    let output = command.current_dir(directory).env("NO_COLOR", "1").args(arguments).output().expect("windlass runs");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
    (text, output.status.code().expect("an exit code"))
}

fn empty() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

/// That it lints without a finding, that every arrow and state is walked, and that the server starts.
fn expect_to_work(directory: &Path, name: &str) {
    let (text, code) = windlass(directory, &["lint", name]);
    assert!(code == 0 && text.contains("nothing found"), "{name}: {text}");
    let (text, code) = windlass(directory, &["test", "--threshold", "100", name]);
    assert_eq!(code, 0, "{name}: {text}");
    let mut serve = Command::new(env!("CARGO_BIN_EXE_windlass"));
    let serve = serve.current_dir(directory).args(["serve", name, "--listen", "127.0.0.1:0"]);
    let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a process");
    let mut first = String::new();
    let _ = BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut first);
    let _ = child.kill();
    let _ = child.wait();
    assert!(first.starts_with(&format!("windlass serves {name} on http://127.0.0.1:")), "{name}: {first:?}");
}

#[test]
fn the_small_one_works_at_once() {
    let directory = empty();
    let (text, code) = windlass(directory.path(), &["new", "my-house"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("my-house/front.room") && text.contains("windlass serve my-house"), "{text}");
    expect_to_work(directory.path(), "my-house");
}

#[test]
fn the_shipped_ones_work_at_once() {
    let directory = empty();
    for from in SHIPPED {
        let (text, code) = windlass(directory.path(), &["new", "--from", from, from]);
        assert_eq!(code, 0, "{text}");
        expect_to_work(directory.path(), from);
    }
}

fn names(directory: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    names.filter(|name| name.ends_with(".room") || name.ends_with(".scene.yaml")).collect()
}

#[test]
fn no_shipped_file_is_forgotten() {
    let directory = empty();
    let shipped = std::fs::read_dir(root().join("rooms")).expect("rooms").count();
    assert_eq!(shipped, SHIPPED.len(), "every ruleset in rooms can be begun with");
    for from in SHIPPED {
        windlass(directory.path(), &["new", from, "--from", from]);
        let (here, there) = (root().join("rooms").join(from), directory.path().join(from));
        assert_eq!(names(&here), names(&there));
        for name in names(&here) {
            let read = |home: &Path| std::fs::read_to_string(home.join(&name)).expect("a file");
            assert_eq!(read(&here), read(&there), "{from}/{name}");
        }
    }
}

#[test]
fn each_has_a_code_of_its_own_that_only_its_owner_reads() {
    let directory = empty();
    let read = |name: &str| {
        windlass(directory.path(), &["new", name, "--from", "support-queue"]);
        std::fs::read_to_string(directory.path().join(name).join("windlass.yaml")).expect("a configuration")
    };
    let codes = ["a", "b"].map(read).map(|text| text.lines().last().expect("a code").trim().to_owned());
    assert!(codes[0].starts_with("ann: \"") && codes[0].len() == 39, "{}", codes[0]);
    assert_ne!(codes[0], codes[1]);
    #[cfg(unix)]
    {
        let about = std::fs::metadata(directory.path().join("a/windlass.yaml")).expect("a file");
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o777, 0o600);
    }
}

#[test]
fn nothing_is_written_over() {
    let directory = empty();
    let home = directory.path();
    std::fs::create_dir(home.join("full")).expect("a directory");
    std::fs::write(home.join("full/.hidden"), "").expect("a file");
    std::fs::write(home.join("file"), "mine").expect("a file");
    std::fs::create_dir(home.join("bare")).expect("a directory");
    let (text, code) = windlass(home, &["new", "full"]);
    assert!(code == 2 && text.contains("`full` is not empty: take another name"), "{code} {text}");
    let (text, code) = windlass(home, &["new", "file"]);
    assert!(code == 2 && text.contains("`file` is there already, and is no directory"), "{code} {text}");
    assert_eq!(std::fs::read_to_string(home.join("file")).expect("a file"), "mine");
    assert_eq!(std::fs::read_dir(home.join("full")).expect("a directory").count(), 1);
    assert_eq!(windlass(home, &["new", "bare"]).1, 0, "an empty directory will do");
}

#[test]
fn a_name_must_be_one() {
    let directory = empty();
    let long = "a".repeat(65);
    for name in [".", "..", "-x", "_x", "a b", "a.b", "é", "x/..", "a\nb", &long] {
        let (text, code) = windlass(directory.path(), &["new", "--", name]);
        assert_eq!(code, 2, "{name:?}: {text}");
        assert!(text.contains("is no name for a ruleset: take up to 64 letters"), "{name:?}: {text}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 0);
    assert_eq!(windlass(directory.path(), &["new", "--from", "nowhere", "a"]).1, 2);
    assert_eq!(windlass(directory.path(), &["new", "below/here_1"]).1, 0, "a path may lead to it");
    assert_eq!(windlass(directory.path(), &["new", &"a".repeat(64)]).1, 0);
}
