//! The tables, and what a pass may see of them.

use super::Settings;
use super::chance::Keyed;
use super::clients::Clients;
use super::groups::Groups;
use super::lists::ListIds;
use super::rooms::Rooms;
use super::sockets::Sockets;
use crate::envelope::Who;
use crate::machine::Program;
use crate::value::{Few, RoomKey, Value};
use crate::wind::{Facts, Member, SocketId};
use std::sync::Arc;

/// Everything that the engine remembers.
#[derive(Clone)]
pub(super) struct House {
    pub sockets: Sockets,
    pub clients: Clients,
    pub rooms: Rooms,
    pub groups: Groups,
    pub lists: ListIds,
    /// Always has a place for whoever has nowhere else to stand.
    entry: RoomKey,
    rooms_max: usize,
    rooms_per_client_max: usize,
}

impl House {
    pub(super) fn new(program: &Program, settings: &Settings, keyed: &Keyed) -> Self {
        let mut lists = ListIds::default();
        House {
            sockets: Sockets::default(),
            clients: Clients::new(keyed.clone()),
            rooms: Rooms::new(keyed.clone()),
            groups: Groups::new(&program.model, &mut lists),
            lists,
            entry: program.room_key(program.model.entry, &[]),
            rooms_max: settings.rooms_max,
            rooms_per_client_max: settings.rooms_per_client_max,
        }
    }

    /// Who has nowhere else to stand, stands here from now on.
    pub(super) fn set_entry(&mut self, entry: RoomKey) {
        self.entry = entry;
    }

    /// Whether it is the room where everybody begins.
    pub(super) fn is_entry(&self, room: &RoomKey) -> bool {
        *room == self.entry
    }

    /// Other bounds hold from now on. Who is over them stays.
    pub(super) fn set_bounds(&mut self, settings: &Settings) {
        self.rooms_max = settings.rooms_max;
        self.rooms_per_client_max = settings.rooms_per_client_max;
    }

    /// Whether one more room may be opened.
    pub(super) fn has_room_left(&self) -> bool {
        self.rooms.len() < self.rooms_max
    }

    /// Who a connected socket is to a room.
    pub(super) fn member(&self, socket: SocketId) -> Option<Member> {
        let known = self.sockets.get(socket)?;
        Some(known.client.clone().map_or(Member::Socket(socket), Member::Client))
    }

    /// A connected socket that speaks.
    pub(super) fn voice(&self, socket: SocketId) -> Option<Voice> {
        let from = Speaker::Member(self.member(socket)?);
        Some(Voice { from, socket: Some(socket) })
    }

    /// What a member is a member of.
    pub(super) fn rooms_of_member(&self, member: &Member) -> Option<&Few<RoomKey>> {
        match member {
            Member::Client(client) => self.clients.get(client).map(|client| &client.rooms),
            Member::Socket(socket) => self.sockets.get(*socket).map(|socket| &socket.rooms),
        }
    }

    pub(super) fn rooms_of_member_mut(&mut self, member: &Member) -> Option<&mut Few<RoomKey>> {
        match member {
            Member::Client(client) => self.clients.get_mut(client).map(|client| &mut client.rooms),
            Member::Socket(socket) => self.sockets.get_mut(*socket).map(|socket| &mut socket.rooms),
        }
    }

    /// The connected sockets of a member.
    pub(super) fn sockets_of(&self, member: &Member) -> Vec<SocketId> {
        match member {
            Member::Client(client) => {
                self.clients.get(client).map(|client| client.sockets.to_vec()).unwrap_or_default()
            }
            Member::Socket(socket) => vec![*socket],
        }
    }
}

/// Who says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    /// Somebody who is connected.
    Member(Member),
    /// A service, by the name of its token.
    Service(Arc<str>),
}

impl Speaker {
    /// As the wire names it.
    pub(super) fn who(&self) -> Who<'_> {
        match self {
            Speaker::Member(member) => who(member),
            Speaker::Service(name) => Who::Service(name),
        }
    }
}

/// Somebody who speaks, and the socket that does not hear itself.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    pub from: Speaker,
    pub socket: Option<SocketId>,
}

/// A member as the wire names it.
pub(super) fn who(member: &Member) -> Who<'_> {
    match member {
        Member::Client(client) => Who::Client(client),
        Member::Socket(socket) => Who::Socket(socket.0),
    }
}

impl Facts for House {
    fn room_count(&self, room: &RoomKey) -> u64 {
        self.rooms.get(room).map_or(0, |room| room.members.len() as u64)
    }

    fn is_member(&self, room: &RoomKey, member: &Member) -> bool {
        self.rooms_of_member(member).is_some_and(|rooms| rooms.contains(room))
    }

    fn has_place(&self, room: &RoomKey, member: &Member) -> bool {
        let is_open = self.rooms.get(room).is_some();
        let rooms_of_member = self.rooms_of_member(member).map_or(0, Few::len);
        let has_place = (is_open || self.has_room_left()) && rooms_of_member < self.rooms_per_client_max;
        has_place || *room == self.entry
    }

    fn stands_elsewhere(&self, room: &RoomKey, client: &str, socket: SocketId) -> bool {
        let others = self.clients.get(client).into_iter().flat_map(|client| &client.sockets);
        let stands_there = |other: &SocketId| {
            *other != socket
                && self.sockets.get(*other).is_some_and(|other| other.stack.standing.as_ref() == Some(room))
        };
        others.into_iter().any(stands_there)
    }

    fn rooms_of(&self, client: &str) -> Vec<RoomKey> {
        self.clients.get(client).map(|client| client.rooms.iter().cloned().collect()).unwrap_or_default()
    }

    fn attribute(&self, client: &str, attribute: &str) -> Option<Value> {
        self.clients.get(client)?.attributes.get(attribute).cloned()
    }
}
