//! Adding to the newest segment: whole, on the disk, or not at all.

use super::codec::put_record;
use super::frame::Batch;
use super::held::Place;
use super::segment::{self, Header, Segment};
use super::{COMMIT_BYTES_MAX, Device, DiskStore, FORMAT, io_error};
use crate::store::{Record, StoreError};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Where the next batch goes.
pub(super) struct Tail {
    pub device: Box<dyn Device>,
    /// Of the newest segment.
    pub number: u32,
    /// The same: one of an older format is left as it is.
    pub format: u32,
    /// Its length.
    pub bytes: u64,
    pub next_batch: u64,
}

impl DiskStore {
    pub(super) fn commit_records(&mut self, records: &[Record]) -> Result<(), StoreError> {
        self.must_go_on()?;
        if records.is_empty() {
            return Ok(());
        }
        let opened = self.held().check(records)?;
        let mut heads = opened.iter().copied();
        let mut batch = Batch::new();
        for record in records {
            batch.push(|out| put_record(record, |_| heads.next(), out));
        }
        let places = self.write(batch)?;
        let mut heads = opened.into_iter();
        let mut held = self.held();
        for (record, place) in records.iter().zip(places) {
            match (record, heads.as_slice()) {
                (Record::Opened { log, .. }, [head, ..]) => {
                    held.take_head(log, *head, place);
                    heads.next();
                }
                (record, _) => held.take_record(record, place),
            }
        }
        Ok(())
    }

    pub(super) fn must_go_on(&self) -> Result<(), StoreError> {
        self.stopped.clone().map_or(Ok(()), |why| Err(StoreError::Stopped { why }))
    }

    /// Writes a batch, returns when it is on the disk, and says where its items are. Where the disk is full, the space that was set
    /// aside is used.
    pub(super) fn write(&mut self, batch: Batch) -> Result<Vec<Place>, StoreError> {
        let length = batch.len();
        if length > COMMIT_BYTES_MAX {
            return Err(StoreError::TooLarge { bytes: length, bytes_max: COMMIT_BYTES_MAX });
        }
        let (bytes, items) = batch.finish(self.tail.next_batch);
        let start = match self.append(&bytes) {
            Err(StoreError::Full { file }) => {
                let is_spent = self.reserve.spend(&*self.devices).map_err(|error| self.stop(&error))?;
                if is_spent { self.append(&bytes) } else { Err(StoreError::Full { file }) }
            }
            appended => appended,
        }?;
        let number = self.tail.number;
        Ok(items.into_iter().map(|(at, length)| Place::new(number, start + at as u64, length)).collect())
    }

    /// Where the bytes stand in the newest segment, when they are on the disk.
    fn append(&mut self, bytes: &[u8]) -> Result<u64, StoreError> {
        let is_begun = self.tail.bytes > segment::HEADER as u64;
        let is_full = is_begun && self.tail.bytes + bytes.len() as u64 > self.segment_bytes;
        if is_full || self.tail.format != FORMAT {
            self.begin_segment()?;
        }
        if let Err(error) = self.tail.device.append(bytes) {
            return Err(self.take_back(&error));
        }
        if let Err(error) = self.tail.device.sync() {
            return Err(self.stop(&error));
        }
        let (number, start) = (self.tail.number, self.tail.bytes);
        self.tail.bytes += bytes.len() as u64;
        self.tail.next_batch += 1;
        let end = self.tail.bytes;
        if let Some(segment) = self.held().segments.get_mut(&number) {
            segment.bytes = end;
        }
        Ok(start)
    }

    fn begin_segment(&mut self) -> Result<(), StoreError> {
        let number = self.tail.number + 1;
        let header = Header { format: FORMAT, number, instance: self.instance, first_batch: self.tail.next_batch };
        let made = segment::create(&self.directory, header).and_then(|file| Ok((file.try_clone()?, file)));
        let (reading, file) = match made {
            Ok(files) => files,
            Err(error) if is_full(&error) => return Err(full(&segment::path(&self.directory, number))),
            Err(error) if is_limit(&error) => return Err(limited(&segment::path(&self.directory, number))),
            Err(error) => return Err(self.stop(&error)),
        };
        let bytes = segment::HEADER as u64;
        self.held().segments.insert(number, Segment { file: Arc::new(reading), bytes, live: 0 });
        let device = self.devices.device(file);
        self.tail = Tail { device, number, format: FORMAT, bytes, next_batch: self.tail.next_batch };
        Ok(())
    }

    /// After a write that failed: the file is as long as before, or the store stops.
    fn take_back(&mut self, error: &io::Error) -> StoreError {
        let before = self.tail.bytes;
        let is_back = self.tail.device.cut(before).and_then(|()| self.tail.device.sync()).is_ok();
        match error {
            error if is_back && is_full(error) => full(&self.tail_path()),
            error if is_back && is_limit(error) => limited(&self.tail_path()),
            error => self.stop(error),
        }
    }

    /// After this, nobody knows what is on the disk: the system may have forgotten what it could not write.
    fn stop(&mut self, error: &io::Error) -> StoreError {
        let why = io_error("write to", &self.tail_path(), error).to_string();
        self.stopped = Some(why.clone());
        StoreError::Stopped { why }
    }

    fn tail_path(&self) -> std::path::PathBuf {
        segment::path(&self.directory, self.tail.number)
    }
}

pub(super) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

/// It will be the same as long as the process lives.
fn is_limit(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::FileTooLarge
}

fn limited(file: &Path) -> StoreError {
    StoreError::Limited { file: file.display().to_string() }
}

fn full(file: &Path) -> StoreError {
    StoreError::Full { file: file.display().to_string() }
}
