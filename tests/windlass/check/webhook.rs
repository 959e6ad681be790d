//! Asking another server: what is sent, what is made of answers, and who is never asked.

use super::{secret, text, type_of, verdict, why};
use crate::fixtures;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use windlass::check::Secret;
use windlass::check::outbound::{Outbound, Reach, Target, is_public};
use windlass::check::webhook::{Breaker, Form, SigningSecret, Webhook};
use windlass::value::Value;

const WHSEC: &str = "whsec_YW4gZXhhbXBsZSBzZWNyZXQgb2YgMzIgYnl0ZXMuLi4=";
const WALL: u64 = 1_767_225_600_123;
/// Longer than any answer of a server in these tests takes that means to answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A server that gives each connection the same answer; how many there were, and what the last one asked.
struct Asked {
    port: u16,
    connections: Arc<AtomicUsize>,
    request: Arc<Mutex<String>>,
    _tasks: JoinSet<()>,
}

async fn server(answer: &str, tls: Option<TlsAcceptor>) -> Asked {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (connections, request) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<String>>::default());
    let mut tasks = JoinSet::new();
    let (count, kept, answer) = (connections.clone(), request.clone(), answer.to_owned());
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            match &tls {
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, &answer, &kept).await;
                    }
                }
                None => serve(stream, &answer, &kept).await,
            }
        }
    });
    Asked { port, connections, request, _tasks: tasks }
}

/// Reads one request with a body, and answers.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str, kept: &Mutex<String>) {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        let length =
            |head: &str| head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= length(head).unwrap_or(0)
        {
            *kept.lock().expect("no panic") = text;
            break;
        }
        match stream.read(&mut piece).await {
            Ok(count) if count > 0 => read.extend_from_slice(&piece[..count]),
            _ => return,
        }
    }
    if answer == "nothing" {
        std::future::pending::<()>().await;
    }
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn form(gives: &str) -> Form {
    Form { check: "may_enter".into(), params: vec!["client".into(), "code".into()], gives: type_of(gives) }
}

fn webhook(url: &str, gives: &str, timeout: Duration) -> Webhook {
    let outbound = Outbound::new(url, Reach::Private, None, 1024).expect("an outbound");
    Webhook::new(outbound, SigningSecret::new(&Secret::new(WHSEC)).expect("a secret"), form(gives), timeout)
}

fn args() -> Vec<Value> {
    vec![Value::Client("ada".into()), secret("sesame \"open\"")]
}

#[test]
fn signatures_are_those_of_standard_webhooks() {
    // standardwebhooks.Webhook(WHSEC).sign("msg_1", datetime.fromtimestamp(1767225600, tz=utc), '{"a":1}') in Python
    let by_python = "v1,erqPpV/wgzGJ0Tlp4jiTrO9owuafnfrNcmXMRVWlqbU=";
    for written in [WHSEC, "an example secret of 32 bytes..."] {
        let key = SigningSecret::new(&Secret::new(written)).expect("a secret");
        assert_eq!(key.sign("msg_1", "1767225600", r#"{"a":1}"#), by_python);
    }
    assert!(SigningSecret::new(&Secret::new("short")).is_err());
    assert!(SigningSecret::new(&Secret::new("whsec_no base64 at all, though it is long")).is_err());
}

#[tokio::test]
async fn what_is_asked() {
    let asked = server(&ok(r#"{"passed":{"level":3,"more":[]}}"#), None).await;
    let webhook = webhook(&format!("http://127.0.0.1:{}/ask?x=1", asked.port), "{ level: int }", TIMEOUT);
    let passed = verdict(&webhook, args(), WALL).await;
    assert!(matches!(&passed, Ok(Value::Json(json)) if json.field("level") == Some("3")), "{passed:?}");
    let request = asked.request.lock().expect("no panic").clone();
    let (head, body) = request.split_once("\r\n\r\n").expect("a request");
    assert_eq!(
        body,
        r#"{"type":"windlass.check","check":"may_enter","args":{"client":"ada","code":"sesame \"open\""}}"#
    );
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap_or_default();
    assert!(head.starts_with("POST /ask?x=1 HTTP/1.1\r\n"), "{head}");
    assert_eq!(header("host"), format!("127.0.0.1:{}", asked.port));
    assert_eq!((header("content-type"), header("webhook-timestamp")), ("application/json", "1767225600"));
    let key = SigningSecret::new(&Secret::new(WHSEC)).expect("a secret");
    assert_eq!(header("webhook-signature"), key.sign(header("webhook-id"), "1767225600", body));
}

#[tokio::test]
async fn what_is_made_of_answers() {
    let long = "x".repeat(300);
    for (answer, wanted) in [
        (ok(r#"{"passed":7}"#), "passed 7"),
        (ok(r#" { "passed" : 7 } "#), "passed 7"),
        (ok(r#"{"passed":"7"}"#), "unavailable"),
        (ok(r#"{"passed":null}"#), "unavailable"),
        (ok(r#"{"passed":7,"failed":"both"}"#), "unavailable"),
        (ok(r#"{"failed":"not today"}"#), "not today"),
        (ok(r#"{"failed":"a\nline\u0000"}"#), "aline"),
        (ok(&format!(r#"{{"failed":"{long}"}}"#)), &long[..200]),
        (ok(r#"{"failed":false}"#), "unavailable"),
        (ok("{}"), "unavailable"),
        (ok("[7]"), "unavailable"),
        (ok("yes"), "unavailable"),
        (ok(""), "unavailable"),
        (ok(&format!(r#"{{"passed":7{}}}"#, " ".repeat(2000))), "unavailable"),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 12\r\n\r\n{\"passed\":7}".into(), "unavailable"),
        ("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n".into(), "unavailable"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"passed\":7}".into(), "unavailable"),
        (format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(100_000)), "unavailable"),
        ("no HTTP at all\r\n\r\n".into(), "unavailable"),
        (String::new(), "unavailable"),
    ] {
        let asked = server(&answer, None).await;
        let webhook = webhook(&format!("http://localhost:{}/", asked.port), "int", TIMEOUT);
        let told = match verdict(&webhook, args(), WALL).await {
            Ok(value) => format!("passed {value:?}"),
            Err(why) => why.to_string(),
        };
        assert_eq!(told, wanted, "{answer:.80}");
        assert_eq!(asked.connections.load(Ordering::SeqCst), 1, "{answer:.80}");
    }
}

#[tokio::test]
async fn who_does_not_answer_is_left_alone() {
    let asked = server("nothing", None).await;
    let webhook = webhook(&format!("http://127.0.0.1:{}/", asked.port), "int", Duration::from_millis(20));
    for _ in 0..8 {
        assert_eq!(why(verdict(&webhook, args(), WALL).await), "unavailable");
    }
    assert!(asked.connections.load(Ordering::SeqCst) <= 5, "the breaker holds");
}

#[test]
fn the_breaker_lets_one_through_after_a_pause() {
    let (breaker, now) = (Breaker::default(), Instant::now());
    for _ in 0..5 {
        assert!(breaker.lets_through(now));
        drop(breaker.attempt());
    }
    assert!(!breaker.lets_through(now));
    let later = now + Duration::from_secs(60);
    assert!(breaker.lets_through(later), "one");
    assert!(!breaker.lets_through(later), "and one only");
    breaker.attempt().answered();
    assert!(breaker.lets_through(later), "it has answered");
}

#[tokio::test]
async fn the_own_network_is_not_asked_unless_it_may_be() {
    let asked = server(&ok(r#"{"passed":7}"#), None).await;
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "127.1", "0x7f.1"] {
        let Ok(outbound) = Outbound::new(&format!("https://{host}:{}/", asked.port), Reach::Public, None, 1024) else {
            continue;
        };
        let key = SigningSecret::new(&Secret::new(WHSEC)).expect("a secret");
        let webhook = Webhook::new(outbound, key, form("int"), TIMEOUT);
        assert_eq!(why(verdict(&webhook, args(), WALL).await), "unavailable", "{host}");
    }
    assert_eq!(asked.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn urls_that_are_not_asked() {
    for (url, reach) in [
        ("http://example.org/", Reach::Public),
        ("ftp://example.org/", Reach::Private),
        ("file:///etc/passwd", Reach::Private),
        ("example.org", Reach::Private),
        ("//example.org/", Reach::Private),
        ("https:///path", Reach::Private),
        ("https://user@example.org/", Reach::Private),
        ("https://user:word@example.org/", Reach::Private),
        ("https://exa mple.org/", Reach::Private),
        ("https://example.org\\@evil.org/", Reach::Private),
        ("", Reach::Private),
    ] {
        assert!(Target::parse(url, reach).is_err(), "{url}");
    }
    for url in
        ["https://example.org", "https://example.org:8443/a?b=c", "https://[2606:4700::1]/", "https://EXAMPLE.org/"]
    {
        assert!(Target::parse(url, Reach::Public).is_ok(), "{url}");
    }
}

#[test]
fn addresses_of_the_public_internet_and_others() {
    let own = "0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255 \
               192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 \
               255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::a00:1 64:ff9b:1::1 100::1 \
               2001::1 2001:db8::1 2002:a00:1::1 3fff::1 4000::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1";
    let public = "1.1.1.1 8.8.8.8 100.63.0.1 100.128.0.1 169.253.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.17.0.1 198.20.0.1 223.255.255.255 \
                  2606:4700::1 2a00:1450::1 2001:4860::8888 ::ffff:8.8.8.8 64:ff9b::808:808";
    for (addresses, wanted) in [(own, false), (public, true)] {
        for address in addresses.split_whitespace() {
            let parsed: IpAddr = address.parse().expect(address);
            assert_eq!(is_public(parsed), wanted, "{address}");
        }
    }
}

fn tls(name: &str) -> PathBuf {
    fixtures::root().join("tests/fixtures/check/tls").join(name)
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(tls("server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(tls("server.key.pem")).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a pair");
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn over_tls_only_who_it_says_it_is() {
    let authority = tls("authority.pem");
    for (host, authorities, wanted) in [
        ("localhost", Some(&authority), Ok(Value::Int(7))),
        ("localhost", None, Err("unavailable")),
        ("127.0.0.1", Some(&authority), Err("unavailable")),
    ] {
        let asked = server(&ok(r#"{"passed":7}"#), Some(acceptor())).await;
        let url = format!("https://{host}:{}/", asked.port);
        let outbound = Outbound::new(&url, Reach::Private, authorities.map(|path| &**path), 1024).expect("an outbound");
        let key = SigningSecret::new(&Secret::new(WHSEC)).expect("a secret");
        let told = verdict(&Webhook::new(outbound, key, form("int"), TIMEOUT), args(), WALL).await;
        assert_eq!(told, wanted.map_err(Into::into), "{host}");
    }
    assert!(
        Outbound::new("https://localhost/", Reach::Private, Some(&tls("make.sh")), 1024).is_err(),
        "no certificates"
    );
    assert_eq!(why(verdict(&webhook("https://[::1]:1/", "int", TIMEOUT), vec![text("")], WALL).await), "unavailable");
}
