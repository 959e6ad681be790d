//! While somebody is told in pieces what it missed of a room, the room's log gives nothing up: all of it follows, or nothing.
//!
//! The store is told to keep more for as long as that takes, and then as much as the rules say again. What is more than the rules
//! keep by then is told to nobody else.

use super::log::Seen;
use super::{Engine, Output};
use crate::store::{Keep, LogKey, Message, Record};
use crate::value::RoomKey;
use crate::wind::SocketId;

/// Posts that may come while somebody is told what came before them, beyond those that the rules keep.
pub(super) const HELD_MESSAGES_MAX: u64 = 10_000;

/// What the store keeps of a log that the rules keep so much of.
pub(super) fn kept_for(keep: Keep, readers: u32) -> Keep {
    match readers {
        0 => keep,
        _ => Keep { count_max: keep.count_max.saturating_add(HELD_MESSAGES_MAX), age_max_ms: None },
    }
}

impl Engine {
    /// One more socket is being told what it missed. What is kept by then stays until it has been told.
    pub(super) fn hold_log(&mut self, key: &RoomKey) {
        self.count_reader(key, 1);
    }

    /// The socket is told no more.
    pub(super) fn release_log(&mut self, key: &RoomKey) {
        self.count_reader(key, -1);
    }

    fn count_reader(&mut self, key: &RoomKey, change: i32) {
        let Some(room) = self.house.rooms.get_mut(key) else { return };
        let Some(log) = &mut room.log else { return };
        let before = log.readers;
        log.readers = before.saturating_add_signed(change);
        if (before == 0) != (log.readers == 0) {
            let (keep, epoch) = (kept_for(log.keep, log.readers), room.epoch);
            self.outbox.push_back(Output::Store(Record::Opened { log: LogKey::Room(key.clone()), epoch, keep }));
        }
    }

    /// Whether the rules keep all after a position, of which this message is the first.
    pub(super) fn is_all_kept(&self, key: &RoomKey, seen: Seen, first: &Message) -> bool {
        let Some((room, log)) = self.house.rooms.get(key).and_then(|room| Some((room, room.log.as_ref()?))) else {
            return false;
        };
        log.keeps(first.at, self.now.wall) && room.seq.saturating_sub(seen.offset) <= log.keep.count_max
    }

    /// Whether a socket is being told in pieces what it missed of a room.
    pub(super) fn is_reading(&self, id: SocketId, key: &RoomKey) -> bool {
        self.house.sockets.get(id).is_some_and(|socket| socket.reading.contains(key))
    }
}
