//! The index out of the items, as they are read at opening.
//!
//! An item that was written again stands later than items that came after it, so a log's messages come in any order. They are
//! collected first, and then none may be missing.

use super::codec::{self, Item, read_item, read_place};
use super::codec_parts::Malformed;
use super::held::{Held, Place, Subject};
use super::{damaged, segment};
use crate::store::{Epoch, Head, LogKey, Places, Record, StoreError};
use crate::value::Millis;
use std::collections::HashMap;
use std::path::Path;

/// What was read so far.
#[derive(Default)]
pub(super) struct Rebuild {
    pub held: Held,
    /// The last segment that is not needed any more.
    pub retired: u32,
    logs: HashMap<LogKey, Log>,
}

struct Log {
    epoch: Epoch,
    head: Option<Head>,
    messages: Vec<Found>,
}

struct Found {
    offset: u64,
    at: Millis,
    place: Place,
}

impl Rebuild {
    /// Takes the next item.
    pub(super) fn take(&mut self, item: &[u8], place: Place) -> Result<(), Malformed> {
        if let Some(message) = read_place(item) {
            let codec::Place { log, epoch, offset, at } = message?;
            self.log(log, epoch).messages.push(Found { offset, at, place });
            return Ok(());
        }
        match read_item(item)? {
            Item::Head { log, head } => {
                self.log(log.clone(), head.epoch).head = Some(head);
                self.held.take_head(&log, head, place);
            }
            Item::Retired { through } => {
                self.retired = self.retired.max(through);
                self.held.settle(Subject::Retired, place);
            }
            Item::Record(record) => {
                if let Record::LogForgotten { log } = &record {
                    self.logs.remove(log);
                }
                self.held.take_record(&record, place);
            }
        }
        Ok(())
    }

    /// A log under an epoch; what was read of it under another one is over.
    fn log(&mut self, log: LogKey, epoch: Epoch) -> &mut Log {
        let known = self.logs.entry(log).or_insert_with(|| Log { epoch, head: None, messages: Vec::new() });
        if known.epoch != epoch {
            *known = Log { epoch, head: None, messages: Vec::new() };
        }
        known
    }

    /// The index, if no log lacks anything.
    pub(super) fn finish(mut self, directory: &Path) -> Result<Held, StoreError> {
        for (key, log) in self.logs.drain() {
            let (head, messages) = log.finish(&key, directory)?;
            let mut places = Places::default();
            for Found { at, place, .. } in messages {
                places.push(at, place);
                self.held.count(place);
            }
            self.held.heads.insert(key.clone(), head);
            self.held.messages.insert(key, places);
        }
        Ok(self.held)
    }
}

impl Log {
    fn finish(mut self, key: &LogKey, directory: &Path) -> Result<(Head, Vec<Found>), StoreError> {
        self.messages.sort_by_key(|message| message.offset);
        // of a message that was written again, the later one
        self.messages.reverse();
        self.messages.dedup_by_key(|message| message.offset);
        self.messages.reverse();
        let latest = self.messages.last();
        let wrong =
            |place: Place, what: String| damaged(&segment::path(directory, place.segment), u64::from(place.at), what);
        let Some(head) = self.head else {
            let place = latest.map_or(Place::new(0, 0, 0), |message| message.place);
            return Err(wrong(place, format!("{key} has messages, and nothing says how it stands")));
        };
        let latest = head.latest.max(latest.map_or(0, |message| message.offset));
        let head = Head { latest, ..head }.without_surplus();
        self.messages.retain(|message| message.offset >= head.first);
        let mut next = head.first;
        for message in &self.messages {
            if message.offset != next {
                return Err(wrong(
                    message.place,
                    format!("{key} lacks message {next}, which should be before this one"),
                ));
            }
            next += 1;
        }
        if next != head.latest + 1 {
            let file = self.messages.last().map_or(0, |message| message.place.segment);
            return Err(wrong(
                Place::new(file, 0, 0),
                format!("{key} lacks message {next}, which should be its latest"),
            ));
        }
        Ok((head, self.messages))
    }
}
