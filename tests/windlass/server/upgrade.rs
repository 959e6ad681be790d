//! From HTTP to a WebSocket: what is asked, and who may ask.

use super::client::{Bare, Client, frame, until, upgrade_request};
use super::echo::Echoing;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;

/// The status of the answer to a request.
async fn status(echoing: &Echoing, request: &str) -> (String, String) {
    let mut bare = Bare::connect(echoing.server.address()).await;
    bare.write(request.as_bytes()).await;
    let head = bare.head().await;
    (head.get(9..12).unwrap_or("").to_owned(), head)
}

#[tokio::test]
async fn handshakes_that_are_not() {
    let echoing = Echoing::start("").await;
    let good = upgrade_request("");
    let cases = [
        (good.clone(), "101"),
        (good.replace("GET", "POST"), "426"),
        (good.replace("Connection: Upgrade", "Connection: keep-alive"), "426"),
        (good.replace("Connection: Upgrade", "Connection: keep-alive, upgrade"), "101"),
        (good.replace("Upgrade: websocket", "Upgrade: h2c"), "426"),
        (good.replace("Version: 13", "Version: 8"), "426"),
        (good.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), "400"),
        (good.replace("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25!ZQ=="), "400"),
        (good.replace("/ws ", "/ws?token=a%20b&flag "), "101"),
        (good.replace("HTTP/1.1", "HTTP/1.0"), "426"),
    ];
    for (request, expected) in cases {
        let (status, head) = status(&echoing, &request).await;
        assert_eq!(status, expected, "{request}\n{head}");
    }
    let (_, head) = status(&echoing, &good).await;
    // the example of RFC 6455, section 1.3
    assert!(head.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    assert!(!head.contains("sec-websocket-extensions"), "{head}");
}

/// A pong is written by the connection's own task, which does not wait for the engine.
#[tokio::test]
async fn the_answer_goes_before_what_comes_of_pings_behind_the_request() {
    let echoing = Echoing::start("").await;
    for pings in [1, 3] {
        let mut bare = Bare::connect(echoing.server.address()).await;
        let mut bytes = upgrade_request("").into_bytes();
        (0..pings).for_each(|_| bytes.extend(frame(0x89, b"there?")));
        bare.write(&bytes).await;
        assert!(bare.head().await.starts_with("HTTP/1.1 101"));
        let mut pongs = 0;
        while pongs < pings {
            let (first, payload) = bare.frame().await.expect("pongs, and `hello` somewhere");
            pongs += usize::from((first, payload.as_slice()) == (0x8A, b"there?"));
        }
    }
}

/// What is sent small stays small: nothing that is unpacked can burst.
#[tokio::test]
async fn compression_is_declined() {
    let echoing = Echoing::start("").await;
    for offered in ["permessage-deflate", "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame"] {
        let request = upgrade_request(&format!("Sec-WebSocket-Extensions: {offered}\r\n"));
        let (status, head) = status(&echoing, &request).await;
        assert_eq!(status, "101", "{offered}\n{head}");
        assert!(!head.to_lowercase().contains("sec-websocket-extensions"), "{head}");
    }
}

#[tokio::test]
async fn subprotocols() {
    let echoing = Echoing::start("").await;
    let named = "sec-websocket-protocol: windlass.v1.json\r\n";
    for (header, expected, echoed) in [
        ("", "101", false),
        ("Sec-WebSocket-Protocol: windlass.v1.json\r\n", "101", true),
        ("Sec-WebSocket-Protocol: chat, windlass.v1.json\r\n", "101", true),
        ("Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: windlass.v1.json\r\n", "101", true),
        ("Sec-WebSocket-Protocol: chat\r\n", "400", false),
        ("Sec-WebSocket-Protocol: WINDLASS.V1.JSON\r\n", "400", false),
        ("Sec-WebSocket-Protocol: windlass.v2.json\r\n", "400", false),
        ("Sec-WebSocket-Protocol: \r\n", "400", false),
        ("Sec-WebSocket-Protocol: windlass.v1.json, windlass.first.e30\r\n", "101", true),
        ("Sec-WebSocket-Protocol: windlass.first.e30\r\n", "400", false),
        ("Sec-WebSocket-Protocol: windlass.v1.json, windlass.first.e30=\r\n", "400", false),
        ("Sec-WebSocket-Protocol: windlass.v1.json, windlass.first.!\r\n", "400", false),
        // two of them, and one that is not UTF-8
        ("Sec-WebSocket-Protocol: windlass.v1.json, windlass.first.e30, windlass.first.e30\r\n", "400", false),
        ("Sec-WebSocket-Protocol: windlass.v1.json, windlass.first._w\r\n", "400", false),
    ] {
        let (status, head) = status(&echoing, &upgrade_request(header)).await;
        assert_eq!((status.as_str(), head.contains(named)), (expected, echoed), "{header}\n{head}");
    }
    let mut bare = Bare::connect(echoing.server.address()).await;
    bare.write(upgrade_request("Sec-WebSocket-Protocol: chat\r\n").as_bytes()).await;
    assert!(bare.rest().await.contains("windlass.v1.json"), "the answer says which one exists");
}

#[tokio::test]
async fn origins() {
    let echoing = Echoing::start("origins: [\"https://app.example.com\", \"https://app.example.com:8443\"]\n").await;
    for (origin, expected) in [
        // a name may lead to any address, so being at the same is nothing
        ("https://example.org", "403"),
        ("http://example.org", "403"),
        ("https://app.example.com", "101"),
        ("https://app.example.com:8443", "101"),
        ("http://app.example.com", "403"),
        ("https://app.example.com:443", "403"),
        ("https://app.example.com:8444", "403"),
        ("https://app.example.com/", "403"),
        ("https://app.example.com.evil.net", "403"),
        ("https://evil.net?https://app.example.com", "403"),
        ("https://evilapp.example.com", "403"),
        ("https://x.app.example.com", "403"),
        ("https://APP.example.com", "403"),
        ("https://app.example.com@evil.net", "403"),
        ("https://example.org:8080", "403"),
        ("https://example.org.", "403"),
        ("https://xexample.org", "403"),
        ("https://example.orgx", "403"),
        ("ftp://example.org", "403"),
        ("file://", "403"),
        ("https://", "403"),
        ("example.org", "403"),
        ("null", "403"),
        ("*", "403"),
        ("", "403"),
        ("https://xn--exmple-cua.org", "403"),
        ("HTTPS://app.example.com", "403"),
        ("https:app.example.com", "403"),
        ("https:///app.example.com", "403"),
        ("https://app.example.com.", "403"),
        ("https://app.example.com:", "403"),
        ("https://app.example.com:08443", "403"),
        ("https://app.example.com#", "403"),
        ("https://app.example.com https://evil.net", "403"),
        ("https://evil.net, https://app.example.com", "403"),
        ("https://app.example.com\t", "101"),
        ("https://app.example.com%00.evil.net", "403"),
        ("https://app%2eexample.com", "403"),
        ("https://app-example.com", "403"),
        ("https://\u{430}pp.example.com", "403"),
        ("https://127.0.0.1", "403"),
        ("https://[::1]:8443", "403"),
        ("chrome-extension://app.example.com", "403"),
        ("undefined", "403"),
    ] {
        let (status, head) = status(&echoing, &upgrade_request(&format!("Origin: {origin}\r\n"))).await;
        assert_eq!(status, expected, "{origin}\n{head}");
    }
    let twice = "Origin: https://app.example.com\r\nOrigin: https://evil.net\r\n";
    assert_eq!(status(&echoing, &upgrade_request(twice)).await.0, "403");
}

#[tokio::test]
async fn a_page_is_ours_where_its_address_cannot_be_made_to_lead_here() {
    let echoing = Echoing::start("").await;
    for (host, expected) in [
        ("127.0.0.1:7070", "101"),
        ("192.0.2.7", "101"),
        ("[::1]:7070", "101"),
        ("localhost:7070", "101"),
        ("app.localhost", "101"),
        ("rebound.example:7070", "403"),
        ("localhost.example", "403"),
        ("notlocalhost", "403"),
        ("127.0.0.1.example", "403"),
        ("me@127.0.0.1", "403"),
        ("", "403"),
    ] {
        let request = upgrade_request(&format!("Origin: http://{host}\r\n"));
        let request = request.replace("Host: example.org", &format!("Host: {host}"));
        assert_eq!(status(&echoing, &request).await.0, expected, "{host}");
        let other = request.replace("Origin: http:", "Origin: https:");
        assert_eq!(status(&echoing, &other).await.0, "403", "a page with TLS is not of a server without it: {host}");
    }
}

#[tokio::test]
async fn a_hundred_messages_in_the_segment_of_the_upgrade() {
    let echoing = Echoing::start("").await;
    let mut bare = Bare::connect(echoing.server.address()).await;
    let mut bytes = upgrade_request("").into_bytes();
    for number in 0..100 {
        bytes.extend(frame(0x81, format!("{{\"echo\":{number}}}").as_bytes()));
    }
    bare.write(&bytes).await;
    assert!(bare.head().await.starts_with("HTTP/1.1 101"));
    let (_, hello) = bare.frame().await.expect("a hello");
    assert!(hello.starts_with(b"{\"hello\""));
    for number in 0..100 {
        let (first, payload) = bare.frame().await.expect("an echo");
        assert_eq!((first, payload), (0x81, format!("{{\"echo\":{number}}}").into_bytes()));
    }
}

#[tokio::test]
async fn a_request_in_pieces_and_a_long_one_are_as_good_as_any() {
    let echoing = Echoing::start("").await;
    let good = upgrade_request("");
    let cookie = format!("Cookie: {}\r\n", "x".repeat(5_000));
    let with_body = "Content-Length: 4\r\n";
    for (request, cut, expected) in [
        (good.clone(), 1, "101"),
        (good.clone(), good.len() - 2, "101"),
        (upgrade_request(&cookie), 5_000, "101"),
        (good.replace("/ws ", "/wss "), 20, "404"),
        (upgrade_request(with_body) + "body", 20, "101"),
    ] {
        let mut bare = Bare::connect(echoing.server.address()).await;
        let (first, rest) = request.split_at(cut);
        bare.write(first.as_bytes()).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        bare.write(rest.as_bytes()).await;
        let head = bare.head().await;
        assert_eq!(head.get(9..12), Some(expected), "{head}");
    }
}

#[tokio::test]
async fn rules_see_of_the_handshake_what_they_read() {
    let echoing = Echoing::start("").await;
    let mut bare = Bare::connect(echoing.server.address()).await;
    let request = upgrade_request("X-Who: ada\r\nX-Who: bob\r\nCookie: secret\r\n");
    bare.write(request.replace("/ws ", "/ws?token=a%20b+c&flag&token=two&%FF=x&bad%2=%zz ").as_bytes()).await;
    assert!(bare.head().await.starts_with("HTTP/1.1 101"));
    bare.frame().await.expect("a hello");
    let seen = echoing.seen.lock().expect("no panic").handshakes[0].clone();
    assert_eq!(seen.query.as_str(), r#"{"bad%2":"%zz","flag":"","token":"a b c"}"#);
    assert_eq!(seen.headers.as_str(), r#"{"x_who":"ada, bob"}"#);
}

#[tokio::test]
async fn cookies_as_rules_see_them() {
    for (sent, seen) in [
        ("Cookie: session=a1; theme=dark", r#"{"session":"a1","theme":"dark"}"#),
        ("Cookie: my-id = 7 ;broken; e=; q=\"a=b\"", r#"{"e":"","my_id":"7","q":"\"a=b\""}"#),
        ("Cookie: a=1\r\nCookie: b=2", r#"{"a":"1","b":"2"}"#),
        // one of the two may be of another site of the domain
        ("Cookie: session=mine; session=theirs", "{}"),
        ("Cookie: session-id=mine; session_id=theirs; x=1", r#"{"x":"1"}"#),
        ("Cookie: session=mine\r\nCookie: session=theirs", "{}"),
        // browsers guard the one name, and not the other
        ("Cookie: __Host-session=mine", r#"{"__Host_session":"mine"}"#),
        ("Cookie: __Host_session=theirs; __Secure_b=1; __Http_c=2; __Host-Http_d=3", "{}"),
        ("Cookie: __Host-session=mine; __Host_session=theirs", r#"{"__Host_session":"mine"}"#),
        ("Cookie: \u{e9}=1", "{}"),
        ("X: y", "{}"),
    ] {
        let echoing = Echoing::start("").await;
        assert_eq!(status(&echoing, &upgrade_request(&format!("{sent}\r\n"))).await.0, "101");
        let handshakes = || echoing.seen.lock().expect("no panic").handshakes.clone();
        until("a socket", || !handshakes().is_empty()).await;
        assert_eq!(handshakes()[0].cookies.as_str(), seen, "{sent}");
    }
}

/// A page can put a token in no other place: it comes as `new WebSocket(url, ["windlass.v1.json", "token.…"])`.
#[tokio::test]
async fn a_token_in_the_subprotocols_is_read_and_never_sent_back() {
    let echoing = Echoing::start("").await;
    let asked = "windlass.v1.json, token.eyJ.a-b_c.d, other-part.2, token.second, plain";
    let (code, head) = status(&echoing, &upgrade_request(&format!("Sec-WebSocket-Protocol: {asked}\r\n"))).await;
    assert_eq!(code, "101");
    assert!(head.to_lowercase().contains("sec-websocket-protocol: windlass.v1.json\r\n"), "{head}");
    assert!(!head.contains("eyJ"), "{head}");
    let handshakes = || echoing.seen.lock().expect("no panic").handshakes.clone();
    until("a socket", || !handshakes().is_empty()).await;
    assert_eq!(handshakes()[0].protocols.as_str(), r#"{"other_part":"2","token":"eyJ.a-b_c.d"}"#);
    // whoever names only a token has not said how to speak
    let (code, head) = status(&echoing, &upgrade_request("Sec-WebSocket-Protocol: token.eyJ\r\n")).await;
    assert_eq!(code, "400");
    assert!(!head.contains("eyJ"), "{head}");
}

/// A request with what its client says first.
fn request_with(first: &str) -> String {
    let first = URL_SAFE_NO_PAD.encode(first);
    upgrade_request(&format!("Sec-WebSocket-Protocol: windlass.v1.json, windlass.first.{first}\r\n"))
}

/// Whether it comes at once or in two pieces, which HTTP's machinery reads.
#[tokio::test]
async fn what_is_said_first_may_come_with_the_request() {
    let echoing = Echoing::start("message: { bytes: 128B }\n").await;
    let request = request_with(r#"{"echo":"é"}"#);
    for pause in [0, 50] {
        let mut bare = Bare::connect(echoing.server.address()).await;
        let (begin, end) = request.split_at(if pause == 0 { 0 } else { 20 });
        bare.write(begin.as_bytes()).await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        bare.write(end.as_bytes()).await;
        let head = bare.head().await;
        assert!(head.starts_with("HTTP/1.1 101") && !head.contains("first"), "{head}");
        assert!(bare.frame().await.expect("a hello").1.starts_with(b"{\"hello\""));
        assert_eq!(bare.frame().await.expect("an echo").1, r#"{"echo":"é"}"#.as_bytes());
    }
    // rules do not read it
    let handshakes = echoing.seen.lock().expect("no panic").handshakes.clone();
    assert!(handshakes.iter().all(|handshake| handshake.protocols.as_str() == "{}"));
    // a frame may have 128 bytes, however it comes
    for (length, expected) in [(128, "101"), (129, "400")] {
        let first = format!("{{\"echo\":\"{}\"}}", "x".repeat(length - 11));
        assert_eq!(status(&echoing, &request_with(&first)).await.0, expected, "{length}");
    }
}

#[tokio::test]
async fn a_tungstenite_client_gets_through() {
    let echoing = Echoing::start("").await;
    let mut client = Client::connect(echoing.server.address()).await;
    client.expect_start("{\"hello\"").await;
    client.send("{\"echo\":\"é\"}").await;
    client.expect("{\"echo\":\"é\"}").await;
    client.close().await;
}
