//! What the engine holds, for whoever wants to look: answers to "why", maps, tests. Nothing here changes anything.

use super::{Census, Engine, Settings, Statistics};
use crate::machine::Program;
use crate::model::{MachineId, StateId};
use crate::value::{RoomKey, Value};
use crate::wind::{Epoch, Epochs, Facts, Member, SocketId, WindStack};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many sockets wait in each state of a room or lock, by the names of both.
pub type Standings = BTreeMap<(Arc<str>, Arc<str>), u64>;

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
        self.house.clients.get(client).map(|client| client.sockets.to_vec()).unwrap_or_default()
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

    /// The sockets that were on the room's list when the rules changed and have not been looked at since: each gets what the room
    /// says when it has been, if it belongs.
    pub fn doubted_sockets(&self, room: &RoomKey) -> Vec<SocketId> {
        self.house.rooms.get(room).map(|room| room.doubts.sockets().collect()).unwrap_or_default()
    }

    /// The sockets that get what a group is told, in order. After a reload that says otherwise who they are, those who have been looked
    /// at since.
    pub fn group_sockets(&self, group: &str) -> Vec<SocketId> {
        self.house.groups.get(group).map(|group| group.listed.iter().copied().collect()).unwrap_or_default()
    }

    /// The number of the room's latest message, 0 before the first.
    pub fn room_seq(&self, room: &RoomKey) -> u64 {
        self.house.rooms.get(room).map_or(0, |room| room.seq)
    }

    /// Adds up on top of which room or lock sockets are, and in which of its states: of so many sockets from a place of the table on.
    /// Yields the place to go on from; none at the end. Sockets that come and go in between may be missed, or counted twice.
    pub fn count_standing(&self, from: usize, count: usize, into: &mut Standings) -> Option<usize> {
        let mut tops: HashMap<(Epoch, MachineId, StateId), u64> = HashMap::new();
        let end = from.saturating_add(count).min(self.house.sockets.len());
        for id in (from..end).filter_map(|place| self.house.sockets.id_at(place)) {
            if let Some(top) = self.socket(id).and_then(WindStack::top) {
                *tops.entry((top.epoch, top.machine, top.state)).or_default() += 1;
            }
        }
        for ((epoch, machine, state), count) in tops {
            let machine = self.epochs.program(epoch).machine(machine);
            let state = machine.states.get(state.index()).map(|state| state.name.clone()).unwrap_or_default();
            *into.entry((machine.name.clone(), state)).or_default() += count;
        }
        (end < self.house.sockets.len()).then_some(end)
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
