//! When each connection is next written a heartbeat, and when it has been silent for too long: one coarse wheel.
//!
//! Hearing of a connection costs a store and moves nothing here: what comes due too early is filed anew.

use crate::wind::SocketId;
use std::time::Duration;

/// The coarsest and finest the wheel goes.
const TICK_MOST: Duration = Duration::from_secs(1);
const TICK_LEAST: Duration = Duration::from_millis(10);
/// A wheel that comes so much too late was stopped, as in a debugger or a frozen machine: what clients sent meanwhile is still
/// to be read, so nobody was silent yet.
const STALL: Duration = Duration::from_secs(2);

/// See the module.
#[derive(Debug)]
pub(super) struct Wheel {
    interval: Duration,
    timeout: Duration,
    tick: Duration,
    /// What comes due in each tick, the tick's number modulo their count.
    ticks: Vec<Vec<Due>>,
    /// The first tick that has not come yet.
    next: u64,
    /// Nobody is silent before this.
    grace: Duration,
}

/// What comes due for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) slot: u32,
    pub(super) generation: u32,
    pub(super) what: What,
}

/// What comes due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A heartbeat.
    Beat,
    /// Looking whether it was silent.
    Silence,
}

impl Wheel {
    /// A wheel for heartbeats every `interval`, and a close `timeout` after an interval without a sign of life.
    pub(super) fn new(interval: Duration, timeout: Duration) -> Self {
        let tick = (interval.min(timeout) / 4).clamp(TICK_LEAST, TICK_MOST);
        let count = (interval + timeout).as_millis() / tick.as_millis() + 3;
        Wheel { interval, timeout, tick, ticks: vec![Vec::new(); count as usize], next: 0, grace: Duration::ZERO }
    }

    pub(super) fn tick(&self) -> Duration {
        self.tick
    }

    /// A connection is there. Its first heartbeat comes in the second half of the first interval, so that those who came
    /// together are not written to together.
    pub(super) fn admit(&mut self, slot: u32, generation: u32, now: Duration, socket: SocketId) {
        let share = socket.0.as_bytes().last().copied().unwrap_or(0);
        let first = self.interval / 2 + self.interval * u32::from(share) / 512;
        self.file(now + first, Due { slot, generation, what: What::Beat });
        self.file(now + self.interval + self.timeout, Due { slot, generation, what: What::Silence });
    }

    /// Whether nothing was heard of a connection for too long; if not, it will be looked at again.
    pub(super) fn is_silent(&mut self, slot: u32, generation: u32, heard: Duration, now: Duration) -> bool {
        let until = (heard + self.interval + self.timeout).max(self.grace);
        if now >= until {
            return true;
        }
        self.file(until, Due { slot, generation, what: What::Silence });
        false
    }

    /// Adds what is due by `now`. Heartbeats are filed anew at once.
    pub(super) fn turn(&mut self, now: Duration, due: &mut Vec<Due>) {
        let current = self.number(now);
        let late = self.tick * u32::try_from(current.saturating_sub(self.next)).unwrap_or(u32::MAX);
        if late > STALL {
            self.grace = now + self.timeout;
        }
        let first = due.len();
        for number in (self.next..=current).take(self.ticks.len()) {
            due.append(self.at(number));
        }
        self.next = self.next.max(current + 1);
        for beat in due.iter().skip(first).filter(|due| due.what == What::Beat) {
            self.file(now + self.interval, *beat);
        }
    }

    fn number(&self, at: Duration) -> u64 {
        (at.as_millis() / self.tick.as_millis()) as u64
    }

    fn at(&mut self, number: u64) -> &mut Vec<Due> {
        let at = number % self.ticks.len() as u64;
        &mut self.ticks[at as usize]
    }

    /// Not before `at`, and not in a tick that has come already.
    fn file(&mut self, at: Duration, due: Due) {
        let number = (self.number(at) + 1).max(self.next);
        self.at(number).push(due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOT: u32 = 7;

    fn wheel() -> Wheel {
        let mut wheel = Wheel::new(Duration::from_secs(25), Duration::from_secs(10));
        wheel.turn(Duration::ZERO, &mut Vec::new());
        wheel.admit(SLOT, 0, Duration::ZERO, SocketId(uuid::Uuid::nil()));
        wheel
    }

    /// Turns the wheel second by second; when there were heartbeats, and when it was silent.
    fn run(mut heard: impl FnMut(u64) -> u64, seconds: impl Iterator<Item = u64>) -> (Vec<u64>, Option<u64>) {
        let mut wheel = wheel();
        let mut beats = Vec::new();
        for second in seconds {
            let now = Duration::from_secs(second);
            let mut due = Vec::new();
            wheel.turn(now, &mut due);
            for due in due {
                assert_eq!((due.slot, due.generation), (SLOT, 0));
                match due.what {
                    What::Beat => beats.push(second),
                    What::Silence if wheel.is_silent(SLOT, 0, Duration::from_secs(heard(second)), now) => {
                        return (beats, Some(second));
                    }
                    What::Silence => {}
                }
            }
        }
        (beats, None)
    }

    #[test]
    fn who_says_nothing_is_silent_after_interval_and_timeout() {
        let (beats, silent) = run(|_| 0, 0..100);
        assert_eq!(silent, Some(36), "the wheel turns once a second, and never early");
        assert_eq!(beats, [13]);
        let (_, silent) = run(|_| 20, 0..100);
        assert_eq!(silent, Some(56));
    }

    #[test]
    fn who_says_something_is_written_to_and_kept() {
        let (beats, silent) = run(|second| second - second % 25, 0..1000);
        assert_eq!(silent, None);
        assert!(
            beats.len() >= 38 && beats.windows(2).all(|pair| (25..=26).contains(&(pair[1] - pair[0]))),
            "{beats:?}"
        );
    }

    #[test]
    fn after_a_stall_everybody_has_time_to_be_heard() {
        let (_, silent) = run(|_| 0, (0..10).chain(600..700));
        assert_eq!(silent, Some(611), "the timeout after the stall");
        let (_, silent) = run(|second| if second < 605 { 0 } else { 605 }, (0..10).chain(600..640));
        assert_eq!(silent, None);
    }
}
