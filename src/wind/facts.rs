//! What a pass may know of the world: it is told, it never asks a clock or a socket.

use super::SocketId;
use crate::model::Parts;
use crate::value::{Json, Millis, RoomKey, Value};
use std::sync::Arc;

/// The time of a pass. All of a pass happens at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds of a clock that never goes back; deadlines and expiries are on it.
    pub monotonic: Millis,
    /// Milliseconds since 1970, for rules that say `now()`.
    pub wall: Millis,
}

/// Who is in a room.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// A client; all of its sockets.
    Client(Arc<str>),
    /// A socket without an identity, by itself.
    Socket(SocketId),
}

/// What came with the connection, as far as rules read it: a record for each part.
pub type Handshake = Parts<Json>;

/// Nothing came.
impl Default for Handshake {
    fn default() -> Self {
        Parts::each(|part| part.record([]))
    }
}

/// The rest of the house as a pass sees it: the state before the pass. What the pass itself changes (who it
/// admits, which attributes it sets) the pass remembers by itself.
pub trait Facts {
    /// How many members a room has.
    fn room_count(&self, room: &RoomKey) -> u64;
    /// Whether a client or an unidentified socket is a member of a room.
    fn is_member(&self, room: &RoomKey, member: &Member) -> bool;
    /// Whether the house has room for one more member of this room: how many rooms are open, and how many the member is
    /// in, is bounded. Not asked for rooms that it is in.
    fn has_place(&self, _room: &RoomKey, _member: &Member) -> bool {
        true
    }
    /// Whether a socket of this client other than `socket` stands in the room.
    fn stands_elsewhere(&self, room: &RoomKey, client: &str, socket: SocketId) -> bool;
    /// The rooms that a client is a member of.
    fn rooms_of(&self, client: &str) -> Vec<RoomKey>;
    /// A client's attribute; none where nobody has set it.
    fn attribute(&self, client: &str, attribute: &str) -> Option<Value>;
}

/// Fresh random bytes. The engine's source is seeded, so a run can be repeated.
pub trait Entropy {
    /// 32 bytes that nobody can guess.
    fn fresh(&mut self) -> [u8; 32];
}
