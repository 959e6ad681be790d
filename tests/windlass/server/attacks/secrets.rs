//! What a client shows when it signs in is in no log, however much is logged, and on no page.

use super::super::client::{Bare, frame, soon, upgrade_request};
use crate::fixtures;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// What must not be seen again. The hash is that of ada's password.
const CANARIES: [&str; 9] = [
    "try correct horse",
    "a-wrong-password",
    "314159",
    "token-in-the-query",
    "cookie-of-a-browser",
    "token-of-a-page",
    "bearer-in-a-header",
    "only for trying",
    "secret-in-a-binary-frame",
];

/// How long a comparison takes tells how much of a guess is right. Only settings are compared with settings by `==`, in the type itself.
#[test]
fn secrets_are_compared_in_constant_time_only() {
    let root = fixtures::root().join("src");
    let compares = |line: &str| line.contains("reveal()") && (line.contains("==") || line.contains("!="));
    let own = std::fs::read_to_string(root.join("check/secret.rs")).expect("the type");
    assert!(own.lines().any(compares), "the one place is found");
    let all = super::sources(&root).replace(&own, "");
    assert!(all.contains("ct_eq"));
    let found: Vec<&str> = all.lines().filter(|line| compares(line)).collect();
    assert!(found.is_empty(), "compare what is secret with `subtle`: {found:?}");
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve() -> (Running, SocketAddr, BufReader<std::process::ChildStdout>) {
    let child = Command::new(env!("CARGO_BIN_EXE_windlass"))
        .arg("serve")
        .arg(fixtures::root().join("rooms/sign-in"))
        .args(["--listen", "127.0.0.1:0", "--set", "store.memory_only=true", "--log", "trace"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut running = Running(child);
    let mut said = BufReader::new(running.0.stdout.take().expect("a pipe"));
    let mut first = String::new();
    said.read_line(&mut first).expect("a line");
    let address = first.split("ws://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
    let address = address.parse().expect("an address");
    (running, address, said)
}

async fn sign_in(to: SocketAddr) {
    let mut bare = Bare::connect(to).await;
    let request = upgrade_request(
        "Cookie: session=cookie-of-a-browser\r\nAuthorization: Bearer bearer-in-a-header\r\n\
         Sec-WebSocket-Protocol: windlass.v1.json, token.token-of-a-page\r\n",
    );
    bare.write(request.replace("/ws ", "/ws?token=token-in-the-query ").as_bytes()).await;
    assert!(bare.head().await.starts_with("HTTP/1.1 101"));
    for (message, answer) in [
        (r#"{"to":"room:lounge"}"#, "\"choose\""),
        (r#"{"to":"lock:login"}"#, "\"ask\":{\"name\""),
        (r#"{"name":"ada","password":"a-wrong-password","code":"314159"}"#, "\"ask\":{\"name\""),
        (r#"{"name":"ada","password":"try correct horse","code":"314159"}"#, "\"ask\":{\"name\""),
        (r#"{"name":"ada","password":"try correct horse","code":"314159""#, "malformed"),
    ] {
        bare.write(&frame(0x81, message.as_bytes())).await;
        soon(answer, until_it_says(&mut bare, answer)).await;
    }
    // the log says that it was closed for this, and not for what
    bare.write(&frame(0x82, b"secret-in-a-binary-frame")).await;
    soon("a bye", until_it_says(&mut bare, "\"bye\"")).await;
}

async fn until_it_says(bare: &mut Bare, what: &str) {
    loop {
        let (_, payload) = bare.frame().await.expect("an answer");
        let text = String::from_utf8_lossy(&payload).into_owned();
        if text.contains(what) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_leaves_no_secret_in_a_log_of_everything() {
    let (mut running, address, mut said) = serve();
    let mut stderr = running.0.stderr.take().expect("a pipe");
    let log = std::thread::spawn(move || {
        let mut log = String::new();
        stderr.read_to_string(&mut log).map(|_| log)
    });
    sign_in(address).await;
    let mut told = String::new();
    for page in ["/metrics", "/health/ready", "/api/map", "/nowhere"] {
        let mut bare = Bare::connect(address).await;
        bare.write(format!("GET {page} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").as_bytes()).await;
        told.push_str(&bare.rest().await);
    }
    assert!(told.contains("windlass_"), "the metrics are told: {told}");
    let stopped = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status();
    assert!(stopped.expect("kill").success());
    running.0.wait().expect("an end");
    let mut all = log.join().expect("no panic").expect("text");
    said.read_to_string(&mut all).expect("text");
    all.push_str(&told);
    assert!(all.contains("DEBUG"), "all that the server itself has to say is logged: {all}");
    for canary in CANARIES {
        let at = all.lines().find(|line| line.contains(canary));
        assert_eq!(at, None, "`{canary}` is logged");
    }
}
