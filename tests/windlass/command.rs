//! What every command has in common: help, exit codes, closed pipes, and directories that nobody would wish for.

mod awkward;
mod watch;

use std::path::Path;
use std::process::{Command, Output, Stdio};

const CLEAN: &str = "entry lobby\nroom lobby public { after 2m -> drop \"nobody came in\" }\n";
const COMMANDS: [&str; 11] =
    ["serve", "lint", "explain", "fmt", "graph", "test", "new", "play", "load", "completions", "man"];

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").stdin(Stdio::null());
    command
}

fn windlass(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the binary runs")
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join(name), text).expect("a file");
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

#[test]
fn every_command_helps_and_a_wrong_flag_is_told() {
    for name in COMMANDS {
        let help = windlass(&[name, "--help"]);
        assert_eq!(help.status.code(), Some(0), "{name}");
        assert!(stdout(&help).contains("Usage: windlass "), "{name}: {help:?}");
        assert_eq!(windlass(&[name, "--no-such-flag"]).status.code(), Some(2), "{name}");
    }
    let version = stdout(&windlass(&["--version"]));
    assert_eq!(version, format!("windlass {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(windlass(&[]).status.code(), Some(2));
}

/// The exit code is the first thing that a closed pipe must not change, and a panic is 101.
#[test]
fn whoever_closes_the_pipe_has_read_enough() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "rules.room", CLEAN);
    let path = folder.path().display().to_string();
    for arguments in [
        &["lint", &path][..],
        &["explain", "--book"],
        &["explain"],
        &["graph", &path],
        &["test", &path],
        &["completions", "bash"],
        &["man"],
        &["play", &path],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let status = command(arguments).stdout(writer).stderr(Stdio::piped()).output().expect("the binary runs");
        assert_eq!(status.status.code(), Some(0), "{arguments:?}: {status:?}");
        assert!(status.stderr.is_empty(), "{arguments:?}: {status:?}");
    }
}

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = stdout(&windlass(&["completions", shell]));
        for name in COMMANDS {
            assert!(script.contains(name), "{shell} does not complete {name}");
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("windlass.bash");
    std::fs::write(&script, windlass(&["completions", "bash"]).stdout).expect("a file");
    if let Ok(read) = Command::new("bash").arg("-n").arg(&script).output() {
        assert!(read.status.success() && read.stderr.is_empty(), "{read:?}");
    }
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = folder.path().join("man1");
    let written = windlass(&["man", &directory.display().to_string()]);
    assert_eq!(written.status.code(), Some(0), "{written:?}");
    for name in COMMANDS.map(|name| format!("windlass-{name}")).into_iter().chain(["windlass".to_owned()]) {
        let page = std::fs::read_to_string(directory.join(format!("{name}.1"))).expect("a page");
        assert!(page.contains(&format!(".TH {name} 1")) && page.contains(".SH SYNOPSIS"), "{page}");
    }
    write(folder.path(), "file", "");
    let refused = windlass(&["man", &folder.path().join("file").display().to_string()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).starts_with("windlass: cannot write to `"), "{refused:?}");
}
