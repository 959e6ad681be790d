//! What has become of the messages of one webhook, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It has arrived.
    Delivered,
    /// The receiver does not want it, and would not later.
    Refused,
    /// It was tried as often as it may be.
    GivenUp,
    /// So many waited that there was no place for it.
    Full,
    /// Nothing is bound to the webhook's name.
    Unbound,
}

impl Fate {
    /// All of them.
    pub const ALL: [Fate; 5] = [Fate::Delivered, Fate::Refused, Fate::GivenUp, Fate::Full, Fate::Unbound];

    /// The fate of this name.
    pub(super) fn by_name(name: &str) -> Option<Fate> {
        Fate::ALL.into_iter().find(|fate| fate.name() == name)
    }

    /// For programs.
    pub fn name(self) -> &'static str {
        match self {
            Fate::Delivered => "delivered",
            Fate::Refused => "refused",
            Fate::GivenUp => "given_up",
            Fate::Full => "full",
            Fate::Unbound => "unbound",
        }
    }
}

/// Since the server started.
#[derive(Debug, Default)]
pub struct Tally {
    fates: [AtomicU64; Fate::ALL.len()],
    failures: AtomicU64,
    forgotten: AtomicU64,
}

impl Tally {
    /// One more; how many that makes.
    pub(super) fn count(&self, fate: Fate) -> u64 {
        self.fates.get(fate as usize).map_or(0, |count| count.fetch_add(1, Ordering::Relaxed) + 1)
    }

    pub(super) fn count_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// One more; how many that makes.
    pub(super) fn count_forgotten(&self) -> u64 {
        self.forgotten.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Messages with this fate.
    pub fn of(&self, fate: Fate) -> u64 {
        self.fates.get(fate as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Attempts that failed.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Dead messages that are not kept any more.
    pub fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Relaxed)
    }
}
