//! Taking up where another connection was: a secret token stands for what a socket had proved and where it stood.
//!
//! A token serves once. It counts while its socket is connected and for a while after that; the rules that are active then
//! decide anew whether its holder is admitted.

use super::log::{Missed, Seen};
use super::places::{Left, hash_of, left_by};
use super::{CloseCode, Engine, Output};
use crate::envelope::{Outgoing, codes};
use crate::store::Record;
use crate::value::{Few, Json, RoomKey, Value};
use crate::wind::{Event, Failure, Key, MessageId, SocketId};
use std::collections::BTreeMap;

/// What a token stands for.
enum Place {
    /// What this socket is and holds that is connected.
    Held(SocketId),
    /// What a socket was and held that is gone.
    Left(Box<Left>),
}

impl Engine {
    /// A client asks to take up where it was, or only to be told what it missed.
    pub(super) fn resume(&mut self, socket: SocketId, id: Option<MessageId>, request: &Json) {
        let seen = match self.read_seen(request) {
            Ok(seen) => seen,
            Err(message) => return self.refuse_resume(socket, id.as_ref(), codes::BAD_REQUEST, message),
        };
        let token = request.field("token").map(|text| Value::from_json(text).as_text().cloned());
        let is_client = self.house.sockets.get(socket).is_none_or(|socket| socket.client.is_some());
        if token.is_some() && is_client {
            let message = "this connection is a client already: resume before you are identified";
            return self.refuse_resume(socket, id.as_ref(), codes::BAD_REQUEST, message);
        }
        if let Some(known) = self.house.sockets.get_mut(socket) {
            // what was told before and not used yet gives way, so that no client fills the memory
            known.seen = seen;
        }
        match token {
            None => self.catch_up(socket),
            Some(token) => {
                let place = token.and_then(|token| self.take_place(&token));
                let Some(place) = place else {
                    let message = "this token does not count (any more): come in as if for the first time";
                    return self.refuse_resume(socket, id.as_ref(), codes::NOT_RESUMED, message);
                };
                self.take_up(socket, place);
            }
        }
        if let Some(id) = &id {
            self.send(socket, &Outgoing::Ok { id, post: None });
        }
    }

    fn refuse_resume(&mut self, socket: SocketId, id: Option<&MessageId>, code: &'static str, message: &str) {
        self.send_error(socket, id, &Failure { code, message: message.into(), retry_after: None }, None);
    }

    /// A token is looked up by its hash, and is spent by it.
    fn take_place(&mut self, token: &str) -> Option<Place> {
        let hash = hash_of(token);
        let place = match self.holder(&hash) {
            Some(socket) => {
                self.places.release(&hash, socket);
                Place::Held(socket)
            }
            None => Place::Left(self.places.take(&hash)?),
        };
        self.outbox.push_back(Output::Store(Record::TokenSpent { hash }));
        let counts = match &place {
            Place::Held(_) => true,
            Place::Left(left) => self.now.monotonic < left.until,
        };
        counts.then_some(place)
    }

    /// The other connection, if it is still there, goes first.
    fn take_up(&mut self, socket: SocketId, place: Place) {
        let now = self.now.monotonic;
        let left = match place {
            Place::Left(left) => *left,
            Place::Held(old) => {
                self.move_socket(old);
                let Some(before) = self.house.sockets.get_mut(old) else { return };
                before.token = None;
                let Some(left) = left_by(before, now) else { return };
                self.close(old, CloseCode::REPLACED, "its client came back by another connection", None);
                left
            }
        };
        let is_void = |key: &Key| self.epochs.is_revoked_since(left.epoch, &key.kind.lock);
        let keys = left.keys.into_iter().filter(|key| key.listens(now) && !is_void(key));
        let keys = keys.filter(|key| self.program().has_key_kind(&key.kind)).collect();
        self.run(socket, Event::Resume { client: left.client, keys, room: left.room });
    }

    /// What a connection that is on lists already missed before it was.
    fn catch_up(&mut self, socket: SocketId) {
        // the active rules decide what it may hear, and it may not have been looked at under them
        self.move_socket(socket);
        let Some(told) = self.house.sockets.get(socket).map(|socket| socket.seen.clone()) else { return };
        for (room, seen) in told.entries() {
            if !self.house.rooms.get(room).is_some_and(|open| open.listed.contains(&socket)) {
                continue;
            }
            if let Some(known) = self.house.sockets.get_mut(socket) {
                known.seen.remove(room);
            }
            match self.tell_missed(socket, room, *seen) {
                Missed::Told => {}
                // what is newer waits until it has been told what is older
                Missed::Reading => self.unlist(socket, room),
            }
        }
    }

    /// `"seen": { "room:hall": ["9f3c51d27708a1e4", 17] }`
    fn read_seen(&self, request: &Json) -> Result<Few<RoomKey, Seen>, &'static str> {
        const SHAPE: &str = "`seen` is an object of rooms, as in {\"room:hall\": [\"9f3c51d27708a1e4\", 17]}: epoch and offset as `moved` told them";
        let mut others = 0;
        request.each_field(|name, _| others += usize::from(!matches!(name, "token" | "seen")));
        if others > 0 {
            return Err("`resume` has `token` and `seen`, and nothing else");
        }
        let Some(seen) = request.field("seen") else { return Ok(Few::default()) };
        let seen = Json::parse(seen).ok().filter(Json::is_record).ok_or(SHAPE)?;
        let (mut read, mut is_wrong, mut rooms) = (BTreeMap::new(), false, 0);
        seen.each_field(|_, _| rooms += 1);
        // the entry room is not counted
        if rooms > self.settings.rooms_per_client_max.saturating_add(1) {
            return Err("`seen` has more rooms than a client may be in: tell those that it is in");
        }
        seen.each_field(|name, value| match (name.strip_prefix("room:"), read_position(value)) {
            (Some(room), Some(position)) => read.extend(self.find_room(&room.into()).map(|room| (room, position))),
            (_, _) => is_wrong = true,
        });
        if is_wrong { Err(SHAPE) } else { Ok(read.into()) }
    }
}

fn read_position(value: &str) -> Option<Seen> {
    let list = Json::parse(value).ok().filter(Json::is_list)?;
    let mut parts = Vec::new();
    list.each_item(|item| parts.push(item.to_owned()));
    let [epoch, offset] = parts.as_slice() else { return None };
    let epoch = Value::from_json(epoch).as_text().and_then(|text| u64::from_str_radix(text, 16).ok())?;
    Some(Seen { epoch, offset: offset.parse().ok()? })
}
