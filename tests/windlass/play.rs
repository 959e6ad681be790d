//! `windlass play`, as somebody would type it.

use crate::fixtures::{expect_beside, files, root};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What is printed and the exit code, for lines that come through a pipe.
fn windlass_play(ruleset: &str, lines: &str) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.current_dir(root().join("tests/fixtures/play")).env("NO_COLOR", "1").args(["play", ruleset]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("windlass runs");
    // whoever has read enough closes the pipe
    let _ = child.stdin.take().expect("a pipe").write_all(lines.as_bytes());
    let output = child.wait_with_output().expect("windlass ends");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
    (text, output.status.code().expect("an exit code"))
}

#[test]
fn what_is_typed_is_played() {
    for case in files("play", "lines") {
        let directory = tempfile::tempdir().expect("a directory");
        let saved = directory.path().join("a-story.scene.yaml");
        let name = saved.display().to_string();
        let lines = std::fs::read_to_string(&case).expect("a fixture").replace("SAVED", &name);
        let (text, code) = windlass_play("cellar", &lines);
        let scene = std::fs::read_to_string(&saved).unwrap_or_else(|_| "nothing was saved\n".to_owned());
        expect_beside(&case, &format!("{}exit code {code}\n---\n{scene}", text.replace(&name, "SAVED")));
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).expect("a copy");
}

#[test]
fn what_is_saved_is_a_scene_that_holds() {
    let directory = tempfile::tempdir().expect("a directory");
    copy(&root().join("tests/fixtures/play/cellar/rules.room"), &directory.path().join("rules.room"));
    let home = directory.path().display().to_string();
    let lines = "connect ada\nada {\"to\": \"room:cellar\"}\nada {\"word\": \"x\"}\npassed friend\nafter 10m\n";
    let (text, code) =
        windlass_play(&home, &format!("{lines}save {home}/mine.scene.yaml\nsave {home}/mine.scene.yaml\n"));
    assert_eq!(code, 1, "nothing is written over: {text}");
    assert!(text.contains("is there already: take another name"), "{text}");
    let test = Command::new(env!("CARGO_BIN_EXE_windlass")).args(["test", &home]).output().expect("windlass runs");
    let text = String::from_utf8_lossy(&test.stdout);
    assert!(test.status.success() && text.contains("ok") && text.contains("mine"), "{text}");
}

#[test]
fn what_cannot_be_played_says_why() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = directory.path().display().to_string();
    assert_eq!(windlass_play(&home, "").1, 2, "no rules");
    std::fs::write(directory.path().join("rules.room"), "entry nowhere\n").expect("a file");
    let (text, code) = windlass_play(&home, "connect ada\n");
    assert!(code == 1 && text.contains("cannot be played: `windlass lint "), "{code} {text}");
    let long = format!("ada {}\n", "x".repeat(1024 * 1024));
    let (text, code) = windlass_play("cellar", &long);
    assert!(code == 2 && text.contains("a line has more than 1048576 bytes"), "{code} {text}");
    let fits = format!("ada {}\n", "x".repeat(1024 * 1024 - 5));
    assert_eq!(windlass_play("cellar", &fits).1, 1, "nobody is connected, but it can be read");
}
