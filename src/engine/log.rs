//! Rooms with `history`: their latest posts, by which a repeated one is known and most that was missed is found.

use super::facts::who;
use super::rooms::Room;
use super::{Engine, Output};
use crate::envelope::{Outgoing, Place, Who};
use crate::store::{Keep, LogKey, Message, Page, Record};
use crate::value::{Json, Millis, RoomKey};
use crate::wind::{Member, MessageId, SocketId};
use std::collections::VecDeque;
use std::sync::Arc;

/// Posts of one room that stay at hand, and their bytes. Older ones are read from the store.
const RECENT_MESSAGES_MAX: usize = 256;
const RECENT_BYTES_MAX: usize = 256 * 1024;
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

/// The latest posts of a room with `history`.
#[derive(Clone)]
pub(super) struct Log {
    pub keep: Keep,
    recent: VecDeque<Recent>,
    bytes: usize,
}

#[derive(Clone)]
struct Recent {
    seq: u64,
    at: Millis,
    frame: Arc<str>,
    from: Member,
    id: Option<MessageId>,
}

/// What came of looking for what a socket missed.
pub(super) enum Missed {
    /// It may be on the room's list.
    Told,
    /// The store is asked; it may not be on the list yet.
    Reading,
}

impl Log {
    pub(super) fn new(keep: Keep) -> Log {
        Log { keep, recent: VecDeque::new(), bytes: 0 }
    }

    fn push(&mut self, post: Recent) {
        self.bytes += post.frame.len();
        self.recent.push_back(post);
        while self.recent.len() > RECENT_MESSAGES_MAX || self.bytes > RECENT_BYTES_MAX {
            let Some(gone) = self.recent.pop_front() else { return };
            self.bytes -= gone.frame.len();
        }
    }

    /// The place of a post that was made before under this name.
    fn find(&self, from: &Member, id: &MessageId) -> Option<u64> {
        let is_it = |post: &&Recent| post.id.as_ref() == Some(id) && post.from == *from;
        self.recent.iter().rev().find(is_it).map(|post| post.seq)
    }

    /// The posts after a place, if all of them are at hand and kept.
    fn after(&self, offset: u64, latest: u64, now: Millis) -> Option<Vec<Arc<str>>> {
        let missed: Vec<&Recent> = self.recent.iter().filter(|post| post.seq > offset).collect();
        let is_kept = |post: &&&Recent| {
            let is_young = self.keep.age_max_ms.is_none_or(|age| post.at.saturating_add(age) >= now);
            is_young && latest - post.seq < self.keep.count_max
        };
        let has_all = missed.len() as u64 == latest.saturating_sub(offset) && missed.iter().all(|post| is_kept(&post));
        has_all.then(|| missed.into_iter().map(|post| post.frame.clone()).collect())
    }

    /// Whether something of it may still be kept.
    pub(super) fn is_kept(&self, seq: u64, now: Millis) -> bool {
        match (self.keep.age_max_ms, self.recent.back()) {
            (_, _) if seq == 0 || self.keep.count_max == 0 => false,
            (Some(age), Some(latest)) => latest.at.saturating_add(age) >= now,
            (Some(_) | None, _) => true,
        }
    }
}

/// Whether a client that uses this id again means the same post.
fn is_unique(id: &MessageId) -> bool {
    id.as_str().starts_with('"') && id.as_str().len() >= UNIQUE_ID_BYTES_MIN
}

impl Engine {
    /// The room, made if it is not there, and its log opened.
    pub(super) fn open_room(&mut self, key: &RoomKey) -> &mut Room {
        let (house, chance, outbox) = (&mut self.house, &mut self.chance, &mut self.outbox);
        let is_new = house.rooms.get(key).is_none();
        let room = house.rooms.open(self.epochs.active(), key, &mut house.lists, || chance.number());
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
        let fresh = self.chance.number();
        let Some(room) = self.house.rooms.get_mut(key) else { return };
        let log = LogKey::Room(key.clone());
        match (&mut room.log, keep) {
            (None, None) => {}
            (Some(kept), Some(keep)) if kept.keep == keep => {}
            (Some(kept), Some(keep)) => {
                kept.keep = keep;
                self.outbox.push_back(Output::Store(Record::Opened { log, epoch: room.epoch, keep }));
            }
            (Some(_), None) => {
                room.log = None;
                self.outbox.push_back(Output::Store(Record::LogForgotten { log }));
            }
            (None, Some(keep)) => {
                (room.log, room.epoch, room.seq) = (Some(Log::new(keep)), fresh, 0);
                self.outbox.push_back(Output::Store(Record::Opened { log, epoch: fresh, keep }));
                let begun = Outgoing::Resumed { room: key, epoch: fresh, offset: 0, recovered: true };
                let begun = self.render(&begun);
                self.fan_room(key, None, &begun);
            }
        }
    }

    /// Where a post stands that was made before under the same name.
    pub(super) fn posted_before(&self, key: &RoomKey, from: &Member, id: Option<&MessageId>) -> Option<u64> {
        let id = id.filter(|id| is_unique(id))?;
        self.house.rooms.get(key)?.log.as_ref()?.find(from, id)
    }

    /// Keeps a post of a room with `history`.
    pub(super) fn keep_post(
        &mut self,
        key: &RoomKey,
        from: &Member,
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
            from: Some(who(from).address().into()),
            id: id.as_ref().map(|id| id.as_str().into()),
            content: content.clone(),
        };
        log.push(Recent { seq: room.seq, at, frame: frame.clone(), from: from.clone(), id });
        let posted = Record::Posted { log: LogKey::Room(key.clone()), epoch: room.epoch, message };
        self.outbox.push_back(Output::Store(posted));
    }

    /// Sends a socket what it missed of a room, before it is put on the room's list.
    pub(super) fn tell_missed(&mut self, socket: SocketId, key: &RoomKey, seen: Seen) -> Missed {
        let now = self.now.wall;
        let Some(room) = self.house.rooms.get(key) else { return Missed::Told };
        let is_ahead = seen.epoch != room.epoch || seen.offset > room.seq;
        let has_log = room.log.as_ref().is_some_and(|log| log.keep.count_max > 0);
        let at_hand = match &room.log {
            _ if is_ahead => None,
            _ if seen.offset == room.seq => Some(Vec::new()),
            Some(log) => log.after(seen.offset, room.seq, now),
            None => None,
        };
        match at_hand {
            Some(frames) => {
                self.say_resumed(socket, key, Recovered::All);
                self.send_frames(socket, frames);
                Missed::Told
            }
            None if is_ahead || !has_log => {
                self.say_resumed(socket, key, Recovered::Not);
                Missed::Told
            }
            None => {
                self.read_on(socket, key, seen.offset);
                if let Some(socket) = self.house.sockets.get_mut(socket) {
                    socket.reading.insert(key.clone(), Reading::Begun(seen));
                }
                Missed::Reading
            }
        }
    }

    fn read_on(&mut self, socket: SocketId, room: &RoomKey, after: u64) {
        self.outbox.push_back(Output::Read { socket, room: room.clone(), after, limit: PAGE_MESSAGES });
    }

    /// A page of a room's log came, for a socket that waits for it.
    pub(super) fn take_page(&mut self, id: SocketId, key: &RoomKey, page: Option<Page>) {
        let Some(socket) = self.house.sockets.get_mut(id) else { return };
        let Some(reading) = socket.reading.remove(key) else { return };
        let epoch = self.house.rooms.get(key).map(|room| room.epoch);
        let page = page.filter(|page| page.is_complete && Some(page.head.epoch) == epoch && !page.messages.is_empty());
        let Some(page) = page else {
            self.say_resumed(id, key, Recovered::Not);
            return self.refresh(id, key);
        };
        if let Reading::Begun(_) = reading {
            self.say_resumed(id, key, Recovered::All);
        }
        let last = page.messages.last().map_or(0, |message| message.offset);
        let frames = page.messages.iter().map(|message| self.render_stored(key, message)).collect();
        self.send_frames(id, frames);
        self.go_on_reading(id, key, last);
    }

    /// What is left is at hand, or the next page is asked for.
    fn go_on_reading(&mut self, id: SocketId, key: &RoomKey, last: u64) {
        let now = self.now.wall;
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
            None => {
                self.read_on(id, key, last);
                if let Some(socket) = self.house.sockets.get_mut(id) {
                    socket.reading.insert(key.clone(), Reading::Through);
                }
            }
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
    /// It is in the middle.
    Through,
}
