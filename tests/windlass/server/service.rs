//! People answer a check, over real connections: the shipped ruleset in which stewards wave guests through.

use super::client::Client;
use crate::fixtures;
use serde_json::{Value, json};
use std::net::SocketAddr;
use windlass::ruleset;
use windlass::server::config::{Address, Overrides, load};
use windlass::server::{House, Server};

async fn backstage() -> Server {
    let folder = fixtures::root().join("rooms/backstage");
    let mut config = load(&folder, None, Overrides::default()).expect("settings");
    config.listen = Address::from(SocketAddr::from(([127, 0, 0, 1], 0)));
    config.store.memory_only = true;
    let sources = ruleset::read(&folder).expect("rules");
    let program = windlass::lint::check(sources).program.expect("rules that may run");
    let house = House::new(program, &config).expect("bound checks");
    Server::start(&config, house).await.expect("a free port")
}

async fn next(client: &mut Client) -> Value {
    serde_json::from_str(&client.text().await).expect("JSON")
}

/// The next frame of this kind.
async fn wait_for(client: &mut Client, kind: &str) -> Value {
    loop {
        let frame = next(client).await;
        if !frame[kind].is_null() {
            return frame;
        }
    }
}

async fn come_in(server: &Server, room: &str, answer: Value) -> Client {
    let mut client = Client::connect(server.address()).await;
    client.send(&json!({ "to": room }).to_string()).await;
    wait_for(&mut client, "ask").await;
    client.send(&answer.to_string()).await;
    wait_for(&mut client, "identified").await;
    wait_for(&mut client, "moved").await;
    client
}

#[tokio::test]
async fn a_steward_waves_a_guest_through() {
    let server = backstage().await;
    let mut guest = come_in(&server, "room:foyer", json!({ "invitation": "try-ada-1" })).await;
    let mut mia = come_in(&server, "room:stewards", json!({ "code": "try-mia-4711" })).await;
    let mut leo = come_in(&server, "room:stewards", json!({ "code": "try-leo-4712" })).await;

    guest.send(r#"{"to":"room:terrace","id":"out"}"#).await;
    let asked = wait_for(&mut mia, "question").await;
    assert_eq!(asked["question"], json!({ "guest": "guest-ada" }));
    assert_eq!((&asked["check"], &asked["from"]), (&json!("let_out"), &json!("client:guest-ada")));
    let ticket = asked["ticket"].clone();
    assert_eq!(wait_for(&mut leo, "question").await["ticket"], ticket);

    leo.send(&json!({ "to": ticket, "passed": "perhaps", "id": 1 }).to_string()).await;
    assert_eq!(wait_for(&mut leo, "error").await["error"]["code"], "bad_answer");
    guest.send(&json!({ "to": ticket, "passed": true, "id": 2 }).to_string()).await;
    assert_eq!(wait_for(&mut guest, "error").await["error"]["code"], "unreachable");
    mia.send(&json!({ "to": ticket, "passed": true, "id": 3 }).to_string()).await;
    assert_eq!(wait_for(&mut guest, "moved").await["moved"]["room"], "room:terrace");
    assert_eq!(wait_for(&mut mia, "ok").await["id"], 3);
    assert_eq!(
        wait_for(&mut leo, "settled").await["settled"],
        json!({ "ticket": ticket, "outcome": "passed", "by": "client:steward-mia" })
    );
    leo.send(&json!({ "to": ticket, "failed": "no", "id": 4 }).to_string()).await;
    assert_eq!(wait_for(&mut leo, "error").await["error"]["code"], "too_late");
}

#[tokio::test]
async fn whoever_comes_back_is_asked_what_is_open_and_whoever_goes_asks_no_more() {
    let server = backstage().await;
    let mia = come_in(&server, "room:stewards", json!({ "code": "try-mia-4711" })).await;
    let mut guest = come_in(&server, "room:foyer", json!({ "invitation": "try-bob-2" })).await;
    guest.send(r#"{"to":"room:terrace"}"#).await;
    wait_for(&mut guest, "say").await;
    mia.close().await;

    let mut again = Client::connect(server.address()).await;
    again.send(r#"{"to":"room:stewards"}"#).await;
    wait_for(&mut again, "ask").await;
    again.send(r#"{"code":"try-mia-4711"}"#).await;
    let asked = wait_for(&mut again, "question").await;
    guest.close().await;
    let settled = wait_for(&mut again, "settled").await;
    assert_eq!(settled["settled"], json!({ "ticket": asked["ticket"], "outcome": "cancelled" }));
}
