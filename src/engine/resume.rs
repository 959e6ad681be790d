//! Taking up where another connection was: a secret token stands for what a socket had proved and where it stood.
//!
//! A token serves once. It counts while its socket is connected and for a while after that; the rules that are active then
//! decide anew whether its holder is admitted.

use super::log::{Missed, Seen};
use super::sockets::Socket;
use super::{CloseCode, Engine, Output};
use crate::envelope::{Outgoing, codes};
use crate::model::Type;
use crate::store::{Record, TokenHash};
use crate::value::{Few, Json, Millis, RoomKey, Value, hexadecimal};
use crate::wind::{Entropy, Epoch, Event, Failure, Key, MessageId, Revoked, SocketId};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// How long the store keeps a token whose socket is connected. A server that was away for longer knows nobody.
const STORED_FOR_MS: Millis = 7 * 24 * 60 * 60 * 1000;

/// What a token stands for.
#[derive(Clone)]
enum Place {
    /// What this socket is and holds, as long as it is connected: its stack knows.
    Held(SocketId),
    /// What a socket was and held that is gone.
    Left(Box<Left>),
}

#[derive(Clone)]
struct Left {
    client: Arc<str>,
    keys: Vec<Key>,
    room: Option<RoomKey>,
    /// The rules under which the keys were held.
    epoch: Epoch,
    /// On the monotonic clock.
    until: Millis,
}

/// All tokens that count.
#[derive(Clone, Default)]
pub(super) struct Places {
    known: HashMap<TokenHash, Place>,
    /// Those of sockets that are gone, the soonest over first.
    leaving: BTreeSet<(Millis, TokenHash)>,
}

impl Places {
    fn take(&mut self, hash: &TokenHash) -> Option<Place> {
        let place = self.known.remove(hash)?;
        if let Place::Left(left) = &place {
            self.leaving.remove(&(left.until, *hash));
        }
        Some(place)
    }

    fn put(&mut self, hash: TokenHash, place: Place) {
        if let Place::Left(left) = &place {
            self.leaving.insert((left.until, hash));
        }
        self.known.insert(hash, place);
    }

    fn pop_over(&mut self, now: Millis, leaving_max: usize) -> Option<TokenHash> {
        let (until, hash) = *self.leaving.first()?;
        if until > now && self.leaving.len() <= leaving_max {
            return None;
        }
        self.take(&hash);
        Some(hash)
    }
}

impl Engine {
    /// A fresh token for a socket that has just been identified; none where nothing is resumed here.
    pub(super) fn issue_token(&mut self, id: SocketId) -> Option<String> {
        if self.settings.resume_ms == 0 {
            return None;
        }
        let token = hexadecimal(&self.chance.fresh());
        let hash = hash_of(&token);
        self.places.put(hash, Place::Held(id));
        self.house.sockets.get_mut(id)?.token = Some(hash);
        self.store_place(id);
        Some(token)
    }

    /// Writes down what a socket's token stands for now.
    pub(super) fn store_place(&mut self, id: SocketId) {
        let Some(socket) = self.house.sockets.get(id) else { return };
        let (Some(hash), Some(client)) = (socket.token, socket.client.clone()) else { return };
        let stack = &socket.stack;
        let keys = stack.keys.iter().filter(|key| !self.epochs.is_revoked_since(stack.epoch, &key.kind.lock));
        let allows = self.allows(keys, stack.standing.as_ref());
        self.store_token(hash, client, allows);
    }

    fn store_token(&mut self, hash: TokenHash, client: Arc<str>, allows: Json) {
        let expires = self.now.wall.saturating_add(STORED_FOR_MS);
        self.outbox.push_back(Output::Store(Record::TokenIssued { hash, client, expires, allows }));
    }

    /// The socket goes: its token counts for a while, unless it was sent away.
    pub(super) fn leave_place(&mut self, id: SocketId, code: Option<CloseCode>) {
        let Some(socket) = self.house.sockets.get_mut(id) else { return };
        let Some(hash) = socket.token.take() else { return };
        let until = self.now.monotonic.saturating_add(self.settings.resume_ms);
        let left = left_by(socket, until);
        let (Some(_), Some(left)) = (self.places.take(&hash), left) else { return };
        if code.is_some_and(CloseCode::is_final) {
            self.outbox.push_back(Output::Store(Record::TokenSpent { hash }));
            return;
        }
        self.places.put(hash, Place::Left(Box::new(left)));
        self.forget_places();
    }

    fn forget_places(&mut self) {
        while let Some(hash) = self.places.pop_over(self.now.monotonic, self.settings.absent_clients_max) {
            self.outbox.push_back(Output::Store(Record::TokenSpent { hash }));
        }
    }

    /// Keys of these locks are void, those too that nobody holds at this moment, and those that are written down.
    pub(super) fn revoke_in_places(&mut self, locks: &[Arc<str>]) {
        if locks.is_empty() {
            return;
        }
        self.void_in_places(|_, key| locks.contains(&key.kind.lock));
    }

    /// The same of one client alone, where it comes back with them. What its connected sockets hold is not looked at.
    pub(super) fn revoke_in_places_of(&mut self, client: &str, revoked: &Revoked) {
        self.void_in_places(|owner, key| owner == Some(client) && revoked.names(&key.kind.lock));
    }

    /// None of a client's sockets that are gone can be taken up again.
    pub(super) fn forget_places_of(&mut self, client: &str) {
        let is_its = |place: &Place| matches!(place, Place::Left(left) if *left.client == *client);
        let of_client = self.places.known.iter().filter(|(_, place)| is_its(place)).map(|(hash, _)| *hash);
        let gone: BTreeSet<TokenHash> = of_client.collect();
        for hash in gone {
            self.places.take(&hash);
            self.outbox.push_back(Output::Store(Record::TokenSpent { hash }));
        }
    }

    /// Takes keys away; of places that were left, it is known whose they are.
    fn void_in_places(&mut self, is_void: impl Fn(Option<&str>, &Key) -> bool) {
        let mut changed = Vec::new();
        for (hash, place) in &mut self.places.known {
            let has_changed = match place {
                Place::Held(socket) => {
                    let socket = self.house.sockets.get(*socket);
                    socket.is_some_and(|socket| socket.stack.keys.iter().any(|key| is_void(None, key)))
                }
                Place::Left(left) => {
                    let Left { client, keys, .. } = &mut **left;
                    let before = keys.len();
                    keys.retain(|key| !is_void(Some(client), key));
                    keys.len() < before
                }
            };
            if has_changed {
                changed.push(*hash);
            }
        }
        changed.sort_unstable();
        for hash in changed {
            match self.places.known.get(&hash) {
                Some(Place::Held(socket)) => self.store_place(*socket),
                Some(Place::Left(left)) => {
                    let allows = self.allows(left.keys.iter(), left.room.as_ref());
                    self.store_token(hash, left.client.clone(), allows);
                }
                None => {}
            }
        }
    }

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
        let place = self.places.take(&hash)?;
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
        let keys = left.keys.into_iter().filter(|key| key.until.is_none_or(|until| now < until) && !is_void(key));
        let keys = keys.filter(|key| self.program().has_key_kind(&key.kind)).collect();
        self.run(socket, Event::Resume { client: left.client, keys, room: left.room });
    }

    /// What a connection that is on lists already missed before it was.
    fn catch_up(&mut self, socket: SocketId) {
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

    /// What was stored of a token, read under the rules that are active. It counts as if its socket went now.
    pub(super) fn restore_place(&mut self, hash: TokenHash, client: Arc<str>, allows: &Json) {
        let (monotonic, wall) = (self.now.monotonic, self.now.wall);
        let room = allows.field("room").and_then(|text| Value::from_json(text).as_text().cloned());
        let room = room.and_then(|room| self.find_room(&room));
        let mut keys = Vec::new();
        if let Some(stored) = allows.field("keys").and_then(|keys| Json::parse(keys).ok()) {
            stored.each_item(|key| keys.extend(self.restore_key(key, monotonic, wall)));
        }
        let until = monotonic.saturating_add(self.settings.resume_ms);
        let epoch = self.epochs.active().epoch;
        self.places.put(hash, Place::Left(Box::new(Left { client, keys, room, epoch, until })));
    }

    /// What a socket has proved and where it stands, as it is stored. Keys that say something secret are not.
    fn allows<'key>(&self, keys: impl Iterator<Item = &'key Key>, room: Option<&RoomKey>) -> Json {
        let (monotonic, wall) = (self.now.monotonic, self.now.wall);
        let is_open = |key: &&Key| !key.args.iter().chain([&key.value]).any(|value| matches!(value, Value::Secret(_)));
        let keys = keys.filter(is_open).map(|key| {
            let until = key.until.map(|until| Value::Time(wall.saturating_add(until.saturating_sub(monotonic))));
            let fields = [
                ("lock", Value::Text(key.kind.lock.clone())),
                ("signature", Value::Text(key.kind.signature.clone())),
                ("args", Value::Json(Json::list(key.args.iter().cloned()))),
                ("value", key.value.clone()),
            ];
            Value::Json(Json::record(fields.into_iter().chain(until.map(|until| ("until", until)))))
        });
        let keys = Value::Json(Json::list(keys));
        let room = room.map(|room| ("room", Value::Text(room.0.clone())));
        Json::record([("keys", keys)].into_iter().chain(room))
    }

    fn restore_key(&self, stored: &str, monotonic: Millis, wall: Millis) -> Option<Key> {
        let stored = Json::parse(stored).ok()?;
        let text = |name: &str| Value::from_json(stored.field(name)?).as_text().cloned();
        let lock = self.program().lock_by_name(&text("lock")?)?;
        let (kind, machine) = (self.program().key_kind(lock)?, self.program().machine(lock));
        let gives = &machine.lock()?.gives;
        if text("signature")? != kind.signature {
            return None;
        }
        let mut args = Vec::new();
        Json::parse(stored.field("args")?).ok()?.each_item(|arg| args.push(arg.to_owned()));
        let types = machine.params.iter().map(|param| &param.ty);
        let args = types.zip(&args).map(|(ty, arg)| read_back(ty, arg)).collect::<Option<Vec<Value>>>()?;
        let value = read_back(gives, stored.field("value")?)?;
        let until = match stored.field("until") {
            Some(until) => Some(monotonic.saturating_add(until.parse::<u64>().ok()?.checked_sub(wall)?)),
            None => None,
        };
        Some(Key { kind: kind.clone(), args: args.into(), value, until })
    }
}

/// What a socket leaves that goes; nothing where it was nobody.
fn left_by(socket: &Socket, until: Millis) -> Option<Left> {
    let (client, stack) = (socket.client.clone()?, &socket.stack);
    Some(Left { client, keys: stack.keys.clone(), room: stack.standing.clone(), epoch: stack.epoch, until })
}

/// A value of this type as [`Value::to_json`] wrote it.
fn read_back(ty: &Type, json: &str) -> Option<Value> {
    match ty {
        Type::Optional(_) if json == "null" => Some(Value::None),
        Type::Secret => None,
        ty => ty.read(json),
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

fn hash_of(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}
