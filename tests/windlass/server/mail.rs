//! `kill -9` while mail pushes out older mail: what was lost stays lost, and whoever comes is told of it.

use super::client::{Client, soon};
use super::kill::{NAME, Running, SETTINGS};
use super::metrics::page_of;
use super::serving::directory;
use serde_json::{Value, json};
use std::net::SocketAddr;

const LATEST: u64 = 3;

const RULES: &str = r#"entry lobby

room lobby public { doors floor }

room floor {
    requires name
    mailbox latest 3
    on { to: client, price: int } as m { tell m.to { price: m.price } }
}
"#;

/// Comes in, and hears all that waits: mail by its numbers, and numbers that are lost.
async fn come(address: SocketAddr, who: &str) -> (Client, Vec<(u64, Value)>, Vec<u64>) {
    let mut client = Client::connect(address).await;
    client.send(r#"{"to":"room:floor"}"#).await;
    client.send(&json!({"code": format!("try-{who}-4711"), "id": 1}).to_string()).await;
    let (mut mail, mut lost) = (Vec::new(), Vec::new());
    loop {
        let frame: Value = serde_json::from_str(&client.text().await).expect("JSON");
        if let Some(number) = frame["mail"].as_u64() {
            mail.push((number, frame["message"]["price"].clone()));
        }
        if let [Value::Number(first), Value::Number(last)] =
            frame["lost"]["mail"].as_array().map_or(&[][..], |both| both)
        {
            lost.extend(first.as_u64().expect("a number")..=last.as_u64().expect("a number"));
        }
        if frame["moved"]["room"] == "room:floor" {
            return (client, mail, lost);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_newer_mail_has_pushed_out_stays_lost_after_kill_9() {
    let home = directory(&[("house.room", RULES), ("name.room", NAME), ("windlass.yaml", SETTINGS)]);
    let mut server = Running::start(home.path());
    let (bob, ..) = come(server.address, "bob").await;
    bob.close().await;
    let gone = "\nwindlass_clients{state=\"absent\"} 1\n";
    soon("bob's end", async { while !page_of(server.address, "").await.contains(gone) {} }).await;
    let (mut ann, ..) = come(server.address, "ann").await;
    let mut kept = 0;
    while kept < 10 {
        ann.send(&json!({"to": "client:bob", "price": kept + 1, "id": kept}).to_string()).await;
        kept += u64::from(ann.text().await.starts_with("{\"ok\""));
    }
    // these may be kept or not
    for price in kept + 1..=kept + 20 {
        ann.send(&json!({"to": "client:bob", "price": price}).to_string()).await;
    }
    server.kill();
    let mut before = None;
    for _ in 0..2 {
        let mut server = Running::start(home.path());
        let (mut bob, mail, lost) = come(server.address, "bob").await;
        let latest = mail.last().expect("the latest waits").0;
        assert!(latest >= kept, "what was answered is kept: {mail:?}");
        let waiting: Vec<_> = (latest - LATEST + 1..=latest).map(|number| (number, json!(number))).collect();
        assert_eq!((&mail, &lost), (&waiting, &(1..=latest - LATEST).collect()), "whole, and in order");
        assert_eq!(*before.get_or_insert((mail.clone(), lost.clone())), (mail, lost), "the same again");
        bob.send(r#"{"ack":{"mail":0},"id":2}"#).await;
        while !bob.text().await.starts_with("{\"ok\"") {}
        server.kill();
    }
    let mut server = Running::start(home.path());
    let (mut bob, ..) = come(server.address, "bob").await;
    bob.send(r#"{"ack":{"mail":99},"id":2}"#).await;
    while !bob.text().await.contains("\"id\":2") {}
    server.kill();
    let server = Running::start(home.path());
    let (_bob, mail, lost) = come(server.address, "bob").await;
    assert_eq!((mail, lost), (Vec::new(), Vec::new()), "he has said that he knows");
}
