//! A small house around one socket: who is a member of what, where the client's other sockets stand, and what the
//! server remembers of clients. It answers the real pass through [`Facts`], and the naive one keeps a copy.

use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use windlass::value::{RoomKey, Value};
use windlass::wind::{Entropy, Facts, Member, SocketId};

/// How the tests name the socket as a member without an identity.
pub const SELF: &str = "this socket";
/// The socket that is tested.
pub const SOCKET: SocketId = SocketId(uuid::Uuid::from_u128(0x5eed));

/// What is true outside the socket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    /// Room to members: client ids, or [`SELF`].
    pub members: BTreeMap<String, BTreeSet<String>>,
    /// Room and client, for every other socket of a client that stands somewhere.
    pub elsewhere: BTreeSet<(String, String)>,
    /// Client and attribute to what was set.
    pub attributes: BTreeMap<(String, String), Json>,
}

/// What came with the connection, of the parts that are named: the others are empty.
pub fn handshake(named: &Json) -> Json {
    let mut whole = json!({
        "query": {}, "headers": {}, "cookies": {}, "protocols": {}, "certificate": { "names": [], "uris": [] },
    });
    for (part, fields) in named.as_object().into_iter().flatten() {
        for (name, value) in fields.as_object().into_iter().flatten() {
            whole[part][name] = value.clone();
        }
    }
    whole
}

impl World {
    pub fn is_member(&self, room: &str, member: &str) -> bool {
        self.members.get(room).is_some_and(|members| members.contains(member))
    }

    pub fn count(&self, room: &str) -> u64 {
        self.members.get(room).map_or(0, |members| members.len() as u64)
    }

    pub fn join(&mut self, room: &str, member: &str) {
        self.members.entry(room.to_owned()).or_default().insert(member.to_owned());
    }

    pub fn part(&mut self, room: &str, member: &str) {
        if let Some(members) = self.members.get_mut(room) {
            members.remove(member);
            if members.is_empty() {
                self.members.remove(room);
            }
        }
    }

    /// The socket turns out to be this client: its rooms are the client's.
    pub fn identify(&mut self, client: &str) {
        for members in self.members.values_mut() {
            if members.remove(SELF) {
                members.insert(client.to_owned());
            }
        }
    }
}

/// The world as the real pass may ask it.
pub struct Asked<'a> {
    pub world: &'a World,
}

impl Facts for Asked<'_> {
    fn room_count(&self, room: &RoomKey) -> u64 {
        self.world.count(&room.0)
    }

    fn is_member(&self, room: &RoomKey, member: &Member) -> bool {
        match member {
            Member::Client(client) => self.world.is_member(&room.0, client),
            Member::Socket(socket) => *socket == SOCKET && self.world.is_member(&room.0, SELF),
        }
    }

    fn stands_elsewhere(&self, room: &RoomKey, client: &str, _socket: SocketId) -> bool {
        self.world.elsewhere.contains(&(room.0.to_string(), client.to_owned()))
    }

    fn rooms_of(&self, client: &str) -> Vec<RoomKey> {
        let in_it = self.world.members.iter().filter(|(_, members)| members.contains(client));
        in_it.map(|(room, _)| RoomKey(room.as_str().into())).collect()
    }

    fn attribute(&self, client: &str, attribute: &str) -> Option<Value> {
        let value = self.world.attributes.get(&(client.to_owned(), attribute.to_owned()))?;
        Some(Value::from_json(&value.to_string()))
    }
}

/// Not random at all: the first call gives ones, the second twos.
#[derive(Default)]
pub struct Counted(pub u8);

impl Entropy for Counted {
    fn fresh(&mut self) -> [u8; 32] {
        self.0 = self.0.wrapping_add(1);
        [self.0; 32]
    }
}
