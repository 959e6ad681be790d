//! How fast a socket and a client may send. Whole numbers only, so that a replay counts the same.

use crate::value::Millis;

/// A token bucket, counted in thousandths of a frame. It starts full. What one frame has had written to others may cost more than
/// was in it: then it is below nothing, and has to fill from there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    thousandths: i64,
    filled_at: Millis,
}

/// What one frame costs.
const FRAME: i64 = 1_000;

/// How fast a bucket fills, and how much it holds. A rate of 0 never refuses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub per_second: u32,
    pub burst: u32,
}

impl Rate {
    fn full(self) -> i64 {
        i64::from(self.burst) * FRAME
    }

    /// Milliseconds until a bucket that has `thousandths` has `wanted`.
    fn fill_time(self, thousandths: i64, wanted: i64) -> Millis {
        let missing = u64::try_from(wanted.saturating_sub(thousandths)).unwrap_or(0);
        missing.div_ceil(u64::from(self.per_second).max(1))
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
        if self.thousandths < FRAME {
            return Err(rate.fill_time(self.thousandths, FRAME));
        }
        self.thousandths -= FRAME;
        Ok(())
    }

    /// Takes as many more frames out, whether they are there or not.
    pub(super) fn owe(&mut self, frames: u64) {
        let thousandths = i64::try_from(frames).unwrap_or(i64::MAX).saturating_mul(FRAME);
        self.thousandths = self.thousandths.saturating_sub(thousandths);
    }

    /// Whether nothing has been taken for as long as it takes to fill.
    pub(super) fn is_full(&mut self, rate: Rate, now: Millis) -> bool {
        self.fill(rate, now);
        self.thousandths >= rate.full()
    }

    fn fill(&mut self, rate: Rate, now: Millis) {
        // So many per second are as many thousandths per millisecond.
        let gained = now.saturating_sub(self.filled_at).saturating_mul(u64::from(rate.per_second));
        let gained = i64::try_from(gained).unwrap_or(i64::MAX);
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
    fn what_is_owed_is_filled_first() {
        let rate = Rate { per_second: 10, burst: 2 };
        let mut bucket = Bucket::full(rate, 0);
        bucket.owe(0);
        assert_eq!(bucket.take(rate, 0), Ok(()));
        bucket.owe(5);
        assert_eq!(bucket.take(rate, 0), Err(500));
        assert_eq!(bucket.take(rate, 499), Err(1));
        assert_eq!(bucket.take(rate, 500), Ok(()));
        bucket.owe(u64::MAX);
        assert!(bucket.take(rate, 1_000).is_err());
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
