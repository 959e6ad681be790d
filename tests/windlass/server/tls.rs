//! TLS on the listening port, and certificates that change under a server that runs.

use super::client::{Bare, soon, until, upgrade_request};
use super::echo::Echoing;
use crate::fixtures;
use futures_util::{SinkExt, StreamExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

fn fixture(name: &str) -> PathBuf {
    fixtures::root().join("tests/fixtures").join(name)
}

/// A server whose certificate stands in files of its own, and what trusts it.
struct Secure {
    echoing: Echoing,
    files: TempDir,
}

impl Secure {
    async fn start(yaml: &str) -> Secure {
        let files = tempfile::tempdir().expect("a directory");
        let certificate = files.path().join("server.pem");
        let key = files.path().join("server.key.pem");
        std::fs::copy(fixture("check/tls/server.pem"), &certificate).expect("a copy");
        std::fs::copy(fixture("check/tls/server.key.pem"), &key).expect("a copy");
        let tls =
            format!("tls: {{ certificate: '{}', key: '{}', reload: 100ms }}\n", certificate.display(), key.display());
        Secure { echoing: Echoing::start(&format!("{tls}{yaml}")).await, files }
    }

    async fn tcp(&self) -> TcpStream {
        soon("a connection", TcpStream::connect(self.echoing.server.address())).await.expect("a listener")
    }

    /// A handshake by somebody who trusts this authority alone.
    async fn shake(
        &self,
        authority: &Path,
        version: &'static SupportedProtocolVersion,
    ) -> Option<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(authority).expect("a certificate")).expect("an authority");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        soon("a handshake", TlsConnector::from(Arc::new(config)).connect(name, self.tcp().await)).await.ok()
    }

    async fn client(&self, version: &'static SupportedProtocolVersion) -> WebSocketStream<TlsStream<TcpStream>> {
        let stream = self.shake(&fixture("check/tls/authority.pem"), version).await.expect("a handshake");
        let url = format!("wss://localhost:{}/ws", self.echoing.server.address().port());
        let (mut client, _) = soon("a WebSocket", client_async(url, stream)).await.expect("an upgrade");
        assert!(text(&mut client).await.starts_with("{\"hello\""));
        client
    }

    /// Whether the server shows the certificate that took the other's place.
    async fn is_renewed(&self) -> bool {
        self.shake(&fixture("server/tls/renewed.pem"), &TLS13).await.is_some()
    }

    fn put(&self, from: &str, name: &str) {
        std::fs::copy(fixture(from), self.files.path().join(name)).expect("a copy");
    }
}

async fn text(client: &mut WebSocketStream<TlsStream<TcpStream>>) -> String {
    loop {
        match soon("a text", client.next()).await.expect("no end").expect("no error") {
            Message::Text(text) if text.starts_with("{\"heartbeat\"") => {}
            Message::Text(text) => return text.to_string(),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_versions_carry_long_texts_both_ways() {
    for shards in [1, 2] {
        let secure = Secure::start(&format!("shards: {shards}\noutbox: 16MiB\n")).await;
        for version in [&TLS12, &TLS13] {
            let mut client = secure.client(version).await;
            let long = "z".repeat(60_000);
            // all is sent before anything is read, so that the server has to wait with its answers
            for number in 0..100 {
                let message = Message::text(format!("{{\"echo\":\"{number} {long}\"}}"));
                soon("a send", client.send(message)).await.expect("an open connection");
            }
            for number in 0..100 {
                assert_eq!(text(&mut client).await, format!("{{\"echo\":\"{number} {long}\"}}"));
            }
            soon("a close", client.close(None)).await.expect("an open connection");
            while let Some(Ok(_)) = soon("the end", client.next()).await {}
        }
        until("the end of both", || secure.echoing.server.connections() == 0).await;
        assert_eq!(secure.echoing.server.counters().broken.get(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_over_tls_is_cut_and_others_are_served() {
    let secure = Secure::start("outbox: 64KiB\n").await;
    let (mut slow, mut quick) = (secure.client(&TLS13).await, secure.client(&TLS13).await);
    for client in [&mut slow, &mut quick] {
        client.send(Message::text("{\"join\":1}")).await.expect("an open connection");
        assert_eq!(text(client).await, "{\"joined\":1}");
    }
    let mut sender = secure.client(&TLS12).await;
    let message = format!("{{\"fan\":1,\"text\":\"{}\"}}", "x".repeat(32 * 1024));
    let mut sent = 0;
    while secure.echoing.server.counters().slow.get() == 0 {
        sender.send(Message::text(message.clone())).await.expect("an open connection");
        assert!(text(&mut quick).await.starts_with("{\"message\":\"xxx"));
        sent += 1;
        assert!(sent < 10_000, "a socket that takes nothing is never cut");
    }
    let mut last = String::new();
    while let Some(Ok(message)) = soon("what the kernel holds", slow.next()).await {
        if let Message::Text(text) = message {
            last = text.to_string();
        }
    }
    assert!(last.starts_with("{\"bye\":{\"code\":4100,"), "{last}");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_and_a_broken_one_is_not() {
    let secure = Secure::start("").await;
    let mut early = secure.client(&TLS13).await;
    assert!(!secure.is_renewed().await);
    // a certificate without its key, then text that is no certificate: the one before is kept
    secure.put("server/tls/renewed.pem", "server.pem");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!secure.is_renewed().await);
    secure.put("check/tls/make.sh", "server.pem");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    secure.client(&TLS13).await;
    secure.put("server/tls/renewed.pem", "server.pem");
    secure.put("server/tls/renewed.key.pem", "server.key.pem");
    soon("the new one", async { while !secure.is_renewed().await {} }).await;
    early.send(Message::text("{\"echo\":1}")).await.expect("an open connection");
    assert_eq!(text(&mut early).await, "{\"echo\":1}", "who was there before stays");
}

#[tokio::test]
async fn who_speaks_no_tls_or_nothing_at_all_is_let_go() {
    let secure = Secure::start("handshake: { deadline: 300ms }\n").await;
    let address = secure.echoing.server.address();
    let mut plain = Bare::connect(address).await;
    plain.write(upgrade_request("").as_bytes()).await;
    assert!(!plain.rest().await.contains("101"));
    until("the failure", || secure.echoing.server.counters().handshake_failed.get() == 1).await;
    let mut silent = Bare::connect(address).await;
    assert_eq!(silent.rest().await, "");
    let mut halfway = secure.shake(&fixture("check/tls/authority.pem"), &TLS13).await.expect("a handshake");
    halfway.write_all(b"GET /ws HTTP/1.1\r\n").await.expect("an open connection");
    let end = soon("the end", tokio::io::copy(&mut halfway, &mut tokio::io::sink())).await;
    assert!(end.is_err() || end.is_ok_and(|count| count < 200), "the head had to come in time");
    secure.client(&TLS13).await;
}

#[tokio::test]
async fn over_tls_a_page_without_it_is_of_another_origin() {
    let secure = Secure::start("").await;
    for (origin, expected) in [("https://example.org", "101"), ("http://example.org", "403")] {
        let mut stream = secure.shake(&fixture("check/tls/authority.pem"), &TLS13).await.expect("a handshake");
        stream.write_all(upgrade_request(&format!("Origin: {origin}\r\n")).as_bytes()).await.expect("a write");
        let mut status = [0; 12];
        soon("an answer", tokio::io::AsyncReadExt::read_exact(&mut stream, &mut status)).await.expect("an answer");
        assert_eq!(String::from_utf8_lossy(&status[9..]), expected, "{origin}");
    }
}

/// Versions before 1.2 are refused; what is asked with is a program that this project did not write.
#[tokio::test]
async fn old_versions_are_refused() {
    let secure = Secure::start("").await;
    let port = secure.echoing.server.address().port();
    let probe = |version: &'static str| async move {
        let mut openssl = command("openssl");
        let to = format!("127.0.0.1:{port}");
        openssl.args(["s_client", version, "-cipher", "ALL:@SECLEVEL=0", "-connect", &to]);
        let output = tokio::task::spawn_blocking(move || openssl.output()).await.expect("no panic").ok()?;
        Some(String::from_utf8_lossy(&output.stdout).contains("Cipher is ") && output.status.success())
    };
    if probe("-tls1_2").await.is_none() {
        println!("SKIPPED: there is no `openssl` here");
        return;
    }
    assert_eq!(probe("-tls1_2").await, Some(true));
    for version in ["-ssl3", "-tls1", "-tls1_1"] {
        assert_eq!(probe(version).await, Some(false), "{version}");
    }
}

fn command(program: &str) -> std::process::Command {
    let mut command = std::process::Command::new(program);
    command.stdin(std::process::Stdio::null());
    command
}
