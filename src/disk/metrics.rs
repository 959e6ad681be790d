//! What the committer has done, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the classes of commit times, in microseconds; one more class has no bound.
pub const COMMIT_MICROS: [u64; 11] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000];

/// Since the committer started.
#[derive(Debug, Default)]
pub struct CommitMetrics {
    /// Groups that are on the disk.
    pub commits: AtomicU64,
    /// Records that are on the disk.
    pub records: AtomicU64,
    /// About how many bytes of records are on the disk.
    pub bytes: AtomicU64,
    /// Submissions that could not be kept.
    pub refused: AtomicU64,
    /// Submissions turned away because too much waited.
    pub busy: AtomicU64,
    /// 1 while the disk is full, 0 otherwise.
    pub short_of_space: AtomicU64,
    /// Records that wait now.
    pub waiting_records: AtomicU64,
    /// About how many bytes wait now.
    pub waiting_bytes: AtomicU64,
    /// Commits by how long they took: for each of [`COMMIT_MICROS`] those that took no longer, and then those that did.
    pub commit_classes: [AtomicU64; COMMIT_MICROS.len() + 1],
    /// Microseconds that all commits took together.
    pub commit_micros: AtomicU64,
    /// The longest commit, in microseconds.
    pub commit_micros_max: AtomicU64,
    /// The longest round of giving up what is too old, in microseconds.
    pub retain_micros_max: AtomicU64,
}

impl CommitMetrics {
    pub(super) fn committed(&self, records: usize, bytes: usize, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let class = COMMIT_MICROS.partition_point(|bound| *bound < micros);
        if let Some(class) = self.commit_classes.get(class) {
            add(class, 1);
        }
        add(&self.commits, 1);
        add(&self.records, records as u64);
        add(&self.bytes, bytes as u64);
        add(&self.commit_micros, micros);
        self.commit_micros_max.fetch_max(micros, Ordering::Relaxed);
    }

    pub(super) fn retained(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.retain_micros_max.fetch_max(micros, Ordering::Relaxed);
    }
}

pub(super) fn add(number: &AtomicU64, more: u64) {
    number.fetch_add(more, Ordering::Relaxed);
}
