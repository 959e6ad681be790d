//! How fast a socket and a client may send. Whole numbers only, so that a replay counts the same.

use crate::value::Millis;

/// A token bucket, counted in thousandths of a frame. It starts full.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    thousandths: u64,
    filled_at: Millis,
}

/// What one frame costs.
const FRAME: u64 = 1_000;

/// How fast a bucket fills, and how much it holds. A rate of 0 never refuses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub per_second: u32,
    pub burst: u32,
}

impl Rate {
    fn full(self) -> u64 {
        u64::from(self.burst) * FRAME
    }

    /// Milliseconds until a bucket that has `thousandths` has `wanted`.
    fn fill_time(self, thousandths: u64, wanted: u64) -> Millis {
        wanted.saturating_sub(thousandths).div_ceil(u64::from(self.per_second).max(1))
    }
}

impl Bucket {
    pub(super) fn full(rate: Rate, now: Millis) -> Self {
        Bucket { thousandths: rate.full(), filled_at: now }
    }

    /// Takes one frame out. The error is how many milliseconds to wait.
    pub(super) fn take(&mut self, rate: Rate, now: Millis) -> Result<(), Millis> {
        if rate.per_second == 0 {
            return Ok(());
        }
        self.fill(rate, now);
        match self.thousandths.checked_sub(FRAME) {
            Some(left) => {
                self.thousandths = left;
                Ok(())
            }
            None => Err(rate.fill_time(self.thousandths, FRAME)),
        }
    }

    /// Whether nothing has been taken for as long as it takes to fill.
    pub(super) fn is_full(&mut self, rate: Rate, now: Millis) -> bool {
        self.fill(rate, now);
        self.thousandths >= rate.full()
    }

    fn fill(&mut self, rate: Rate, now: Millis) {
        // So many per second are as many thousandths per millisecond.
        let gained = now.saturating_sub(self.filled_at).saturating_mul(u64::from(rate.per_second));
        self.thousandths = self.thousandths.saturating_add(gained).min(rate.full());
        self.filled_at = self.filled_at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let rate = Rate { per_second: 10, burst: 2 };
        let mut bucket = Bucket::full(rate, 0);
        assert_eq!([bucket.take(rate, 0), bucket.take(rate, 0), bucket.take(rate, 0)], [Ok(()), Ok(()), Err(100)]);
        assert_eq!(bucket.take(rate, 99), Err(1));
        assert_eq!(bucket.take(rate, 100), Ok(()));
        assert!(!bucket.is_full(rate, 299));
        assert!(bucket.is_full(rate, 300));
    }

    #[test]
    fn a_clock_that_stands_still_or_leaps_does_no_harm() {
        let rate = Rate { per_second: 1, burst: 1 };
        let mut bucket = Bucket::full(rate, 500);
        assert_eq!(bucket.take(rate, 500), Ok(()));
        assert_eq!(bucket.take(rate, 0), Err(1_000));
        assert_eq!(bucket.take(rate, u64::MAX), Ok(()));
        assert_eq!(bucket.take(rate, u64::MAX), Err(1_000));
    }
}
