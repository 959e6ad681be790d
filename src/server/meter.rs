//! How often something may happen, per key: on average, and at once after a pause (a leaky bucket, as the generic cell rate algorithm
//! counts it: one point in time per key).

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// So many keys are counted each for itself. Those that come when there are more share one count, so that whoever has many addresses
/// fills neither the memory nor the counts of those who were there before.
const KEYS_MAX: usize = 65_536;
/// How often the keys that are at rest again are looked for when there are too many.
const SWEEP_PERIOD: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub(super) struct Meter<Key> {
    /// What one event costs.
    cost: Duration,
    /// What may be owed.
    credit: Duration,
    /// When each has paid for all it did.
    paid: HashMap<Key, Instant>,
    /// When all the others have.
    others: Option<Instant>,
    swept: Option<Instant>,
}

impl<Key: Hash + Eq> Meter<Key> {
    /// `burst` at once, and all of them again after `window`.
    pub(super) fn new(burst: u64, window: Duration) -> Self {
        let cost = window.checked_div(u32::try_from(burst).unwrap_or(u32::MAX)).unwrap_or(window);
        // rounded up: what is refused must not hang on a division
        let cost = cost.max(Duration::from_nanos(1));
        Meter { cost, credit: window, paid: HashMap::new(), others: None, swept: None }
    }

    /// Counts an event, if it may happen.
    pub(super) fn charge(&mut self, key: Key, now: Instant) -> bool {
        let is_own = self.paid.contains_key(&key) || self.has_room(now);
        let paid = if is_own { self.paid.get(&key).copied() } else { self.others };
        let after = paid.map_or(now, |paid| paid.max(now)) + self.cost;
        if after > now + self.credit {
            return false;
        }
        if is_own {
            self.paid.insert(key, after);
        } else {
            self.others = Some(after);
        }
        true
    }

    /// An event that was counted does not count after all.
    pub(super) fn refund(&mut self, key: &Key) {
        let is_full = self.paid.len() >= KEYS_MAX;
        let paid = self.paid.get_mut(key).or(self.others.as_mut().filter(|_| is_full));
        if let Some(paid) = paid
            && let Some(before) = paid.checked_sub(self.cost)
        {
            *paid = before;
        }
    }

    /// Whether one more key can be counted for itself.
    fn has_room(&mut self, now: Instant) -> bool {
        if self.paid.len() >= KEYS_MAX && self.swept.is_none_or(|swept| now.duration_since(swept) >= SWEEP_PERIOD) {
            self.paid.retain(|_, paid| *paid > now);
            self.swept = Some(now);
        }
        self.paid.len() < KEYS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn so_many_at_once_and_again_after_the_window() {
        let mut meter = Meter::new(4, 4 * SECOND);
        let start = Instant::now();
        let charged = |meter: &mut Meter<u32>, key, at| (0..10).filter(|_| meter.charge(key, at)).count();
        assert_eq!(charged(&mut meter, 1, start), 4);
        assert_eq!(charged(&mut meter, 1, start + SECOND), 1);
        assert_eq!(charged(&mut meter, 2, start + SECOND), 4, "another key is another count");
        assert_eq!(charged(&mut meter, 1, start + 60 * SECOND), 4, "never more than at once");
    }

    #[test]
    fn what_is_refunded_may_happen_again() {
        let mut meter = Meter::new(2, SECOND);
        let now = Instant::now();
        assert!(meter.charge(1, now) && meter.charge(1, now) && !meter.charge(1, now));
        meter.refund(&1);
        assert!(meter.charge(1, now) && !meter.charge(1, now));
    }

    #[test]
    fn too_many_keys_share_a_count_and_leave_the_others_theirs() {
        let mut meter = Meter::new(2, SECOND);
        let now = Instant::now();
        for key in 0..KEYS_MAX {
            assert!(meter.charge(key, now));
        }
        assert!(meter.charge(0, now) && !meter.charge(0, now), "a known key has its own");
        assert!(meter.charge(KEYS_MAX, now) && meter.charge(KEYS_MAX + 1, now));
        assert!(!meter.charge(KEYS_MAX + 2, now), "the others have one together");
        assert_eq!(meter.paid.len(), KEYS_MAX);
        assert!(meter.charge(KEYS_MAX + 2, now + 2 * SECOND));
        assert_eq!(meter.paid.len(), 1, "what is at rest is forgotten");
    }
}
