//! Asking another server: what is sent, and what is made of answers.

use super::asked::{ok, server};
use super::{secret, text, type_of, verdict, why};
use crate::fixtures;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use windlass::check::Secret;
use windlass::check::outbound::{Outbound, Reach};
use windlass::check::webhook::{Breaker, Form, SigningSecret, Webhook};
use windlass::value::Value;

const WHSEC: &str = "whsec_YW4gZXhhbXBsZSBzZWNyZXQgb2YgMzIgYnl0ZXMuLi4=";
const WALL: u64 = 1_767_225_600_123;
/// Longer than any answer of a server in these tests takes that means to answer.
const TIMEOUT: Duration = Duration::from_secs(20);

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
