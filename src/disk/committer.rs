//! The thread that commits: whatever has come in while the disk was busy goes to it together.
//!
//! A submission is never waited for and never lost without a word: it is taken, and later reported as durable or refused, or it is
//! turned away at once because too much waits or because the store has stopped.

use super::committing::Committing;
use super::metrics::{CommitMetrics, add};
use crate::store::{Record, Space, Store, StoreError};
use crate::value::Millis;
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How much may wait and go together.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Records that may wait.
    pub waiting_records_max: usize,
    /// Bytes that may wait, about. A single submission that is larger is taken when nothing waits.
    pub waiting_bytes_max: usize,
    /// Bytes after which a group is large enough, about.
    pub group_bytes: usize,
    /// How often the store looks for what is too old.
    pub retain_every: Duration,
    /// How often a full disk is tried again.
    pub retry_every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            waiting_records_max: 65_536,
            waiting_bytes_max: 64 * 1024 * 1024,
            group_bytes: 1024 * 1024,
            retain_every: Duration::from_secs(1),
            retry_every: Duration::from_millis(250),
        }
    }
}

/// What became of a submission at once.
#[derive(Clone, Debug, PartialEq)]
pub enum Submitted {
    /// It waits; this is the number of its last record. The first record that a committer ever takes has number 1.
    Taken(u64),
    /// Too much waits. Here it is again.
    Busy(Vec<Record>),
    /// The store has stopped, as was reported. Here it is again.
    Stopped(Vec<Record>),
}

/// What became of submissions later, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// All records up to this number are kept, but those that were reported as refused.
    Durable {
        /// The last of them.
        through: u64,
    },
    /// The records of one or more submissions are not kept, not one of them. Those before are, if not refused themselves.
    Refused {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
        /// Why.
        error: StoreError,
    },
    /// There is space again, or there is none but what was set aside. What is full is tried again, and meanwhile nothing is lost.
    Space(Space),
    /// From this record on nothing is kept, and nothing will be. It is the last report.
    Stopped {
        /// The first of them.
        first: u64,
        /// Why.
        error: StoreError,
    },
}

/// The door to the thread. When it is dropped, what was taken is committed first.
pub struct Committer {
    limits: Limits,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the door and the thread share.
#[derive(Default)]
pub(super) struct Shared {
    queue: Mutex<Queue>,
    pub(super) wake: Condvar,
    pub(super) metrics: Arc<CommitMetrics>,
}

/// What has been taken and is not on its way to the disk yet.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) waiting: VecDeque<Submission>,
    pub(super) records: usize,
    pub(super) bytes: usize,
    /// The number of the last record that was taken.
    last: u64,
    pub(super) is_closed: bool,
    pub(super) is_stopped: bool,
}

/// Records that are kept all or none.
pub(super) struct Submission {
    pub(super) records: Vec<Record>,
    pub(super) bytes: usize,
    /// The number of the last one.
    pub(super) last: u64,
}

impl Submission {
    /// The number of the first one.
    pub(super) fn first(&self) -> u64 {
        self.last + 1 - self.records.len() as u64
    }
}

impl Shared {
    /// A queue is whole between any two of its changes.
    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the metrics how much waits.
    pub(super) fn show(&self, queue: &Queue) {
        self.metrics.waiting_records.store(queue.records as u64, Ordering::Relaxed);
        self.metrics.waiting_bytes.store(queue.bytes as u64, Ordering::Relaxed);
    }
}

impl Queue {
    /// The number of the first record that waits, or of the next one that comes.
    pub(super) fn first_waiting(&self) -> u64 {
        self.waiting.front().map_or(self.last + 1, Submission::first)
    }

    fn has_room(&self, limits: Limits, records: usize, bytes: usize) -> bool {
        let fits = |waiting: usize, more: usize, most: usize| waiting.saturating_add(more) <= most;
        self.waiting.is_empty()
            || fits(self.records, records, limits.waiting_records_max)
                && fits(self.bytes, bytes, limits.waiting_bytes_max)
    }
}

impl Committer {
    /// Starts the thread. `clock` tells milliseconds since 1970; it and `report` are called on the thread, and must not wait.
    pub fn start(
        store: impl Store + Send + 'static,
        limits: Limits,
        clock: impl FnMut() -> Millis + Send + 'static,
        report: impl FnMut(Report) + Send + 'static,
    ) -> std::io::Result<Committer> {
        let shared = Arc::new(Shared::default());
        let mut committing = Committing::new(store, limits, clock, report, shared.clone());
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || committing.run())?;
        Ok(Committer { limits, shared, thread: Some(thread) })
    }

    /// Hands records over, to be kept all or none. Returns at once.
    pub fn submit(&self, records: Vec<Record>) -> Submitted {
        let bytes = records.iter().map(Record::weight).sum::<usize>();
        let mut queue = self.shared.queue();
        if queue.is_stopped {
            return Submitted::Stopped(records);
        }
        if !queue.has_room(self.limits, records.len(), bytes) {
            add(&self.shared.metrics.busy, 1);
            return Submitted::Busy(records);
        }
        queue.last += records.len() as u64;
        queue.records += records.len();
        queue.bytes += bytes;
        let last = queue.last;
        queue.waiting.push_back(Submission { records, bytes, last });
        self.shared.show(&queue);
        drop(queue);
        self.shared.wake.notify_one();
        Submitted::Taken(last)
    }

    /// What it has done so far.
    pub fn metrics(&self) -> &Arc<CommitMetrics> {
        &self.shared.metrics
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.shared.queue().is_closed = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // a panic there has been reported by the thread itself
            let _ = thread.join();
        }
    }
}
