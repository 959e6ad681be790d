//! Keys: what a socket has proved, and for how long that counts.

use crate::machine::KeyKind;
use crate::value::{Millis, Value};
use std::sync::Arc;

/// A lock's answer that the socket keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Of which lock, asking and giving what. In an epoch where the lock asks or gives something else, it is no key.
    pub kind: Arc<KeyKind>,
    /// Asked about what.
    pub args: Arc<[Value]>,
    /// The answer.
    pub value: Value,
    /// How long it counts.
    pub lasts: Lasts,
}

/// How long a key counts: on a stack by the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// As long as its socket lives.
    Always,
    /// It opens until then, and lingers for so many milliseconds after that.
    Until(Millis, Millis),
    /// It has ended, and lets its socket listen until then.
    Lingers(Millis),
}

/// What a key is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// To enter a room, to speak in it, and for what it says.
    Open,
    /// To hear what a room says.
    Listen,
}

impl Lasts {
    /// A key that lives for so long from now on, if it has an end.
    pub(crate) fn from_now(now: Millis, lives: Option<Millis>, grace: Option<Millis>) -> Lasts {
        match lives {
            Some(lives) => Lasts::Until(now.saturating_add(lives), grace.unwrap_or(0)),
            None => Lasts::Always,
        }
    }

    /// What is left of it at this time; none where it is over.
    pub fn at(self, now: Millis) -> Option<Lasts> {
        match self {
            Lasts::Until(end, grace) if end <= now => {
                let end = end.saturating_add(grace);
                (now < end).then_some(Lasts::Lingers(end))
            }
            Lasts::Lingers(end) if end <= now => None,
            Lasts::Always | Lasts::Until(..) | Lasts::Lingers(_) => Some(self),
        }
    }

    /// The same on another clock, which shows `there` when this one shows `here`.
    pub(crate) fn on_clock(self, here: Millis, there: Millis) -> Lasts {
        let moved = |end: Millis| there.saturating_add(end.saturating_sub(here));
        match self {
            Lasts::Always => Lasts::Always,
            Lasts::Until(end, grace) => Lasts::Until(moved(end), grace),
            Lasts::Lingers(end) => Lasts::Lingers(moved(end)),
        }
    }

    /// When it changes next by itself.
    pub fn next_change(self) -> Option<Millis> {
        match self {
            Lasts::Always => None,
            Lasts::Until(end, _) | Lasts::Lingers(end) => Some(end),
        }
    }
}

impl Key {
    /// Whether it opens a room at this time.
    pub fn opens(&self, now: Millis) -> bool {
        matches!(self.lasts.at(now), Some(Lasts::Always | Lasts::Until(..)))
    }

    /// Whether it lets its socket listen at this time: while it opens, and while it lingers.
    pub fn listens(&self, now: Millis) -> bool {
        self.lasts.at(now).is_some()
    }

    pub(crate) fn is_good_for(&self, wanted: Wanted, now: Millis) -> bool {
        match wanted {
            Wanted::Open => self.opens(now),
            Wanted::Listen => self.listens(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lasts;

    #[test]
    fn a_key_opens_then_lingers_then_is_over() {
        let lasts = Lasts::from_now(100, Some(50), Some(20));
        assert_eq!(lasts.at(149), Some(Lasts::Until(150, 20)));
        assert_eq!(lasts.at(150), Some(Lasts::Lingers(170)));
        assert_eq!(lasts.at(170), None);
        assert_eq!(Lasts::from_now(100, Some(50), None).at(150), None);
        assert_eq!(Lasts::from_now(100, None, Some(20)).at(u64::MAX), Some(Lasts::Always));
    }
}
