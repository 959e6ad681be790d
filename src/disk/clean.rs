//! Giving up what is too old, and the space that nothing uses any more: a piece at a time.

use super::codec::{put_head, put_retired};
use super::frame::{self, Batch, Found};
use super::held::{Place, Subject};
use super::segment::{self, read_at};
use super::{DiskStore, damaged, io_error};
use crate::store::{Head, LogKey, Retained, StoreError};
use crate::value::Millis;
use std::fs::{self, File};
use std::sync::Arc;

/// Bytes that one round writes again, about.
const MOVED_BYTES: usize = 256 * 1024;
/// Bytes that one round reads, unless a batch is larger.
const READ_BYTES: usize = 1024 * 1024;
/// Logs whose age one round looks at.
const SWEPT_LOGS: usize = 1_000;

/// The oldest segment, whose live items are to be written again.
struct Oldest {
    number: u32,
    file: Arc<File>,
    bytes: u64,
    live: u64,
}

impl DiskStore {
    pub(super) fn retain_some(&mut self, now: Millis) -> Result<Retained, StoreError> {
        self.must_go_on()?;
        let mut retained = Retained { messages: self.sweep_old(now)?, ..Retained::default() };
        if let Some(oldest) = self.oldest() {
            if oldest.live == 0 {
                retained.bytes_freed = self.retire(&oldest)?;
            } else {
                retained.bytes_moved = self.move_some(&oldest)?;
            }
        }
        retained.is_more = !self.sweep.is_empty() || self.oldest().is_some();
        Ok(retained)
    }

    /// Writes how logs stand without what is too old, and gives how many messages went.
    fn sweep_old(&mut self, now: Millis) -> Result<u64, StoreError> {
        let changed = self.find_old(now);
        if changed.is_empty() {
            return Ok(0);
        }
        let mut batch = Batch::new();
        for (log, _, head) in &changed {
            batch.push(|out| put_head(log, head, out));
        }
        let places = self.write(batch)?;
        let mut held = self.held();
        for ((log, _, head), place) in changed.iter().zip(places) {
            held.take_head(log, *head, place);
        }
        Ok(changed.iter().map(|(_, before, head)| head.first - before.first).sum())
    }

    /// The next logs that have messages which are too old: how they stand, and how without those.
    fn find_old(&mut self, now: Millis) -> Vec<(LogKey, Head, Head)> {
        let mut sweep = std::mem::take(&mut self.sweep);
        let held = self.held();
        if sweep.is_empty() {
            let aging = held.heads.iter().filter(|(_, head)| head.keep.age_max_ms.is_some());
            sweep.extend(aging.map(|(log, _)| log.clone()));
        }
        let mut changed = Vec::new();
        for log in sweep.drain(..SWEPT_LOGS.min(sweep.len())) {
            let (Some(before), Some(places)) = (held.heads.get(&log), held.messages.get(&log)) else { continue };
            let head = places.without_old(*before, now);
            if head != *before {
                changed.push((log, *before, head));
            }
        }
        drop(held);
        self.sweep = sweep;
        changed
    }

    /// The oldest segment, if it can go or should: when more is dead than alive, and by more than a segment.
    fn oldest(&self) -> Option<Oldest> {
        let held = self.held();
        let (number, segment) = held.segments.first_key_value()?;
        let is_wasteful = || held.bytes() > 2 * held.live_bytes() + self.segment_bytes;
        let goes = *number != self.tail.number && (segment.live == 0 || is_wasteful());
        goes.then(|| Oldest { number: *number, file: segment.file.clone(), bytes: segment.bytes, live: segment.live })
    }

    /// Says that the segment is not needed, then removes it: a crash between the two leaves one that is known to be idle.
    fn retire(&mut self, oldest: &Oldest) -> Result<u64, StoreError> {
        let mut batch = Batch::new();
        batch.push(|out| put_retired(oldest.number, out));
        let places = self.write(batch)?;
        let mut held = self.held();
        places.into_iter().for_each(|place| held.settle(Subject::Retired, place));
        held.segments.remove(&oldest.number);
        drop(held);
        self.cleaned = 0;
        let path = segment::path(&self.directory, oldest.number);
        let removed = fs::remove_file(&path).and_then(|()| segment::sync_directory(&self.directory));
        removed.map_err(|error| io_error("remove", &path, &error))?;
        Ok(oldest.bytes)
    }

    /// Writes the next live items of the segment again, and gives how many bytes that took.
    fn move_some(&mut self, oldest: &Oldest) -> Result<u64, StoreError> {
        let begin = self.cleaned.max(segment::HEADER as u64);
        let path = segment::path(&self.directory, oldest.number);
        let bytes = read_batches(oldest, begin).map_err(|error| io_error("read", &path, &error))?;
        let (mut batch, mut moved, mut at) = (Batch::new(), Vec::new(), 0);
        while at < bytes.len() && batch.len() < MOVED_BYTES {
            let start = begin + at as u64;
            let Found::Batch { body, .. } = frame::find(&bytes[at..], start) else {
                // the last one, which the buffer cuts off
                if at > 0 && start + (bytes.len() - at) as u64 != oldest.bytes {
                    break;
                }
                return Err(damaged(&path, start, "a batch that was right before is wrong"));
            };
            for (within, item) in frame::items(body).flatten() {
                let place = Place::new(oldest.number, start + within as u64, item.len());
                if self.held().is_live(item, place) {
                    batch.push(|out| out.extend(item));
                    moved.push(item);
                }
            }
            at += frame::HEADER + body.len();
        }
        let written = batch.len() as u64;
        if !moved.is_empty() {
            let places = self.write(batch)?;
            let mut held = self.held();
            moved.iter().zip(places).for_each(|(item, place)| held.move_item(item, place));
        }
        self.cleaned = begin + at as u64;
        if self.cleaned >= oldest.bytes {
            // what is live and was not met would stay behind, so look again
            self.cleaned = 0;
        }
        Ok(if moved.is_empty() { 0 } else { written })
    }
}

/// Whole batches from a place on, at least one; the last may be cut off.
fn read_batches(oldest: &Oldest, begin: u64) -> std::io::Result<Vec<u8>> {
    let left = usize::try_from(oldest.bytes.saturating_sub(begin)).unwrap_or(usize::MAX);
    let mut bytes = vec![0; READ_BYTES.min(left)];
    read_at(&oldest.file, &mut bytes, begin)?;
    let first = frame::batch_length(&bytes).unwrap_or(0);
    if first > bytes.len() {
        bytes.resize(first.min(left), 0);
        read_at(&oldest.file, &mut bytes, begin)?;
    }
    Ok(bytes)
}
