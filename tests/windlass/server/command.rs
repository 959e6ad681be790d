//! `windlass serve`, as a process: what it prints, how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn windlass(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command
        .arg("serve")
        .arg(directory)
        .args(["--listen", "127.0.0.1:0", "--set", "store.memory_only=true"])
        .env_remove("RUST_LOG");
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

#[test]
fn without_file_descriptors_it_waits_and_goes_on() {
    let directory = ruleset(&[("lobby.room", LOBBY)]);
    let mut limited = Command::new("sh");
    limited.args([
        "-c",
        "ulimit -n 48 && exec \"$0\" serve \"$1\" --listen 127.0.0.1:0",
        env!("CARGO_BIN_EXE_windlass"),
    ]);
    let child = limited.arg(directory.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a process");
    let mut running = Running(child);
    let mut lines = BufReader::new(running.0.stdout.take().expect("a pipe")).lines();
    let first = lines.next().expect("a line").expect("text");
    let address = first.split("ws://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address").to_owned();
    let live = || {
        let mut stream = std::net::TcpStream::connect(&address)?;
        stream.set_read_timeout(Some(std::time::Duration::from_millis(500)))?;
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer.contains("live"))
    };
    let held: Vec<_> =
        (0..100).map(|_| std::net::TcpStream::connect(&address).expect("a place in the queue")).collect();
    assert!(!live().unwrap_or(false), "there is no descriptor left");
    drop(held);
    let answered = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        live().unwrap_or(false)
    });
    assert!(answered, "it goes on as soon as there are descriptors again");
}
