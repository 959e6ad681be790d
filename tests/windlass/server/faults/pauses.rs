//! A process that was stopped for a while, as a frozen machine stops it.

use crate::server::client::{Client, soon};
use crate::server::serving::{Serving, lobby};
use std::time::Duration;

const CLIENTS: usize = 100;
/// Far longer than a connection may be silent.
const PAUSE: Duration = Duration::from_secs(7);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_connected_before_a_long_pause_is_connected_after_it() {
    let flags = ["--set", "heartbeat.interval=500ms", "--set", "heartbeat.timeout=3s"];
    let more =
        ["--set", "connections.new_per_address_burst=1000", "--set", "connections.unidentified_per_address=1000"];
    let serving = Serving::start(&lobby("one"), &[flags, more].concat());
    let mut reading = Vec::new();
    for _ in 0..CLIENTS {
        let client = serving.client().await;
        reading.push(tokio::spawn(read_until_told(client)));
    }
    serving.signal("STOP");
    tokio::time::sleep(PAUSE).await;
    serving.signal("CONT");
    // long enough for whoever would be taken for silent now, and to be heard again
    tokio::time::sleep(Duration::from_secs(5)).await;
    let still: Vec<_> = reading.into_iter().map(|reading| !reading.is_finished()).collect();
    assert_eq!(still.iter().filter(|still| **still).count(), CLIENTS, "nobody is closed");
    soon("somebody new", serving.client()).await;
}

/// Answers pings until the connection is closed.
async fn read_until_told(mut client: Client) {
    while client.goes_on().await {}
}
