//! Rooms with `history`: posts are kept, and who missed some is told them.

use super::facts::Speaker;
use super::holding::kept_for;
use super::recent::{Log, Recent};
use super::rooms::Room;
use super::{Engine, Output};
use crate::envelope::{Outgoing, Place, Who};
use crate::model::Dest;
use crate::store::{Keep, LogKey, Message, Page, Record};
use crate::value::{Json, RoomKey};
use crate::wind::{MessageId, SocketId};
use std::sync::Arc;

/// Posts that are read from the store at once.
const PAGE_MESSAGES: usize = 256;
/// An id of so many bytes, quotes included, is taken for one that its client never uses twice, as UUIDs are.
const UNIQUE_ID_BYTES_MIN: usize = 18;

/// A position that a client told: the run of a room's `seq`, and the last that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub epoch: u64,
    pub offset: u64,
}

/// What came of looking for what a socket missed.
pub(super) enum Missed {
    /// It may be on the room's list.
    Told,
    /// The store is asked; it may not be on the list yet.
    Reading,
}

/// Whether a client that uses this id again means the same post.
pub(super) fn is_unique(id: &MessageId) -> bool {
    id.as_str().starts_with('"') && id.as_str().len() >= UNIQUE_ID_BYTES_MIN
}

impl Engine {
    /// The room, made if it is not there, and its log opened.
    pub(super) fn open_room(&mut self, key: &RoomKey) -> &mut Room {
        let (house, chance, outbox) = (&mut self.house, &mut self.chance, &mut self.outbox);
        let (room, is_new) = house.rooms.open(self.epochs.active(), key, &mut house.lists, || chance.number());
        if let (true, Some(log)) = (is_new, &room.log) {
            let (log, epoch) = (log.keep, room.epoch);
            let opened = Record::Opened { log: LogKey::Room(key.clone()), epoch, keep: log };
            outbox.push_back(Output::Store(opened));
        }
        room
    }

    /// The rules keep more or less of a room's posts than they did. Where they begin to keep some, a new run of `seq` begins, and
    /// whoever listens is told.
    pub(super) fn follow_history(&mut self, key: &RoomKey, keep: Option<Keep>) {
        let Some(room) = self.house.rooms.get_mut(key) else { return };
        let log = LogKey::Room(key.clone());
        match (&mut room.log, keep) {
            (None, None) => {}
            (Some(kept), Some(keep)) if kept.keep == keep => {}
            (Some(kept), Some(keep)) => {
                kept.keep = keep;
                let keep = kept_for(keep, kept.readers);
                self.outbox.push_back(Output::Store(Record::Opened { log, epoch: room.epoch, keep }));
            }
            (Some(_), None) => {
                room.log = None;
                self.outbox.push_back(Output::Store(Record::LogForgotten { log }));
                self.touched.push(key.clone());
            }
            (None, Some(keep)) => {
                let epoch = self.chance.number();
                (room.log, room.epoch, room.seq) = (Some(Log::new(keep)), epoch, 0);
                self.outbox.push_back(Output::Store(Record::Opened { log, epoch, keep }));
                let begun = Outgoing::Resumed { room: key, epoch, offset: 0, recovered: true };
                let begun = self.render(&begun);
                self.fan_room(key, None, &begun);
            }
        }
    }

    /// Where a post stands that was made before under the same name.
    pub(super) fn posted_before(&self, key: &RoomKey, from: &Speaker, id: Option<&MessageId>) -> Option<u64> {
        let id = id.filter(|id| is_unique(id))?;
        self.house.rooms.get(key)?.log.as_ref()?.find(from, id)
    }

    /// Keeps a post of a room with `history`.
    pub(super) fn keep_post(
        &mut self,
        key: &RoomKey,
        from: &Speaker,
        id: Option<&MessageId>,
        (content, frame): (&Json, &Arc<str>),
    ) {
        let at = self.now.wall;
        let Some(room) = self.house.rooms.get_mut(key) else { return };
        let Some(log) = &mut room.log else { return };
        let id = id.filter(|id| is_unique(id)).cloned();
        let message = Message {
            offset: room.seq,
            at,
            from: Some(from.who().address().into()),
            id: id.as_ref().map(|id| id.as_str().into()),
            content: content.clone(),
        };
        log.push(Recent { seq: room.seq, at, frame: Some(frame.clone()), from: from.clone(), id });
        let posted = Record::Posted { log: LogKey::Room(key.clone()), epoch: room.epoch, message };
        self.outbox.push_back(Output::Store(posted));
    }

    /// Sends a socket what it missed of a room, before it is put on the room's list.
    pub(super) fn tell_missed(&mut self, socket: SocketId, key: &RoomKey, seen: Seen) -> Missed {
        let now = self.now.wall;
        let Some(room) = self.house.rooms.get(key) else { return Missed::Told };
        let is_ahead = seen.epoch != room.epoch || seen.offset > room.seq;
        let at_hand = match &room.log {
            _ if is_ahead => None,
            _ if seen.offset == room.seq || !self.tells_members(key) => Some(Vec::new()),
            Some(log) => log.after(seen.offset, room.seq, now),
            None => None,
        };
        match at_hand {
            Some(frames) => {
                self.say_resumed(socket, key, Recovered::All);
                self.send_frames(socket, frames);
                Missed::Told
            }
            None if is_ahead || room.log.is_none() => {
                self.say_resumed(socket, key, Recovered::Not);
                Missed::Told
            }
            None => {
                self.hold_log(key);
                self.read_on(socket, key, Reading::Begun(seen));
                Missed::Reading
            }
        }
    }

    /// Whether the room's own members get its posts at all.
    fn tells_members(&self, key: &RoomKey) -> bool {
        let rules = self.program().rules_of(key);
        let is_own = |dest: &Dest| matches!(dest, Dest::Members | Dest::Everyone);
        rules.is_some_and(|rules| rules.posts_to.is_empty() || rules.posts_to.iter().any(is_own))
    }

    fn read_on(&mut self, id: SocketId, room: &RoomKey, reading: Reading) {
        let Some(socket) = self.house.sockets.get_mut(id) else { return };
        let after = reading.seen().offset;
        socket.reading.put(room.clone(), reading);
        self.outbox.push_back(Output::Read { socket: id, room: room.clone(), after, limit: PAGE_MESSAGES });
    }

    /// A page of a room's log came, for a socket that waits for it.
    pub(super) fn take_page(&mut self, id: SocketId, key: &RoomKey, page: Option<Page>) {
        if self.is_reading(id, key) {
            self.tell_page(id, key, page);
            if !self.is_reading(id, key) {
                self.release_log(key);
            }
        }
    }

    fn tell_page(&mut self, id: SocketId, key: &RoomKey, page: Option<Page>) {
        let Some(socket) = self.house.sockets.get_mut(id) else { return };
        let Some(reading) = socket.reading.take(key) else { return };
        self.settle(key);
        if !self.is_eligible(id, key) {
            return self.put_off(id, key, reading.seen());
        }
        let epoch = self.house.rooms.get(key).map(|room| room.epoch);
        let page = page.filter(|page| page.is_complete && Some(page.head.epoch) == epoch && !page.messages.is_empty());
        let Some(page) = page else {
            self.say_resumed(id, key, Recovered::Not);
            return self.refresh(id, key);
        };
        if let (Reading::Begun(seen), Some(first)) = (reading, page.messages.first()) {
            if !self.is_all_kept(key, seen, first) {
                self.say_resumed(id, key, Recovered::Not);
                return self.refresh(id, key);
            }
            self.say_resumed(id, key, Recovered::All);
        }
        let last = page.messages.last().map_or(0, |message| message.offset);
        let frames = page.messages.iter().map(|message| self.render_stored(key, message)).collect();
        self.send_frames(id, frames);
        self.go_on_reading(id, key, Seen { offset: last, ..reading.seen() });
    }

    /// Meanwhile a key has run out, or the client has left: the rest is told when it may be.
    fn put_off(&mut self, id: SocketId, key: &RoomKey, seen: Seen) {
        if let Some(socket) = self.house.sockets.get_mut(id) {
            socket.seen.put(key.clone(), seen);
        }
    }

    /// What is left is at hand, or the next page is asked for.
    fn go_on_reading(&mut self, id: SocketId, key: &RoomKey, seen: Seen) {
        let (now, last) = (self.now.wall, seen.offset);
        let Some(room) = self.house.rooms.get(key) else { return };
        let rest = match &room.log {
            _ if last >= room.seq => Some(Vec::new()),
            Some(log) => log.after(last, room.seq, now),
            None => None,
        };
        match rest {
            Some(frames) => {
                self.send_frames(id, frames);
                self.refresh(id, key);
            }
            None => self.read_on(id, key, Reading::Through(seen)),
        }
    }

    fn render_stored(&mut self, room: &RoomKey, message: &Message) -> Arc<str> {
        let from = message.from.as_deref().and_then(Who::parse);
        let place = Place::Room { room, seq: Some(message.offset) };
        self.render(&Outgoing::Message { content: &message.content, place, from, at: message.at, mail: None })
    }

    fn send_frames(&mut self, socket: SocketId, frames: Vec<Arc<str>>) {
        self.statistics.deliveries += frames.len() as u64;
        self.outbox.extend(frames.into_iter().map(|frame| Output::Send { socket, frame }));
    }

    fn say_resumed(&mut self, socket: SocketId, key: &RoomKey, recovered: Recovered) {
        let Some(room) = self.house.rooms.get(key) else { return };
        let (epoch, offset, recovered) = (room.epoch, room.seq, recovered == Recovered::All);
        self.send(socket, &Outgoing::Resumed { room: key, epoch, offset, recovered });
    }
}

/// Whether all that a client missed follows, or nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recovered {
    All,
    Not,
}

/// A socket waits for a page of a room's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// It has been told nothing yet.
    Begun(Seen),
    /// It has been told everything up to here.
    Through(Seen),
}

impl Reading {
    fn seen(self) -> Seen {
        match self {
            Reading::Begun(seen) | Reading::Through(seen) => seen,
        }
    }
}
