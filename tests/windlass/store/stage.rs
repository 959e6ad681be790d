//! Records to commit, and ways to look at all of a store.

use std::path::Path;
use std::time::Duration;
use windlass::disk::{DiskStore, Mended, Plain};
use windlass::store::{Keep, LogKey, Logs, Message, Page, Record, StoreError};
use windlass::value::{Json, RoomKey};

/// A room's log.
pub fn log(name: &str) -> LogKey {
    LogKey::Room(RoomKey(name.into()))
}

/// Opens a room's log that keeps this many messages.
pub fn open(name: &str, epoch: u64, count_max: u64) -> Record {
    Record::Opened { log: log(name), epoch, keep: Keep { count_max, age_max_ms: None } }
}

/// Opens a room's log that keeps messages this long.
pub fn open_for(name: &str, epoch: u64, count_max: u64, age_max_ms: u64) -> Record {
    Record::Opened { log: log(name), epoch, keep: Keep { count_max, age_max_ms: Some(age_max_ms) } }
}

/// A post whose content tells where it is.
pub fn post(name: &str, epoch: u64, offset: u64, at: u64) -> Record {
    let content = Json::parse(&format!("{{\"room\":\"{name}\",\"epoch\":{epoch},\"number\":{offset}}}")).expect("JSON");
    let message = Message { offset, at, from: Some("client:ada".into()), id: Some(offset.to_string().into()), content };
    Record::Posted { log: log(name), epoch, message }
}

/// Opens a store with small segments.
pub fn disk(directory: &Path, segment_bytes: u64) -> (DiskStore, Option<Mended>) {
    alone(|| try_disk(directory, segment_bytes)).unwrap_or_else(|error| panic!("{error}"))
}

/// Opens a store. A process that another test is starting has the lock for the moment until it is another program.
pub fn alone<Opened>(open: impl Fn() -> Result<Opened, StoreError>) -> Result<Opened, StoreError> {
    for _ in 0..500 {
        match open() {
            Err(StoreError::InUse { .. }) => std::thread::sleep(Duration::from_millis(10)),
            opened => return opened,
        }
    }
    open()
}

pub fn try_disk(directory: &Path, segment_bytes: u64) -> Result<(DiskStore, Option<Mended>), StoreError> {
    let opened = DiskStore::open_on(directory, segment_bytes, Box::new(Plain))?;
    Ok((opened.store, opened.mended))
}

/// The page of a log that must be there.
pub fn page(store: &impl Logs, name: &str, after: u64, now: u64) -> Page {
    store.read(&log(name), after, usize::MAX, now).expect("a log that can be read").expect("a log")
}

/// The offsets of a log that must be there.
pub fn offsets(store: &impl Logs, name: &str, after: u64, now: u64) -> Vec<u64> {
    page(store, name, after, now).messages.iter().map(|message| message.offset).collect()
}

/// The files of segments, oldest first.
pub fn segments(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the store's directory");
    let paths = entries.map(|entry| entry.expect("a file").path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "log")).collect();
    paths.sort();
    paths
}
