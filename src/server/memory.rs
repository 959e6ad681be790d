//! Memory that runs short: while the process holds more than it should, there are no more WebSockets than there were when that began.
//!
//! Nor fewer: what a connection gives back, an allocator may keep for the next one and not give back to the system. So the
//! place of somebody who went is taken again, and a server whose memory does not shrink is not closed for good.

use super::guests::Guests;
use super::terms::TermsNow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Percent of the bound below which there is enough again, so that it does not end and begin all the time.
const ENOUGH_PERCENT: u64 = 95;

/// Whether memory is short.
#[derive(Debug)]
pub(super) struct Memory {
    guests: Arc<Guests>,
    is_short: AtomicBool,
}

impl Memory {
    pub(super) fn new(guests: Arc<Guests>) -> Memory {
        Memory { guests, is_short: AtomicBool::new(false) }
    }

    pub(super) fn is_short(&self) -> bool {
        self.is_short.load(Ordering::Relaxed)
    }

    /// Looks at what the process holds, again and again, until the server stops. The bound may change meanwhile; 0 is none.
    pub(super) async fn watch(self: Arc<Self>, terms: Arc<TermsNow>, mut stop: watch::Receiver<bool>) {
        let mut beat = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                _ = beat.tick() => self.look(terms.get().memory_max, resident_bytes),
            }
        }
    }

    fn look(&self, bytes_max: u64, resident_bytes: impl Fn() -> Option<u64>) {
        let bytes = if bytes_max == 0 { 0 } else { resident_bytes().unwrap_or(0) };
        let was_short = self.is_short();
        let is_short = match was_short {
            true => bytes > bytes_max / 100 * ENOUGH_PERCENT,
            false => bytes > bytes_max,
        };
        self.is_short.store(is_short, Ordering::Relaxed);
        match (was_short, is_short) {
            (false, true) => {
                let connections = self.guests.hold();
                tracing::warn!(bytes, bytes_max, connections, "memory is short: no further connection is taken");
            }
            (true, false) => {
                self.guests.let_go();
                tracing::info!(bytes, bytes_max, "there is memory again: connections are taken");
            }
            (true, true) | (false, false) => {}
        }
    }
}

/// The resident memory of this process; none where the system does not say.
pub(super) fn resident_bytes() -> Option<u64> {
    resident_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// The line of `proc_pid_status(5)`: `VmRSS:     1234 kB`.
fn resident_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::Connections;
    use crate::server::guests::Seat;
    use std::net::{IpAddr, Ipv4Addr};

    fn come(guests: &Arc<Guests>) -> Option<Seat> {
        guests.enter(IpAddr::V4(Ipv4Addr::LOCALHOST)).ok()?.sit().ok()
    }

    #[test]
    fn while_memory_is_short_there_are_no_more_than_there_were() {
        let guests = Guests::new(&Connections::default());
        let memory = Memory::new(guests.clone());
        let holds = |bytes: u64| memory.look(1_000, || Some(bytes));
        let (first, second) = (come(&guests), come(&guests));
        holds(1_000);
        let third = come(&guests);
        assert!(third.is_some() && !memory.is_short(), "just as much as may be");
        holds(1_001);
        assert!(memory.is_short() && come(&guests).is_none());
        drop(first);
        let fourth = come(&guests);
        assert!(fourth.is_some() && come(&guests).is_none(), "in the place of the first");
        holds(951);
        assert!(memory.is_short(), "it is not over yet");
        holds(950);
        assert!(!memory.is_short() && come(&guests).is_some());
        drop((second, third, fourth));
        holds(5_000);
        assert!(come(&guests).is_none(), "there was nobody when it began");
        memory.look(0, || Some(5_000));
        assert!(!memory.is_short() && come(&guests).is_some(), "there is no bound any more");
    }

    #[test]
    fn what_the_system_says_is_read() {
        assert_eq!(resident_in("Name:\tx\nVmHWM:\t  99 kB\nVmRSS:\t   12 kB\n"), Some(12 * 1024));
        assert_eq!(resident_in("Name:\tx\n"), None);
        assert_eq!(resident_in("VmRSS:\t 12 MB\n"), None);
    }
}
