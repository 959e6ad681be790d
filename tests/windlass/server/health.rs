//! What answers over HTTP.

use super::client::Bare;
use super::echo::Echoing;

async fn get(echoing: &Echoing, path: &str) -> String {
    let mut bare = Bare::connect(echoing.server.address()).await;
    bare.write(format!("GET {path} HTTP/1.1\r\nHost: example.org\r\n\r\n").as_bytes()).await;
    bare.rest().await
}

#[tokio::test]
async fn health_and_nothing_else() {
    let echoing = Echoing::start("").await;
    let live = get(&echoing, "/health/live").await;
    assert!(live.starts_with("HTTP/1.1 200") && live.ends_with("{\"status\":\"live\"}"), "{live}");
    let client = echoing.client().await;
    let ready = get(&echoing, "/health/ready").await;
    assert!(ready.ends_with("{\"status\":\"ready\",\"connections\":1}"), "{ready}");
    client.close().await;
    for path in ["/", "/WS", "/ws/", "/health", "/health/live/x", "/..%2fws"] {
        let answer = get(&echoing, path).await;
        assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("\"code\":\"not_found\""), "{path}: {answer}");
    }
    let plain = get(&echoing, "/ws").await;
    assert!(plain.starts_with("HTTP/1.1 426") && plain.contains("upgrade: websocket"), "{plain}");
}

#[tokio::test]
async fn a_head_has_a_largest_size_and_a_deadline() {
    let echoing = Echoing::start("handshake:\n  deadline: 200ms\n  head: 8KiB\n").await;
    let mut big = Bare::connect(echoing.server.address()).await;
    let head = format!("GET /health/live HTTP/1.1\r\nHost: example.org\r\nX-Big: {}\r\n\r\n", "x".repeat(20_000));
    let _ = tokio::io::AsyncWriteExt::write_all(&mut big.stream, head.as_bytes()).await;
    let answer = big.rest().await;
    assert!(!answer.contains("live"), "{answer}");
    let mut slow = Bare::connect(echoing.server.address()).await;
    slow.write(b"GET /health/live HTT").await;
    let answer = slow.rest().await;
    assert!(!answer.contains("live"), "{answer}");
    assert!(get(&echoing, "/health/live").await.contains("live"));
}
