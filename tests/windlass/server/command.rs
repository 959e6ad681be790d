//! `windlass serve`, as a process: what it prints, how it ends.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn windlass(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.arg("serve").arg(directory).args(["--listen", "127.0.0.1:0"]).env_remove("RUST_LOG");
    command
}

fn outcome(directory: &Path) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = windlass(directory).output().expect("a process");
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

fn ruleset(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).expect("a file");
    }
    directory
}

const LOBBY: &str = "entry lobby\n\nroom lobby public {\n    on _ as m { say m }\n}\n";

/// Ends a process that the test has started, whatever becomes of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_says_where_it_is_and_stops_when_it_is_told_to() {
    let directory = ruleset(&[("lobby.room", LOBBY)]);
    for name in ["TERM", "INT"] {
        let child =
            windlass(directory.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
        let mut running = Running(child);
        let mut lines = BufReader::new(running.0.stdout.take().expect("a pipe")).lines();
        let first = lines.next().expect("a line").expect("text");
        assert!(first.contains("http://127.0.0.1:") && first.contains("/ws"), "{first}");
        let second = lines.next().expect("a line").expect("text");
        assert!(second.contains("1 room, 0 locks"), "{second}");
        let signal = Command::new("kill").args([&format!("-{name}"), &running.0.id().to_string()]).status();
        assert!(signal.expect("kill").success());
        let status = running.0.wait().expect("an end");
        let mut said = String::new();
        running.0.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
        assert_eq!(status.code(), Some(0), "{said}");
        assert!(said.contains("stopped"), "{said}");
    }
}

#[test]
fn what_keeps_it_from_starting() {
    let broken = ruleset(&[("lobby.room", "entry lobby\nroom lobby {\n")]);
    let (code, said) = outcome(broken.path());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("error[R") && said.contains("lobby.room:"), "{said}");
    let misconfigured = ruleset(&[("lobby.room", LOBBY), ("windlass.yaml", "heartbeat: { interval: never }\n")]);
    let (code, said) = outcome(misconfigured.path());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("windlass.yaml:1:24: `never` is not a length of time"), "{said}");
    let (code, said) = outcome(ruleset(&[]).path());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("has no `.room` files"), "{said}");
    let wide = ruleset(&[("lobby.room", LOBBY)]);
    let output = windlass(wide.path()).args(["--log", "a=b=c"]).output().expect("a process");
    assert_eq!(output.status.code(), Some(2));
}
