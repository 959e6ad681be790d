//! `kill -9` at any moment: a webhook has every message at least once, in order, and can tell those that come again.

use super::client::{Client, soon, until};
use super::kill::{Running, kills};
use super::webhooks::Receiver;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const RULES: &str = r#"entry lobby

room lobby public {
    history 1000000
    posts to members, alarms
    on { text: text } as m { post m }
}

group alarms { webhook "pager" }
"#;

/// Speaks until the connection is gone, and notes what it was told is kept.
async fn speak(address: SocketAddr, name: String, kept: Arc<Mutex<BTreeSet<String>>>) -> Option<()> {
    let mut client = Client::try_connect(address).await?;
    for number in 0.. {
        let text = format!("{name}-{number}");
        client.try_send(&format!(r#"{{"text":"{text}","id":"{text}"}}"#)).await?;
        let id = format!(r#""id":"{text}""#);
        let is_ok = |told: &str| told.starts_with("{\"ok\"") && told.contains(&id);
        while !is_ok(&client.try_text().await?) {}
        kept.lock().expect("no panic").insert(text);
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_has_every_message_at_least_once_and_in_order_whatever_kill_9_does() {
    let home = tempfile::tempdir().expect("a directory");
    let receiver = Receiver::answering(&[500, 200, 200, 503, 200]).await;
    let more = ", pause: 10ms, waiting: 100000";
    let rates = "rate: { socket: 1000000, socket_burst: 1000000, unidentified: 1000000, unidentified_burst: 1000000 }";
    let settings = format!("{rates}\nwebhooks:\n{}", receiver.settings("pager", more));
    std::fs::write(home.path().join("house.room"), RULES).expect("a file");
    std::fs::write(home.path().join("windlass.yaml"), settings).expect("a file");
    let kept = Arc::<Mutex<BTreeSet<String>>>::default();
    let mut random = u64::from(std::process::id()) | 1;
    for round in 0..kills() {
        let mut server = Running::start(home.path());
        let speaks = |who| tokio::spawn(speak(server.address, format!("a-round-{round}-of-{who}"), kept.clone()));
        let speakers: Vec<_> = ["ann", "bob"].map(speaks).into();
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(50 + (random >> 33) % 500)).await;
        server.kill();
        for speaker in speakers {
            soon("a speaker's end", speaker).await.expect("a speaker that was content");
        }
    }
    let _server = Running::start(home.path());
    let wanted = kept.lock().expect("no panic").clone();
    let heard = || receiver.requests().iter().map(|request| request.message()["text"].to_string()).collect();
    let has_all = || {
        let heard: BTreeSet<String> = heard();
        wanted.iter().all(|text| heard.contains(&format!("\"{text}\"")))
    };
    until("all that was acknowledged", has_all).await;
    let mut bodies: BTreeMap<String, String> = BTreeMap::new();
    let mut order = Vec::new();
    let requests = receiver.requests();
    for request in &requests {
        match bodies.insert(request.id.clone(), request.body.clone()) {
            Some(before) => assert_eq!(before, request.body, "one id, one message"),
            None => order.push(request.frame()["seq"].as_u64().expect("a place in the room's order")),
        }
    }
    assert_eq!(order, (1..=order.len() as u64).collect::<Vec<_>>(), "all of the room's order");
    println!("{} messages in {} requests, {} acknowledged", order.len(), requests.len(), wanted.len());
    assert!(wanted.len() > kills() as usize, "something was said");
}
