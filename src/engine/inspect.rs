//! What the engine holds, for whoever wants to look: answers to "why", maps, tests. Nothing here changes anything.

use super::{Census, Engine, Settings, Statistics};
use crate::machine::Program;
use crate::value::{RoomKey, Value};
use crate::wind::{Epochs, Facts, Member, SocketId, WindStack};
use std::sync::Arc;

impl Engine {
    /// The rules that are active.
    pub fn program(&self) -> &Arc<Program> {
        &self.epochs.active().program
    }

    /// The rulesets that live, for whoever wants to name what is on a stack.
    pub fn epochs(&self) -> &Epochs {
        &self.epochs
    }

    /// The bounds that hold.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where a connected socket stands, and what it is in the middle of.
    pub fn socket(&self, id: SocketId) -> Option<&WindStack> {
        self.house.sockets.get(id).map(|socket| &socket.stack)
    }

    /// All connected sockets, in the order of their ids.
    pub fn sockets(&self) -> Vec<SocketId> {
        self.house.sockets.ids().into_iter().collect()
    }

    /// The same in no order, for whoever sorts them elsewhere.
    pub fn sockets_unsorted(&self) -> Vec<SocketId> {
        self.house.sockets.ids_unsorted()
    }

    /// The connected sockets of a client, in the order in which they were identified.
    pub fn client_sockets(&self, client: &str) -> Vec<SocketId> {
        self.house.clients.get(client).map(|client| client.sockets.clone()).unwrap_or_default()
    }

    /// The rooms that a client is a member of, in order.
    pub fn client_rooms(&self, client: &str) -> Vec<RoomKey> {
        self.house.rooms_of(client)
    }

    /// A client's attribute; none where no rule has set it.
    pub fn client_attribute(&self, client: &str, attribute: &str) -> Option<Value> {
        self.house.attribute(client, attribute)
    }

    /// The members of a room, in order, with a socket or without.
    pub fn room_members(&self, room: &RoomKey) -> Vec<Member> {
        self.house.rooms.get(room).map(|room| room.members.iter().cloned().collect()).unwrap_or_default()
    }

    /// The sockets that get what the room says, in order.
    pub fn room_sockets(&self, room: &RoomKey) -> Vec<SocketId> {
        self.house.rooms.get(room).map(|room| room.listed.iter().copied().collect()).unwrap_or_default()
    }

    /// The number of the room's latest message, 0 before the first.
    pub fn room_seq(&self, room: &RoomKey) -> u64 {
        self.house.rooms.get(room).map_or(0, |room| room.seq)
    }

    /// What has been done since the engine began.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// What there is at this moment.
    pub fn census(&self) -> Census {
        Census {
            sockets: self.house.sockets.len(),
            clients: self.house.clients.present(),
            absent_clients: self.house.clients.absent(),
            rooms: self.house.rooms.len(),
        }
    }
}
