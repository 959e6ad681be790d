//! `windlass serve` as a process, with a directory to change and an API to ask.

use super::client::{Bare, Client, soon};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;
use tempfile::TempDir;
use windlass::server::config::TokenHash;

/// Knows everything.
pub const TOKEN: &str = "windlass_of-the-tests";

/// All that a token may do.
pub const SCOPES: [&str; 11] =
    ["read", "plan", "why", "reload", "post", "move", "lock", "revoke", "drop", "attributes", "history"];

/// A server that ends with the test.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
    pub home: TempDir,
    /// What it has logged: read all the time, since a server waits where nobody takes what it says.
    log: Option<JoinHandle<String>>,
}

/// A lobby that says who it is.
pub fn lobby(word: &str) -> String {
    format!("entry lobby\n\nroom lobby public {{\n    on {{ ping: int }} as m {{ say {{ {word}: m.ping }} }}\n}}\n")
}

/// Settings that know [`TOKEN`].
pub fn settings() -> String {
    let hash = TokenHash::of(TOKEN).hex();
    format!("api:\n  tokens:\n    tests: {{ sha256: {hash}, scopes: [{}] }}\n", SCOPES.join(", "))
}

/// A directory with files.
pub fn directory(files: &[(&str, &str)]) -> TempDir {
    let home = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        std::fs::write(home.path().join(name), text).expect("a file");
    }
    home
}

impl Serving {
    /// With these rules, settings that know the token, and these flags.
    pub fn start(rules: &str, flags: &[&str]) -> Serving {
        Serving::start_in(directory(&[("lobby.room", rules), ("windlass.yaml", &settings())]), "", flags)
    }

    /// In a directory below a home.
    pub fn start_in(home: TempDir, below: &str, flags: &[&str]) -> Serving {
        let rules = home.path().join(below);
        Serving::run(home, rules, &[&["--listen", "127.0.0.1:0"], flags].concat())
    }

    /// Where nobody says on which address and port.
    pub fn start_as_it_is(home: TempDir, flags: &[&str]) -> Serving {
        let rules = home.path().to_owned();
        Serving::run(home, rules, flags)
    }

    fn run(home: TempDir, rules: PathBuf, flags: &[&str]) -> Serving {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.arg("serve").arg(rules).args(flags);
        command.env_remove("RUST_LOG").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a process");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let log = child.stderr.take().map(|stderr| std::thread::spawn(move || everything(stderr)));
        let first = lines.next().expect("a line").expect("text");
        let address = first.rsplit("://").next().and_then(|rest| rest.split('/').next()).expect("an address");
        let address = address.parse().expect("an address");
        Serving { child, address, home, log }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).expect("a file");
    }

    /// As editors do it: beside, then over it.
    pub fn replace(&self, name: &str, text: &str) {
        let beside = self.file(&format!(".{name}.swp"));
        std::fs::write(&beside, text).expect("a file");
        std::fs::rename(beside, self.file(name)).expect("a rename");
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }

    /// Asks the API, and nobody else.
    pub async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        self.ask_with(Some(TOKEN), method, path, body).await
    }

    pub async fn ask_with(&self, token: Option<&str>, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut bare = Bare::connect(self.address).await;
        let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: example.org\r\n{bearer}Connection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        bare.write(format!("{head}{body}").as_bytes()).await;
        let answer = bare.rest().await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, serde_json::from_str(body).unwrap_or_else(|why| panic!("{why}: {answer}")))
    }

    pub async fn health(&self) -> Value {
        self.ask_with(None, "GET", "/health/ready", "").await.1["rules"].clone()
    }

    /// Waits until an epoch is active.
    pub async fn until_epoch(&self, epoch: u64) {
        self.until(&format!("epoch {epoch}"), |health| health["epoch"] == epoch).await;
    }

    /// Waits until the health of the rules is so.
    pub async fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) {
        soon(what, async {
            while !holds(&self.health().await) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    /// A client that has read where it stands.
    pub async fn client(&self) -> Client {
        let mut client = Client::connect(self.address).await;
        client.expect_start("{\"hello\"").await;
        client.expect_start("{\"moved\"").await;
        client
    }

    /// Runs a command of the binary against this server.
    pub fn command(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.args(arguments).current_dir(self.home.path()).env("WINDLASS_TOKEN", TOKEN);
        let Output { status, stdout, stderr } =
            command.env("WINDLASS_URL", format!("http://{}", self.address)).output().expect("a process");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (status.code(), text(stdout), text(stderr))
    }

    /// Stops it, and tells what it has logged.
    pub fn stop(mut self) -> String {
        self.signal("TERM");
        self.child.wait().expect("an end");
        self.log.take().expect("a log").join().expect("text")
    }
}

fn everything(mut from: ChildStderr) -> String {
    let mut said = String::new();
    from.read_to_string(&mut said).expect("text");
    said
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a client is answered with when it asks who serves.
pub async fn word(client: &mut Client) -> String {
    client.send("{\"ping\":17}").await;
    let answer = client.text().await;
    let frame: Value = serde_json::from_str(&answer).expect("JSON");
    let word = frame["say"].as_object().and_then(|fields| fields.iter().find(|(_, value)| **value == 17));
    word.unwrap_or_else(|| panic!("no word: {answer}")).0.clone()
}

/// Changes where a link leads in one step, as Kubernetes does with a ConfigMap.
pub fn relink(link: &Path, target: &Path) {
    let beside = link.with_extension("tmp");
    std::os::unix::fs::symlink(target, &beside).expect("a link");
    std::fs::rename(beside, link).expect("a rename");
}
