//! How far it is, on one line of a terminal that is written over each second. Where nobody looks, nothing is written.

use super::text::grouped;
use crate::load::Tally;
use std::io::{IsTerminal, Write, stderr};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often it is written.
const PERIOD: Duration = Duration::from_secs(1);

/// Begins to tell.
pub(super) fn start(tally: Arc<Tally>, sockets: u64) -> Option<JoinHandle<()>> {
    let tell = async move {
        loop {
            tokio::time::sleep(PERIOD).await;
            // a terminal that is gone is no reason to stop
            let _ = write!(stderr(), "\r{}\x1b[K", line(&tally, sockets));
        }
    };
    stderr().is_terminal().then(|| tokio::spawn(tell))
}

/// Takes the line away.
pub(super) async fn stop(progress: Option<JoinHandle<()>>) {
    if let Some(progress) = progress {
        progress.abort();
        // it may be in the middle of a line
        let _ = progress.await;
        let _ = write!(stderr(), "\r\x1b[K");
    }
}

fn line(tally: &Tally, sockets: u64) -> String {
    let mut line = format!(
        "{} connected, {} of {} arrived",
        grouped(tally.connected.get()),
        grouped(tally.arrived.get()),
        grouped(sockets)
    );
    let mut more = |count: u64, what: &str| {
        if count > 0 {
            line += &format!(", {} {what}", grouped(count));
        }
    };
    more(tally.failed.get(), "failed");
    more(tally.sent.get(), "sent");
    more(tally.delivered.get(), "delivered");
    more(tally.refused.get(), "refused");
    more(tally.repeated.get() + tally.disordered.get(), "wrong");
    if tally.broken.get() > 0 {
        line += &format!(", {} of {} back", grouped(tally.back.get()), grouped(tally.broken.get()));
    }
    line
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_is_told_of_what_has_not_happened() {
        let tally = crate::load::Tally::new().expect("a tally");
        assert_eq!(super::line(&tally, 1500), "0 connected, 0 of 1,500 arrived");
    }
}
