//! A server that does not answer is left alone for a while.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// After so many failures in a row nobody is let through.
const FAILURES_MAX: u32 = 5;
/// For so long; then one is let through, and decides.
const PAUSE: Duration = Duration::from_secs(10);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// When the next may try.
    until: Option<Instant>,
}

/// One that was let through. Dropped without an answer, it has failed.
#[derive(Debug)]
pub struct Attempt<'breaker> {
    breaker: &'breaker Breaker,
    answered: bool,
}

impl Breaker {
    /// Whether one may try now. When the pause is over it is one only: the next pause begins with it.
    pub fn lets_through(&self, now: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.failures < FAILURES_MAX {
            return true;
        }
        let is_over = state.until.is_none_or(|until| until <= now);
        if is_over {
            state.until = Some(now + PAUSE);
        }
        is_over
    }

    /// Begins to wait for an answer.
    pub fn attempt(&self) -> Attempt<'_> {
        Attempt { breaker: self, answered: false }
    }

    fn fail(&self, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES_MAX {
            state.until = Some(now + PAUSE);
        }
    }
}

impl Attempt<'_> {
    /// There was an answer, whatever it says.
    pub fn answered(mut self) {
        self.answered = true;
        *self.breaker.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.breaker.fail(Instant::now());
        }
    }
}
