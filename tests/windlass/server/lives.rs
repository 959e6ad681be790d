//! Connections from their first to their last breath: many at once, in shards, silent, closed, stopped.

use super::client::{Bare, Client, frame, soon, until};
use super::echo::Echoing;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_reach_their_members_in_order_in_any_number_of_shards() {
    for shards in [1, 3] {
        let echoing = Echoing::start(&format!("shards: {shards}\n")).await;
        let mut clients = Vec::new();
        for number in 0..20 {
            let mut client = echoing.client().await;
            let list = number % 2;
            client.send(&format!("{{\"join\":{list}}}")).await;
            client.expect(&format!("{{\"joined\":{list}}}")).await;
            clients.push(client);
        }
        let mut sender = clients.swap_remove(4);
        for text in 0..50 {
            sender.send(&format!("{{\"fan\":0,\"text\":{text}}}")).await;
        }
        sender.send("{\"fan\":1,\"text\":true}").await;
        sender.send("{\"echo\":0}").await;
        sender.expect("{\"echo\":0}").await;
        let mut even = 0;
        for client in &mut clients {
            let mut next = client.text().await;
            if next == "{\"message\":true}" {
                continue;
            }
            even += 1;
            for text in 0..50 {
                assert_eq!(next, format!("{{\"message\":{text}}}"));
                if text < 49 {
                    next = client.text().await;
                }
            }
        }
        assert_eq!(even, 9, "everybody on the list but the sender");
        let mut left = clients.swap_remove(0);
        left.send("{\"leave\":0}").await;
        left.expect("{\"left\":0}").await;
        sender.send("{\"fan\":0,\"text\":\"after\"}").await;
        sender.send("{\"echo\":1}").await;
        sender.expect("{\"echo\":1}").await;
        left.send("{\"echo\":2}").await;
        left.expect("{\"echo\":2}").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_come_and_go() {
    let echoing = Echoing::start("shards: 2\nconnections: { per_address: 10000 }\n").await;
    for round in 0..5 {
        let mut clients = Vec::new();
        for number in 0..100u32 {
            let mut client = echoing.client().await;
            client.send(&format!("{{\"join\":{}}}", number % 7)).await;
            client.expect_start("{\"joined\"").await;
            clients.push(client);
        }
        assert_eq!(echoing.server.connections(), 100);
        for (number, mut client) in (0..100).zip(clients) {
            match number % 3 {
                0 => client.close().await,
                1 => drop(client),
                _ => {
                    client.send("{\"close\":4000}").await;
                    assert_eq!(client.close_code().await, (4000, "as you wish".into()));
                }
            }
        }
        until("everybody's end", || echoing.server.connections() == 0).await;
        let gone = (round + 1) * 100;
        until("the engine's knowledge of it", || echoing.seen.lock().expect("no panic").closed.len() == gone).await;
    }
    assert_eq!(echoing.server.counters().panics.get(), 0);
}

#[tokio::test]
async fn a_close_comes_after_what_was_said_before() {
    let echoing = Echoing::start("").await;
    let mut bare = Bare::upgraded(echoing.server.address()).await;
    let both = [frame(0x81, b"{\"echo\":1}"), frame(0x81, b"{\"close\":4001}"), frame(0x81, b"{\"echo\":2}")].concat();
    bare.write(&both).await;
    assert_eq!(bare.frame().await, Some((0x81, b"{\"echo\":1}".to_vec())));
    assert_eq!(
        bare.frame().await.map(|(first, payload)| (first, payload[..2].to_vec())),
        Some((0x88, vec![0x0f, 0xa1]))
    );
    assert_eq!(bare.frame().await, None, "nothing follows a close frame");
}

#[tokio::test]
async fn a_client_that_closes_is_answered() {
    let echoing = Echoing::start("").await;
    let mut bare = Bare::upgraded(echoing.server.address()).await;
    bare.write(&frame(0x88, &[0x03, 0xe8])).await;
    assert_eq!(bare.frame().await, Some((0x88, vec![0x03, 0xe8])));
    assert_eq!(bare.frame().await, None);
}

#[tokio::test]
async fn heartbeats_reach_everybody_and_the_silent_are_closed() {
    for shards in [1, 2] {
        let echoing =
            Echoing::start(&format!("shards: {shards}\nheartbeat: {{ interval: 100ms, timeout: 100ms }}\n")).await;
        let mut silent = Bare::upgraded(echoing.server.address()).await;
        let mut lively = echoing.client().await;
        let (mut pings, mut texts) = (0, 0);
        while echoing.server.counters().silent.get() == 0 || pings < 5 {
            match lively.any().await {
                Some(Ok(Message::Ping(_))) => pings += 1,
                Some(Ok(Message::Text(text))) => {
                    assert!(text.starts_with("{\"heartbeat\":{\"at\":"), "{text}");
                    texts += 1;
                }
                other => panic!("a client that reads answers pings and lives: {other:?}"),
            }
        }
        assert!(texts + 1 >= pings, "each ping comes with a text");
        let mut last = Vec::new();
        let code = loop {
            match silent.frame().await.expect("a close frame") {
                (0x88, payload) => break u16::from_be_bytes([payload[0], payload[1]]),
                (_, payload) => last = payload,
            }
        };
        assert_eq!(code, 4200);
        assert_eq!(String::from_utf8_lossy(&last), r#"{"bye":{"code":4200,"reason":"silent","reconnect_in_ms":0}}"#);
        lively.send("{\"echo\":1}").await;
        lively.expect("{\"echo\":1}").await;
    }
}

#[tokio::test]
async fn stopping_tells_everybody_and_takes_nobody() {
    let echoing = Echoing::start("").await;
    let address = echoing.server.address();
    let mut clients = Vec::new();
    for _ in 0..10 {
        clients.push(echoing.client().await);
    }
    let stopping = tokio::spawn(echoing.server.stop());
    for client in &mut clients {
        client.expect("{\"bye\":\"stop\"}").await;
        assert_eq!(client.close_code().await.0, 1012);
    }
    drop(clients);
    let stopped = soon("the stop", stopping).await.expect("no panic");
    assert_eq!(stopped.cut, 0);
    until("a closed port", || std::net::TcpStream::connect(address).is_err()).await;
}

#[tokio::test]
async fn stopping_does_not_wait_for_who_does_not_read() {
    let echoing = Echoing::start("stop: { deadline: 100ms }\n").await;
    let mut stuck = Bare::upgraded(echoing.server.address()).await;
    let text = "z".repeat(60_000);
    for _ in 0..200 {
        let bytes = frame(0x81, format!("{{\"echo\":\"{text}\"}}").as_bytes());
        if tokio::io::AsyncWriteExt::write_all(&mut stuck.stream, &bytes).await.is_err() {
            break;
        }
    }
    soon("the stop", echoing.server.stop()).await;
}

#[tokio::test]
async fn a_connection_that_is_cut_is_noticed() {
    let echoing = Echoing::start("").await;
    let mut client = Client::connect(echoing.server.address()).await;
    client.expect_start("{\"hello\"").await;
    client.tcp().set_zero_linger().expect("an open socket");
    drop(client);
    until("the end", || echoing.server.connections() == 0).await;
    until("the engine's knowledge of it", || echoing.seen.lock().expect("no panic").closed.len() == 1).await;
}
