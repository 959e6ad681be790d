//! Reading logs while commits go on.

use super::codec::{Item, read_item};
use super::held::{Held, Place};
use super::segment::{self, read_at};
use super::{damaged, frame, io_error, lock};
use crate::store::{LogKey, Logs, Message, PAGE_BYTES_MAX, PAGE_MESSAGES_MAX, Page, Record, StoreError};
use crate::value::Millis;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Bytes that are read at once, unless an item is larger.
const WINDOW_BYTES: usize = 64 * 1024;

/// Reads the logs of a [`DiskStore`](super::DiskStore) from any thread. It sees what is on the disk, as far as commits have returned.
#[derive(Clone)]
pub struct DiskReader {
    held: Arc<Mutex<Held>>,
    directory: PathBuf,
}

impl DiskReader {
    pub(super) fn new(held: Arc<Mutex<Held>>, directory: &Path) -> Self {
        DiskReader { held, directory: directory.to_owned() }
    }
}

impl Logs for DiskReader {
    fn read(&self, log: &LogKey, after: u64, limit: usize, now: Millis) -> Result<Option<Page>, StoreError> {
        let held = lock(&self.held);
        let (Some(head), Some(places)) = (held.heads.get(log), held.messages.get(log)) else { return Ok(None) };
        let shown = places.without_old(*head, now);
        let offsets = shown.after(after).take(limit.min(PAGE_MESSAGES_MAX));
        let found: Vec<(Place, Arc<File>)> = offsets
            .map_while(|offset| places.get(head, offset))
            .map_while(|place| Some((*place, held.segments.get(&place.segment)?.file.clone())))
            .collect();
        drop(held);
        let mut window = Window::default();
        let mut messages = Vec::new();
        let mut bytes = 0;
        for (place, file) in found {
            let message = window.message(&self.directory, &file, place)?;
            bytes += message.content.as_str().len();
            if bytes > PAGE_BYTES_MAX && !messages.is_empty() {
                break;
            }
            messages.push(message);
        }
        Ok(Some(Page { head: shown, messages, is_complete: shown.is_complete(after) }))
    }
}

/// The piece of a segment that was read last: what is read together often stands close together.
#[derive(Default)]
pub(super) struct Window {
    segment: u32,
    begin: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn message(&mut self, directory: &Path, file: &File, place: Place) -> Result<Message, StoreError> {
        match self.item(directory, file, place)? {
            Item::Record(Record::Posted { message, .. }) => Ok(message),
            Item::Record(_) | Item::Head { .. } | Item::Retired { .. } => Err(wrong(directory, place)),
        }
    }

    /// The item that stands somewhere. It was right when the store was opened, or written since.
    pub(super) fn item(&mut self, directory: &Path, file: &File, place: Place) -> Result<Item, StoreError> {
        if self.get(place).is_none() {
            let path = segment::path(directory, place.segment);
            self.fill(file, place).map_err(|error| io_error("read", &path, &error))?;
        }
        let item = self.get(place).and_then(frame::item);
        item.and_then(|item| read_item(item).ok()).ok_or_else(|| wrong(directory, place))
    }

    fn get(&self, place: Place) -> Option<&[u8]> {
        if place.segment != self.segment {
            return None;
        }
        let at = usize::try_from(u64::from(place.at).checked_sub(self.begin)?).ok()?;
        self.bytes.get(at..at + place.length as usize)
    }

    fn fill(&mut self, file: &File, place: Place) -> std::io::Result<()> {
        (self.segment, self.begin) = (place.segment, u64::from(place.at));
        self.bytes.resize(WINDOW_BYTES.max(place.length as usize), 0);
        let read = read_at(file, &mut self.bytes, self.begin)?;
        self.bytes.truncate(read);
        Ok(())
    }
}

fn wrong(directory: &Path, place: Place) -> StoreError {
    let file = segment::path(directory, place.segment);
    damaged(&file, u64::from(place.at), "an item that was right before is wrong")
}
