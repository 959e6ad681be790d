//! How long to wait before a message is tried again.

use std::time::Duration;

/// How a message is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long an answer may take.
    pub timeout: Duration,
    /// How often a message is tried.
    pub attempts: u32,
    /// The pause after the first attempt; it doubles.
    pub pause: Duration,
    /// It does not grow beyond this.
    pub pause_max: Duration,
}

impl Patience {
    /// The pause after so many failed attempts: between half of it and all of it, as `chance` has it, so that many who
    /// lost the same server do not come back at the same time.
    pub fn pause_after(&self, failed: u32, chance: u32) -> Duration {
        let doubled = 2u32.saturating_pow(failed.saturating_sub(1));
        let pause = self.pause.saturating_mul(doubled).min(self.pause_max);
        let half = pause / 2;
        half + half.mul_f64(f64::from(chance) / f64::from(u32::MAX))
    }
}

/// A random number; where the machine has none, pauses are at their longest.
pub(super) fn chance() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_are_spread() {
        let second = Duration::from_secs(1);
        let patience = Patience { timeout: second, attempts: 9, pause: second, pause_max: 10 * second };
        let longest: Vec<u64> = (1..=6).map(|failed| patience.pause_after(failed, u32::MAX).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 10, 10]);
        let shortest: Vec<u128> = (1..=5).map(|failed| patience.pause_after(failed, 0).as_millis()).collect();
        assert_eq!(shortest, [500, 1000, 2000, 4000, 5000]);
        assert_eq!(patience.pause_after(u32::MAX, u32::MAX), 10 * second);
        assert!(patience.pause_after(3, 1 << 31).as_millis() > 2900);
    }
}
