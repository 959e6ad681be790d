//! Crowds that come and go at once.

use super::super::client::{Bare, soon, until};
use super::super::echo::Echoing;

/// So many connections at once; thousands where there is time.
fn crowd() -> usize {
    match std::env::var_os("WINDLASS_LONG_TESTS") {
        Some(_) => 4000,
        None => {
            println!("SKIPPED: a crowd of thousands; set WINDLASS_LONG_TESTS, and `ulimit -n 20000`, for it");
            200
        }
    }
}

/// Half of them go without a word, and half with a reset; somebody new is served while they do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_new_is_served_while_thousands_go() {
    let echoing = Echoing::start(
        "connections: { per_address: 10000, unidentified_per_address: 10000, new_per_address_burst: 100000 }\n",
    )
    .await;
    let (to, count) = (echoing.server.address(), crowd());
    for _ in 0..3 {
        let mut crowd = Vec::new();
        for _ in 0..count {
            crowd.push(Bare::upgraded(to).await);
        }
        assert_eq!(echoing.server.connections(), count as u64);
        let going = tokio::spawn(async move {
            for (number, bare) in crowd.into_iter().enumerate() {
                if number % 2 == 0 {
                    let _ = bare.stream.set_zero_linger();
                }
                drop(bare);
            }
        });
        for _ in 0..20 {
            let mut client = echoing.client().await;
            client.send("{\"echo\":1}").await;
            client.expect("{\"echo\":1}").await;
            client.close().await;
        }
        soon("their end", going).await.expect("no panic");
        until("the end of all", || echoing.server.connections() == 0).await;
    }
    assert_eq!(echoing.server.counters().panics.get(), 0);
}

/// Connections that are reset before they are taken.
#[tokio::test]
async fn connections_that_are_gone_before_they_are_taken() {
    let echoing =
        Echoing::start("connections: { unidentified_per_address: 10000, new_per_address_burst: 100000 }\n").await;
    for _ in 0..500 {
        let bare = Bare::connect(echoing.server.address()).await;
        let _ = bare.stream.set_zero_linger();
    }
    echoing.client().await.close().await;
}
