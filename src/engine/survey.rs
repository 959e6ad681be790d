//! Rooms and what is in them, for whoever looks after the server, in parts. Nothing here changes anything.

use super::Engine;
use crate::store::Keep;
use crate::value::RoomKey;
use crate::wind::Member;
use std::ops::Bound;
use std::sync::Arc;
use uuid::Uuid;

/// A room as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomNow {
    /// Which.
    pub key: RoomKey,
    /// Its id, the same on every server.
    pub uuid: Uuid,
    /// Clients, and sockets without one, that are members.
    pub members: usize,
    /// Sockets that get what it says.
    pub sockets: usize,
    /// Names the run of its `seq`, and the latest of it; none where nobody is in it and nothing of it is kept.
    pub order: Option<(u64, u64)>,
    /// What the rules keep of its posts.
    pub keep: Option<Keep>,
}

impl Engine {
    /// All rooms that somebody is in or of which something is kept, in no order.
    pub fn rooms_unsorted(&self) -> Vec<RoomKey> {
        self.house.rooms.iter().map(|(key, _)| key.clone()).collect()
    }

    /// The room at an address without `room:`, if the rules know one.
    pub fn room_at_address(&self, address: &str) -> Option<RoomKey> {
        self.find_room(&Arc::from(address))
    }

    /// How a room is now, whether somebody is in it or not.
    pub fn room_now(&self, key: &RoomKey) -> RoomNow {
        let open = self.house.rooms.get(key);
        RoomNow {
            key: key.clone(),
            uuid: self.program().room_uuid(key),
            members: open.map_or(0, |room| room.members.len()),
            sockets: open.map_or(0, |room| room.listed.len()),
            order: open.map(|room| (room.epoch, room.seq)),
            keep: self.program().rules_of(key).and_then(super::rooms::keep_of),
        }
    }

    /// So many members of a room after this one, in order.
    pub fn room_members_after(&self, key: &RoomKey, after: Option<&Member>, count: usize) -> Vec<Member> {
        let Some(room) = self.house.rooms.get(key) else { return Vec::new() };
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        room.members.range((from, Bound::Unbounded)).take(count).cloned().collect()
    }

    /// Whether anything is remembered of a client.
    pub fn knows_client(&self, client: &str) -> bool {
        self.house.clients.get(client).is_some()
    }
}
