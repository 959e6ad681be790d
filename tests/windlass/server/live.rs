//! Rules that change hundreds of times under a crowd, some of it in the middle of locks, while everybody talks. No socket is closed
//! that a plan did not name, no message is lost or doubled, no pass is of two rulesets, nobody hears a room whose rules it does not
//! meet, and what is broken never serves. `WINDLASS_LONG_TESTS` makes the crowd thousands.

mod crowd;
mod hall;
mod rules;

use hall::Hall;

/// How many sockets there are, and how often rules change.
fn size() -> (usize, usize) {
    match std::env::var_os("WINDLASS_LONG_TESTS") {
        Some(_) => (10_000, 400),
        None => {
            println!("SKIPPED: a crowd of thousands; set WINDLASS_LONG_TESTS, and `ulimit -n 20000`, for it");
            (60, 48)
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_change_again_and_again_under_a_crowd() {
    let (sockets, reloads) = size();
    let mut hall = Hall::open(sockets).await;
    hall.pulse.take_gap();
    for round in 0..reloads {
        hall.talk(round).await;
    }
    let without = hall.pulse.take_gap();
    for round in 0..reloads {
        hall.round(round).await;
    }
    let longest = hall.pulse.take_gap();
    hall.everybody_has_heard_everything().await;
    hall.locks_go_on().await;
    hall.only_those_are_closed_that_the_plan_names().await;
    println!(
        "{sockets} sockets, {reloads} reloads, {} messages heard: longest time between two of every 2 ms {longest:.1?}, without reloads {without:.1?}",
        hall.heard()
    );
}
