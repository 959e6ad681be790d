//! What has happened, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it happened.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Since the server started.
#[derive(Debug, Default)]
pub struct Counters {
    /// TCP connections taken.
    pub accepted: Counter,
    /// TCP connections and upgrades refused because there are too many.
    pub refused: Counter,
    /// Times that no connection could be taken, as when there are no file descriptors.
    pub accept_failed: Counter,
    /// WebSockets that came to be.
    pub upgraded: Counter,
    /// WebSockets that are gone.
    pub ended: Counter,
    /// WebSockets closed because they took too little.
    pub slow: Counter,
    /// WebSockets closed because nothing was heard of them.
    pub silent: Counter,
    /// WebSockets closed because what they sent is no WebSocket, or too much.
    pub broken: Counter,
    /// Rules or settings that became active after the first.
    pub reloads: Counter,
    /// Rules or settings that were to become active and could not.
    pub reloads_refused: Counter,
    /// Handlers that panicked.
    pub panics: Counter,
}
