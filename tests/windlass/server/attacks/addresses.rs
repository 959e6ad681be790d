//! Who has many connections, comes often, or says to be somebody else.

use super::super::client::{Bare, frame, soon, until, upgrade_request};
use super::super::echo::Echoing;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpSocket;

/// A connection from an address of the loopback network.
pub async fn from(last: u8, to: SocketAddr) -> Bare {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into()).expect("an address of one's own");
    Bare { stream: soon("a connection", socket.connect(to)).await.expect("a listener") }
}

/// A good request from an address; the status of its answer. The connection stays.
async fn ask(last: u8, to: SocketAddr, headers: &str) -> (String, Bare) {
    let mut bare = from(last, to).await;
    // who is turned away at the door is so before it says anything
    let _ = tokio::io::AsyncWriteExt::write_all(&mut bare.stream, upgrade_request(headers).as_bytes()).await;
    let head = bare.head().await;
    (head.get(9..12).unwrap_or("").to_owned(), bare)
}

#[tokio::test]
async fn each_address_has_so_many_connections_and_all_together_so_many() {
    let echoing = Echoing::start("connections: { per_address: 2, total: 5 }\n").await;
    let to = echoing.server.address();
    let mut held = Vec::new();
    for (last, expected) in
        [(1, "101"), (1, "101"), (1, "503"), (2, "101"), (2, "101"), (2, "503"), (3, "101"), (4, "503")]
    {
        let (status, bare) = ask(last, to, "").await;
        assert_eq!(status, expected, "127.0.0.{last}");
        held.push(bare);
    }
}

#[tokio::test]
async fn fewer_who_have_not_said_who_they_are_than_who_have() {
    let echoing = Echoing::start("connections: { per_address: 10, unidentified_per_address: 2 }\n").await;
    let to = echoing.server.address();
    let (first, mut known) = ask(1, to, "").await;
    let (second, _unknown) = ask(1, to, "").await;
    assert_eq!((&*first, &*second, &*ask(1, to, "").await.0), ("101", "101", "503"));
    assert_eq!(ask(2, to, "").await.0, "101", "another address has a count of its own");
    for _ in 0..2 {
        // whoever is identified twice frees one place
        known.write(&frame(0x81, br#"{"identify":true}"#)).await;
        while known.frame().await.expect("an answer").1 != br#"{"identified":true}"# {}
    }
    let (third, another) = ask(1, to, "").await;
    assert_eq!((&*third, &*ask(1, to, "").await.0), ("101", "503"));
    drop((known, another));
    until("the end of two", || echoing.server.connections() == 1).await;
    assert_eq!(ask(1, to, "").await.0, "101", "who is gone leaves a place");
}

#[tokio::test]
async fn who_comes_too_often_waits_and_others_do_not() {
    let echoing = Echoing::start("connections: { new_per_address: 1, new_per_address_burst: 3 }\n").await;
    let to = echoing.server.address();
    for _ in 0..3 {
        let (status, bare) = ask(1, to, "").await;
        assert_eq!(status, "101");
        drop(bare);
    }
    until("the end of all", || echoing.server.connections() == 0).await;
    let (mut statuses, mut tries) = (Vec::new(), 0);
    while !statuses.contains(&"503".to_owned()) && tries < 20 {
        statuses.push(ask(1, to, "").await.0);
        tries += 1;
    }
    assert!(statuses.contains(&"503".to_owned()), "{statuses:?}");
    assert_eq!(ask(2, to, "").await.0, "101");
}

#[tokio::test]
async fn a_proxy_is_believed_about_its_clients_and_nobody_else_is() {
    let echoing = Echoing::start("connections: { per_address: 2 }\nproxies: { trusted: [127.0.0.9] }\n").await;
    let to = echoing.server.address();
    let mut held = Vec::new();
    for (peer, header, expected) in [
        // whoever is no proxy is himself, whatever he says
        (1, "X-Forwarded-For: 203.0.113.1\r\n", "101"),
        (1, "X-Forwarded-For: 203.0.113.2\r\n", "101"),
        (1, "X-Forwarded-For: 203.0.113.3\r\n", "503"),
        // what a client wrote stands before what the proxy wrote
        (9, "X-Forwarded-For: 203.0.113.7\r\n", "101"),
        (9, "X-Forwarded-For: 1.1.1.1, 203.0.113.7\r\n", "101"),
        (9, "X-Forwarded-For: 2.2.2.2, 203.0.113.7\r\n", "503"),
        (9, "X-Forwarded-For: 2.2.2.2\r\nX-Forwarded-For: 203.0.113.7\r\n", "503"),
        (9, "X-Forwarded-For: 203.0.113.8\r\n", "101"),
        // the other header is not the one that this proxy writes
        (9, "Forwarded: for=203.0.113.9\r\nX-Forwarded-For: 203.0.113.7\r\n", "503"),
        // a network of 64 bits is one address
        (9, "X-Forwarded-For: 2001:db8::1\r\n", "101"),
        (9, "X-Forwarded-For: 2001:db8::2:1\r\n", "101"),
        (9, "X-Forwarded-For: 2001:db8::ffff:1:2:3\r\n", "503"),
        (9, "X-Forwarded-For: 2001:db8:0:1::1\r\n", "101"),
        // a proxy that says nothing counts for itself
        (9, "", "101"),
        (9, "X-Forwarded-For: nobody\r\n", "101"),
        (9, "X-Forwarded-For: nobody\r\n", "503"),
    ] {
        let (status, bare) = ask(peer, to, header).await;
        assert_eq!(status, expected, "127.0.0.{peer} {header}");
        held.push(bare);
    }
}

#[tokio::test]
async fn health_through_a_proxy_counts_for_nobody() {
    let echoing = Echoing::start("connections: { per_address: 1 }\nproxies: { trusted: [127.0.0.9] }\n").await;
    for _ in 0..5 {
        let mut bare = from(9, echoing.server.address()).await;
        bare.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(bare.rest().await.contains("live"));
    }
}
