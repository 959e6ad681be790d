//! What a client may not do, and how it is told.

use super::client::{Bare, Client, frame, until};
use super::echo::Echoing;
use tokio_tungstenite::tungstenite::Message;

const SMALL: &str = "message: { bytes: 1KiB, fragments: 8 }\noutbox: 64KiB\n";

/// How a connection that sends these bytes is closed.
async fn closed_for(bytes: &[u8]) -> Option<u16> {
    let echoing = Echoing::start(SMALL).await;
    let mut bare = Bare::upgraded(echoing.server.address()).await;
    bare.write(bytes).await;
    let code = bare.close_code().await;
    assert_eq!(bare.frame().await, None, "the connection ends");
    drop(bare);
    until("the end", || echoing.server.connections() == 0).await;
    code
}

#[tokio::test]
async fn close_codes_of_bad_frames() {
    let text = 0x81;
    let mut unmasked = vec![text, 2];
    unmasked.extend_from_slice(b"{}");
    let mut huge = vec![text, 0x80 | 127];
    huge.extend_from_slice(&u64::MAX.to_be_bytes());
    huge.extend_from_slice(&[0; 4]);
    let two = |first: Vec<u8>, second: Vec<u8>| [first, second].concat();
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("unmasked", unmasked, 1002),
        ("reserved bit", frame(0xc1, b"{}"), 1002),
        ("reserved opcode", frame(0x83, b"{}"), 1002),
        ("reserved control opcode", frame(0x8b, b""), 1002),
        ("continuation of nothing", frame(0x80, b"{}"), 1002),
        ("text within a text", two(frame(0x01, b"{"), frame(0x81, b"}")), 1002),
        ("fragmented ping", frame(0x09, b""), 1002),
        ("long ping", frame(0x89, &[b'x'; 126]), 1002),
        ("not UTF-8", frame(text, &[b'"', 0xff, b'"']), 1007),
        ("not UTF-8 across fragments", two(frame(0x01, &[b'"', 0xc3]), frame(0x80, b"\"")), 1007),
        ("a message too long", frame(text, &[b'x'; 1025]), 1009),
        ("a message too long in fragments", two(frame(0x01, &[b'x'; 600]), frame(0x80, &[b'x'; 600])), 1009),
        ("a length that no message has", huge, 1009),
        ("binary", frame(0x82, b"{}"), 1003),
    ];
    for (name, bytes, code) in cases {
        assert_eq!(closed_for(&bytes).await, Some(code), "{name}");
    }
}

#[tokio::test]
async fn as_long_and_as_many_fragments_as_may_be() {
    let echoing = Echoing::start(SMALL).await;
    let mut bare = Bare::upgraded(echoing.server.address()).await;
    let long = format!("{{\"echo\":\"{}\"}}", "x".repeat(1024 - 11));
    assert_eq!(long.len(), 1024);
    bare.write(&frame(0x81, long.as_bytes())).await;
    assert_eq!(bare.frame().await.expect("an echo").1, long.as_bytes());
    for _ in 0..2 {
        bare.write(&frame(0x01, b"{\"echo\":")).await;
        for _ in 0..6 {
            bare.write(&frame(0x00, b"")).await;
            bare.write(&frame(0x89, b"?")).await;
            assert_eq!(bare.frame().await, Some((0x8a, b"?".to_vec())));
        }
        bare.write(&frame(0x80, b"1}")).await;
        assert_eq!(bare.frame().await.expect("an echo").1, b"{\"echo\":1}");
    }
}

#[tokio::test]
async fn one_fragment_too_many_even_if_it_is_empty() {
    let nine = [frame(0x01, b""), frame(0x00, b"").repeat(7), frame(0x80, b"")].concat();
    assert_eq!(closed_for(&nine).await, Some(1008));
}

#[tokio::test]
async fn a_flood_of_empty_fragments() {
    let echoing = Echoing::start(SMALL).await;
    let mut bare = Bare::upgraded(echoing.server.address()).await;
    bare.write(&frame(0x01, b"")).await;
    let flood = frame(0x00, b"").repeat(20_000);
    // it is cut somewhere in between
    let _ = tokio::io::AsyncWriteExt::write_all(&mut bare.stream, &flood).await;
    until("the cut", || echoing.server.counters().broken.get() == 1).await;
    let mut other = echoing.client().await;
    other.send("{\"echo\":1}").await;
    other.expect("{\"echo\":1}").await;
}

#[tokio::test]
async fn a_message_that_takes_too_long_to_come() {
    let echoing = Echoing::start("message: { deadline: 100ms }\n").await;
    let mut bare = Bare::upgraded(echoing.server.address()).await;
    let long = frame(0x81, format!("{{\"echo\":\"{}\"}}", "x".repeat(5000)).as_bytes());
    for byte in long {
        if tokio::io::AsyncWriteExt::write_all(&mut bare.stream, &[byte]).await.is_err() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        if echoing.server.counters().broken.get() == 1 {
            break;
        }
    }
    assert_eq!(bare.close_code().await, Some(1008));
}

#[tokio::test]
async fn a_flood_of_pings() {
    let echoing = Echoing::start("").await;
    let mut bare = Bare::upgraded(echoing.server.address()).await;
    let _ = tokio::io::AsyncWriteExt::write_all(&mut bare.stream, &frame(0x89, b"").repeat(5000)).await;
    until("the cut", || echoing.server.counters().broken.get() == 1).await;
}

#[tokio::test]
async fn a_slow_consumer_is_named_and_others_are_served() {
    let echoing = Echoing::start("outbox: 64KiB\n").await;
    let mut slow = Bare::upgraded(echoing.server.address()).await;
    slow.write(&frame(0x81, b"{\"join\":1}")).await;
    slow.frame().await.expect("an answer");
    let mut quick = echoing.client().await;
    quick.send("{\"join\":1}").await;
    quick.expect("{\"joined\":1}").await;
    let mut sender = echoing.client().await;
    let text = "x".repeat(32 * 1024);
    let mut sent = 0;
    while echoing.server.counters().slow.get() == 0 {
        sender.send(&format!("{{\"fan\":1,\"text\":\"{text}\"}}")).await;
        quick.expect_start("{\"message\":\"xxx").await;
        sent += 1;
        assert!(sent < 10_000, "a socket that takes nothing is never cut");
    }
    // what the kernel holds is read, to the last whole frame; then it says why
    let mut last = Vec::new();
    let mut messages = 0;
    let code = loop {
        match slow.frame().await.expect("a close frame") {
            (0x88, payload) => break u16::from_be_bytes([payload[0], payload[1]]),
            (_, payload) => {
                last = payload;
                messages += 1;
            }
        }
    };
    assert_eq!(code, 4100);
    assert_eq!(
        String::from_utf8_lossy(&last),
        r#"{"bye":{"code":4100,"reason":"slow_consumer","reconnect_in_ms":5000}}"#
    );
    assert!(messages <= sent);
    sender.send("{\"fan\":1,\"text\":\"on\"}").await;
    quick.expect("{\"message\":\"on\"}").await;
    until("the end", || echoing.server.connections() == 2).await;
}

#[tokio::test]
async fn what_waits_comes_in_order_and_whole() {
    let echoing = Echoing::start("outbox: 16MiB\n").await;
    let mut late = Bare::upgraded(echoing.server.address()).await;
    let text = "y".repeat(8000);
    for number in 0..1000 {
        late.write(&frame(0x81, format!("{{\"echo\":\"{number} {text}\"}}").as_bytes())).await;
    }
    for number in 0..1000 {
        let (first, payload) = late.frame().await.expect("an echo");
        assert_eq!((first, payload), (0x81, format!("{{\"echo\":\"{number} {text}\"}}").into_bytes()));
    }
}

#[tokio::test]
async fn more_connections_than_there_may_be() {
    let echoing = Echoing::start("connections: { total: 3 }\n").await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(echoing.client().await);
    }
    let mut bare = Bare::connect(echoing.server.address()).await;
    bare.write(super::client::upgrade_request("").as_bytes()).await;
    let answer = bare.rest().await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after"), "{answer}");
    assert!(answer.contains("\"code\":\"full\""), "{answer}");
    clients.pop().expect("a client").close().await;
    until("a free place", || echoing.server.connections() == 2).await;
    echoing.client().await.close().await;
}

#[tokio::test]
async fn more_connections_from_one_address_than_there_may_be() {
    let echoing = Echoing::start("connections: { per_address: 2 }\n").await;
    let first = echoing.client().await;
    let second = echoing.client().await;
    let mut third = Bare::connect(echoing.server.address()).await;
    let answer = third.rest().await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("too many connections"), "{answer}");
    assert_eq!(echoing.server.counters().refused.get(), 1);
    first.close().await;
    until("a free place", || echoing.server.connections() == 1).await;
    echoing.client().await.close().await;
    second.close().await;
}

#[tokio::test]
async fn a_handler_that_panics_takes_only_its_own_socket() {
    let echoing = Echoing::start("").await;
    let mut other = echoing.client().await;
    let mut victim = echoing.client().await;
    victim.send("{\"panic\":true}").await;
    until("the panic", || echoing.server.counters().panics.get() == 1).await;
    until("the end", || echoing.server.connections() == 1).await;
    assert!(!matches!(victim.any().await, Some(Ok(Message::Text(_)))));
    other.send("{\"echo\":1}").await;
    other.expect("{\"echo\":1}").await;
    assert_eq!(echoing.seen.lock().expect("no panic").closed.len(), 1);
    Client::connect(echoing.server.address()).await.close().await;
}
