//! Delivery lists: who gets what a room or group says. A socket is on a room's list exactly while its client is a
//! member and the socket itself holds the keys that the room requires.

use super::log::{Missed, Seen};
use super::{Engine, ListId, Output};
use crate::value::RoomKey;
use crate::wind::{self, Member, SocketId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The ids of delivery lists: those of lists that are gone are given out again.
#[derive(Clone, Default)]
pub(super) struct ListIds {
    free: Vec<ListId>,
    next: u32,
}

impl ListIds {
    pub(super) fn take(&mut self) -> ListId {
        self.free.pop().unwrap_or_else(|| {
            let list = ListId(self.next);
            self.next = self.next.saturating_add(1);
            list
        })
    }

    /// Nobody is on this list any more.
    pub(super) fn give_back(&mut self, list: ListId) {
        self.free.push(list);
    }
}

/// Whether a room with presence is told that a socket goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    /// It is.
    Told,
    /// It is not: everybody goes.
    Silent,
}

impl Engine {
    /// Puts the socket on the room's list or takes it off, as is right now.
    pub(super) fn refresh(&mut self, socket: SocketId, room: &RoomKey) {
        self.look_at(socket, room);
        let Some(open) = self.house.rooms.get(room) else { return };
        let is_listed = open.listed.contains(&socket);
        match (is_listed, self.is_eligible(socket, room)) {
            (false, true) => self.list(socket, room),
            (true, false) => {
                self.note_position(socket, room);
                self.unlist(socket, room);
            }
            (false, false) | (true, true) => {}
        }
    }

    /// The socket hears the room no longer, as long as a key is missing. What a room with a history says meanwhile, it is told when it
    /// may listen again.
    fn note_position(&mut self, id: SocketId, key: &RoomKey) {
        let (Some(room), Some(member)) = (self.house.rooms.get(key), self.house.member(id)) else { return };
        let seen = Seen { epoch: room.epoch, offset: room.seq };
        let (has_log, is_member) = (room.log.is_some(), room.members.contains(&member));
        if let Some(socket) = self.house.sockets.get_mut(id).filter(|socket| has_log && is_member && !socket.is_closing)
        {
            socket.seen.put(key.clone(), seen);
        }
    }

    /// The same for all rooms that the socket could be on the list of.
    pub(super) fn refresh_all(&mut self, socket: SocketId) {
        let member = self.house.member(socket);
        let rooms = member.and_then(|member| self.house.rooms_of_member(&member).cloned());
        for room in rooms.into_iter().flatten() {
            self.refresh(socket, &room);
        }
    }

    /// Whether the socket is to be on the room's list.
    pub(super) fn is_eligible(&mut self, id: SocketId, room: &RoomKey) -> bool {
        let (Some(open), Some(member)) = (self.house.rooms.get(room), self.house.member(id)) else { return false };
        let is_closing = self.house.sockets.get(id).is_none_or(|socket| socket.is_closing);
        let is_reading = self.house.sockets.get(id).is_some_and(|socket| socket.reading.contains(room));
        if is_closing || is_reading || !open.members.contains(&member) {
            return false;
        }
        if !open.is_locked {
            return true;
        }
        if !self.house.sockets.swap_stack(id, &mut self.lent) {
            return false;
        }
        let (epochs, house, chance, work) = (&self.epochs, &self.house, &mut self.chance, &mut self.workspace);
        let meets = wind::meets(epochs, house, chance, self.now, &mut self.lent, room, work);
        self.house.sockets.swap_stack(id, &mut self.lent);
        meets
    }

    fn list(&mut self, socket: SocketId, room: &RoomKey) {
        let seen = self.house.sockets.get_mut(socket).and_then(|socket| socket.seen.take(room));
        match seen.map(|seen| self.tell_missed(socket, room, seen)) {
            Some(Missed::Reading) => return,
            Some(Missed::Told) | None => {}
        }
        let Some(member) = self.house.member(socket) else { return };
        self.count_in(room, &member);
        if let Some(open) = self.house.rooms.get_mut(room) {
            open.listed.insert(socket);
            self.outbox.push_back(Output::Join { list: open.list, socket });
        }
        self.tell_who_is_here(room, socket);
    }

    /// Takes a socket off a room's list, if it is on it.
    pub(super) fn unlist(&mut self, socket: SocketId, room: &RoomKey) {
        self.look_at(socket, room);
        let Some(member) = self.house.member(socket) else { return };
        let Some(open) = self.house.rooms.get_mut(room) else { return };
        if open.listed.remove(&socket) {
            self.outbox.push_back(Output::Leave { list: open.list, socket });
            self.count_out(room, &member);
        }
    }

    /// Takes a socket off every list.
    pub(super) fn unlist_all(&mut self, socket: SocketId, farewell: Farewell) {
        let member = self.house.member(socket);
        let rooms = member.and_then(|member| self.house.rooms_of_member(&member).cloned());
        for room in rooms.into_iter().flatten() {
            self.settle(&room);
            if farewell == Farewell::Silent
                && let Some(open) = self.house.rooms.get_mut(&room)
            {
                open.present = None;
            }
            self.unlist(socket, &room);
        }
        let mut left = self.house.groups.take_off(socket);
        left.extend(self.moving.formers.take_off(socket, &mut self.house.lists));
        self.outbox.extend(left.into_iter().map(|(_, list)| Output::Leave { list, socket }));
    }

    /// The socket, or all of its client's sockets, receive the group from here on.
    pub(super) fn receive(&mut self, socket: SocketId, group: &Arc<str>) {
        let Some(member) = self.house.member(socket) else { return };
        let receives = match &member {
            Member::Client(client) => self.house.clients.get_mut(client).map(|client| &mut client.receives),
            Member::Socket(socket) => self.house.sockets.get_mut(*socket).map(|socket| &mut socket.receives),
        };
        if receives.is_some_and(|receives| receives.insert(group.clone())) {
            if let Member::Client(client) = &member {
                self.store_client(client);
            }
            for socket in self.house.sockets_of(&member) {
                self.list_in_groups_of(socket, group);
            }
        }
    }

    /// Puts a socket on the lists of everything that it or its client receives.
    pub(super) fn list_in_groups(&mut self, socket: SocketId) {
        self.look_at_groups(socket);
        for group in self.groups_of(socket) {
            if self.join_group(socket, &group) {
                self.put_open_questions(socket, &group);
            }
        }
    }

    fn list_in_groups_of(&mut self, socket: SocketId, received: &str) {
        self.look_at_groups(socket);
        let lists: Vec<Arc<str>> = self.house.groups.lists_of(received).cloned().collect();
        for group in lists {
            if self.join_group(socket, &group) {
                self.put_open_questions(socket, &group);
            }
        }
    }

    /// The groups on whose lists a socket is to be.
    pub(super) fn groups_of(&self, socket: SocketId) -> BTreeSet<Arc<str>> {
        let groups = &self.house.groups;
        let received: Vec<&Arc<str>> = match self.house.member(socket) {
            Some(Member::Client(client)) => {
                let known = self.house.clients.get(&client).into_iter();
                known.flat_map(|known| &known.receives).chain(groups.of_client(&client)).collect()
            }
            Some(Member::Socket(_)) => {
                self.house.sockets.get(socket).into_iter().flat_map(|socket| &socket.receives).collect()
            }
            None => Vec::new(),
        };
        received.into_iter().flat_map(|group| groups.lists_of(group)).cloned().collect()
    }

    /// Puts a socket on a group's list, unless it is on its way out; whether it was not there before.
    pub(super) fn join_group(&mut self, socket: SocketId, group: &str) -> bool {
        let is_closing = self.house.sockets.get(socket).is_none_or(|socket| socket.is_closing);
        let Some(group) = self.house.groups.get_mut(group).filter(|_| !is_closing) else { return false };
        let is_new = group.listed.insert(socket);
        if is_new {
            self.outbox.push_back(Output::Join { list: group.list, socket });
        }
        is_new
    }
}
