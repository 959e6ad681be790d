//! Opening: every byte is read and summed before anything is answered.

use super::frame::{self, Found};
use super::held::{Held, Place};
use super::rebuild::Rebuild;
use super::reserve::Reserve;
use super::segment::{self, Header, Segment};
use super::write::Tail;
use super::{Devices, DiskStore, FORMAT, Plain, SEGMENT_BYTES, damaged, io_error};
use crate::store::StoreError;
use std::collections::VecDeque;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// A store, and what had to be mended to open it.
pub struct Opened {
    /// The store.
    pub store: DiskStore,
    /// None where the last process ended between two commits.
    pub mended: Option<Mended>,
}

/// A batch that a crash had left unfinished, and that is gone. Nobody was told that it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// Where it was.
    pub file: PathBuf,
    /// Where it began, and the file now ends.
    pub offset: u64,
    /// How much of it there was.
    pub bytes: u64,
}

impl DiskStore {
    /// Opens the store of a directory, or makes one where there is none.
    pub fn open(directory: &Path) -> Result<Opened, StoreError> {
        DiskStore::open_on(directory, SEGMENT_BYTES, Box::new(Plain))
    }

    /// Opens with segments of another size, on other devices than files.
    pub fn open_on(directory: &Path, segment_bytes: u64, devices: Box<dyn Devices>) -> Result<Opened, StoreError> {
        fs::create_dir_all(directory).map_err(|error| io_error("make", directory, &error))?;
        let lock = lock_directory(directory)?;
        let mut numbers = segment::list(directory)?;
        if numbers.is_empty() {
            make_first(directory)?;
            numbers.push(1);
        }
        let mut reading = Reading::new(directory);
        for number in &numbers {
            reading.read_segment(*number, numbers.last() == Some(number))?;
        }
        let Reading { torn, next_batch, instance, rebuild, format, .. } = reading;
        let retired = rebuild.retired;
        must_have(directory, &numbers, retired + 1)?;
        let mut held = rebuild.finish(directory)?;
        drop_retired(directory, &mut held, retired)?;
        torn.as_ref().map_or(Ok(()), cut_torn)?;
        let number = numbers.last().copied().unwrap_or(1);
        let file = segment::open_end(directory, number)
            .map_err(|error| io_error("open", &segment::path(directory, number), &error))?;
        let bytes = held.segments.get(&number).map_or(0, |segment| segment.bytes);
        let tail = Tail { device: devices.device(file), number, format, bytes, next_batch };
        let mut reserve = Reserve::new(directory, segment_bytes);
        reserve.restock(&*devices);
        let store = DiskStore {
            directory: directory.to_owned(),
            instance: instance.unwrap_or(Uuid::nil()),
            held: Arc::new(Mutex::new(held)),
            devices,
            tail,
            segment_bytes,
            reserve,
            stopped: None,
            sweep: VecDeque::new(),
            cleaned: 0,
            _lock: lock,
        };
        Ok(Opened { store, mended: torn })
    }
}

/// Held until the file is closed, by the end of the process at the latest.
fn lock_directory(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join("lock");
    let file = File::create(&path).map_err(|error| io_error("write to", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { directory: directory.display().to_string() }),
        Err(TryLockError::Error(error)) => Err(io_error("lock", &path, &error)),
    }
}

fn make_first(directory: &Path) -> Result<(), StoreError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| io_error("make", directory, &std::io::Error::other(error)))?;
    let instance = uuid::Builder::from_random_bytes(random).into_uuid();
    let header = Header { format: FORMAT, number: 1, instance, first_batch: 1 };
    let made = segment::create(directory, header);
    made.map(drop).map_err(|error| io_error("write to", &segment::path(directory, 1), &error))
}

/// The segments begin with this one, or before.
fn must_have(directory: &Path, numbers: &[u32], oldest: u32) -> Result<(), StoreError> {
    if numbers.first().is_some_and(|first| *first > oldest) {
        let file = segment::name(oldest);
        return Err(StoreError::Missing { directory: directory.display().to_string(), file });
    }
    Ok(())
}

/// Removes segments that are known to be idle.
fn drop_retired(directory: &Path, held: &mut Held, retired: u32) -> Result<(), StoreError> {
    let kept = held.segments.split_off(&(retired + 1));
    for number in std::mem::replace(&mut held.segments, kept).into_keys() {
        let path = segment::path(directory, number);
        fs::remove_file(&path).map_err(|error| io_error("remove", &path, &error))?;
    }
    Ok(())
}

/// What was read so far.
struct Reading<'directory> {
    directory: &'directory Path,
    rebuild: Rebuild,
    instance: Option<Uuid>,
    next_number: Option<u32>,
    /// Of the latest segment.
    format: u32,
    next_batch: u64,
    torn: Option<Mended>,
}

impl<'directory> Reading<'directory> {
    fn new(directory: &'directory Path) -> Self {
        let rebuild = Rebuild::default();
        Reading { directory, rebuild, instance: None, next_number: None, format: FORMAT, next_batch: 0, torn: None }
    }

    fn read_segment(&mut self, number: u32, is_last: bool) -> Result<(), StoreError> {
        let path = segment::path(self.directory, number);
        let bytes = fs::read(&path).map_err(|error| io_error("read", &path, &error))?;
        let header = segment::read_header(&path, &bytes)?;
        self.check_header(&path, number, header)?;
        let file = segment::open_end(self.directory, number).map_err(|error| io_error("open", &path, &error))?;
        let segment = Segment { file: Arc::new(file), bytes: bytes.len() as u64, live: 0 };
        self.rebuild.held.segments.insert(number, segment);
        let mut at = segment::HEADER;
        while at < bytes.len() {
            match frame::find(&bytes[at..], at as u64) {
                Found::Batch { number: batch, body } => {
                    self.check_batch(&path, at, batch)?;
                    self.read_items(&path, number, at, body)?;
                    at += frame::HEADER + body.len();
                }
                Found::Torn if is_last => {
                    self.note_torn(path, number, at as u64);
                    break;
                }
                Found::Torn => return Err(damaged(&path, at as u64, "it ends early, and another segment follows")),
                Found::Damaged(what) => return Err(damaged(&path, at as u64, what)),
            }
        }
        Ok(())
    }

    fn check_header(&mut self, path: &Path, number: u32, header: Header) -> Result<(), StoreError> {
        if self.next_number.is_some_and(|next| next != number) {
            let file = segment::name(self.next_number.unwrap_or(0));
            return Err(StoreError::Missing { directory: self.directory.display().to_string(), file });
        }
        if header.number != number {
            let what = format!("it is segment {}, and has the name of another", header.number);
            return Err(damaged(path, 0, what));
        }
        if self.instance.is_some_and(|instance| instance != header.instance) {
            return Err(damaged(path, 0, "it belongs to another store than the segments before it"));
        }
        if self.next_number.is_some() && header.first_batch != self.next_batch {
            let what = format!("it begins with batch {}, and {} comes next", header.first_batch, self.next_batch);
            return Err(damaged(path, 0, what));
        }
        self.instance = Some(header.instance);
        self.format = header.format;
        self.next_number = Some(number + 1);
        self.next_batch = header.first_batch;
        Ok(())
    }

    fn check_batch(&mut self, path: &Path, at: usize, batch: u64) -> Result<(), StoreError> {
        if batch != self.next_batch {
            let what = format!("here is batch {batch}, and {} comes next", self.next_batch);
            return Err(damaged(path, at as u64, what));
        }
        self.next_batch += 1;
        Ok(())
    }

    fn read_items(&mut self, path: &Path, number: u32, start: usize, body: &[u8]) -> Result<(), StoreError> {
        for item in frame::items(body) {
            let Some((within, item)) = item else {
                return Err(damaged(path, start as u64, "the sum of an item of this batch is wrong"));
            };
            let at = start + within;
            let place = Place::new(number, at as u64, item.len());
            let taken = self.rebuild.take(item, place);
            taken.map_err(|_| damaged(path, at as u64, "this item is none that this version of windlass knows"))?;
        }
        Ok(())
    }

    /// The last segment ends before a batch that never reached the disk whole.
    fn note_torn(&mut self, file: PathBuf, number: u32, offset: u64) {
        let Some(segment) = self.rebuild.held.segments.get_mut(&number) else { return };
        let bytes = std::mem::replace(&mut segment.bytes, offset).saturating_sub(offset);
        self.torn = Some(Mended { file, offset, bytes });
    }
}

/// Takes the unfinished batch away, once everything else has been found right.
fn cut_torn(torn: &Mended) -> Result<(), StoreError> {
    let Mended { file, offset, bytes } = torn;
    let cut = fs::OpenOptions::new().write(true).open(file).and_then(|end| {
        end.set_len(*offset)?;
        end.sync_all()
    });
    cut.map_err(|error| io_error("write to", file, &error))?;
    tracing::warn!(file = %file.display(), offset, bytes, "a commit that a crash had interrupted is gone; nobody was told that it is kept");
    Ok(())
}
