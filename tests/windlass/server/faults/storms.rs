//! Everybody comes back at once, while the rules change.

use crate::server::client::soon;
use crate::server::guest::Guest;
use crate::server::kill::{RULES, Running, everybody_heard_the_same, house};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const VISITS: u32 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_again_and_again_while_rules_change_has_missed_nothing() {
    let home = house();
    let server = Running::start(home.path());
    let address = server.address;
    let left = Arc::new(AtomicU32::new(4));
    let visits = ["ann", "bob", "cat", "dan"].map(|name| {
        let left = left.clone();
        tokio::spawn(async move {
            let mut guest = Guest::new(name);
            for _ in 0..VISITS {
                guest.visit(address, 5).await.expect("nobody is closed");
            }
            left.fetch_sub(1, Ordering::Relaxed);
            guest
        })
    });
    let others = RULES.replace(
        "    on { text: text } as m { post m }\n",
        "    on { text: text } as m { post m }\n    on { more: text } as m { say m }\n",
    );
    let (file, beside) = (home.path().join("house.room"), home.path().join("beside"));
    let mut swaps = 0;
    while left.load(Ordering::Relaxed) > 0 {
        swaps += 1;
        let text = if swaps % 2 == 0 { RULES } else { &others };
        std::fs::write(&beside, text).expect("a file");
        std::fs::rename(&beside, &file).expect("a rename");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut guests = Vec::new();
    for visit in visits {
        guests.push(soon("a guest's end", visit).await.expect("a guest that was content"));
    }
    // what others said after its last visit
    for guest in &mut guests {
        guest.visit(address, 0).await.expect("nobody is closed");
    }
    println!("{swaps} changes of rules");
    everybody_heard_the_same(&guests, "hall");
}
