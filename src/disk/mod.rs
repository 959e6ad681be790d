//! The store on disk: a log of checked batches in files, and an index of them in memory.
//!
//! # What is in the directory
//!
//! `lock`, held by the process that has the store, `reserve`, which holds nothing but space, and segments, `00000001.log` and on. A segment begins with a header (magic, format, number,
//! the store's instance, the number of its first batch) and goes on with batches, one for each commit: a header, then items,
//! each with its length and CRC-32, then one closing byte. The batch's header has a sum of its own and one over all the rest, so a
//! batch is there whole or not at all. Only the newest segment is written to, only at its end, and a commit has happened when the
//! system says that the file is on the disk.
//!
//! An item is a record, or how a log stands. Each says all about its subject, so what counts is the latest item of each subject: it
//! is *live*, the others are not. When dead bytes outweigh live ones, the oldest segment's live items are written again at the end,
//! a piece at a time between commits, and the file goes. Since only the oldest ever goes, what says that something is gone is not
//! needed any more when its turn comes.
//!
//! # What is trusted
//!
//! Nothing. Opening reads and sums every byte; reading an item sums it again. The one thing that is mended is a last batch that never
//! reached the disk whole, which a crash leaves behind and nobody was told of; `frame.rs` says how it is known from damage.

mod clean;
mod codec;
mod codec_parts;
mod committer;
mod committing;
mod contents;
mod device;
mod frame;
mod held;
mod metrics;
mod open;
mod read;
mod rebuild;
mod reserve;
mod segment;
mod write;

pub use committer::{Committer, Limits, Report, Submitted};
pub use device::{Device, Devices, Plain};
pub use metrics::{COMMIT_MICROS, CommitMetrics};
pub use open::{Mended, Opened};
pub use read::DiskReader;

use crate::store::{LogKey, Logs, Page, Record, Retained, Space, Store, StoreError, Tables};
use crate::value::Millis;
use held::Held;
use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// The version of the files that this crate writes. It reads those before, and writes no further to them.
pub const FORMAT: u32 = 3;
/// The oldest version that it reads. It has neither revocations nor letters, and, as the one after it, no mail that is lost.
pub const FORMAT_MIN: u32 = 1;
/// Bytes of a segment after which the next one begins.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes that one commit may come to.
pub const COMMIT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A store in a directory. One process has it at a time.
pub struct DiskStore {
    directory: PathBuf,
    instance: Uuid,
    /// Shared with readers, and locked for moments only: never while the disk is waited for.
    held: Arc<Mutex<Held>>,
    devices: Box<dyn Devices>,
    /// The newest segment's end.
    tail: write::Tail,
    segment_bytes: u64,
    reserve: reserve::Reserve,
    /// Why nothing can be committed any more.
    stopped: Option<String>,
    /// Logs that the sweep for age still has to look at.
    sweep: VecDeque<LogKey>,
    /// How far the oldest segment has been looked through for live items.
    cleaned: u64,
    /// Given back to the system when the store goes.
    _lock: File,
}

impl DiskStore {
    /// Which store this is, whatever machine it is on: made with it.
    pub fn instance(&self) -> Uuid {
        self.instance
    }

    /// Reads the same logs from other threads.
    pub fn reader(&self) -> DiskReader {
        DiskReader::new(self.held.clone(), &self.directory)
    }

    /// Bytes of all segments.
    pub fn bytes(&self) -> u64 {
        self.held().bytes()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        lock(&self.held)
    }
}

/// What a thread that panicked left is still whole: every change is made in one go, after the disk has it.
fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Logs for DiskStore {
    fn read(&self, log: &LogKey, after: u64, limit: usize, now: Millis) -> Result<Option<Page>, StoreError> {
        self.reader().read(log, after, limit, now)
    }
}

impl Store for DiskStore {
    fn tables(&self) -> Result<Tables, StoreError> {
        self.read_tables()
    }

    fn commit(&mut self, records: &[Record]) -> Result<(), StoreError> {
        self.commit_records(records)
    }

    fn retain(&mut self, now: Millis) -> Result<Retained, StoreError> {
        let retained = self.retain_some(now)?;
        self.reserve.restock(&*self.devices);
        Ok(retained)
    }

    fn space(&self) -> Space {
        if self.reserve.is_empty() { Space::Short } else { Space::Enough }
    }
}

fn io_error(doing: &'static str, file: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Io { doing, file: file.display().to_string(), error: error.to_string() }
}

fn damaged(file: &Path, offset: u64, what: impl Into<String>) -> StoreError {
    StoreError::Damaged { file: file.display().to_string(), offset, what: what.into() }
}
