//! One line an event, whatever is in it.

use super::client::Client;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tracing_subscriber::fmt::MakeWriter;
use windlass::server::log::OneLine;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_event_stays_on_its_line() {
    let lines = Lines::default();
    let make = {
        let lines = lines.clone();
        OneLine(move || lines.clone())
    };
    let subscriber = tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(make).finish();
    tracing::subscriber::with_default(subscriber, || {
        for name in [
            "a\nb",
            "a\r\nERROR forged",
            "\u{1b}[31mred",
            "\u{202e}desrever",
            "a\u{2028}b",
            "\u{7}\u{9b}31m",
            "plain é",
        ] {
            tracing::info!(name, "{name}");
        }
    });
    let text = String::from_utf8(lines.0.lock().expect("no panic").clone()).expect("text");
    assert_eq!(text.lines().count(), 7, "{text}");
    assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "{text:?}");
    assert!(!text.contains(['\u{202e}', '\u{2028}']), "{text:?}");
    assert!(text.contains("plain é"), "{text}");
    assert!(text.lines().all(|line| line.trim_start().starts_with("INFO")), "{text}");
}

#[test]
fn several_writes_make_several_lines() {
    let lines = Lines::default();
    let make = {
        let lines = lines.clone();
        OneLine(move || lines.clone())
    };
    make.make_writer().write_all(b"one\n").expect("a write");
    make.make_writer().write_all(b"t\xffwo\n").expect("a write");
    assert_eq!(*lines.0.lock().expect("no panic"), "one\nt\u{fffd}wo\n".as_bytes());
}

/// The log of `windlass serve rooms/sign-in`, at its most talkative, while somebody signs in with a token and with a password.
async fn talkative(format: &str, token: &str) -> String {
    let mut child = Running::start(format);
    let address = child.address();
    let mut ada = Client::connect_to(address, &format!("/ws?token={token}")).await;
    ada.expect_start("{\"hello\"").await;
    ada.expect_start("{\"moved\"").await;
    ada.send(r#"{"to":"room:office"}"#).await;
    ada.expect_start("{\"identified\"").await;
    ada.close().await;
    let mut eve = Client::connect(address).await;
    eve.expect_start("{\"hello\"").await;
    eve.expect_start("{\"moved\"").await;
    eve.send(r#"{"to":"room:lounge"}"#).await;
    eve.expect_start("{\"ask\"").await;
    eve.send(&format!(r#"{{"token":"{token}x","to":"lock:token"}}"#)).await;
    eve.expect_start("{").await;
    eve.send(r#"{"cancel":true}"#).await;
    eve.expect_start("{").await;
    eve.send(r#"{"to":"room:lounge"}"#).await;
    eve.expect_start("{").await;
    eve.send(r#"{"to":"lock:login"}"#).await;
    eve.expect_start("{").await;
    eve.send(&format!(r#"{{"name":"ada","password":"{PASSWORD}","code":"{CODE}"}}"#)).await;
    eve.expect_start("{").await;
    eve.close().await;
    child.stop()
}

#[tokio::test]
async fn no_secret_is_in_the_log() {
    let token = token();
    for format in ["text", "json"] {
        let log = talkative(format, &token).await;
        assert!(log.lines().count() > 1, "it was talkative: {log}");
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        for secret in [PASSWORD, CODE, &token, KEY] {
            assert!(!log.contains(secret) && !log.contains(&hex(secret)), "`{secret}` is in the log:\n{log}");
        }
        for line in log.lines().filter(|_| format == "json") {
            let event: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(
                event["level"].is_string() && event["message"].is_string() && event["target"].is_string(),
                "{line}"
            );
        }
    }
}

const PASSWORD: &str = "try correct horse";
const CODE: &str = "918273";
const KEY: &str = "only for trying, as everybody can read it here";

fn token() -> String {
    let claims = r#"{"iss":"https://id.example.org","aud":"windlass","sub":"ada","role":"keeper"}"#;
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.args(["jwt", "sign", "--algorithm", "HS256", "--key", "-", claims]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("windlass runs");
    child.stdin.take().expect("a pipe").write_all(KEY.as_bytes()).expect("a key");
    String::from_utf8(child.wait_with_output().expect("an end").stdout).expect("text").trim().to_owned()
}

/// A server in a process of its own, which ends with the test.
struct Running(Child, Option<JoinHandle<String>>);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(format: &str) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.current_dir(crate::fixtures::root()).args(["serve", "rooms/sign-in", "--listen", "127.0.0.1:0"]);
        command.args(["--log", "trace", "--set", "store.memory_only=true", "--set", &format!("log_format={format}")]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
        let mut log = child.stderr.take().expect("a pipe");
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).map(|_| text).expect("text")
        });
        Running(child, Some(reading))
    }

    fn address(&mut self) -> std::net::SocketAddr {
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        let after = line.split("ws://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
        after.parse().expect("an address")
    }

    fn stop(mut self) -> String {
        let told = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(told.expect("kill").success());
        self.1.take().expect("a reader").join().expect("no panic")
    }
}
