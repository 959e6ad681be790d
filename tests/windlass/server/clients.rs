//! Certificates that clients show over TLS, as a whole server with rules sees them.

use super::client::soon;
use super::serving::{Serving, directory};
use crate::fixtures;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, HandshakeKind, RootCertStore, SupportedProtocolVersion};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

const RULES: &str = r#"
entry lobby
room lobby public {
    after 24h -> drop "gone"
    on { who: true } {
        say {
            common_name: handshake.certificate.common_name, expires: handshake.certificate.expires,
            fingerprint: handshake.certificate.fingerprint, names: handshake.certificate.names,
            uris: handshake.certificate.uris,
        }
    }
}
"#;

fn fixture(name: &str) -> PathBuf {
    fixtures::root().join("tests/fixtures").join(name)
}

fn client_file(name: &str) -> PathBuf {
    fixture("server/tls/clients").join(name)
}

/// A server that asks clients for certificates, with these settings of `tls.clients` beside the authorities.
fn start(authorities: &Path, settings: &str) -> Serving {
    let (certificate, key) = (fixture("check/tls/server.pem"), fixture("check/tls/server.key.pem"));
    let tls = format!(
        "tls:\n  certificate: '{}'\n  key: '{}'\n  reload: 100ms\n  clients: {{ authorities: '{}'{settings} }}\n",
        certificate.display(),
        key.display(),
        authorities.display()
    );
    Serving::start_in(directory(&[("lobby.room", RULES), ("windlass.yaml", &tls)]), "", &[])
}

/// Trusts the server, and shows this certificate, if any.
fn showing(name: Option<&str>, version: &'static SupportedProtocolVersion) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(fixture("check/tls/authority.pem")).expect("a certificate");
    roots.add(authority).expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots);
    Arc::new(match name {
        None => config.with_no_client_auth(),
        Some(name) => {
            let chain = CertificateDer::from_pem_file(client_file(&format!("{name}.pem"))).expect("a certificate");
            let key = PrivateKeyDer::from_pem_file(client_file(&format!("{name}.key.pem"))).expect("a key");
            config.with_client_auth_cert(vec![chain], key).expect("a certificate and its key")
        }
    })
}

type Secured = WebSocketStream<TlsStream<TcpStream>>;

/// A WebSocket, where the server lets this client have one. With TLS 1.3 a client learns only afterwards that it was refused.
async fn connect(serving: &Serving, config: &Arc<ClientConfig>) -> Option<Secured> {
    let tcp = soon("a connection", TcpStream::connect(serving.address)).await.expect("a listener");
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = soon("a handshake", TlsConnector::from(config.clone()).connect(name, tcp)).await.ok()?;
    let url = format!("wss://localhost:{}/ws", serving.address.port());
    Some(soon("a WebSocket", client_async(url, stream)).await.ok()?.0)
}

async fn who(client: &mut Secured) -> Value {
    client.send(Message::text("{\"who\":true}")).await.expect("an open connection");
    loop {
        if let Message::Text(text) = soon("a text", client.next()).await.expect("no end").expect("no error") {
            let frame: Value = serde_json::from_str(&text).expect("JSON");
            if let Some(said) = frame.get("say") {
                return said.clone();
            }
        }
    }
}

#[tokio::test]
async fn what_a_certificate_says_reaches_the_rules() {
    let serving = start(&client_file("authority.pem"), ", required: false");
    for version in [&TLS12, &TLS13] {
        let mut pump = connect(&serving, &showing(Some("pump-7"), version)).await.expect("a WebSocket");
        let mut said = who(&mut pump).await;
        // these two are other ones when the fixtures are made anew
        let fingerprint = said["fingerprint"].take();
        assert!(fingerprint.as_str().is_some_and(|print| print.len() == 64), "{fingerprint}");
        assert!(said["expires"].take().as_u64().is_some_and(|time| time > 4_000_000_000_000), "in a hundred years");
        let expected = json!({
            "common_name": "pump-7", "expires": null, "fingerprint": null, "names": ["pump-7.field.example", "pump-7.local"],
            "uris": ["spiffe://field.example/pump-7"],
        });
        assert_eq!(said, expected);
        let mut nobody = connect(&serving, &showing(None, version)).await.expect("a WebSocket");
        let nothing = json!({ "common_name": null, "expires": null, "fingerprint": null, "names": [], "uris": [] });
        assert_eq!(who(&mut nobody).await, nothing);
    }
}

#[tokio::test]
async fn whose_certificates_count() {
    let revoked = format!(", revoked: '{}'", client_file("revoked.pem").display());
    for (settings, welcome) in [
        ("", &[Some("pump-7"), Some("pump-8")][..]),
        (", required: false", &[Some("pump-7"), Some("pump-8"), None]),
        (&revoked, &[Some("pump-7")]),
    ] {
        let serving = start(&client_file("authority.pem"), settings);
        for version in [&TLS12, &TLS13] {
            for name in [Some("pump-7"), Some("pump-8"), Some("stranger"), None] {
                let is_in = connect(&serving, &showing(name, version)).await.is_some();
                assert_eq!(is_in, welcome.contains(&name), "{name:?} with `{settings}`");
            }
        }
    }
}

/// Also for a client that was in before: no session is taken up again, since nobody would look at its certificate.
#[tokio::test]
async fn a_certificate_counts_no_more_once_the_files_say_so() {
    let files = tempfile::tempdir().expect("a directory");
    let authorities = files.path().join("authorities.pem");
    std::fs::copy(client_file("authority.pem"), &authorities).expect("a copy");
    let serving = start(&authorities, "");
    let configs = [showing(Some("pump-7"), &TLS12), showing(Some("pump-7"), &TLS13)];
    for config in configs.iter().chain(&configs) {
        let mut pump = connect(&serving, config).await.expect("a WebSocket");
        who(&mut pump).await;
        assert_eq!(pump.get_ref().get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
    }
    std::fs::copy(fixture("check/tls/authority.pem"), &authorities).expect("a copy");
    soon("the refusal", async {
        while connect(&serving, &configs[1]).await.is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert!(connect(&serving, &configs[0]).await.is_none());
}
