//! Memory that runs short, by a bound that any process exceeds.

use super::client::{Bare, Client, soon, upgrade_request};
use super::metrics::page_of;
use super::serving::{Serving, lobby, settings, word};
use serde_json::Value;
use std::time::Duration;

async fn bound(serving: &Serving, memory: &str, is_short: u8) {
    serving.write("windlass.yaml", &(settings() + &format!("connections: {{ memory: {memory} }}\n")));
    assert_eq!(serving.ask("POST", "/api/reload", "{}").await.0, 200);
    let line = format!("\nwindlass_short_of_memory {is_short}\n");
    soon("memory to be looked at", async {
        while !page_of(serving.address, "").await.contains(&line) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

async fn answer(serving: &Serving) -> String {
    let mut bare = Bare::connect(serving.address).await;
    bare.write(upgrade_request("").as_bytes()).await;
    bare.rest().await
}

async fn health(serving: &Serving) -> Value {
    serving.ask_with(None, "GET", "/health/ready", "").await.1
}

#[tokio::test]
async fn a_server_that_is_short_of_memory_takes_nobody_in_addition_and_serves_who_is_there() {
    let serving = Serving::start(&lobby("here"), &["--no-watch"]);
    let mut ann = serving.client().await;
    assert_eq!(health(&serving).await.get("short_of_memory"), None);
    bound(&serving, "1MiB", 1).await;
    let refused = answer(&serving).await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after: 5"), "{refused}");
    assert!(refused.contains(r#""code":"full""#), "{refused}");
    assert_eq!(health(&serving).await["short_of_memory"], true);
    assert_eq!(word(&mut ann).await, "here");
    // one goes, and another may come
    ann.close().await;
    let mut bob = soon("ann's place", async {
        loop {
            if let Some(client) = Client::try_connect(serving.address).await {
                return client;
            }
        }
    })
    .await;
    bob.expect_start("{\"hello\"").await;
    assert!(answer(&serving).await.starts_with("HTTP/1.1 503"));
    bound(&serving, "0B", 0).await;
    let mut cat = serving.client().await;
    assert_eq!(word(&mut cat).await, "here");
    let log = serving.stop();
    assert!(log.contains("memory is short") && log.contains("there is memory again"), "{log}");
}
