//! Heads and messages that are too long, too many, or that never end.

use super::super::client::{Bare, frame, upgrade_request};
use super::super::echo::Echoing;
use tokio::io::AsyncWriteExt;

/// The status of the answer to a request; nothing where the connection ends without one.
async fn status(echoing: &Echoing, request: &str) -> String {
    let mut bare = Bare::connect(echoing.server.address()).await;
    let _ = bare.stream.write_all(request.as_bytes()).await;
    bare.head().await.get(9..12).unwrap_or("").to_owned()
}

#[tokio::test]
async fn a_long_head_of_any_kind_is_refused() {
    let echoing = Echoing::start("handshake: { head: 8KiB }\n").await;
    let long = "x".repeat(16 * 1024);
    let many: String = (0..2000).map(|number| format!("X-{number}: 1\r\n")).collect();
    let list = "chat, ".repeat(3000);
    for (request, name) in [
        (upgrade_request("").replace("/ws ", &format!("/ws?{long} ")), "path"),
        (upgrade_request(&format!("X-Long: {long}\r\n")), "header"),
        (upgrade_request(&format!("{long}: 1\r\n")), "name of a header"),
        (upgrade_request(&many), "many headers"),
        (upgrade_request(&format!("Sec-WebSocket-Protocol: {list}x\r\n")), "subprotocols"),
        (upgrade_request(&format!("Cookie: {long}\r\n")), "cookie"),
    ] {
        let status = status(&echoing, &request).await;
        assert!(matches!(status.as_str(), "" | "400" | "414" | "431"), "{name}: {status}");
    }
    echoing.client().await.close().await;
}

#[tokio::test]
async fn a_head_that_comes_drop_by_drop_has_a_deadline() {
    let echoing = Echoing::start("handshake: { deadline: 200ms }\n").await;
    let mut bare = Bare::connect(echoing.server.address()).await;
    for byte in upgrade_request(&format!("X-Slow: {}\r\n", "x".repeat(8000))).bytes() {
        if bare.stream.write_all(&[byte]).await.is_err() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert!(!bare.rest().await.contains("101"));
    echoing.client().await.close().await;
}

#[tokio::test]
async fn smuggled_requests_are_not_answered() {
    let echoing = Echoing::start("").await;
    let two = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut bare = Bare::connect(echoing.server.address()).await;
    bare.write(two.as_bytes()).await;
    let answer = bare.rest().await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "a connection asks once: {answer}");
    let both = "POST /ws HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\n\r\n";
    let mut bare = Bare::connect(echoing.server.address()).await;
    bare.write(both.as_bytes()).await;
    assert!(!bare.rest().await.contains("live"));
}

#[tokio::test]
async fn control_frames_between_fragments_are_bounded_too() {
    let echoing = Echoing::start("").await;
    let mut bare = Bare::upgraded(echoing.server.address()).await;
    let mut bytes = frame(0x01, b"{");
    bytes.extend(frame(0x8a, b"").repeat(5000));
    let _ = bare.stream.write_all(&bytes).await;
    assert_eq!(bare.close_code().await, Some(1008));
}
