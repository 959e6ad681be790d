//! Who is a member of what, and who is who.

use super::signals::Job;
use super::{CloseCode, Engine, Output};
use crate::envelope::Outgoing;
use crate::store::{LogKey, Position, Record};
use crate::value::{RoomKey, Value};
use crate::wind::{Member, SocketId};
use std::sync::Arc;

/// Rooms whose history has come to its end that one input looks after.
const FADED_ROOMS_PER_INPUT: usize = 16;

impl Engine {
    /// The socket was admitted: it, or its client, is a member. Its lists follow.
    pub(super) fn enter(&mut self, socket: SocketId, key: &RoomKey) {
        let Some(member) = self.house.member(socket) else { return };
        self.settle(key);
        let room = self.open_room(key);
        let is_new = room.members.insert(member.clone());
        let (epoch, offset) = (room.epoch, room.seq);
        if let (true, Member::Client(client)) = (is_new, &member) {
            self.store_membership(client, key);
        }
        if let Some(rooms) = self.house.rooms_of_member_mut(&member) {
            rooms.insert(key.clone());
        }
        let uuid = self.program().room_uuid(key);
        let Some(known) = self.house.sockets.get_mut(socket) else { return };
        known.joins += 1;
        let join = known.joins;
        self.send(socket, &Outgoing::Moved { room: key, uuid, epoch, offset, join });
        for socket in self.house.sockets_of(&member) {
            self.refresh(socket, key);
        }
    }

    /// Membership that outlasts the socket outlasts the server.
    fn store_membership(&mut self, client: &Arc<str>, key: &RoomKey) {
        let Some(room) = self.house.rooms.get(key).filter(|_| !self.is_transient(key)) else { return };
        let position = Position { epoch: room.epoch, offset: room.seq };
        let joined = Record::Joined { client: client.clone(), room: key.clone(), join: 0, position };
        self.outbox.push_back(Output::Store(joined));
    }

    /// Whether who is not there is no member. A room that is not there at all has none.
    pub(super) fn is_transient(&self, key: &RoomKey) -> bool {
        let rules = self.program().rules_of(key);
        rules.is_none_or(|rules| rules.transient)
    }

    /// The membership of the socket's client, or of the unidentified socket, ends.
    pub(super) fn quit(&mut self, socket: SocketId, room: &RoomKey) {
        let Some(member) = self.house.member(socket) else { return };
        for other in self.house.sockets_of(&member) {
            self.unlist(other, room);
            if let Some(socket) = self.house.sockets.get_mut(other) {
                socket.seen.remove(room);
            }
            if other != socket {
                self.jobs.push_back(Job::Left { socket: other, room: room.clone() });
            }
        }
        self.end_membership(&member, room);
    }

    pub(super) fn end_membership(&mut self, member: &Member, key: &RoomKey) {
        if let Member::Client(client) = member {
            let left = Record::Left { client: client.clone(), room: key.clone() };
            self.outbox.push_back(Output::Store(left));
        }
        if let Some(rooms) = self.house.rooms_of_member_mut(member) {
            rooms.remove(key);
        }
        if let Some(room) = self.house.rooms.get_mut(key) {
            room.members.remove(member);
            self.touched.push(key.clone());
        }
    }

    /// The socket is this client from here on; what it was by itself, the client is now.
    pub(super) fn identify(&mut self, socket: SocketId, client: &Arc<str>) {
        let Some(known) = self.house.sockets.get_mut(socket).filter(|known| known.client.is_none()) else { return };
        known.client = Some(client.clone());
        let rooms = std::mem::take(&mut known.rooms);
        let receives = std::mem::take(&mut known.receives);
        let rate = self.settings.client_rate();
        let record = self.house.clients.add_socket(client, socket, rate, self.now.monotonic);
        let receives_more = receives.iter().any(|group| !record.receives.contains(group));
        record.receives.extend(receives);
        let new_rooms: Vec<RoomKey> = rooms.iter().filter(|room| !record.rooms.contains(*room)).cloned().collect();
        record.rooms.extend(rooms.iter().cloned());
        let (sockets, all_rooms) = (record.sockets.clone(), record.rooms.iter().cloned().collect::<Vec<_>>());
        if receives_more {
            self.store_client(client);
        }
        new_rooms.iter().for_each(|room| self.store_membership(client, room));
        let token = self.issue_token(socket);
        self.outbox.push_back(Output::Identified { socket });
        self.send(socket, &Outgoing::Identified { client, rooms: &all_rooms, resume: token.as_deref() });
        for room in &rooms {
            self.take_over(socket, client, room);
        }
        self.refresh_all(socket);
        for other in &sockets {
            rooms.iter().for_each(|room| self.refresh(*other, room));
            self.list_in_groups(*other);
        }
        self.deliver_mail(socket, client);
        self.close_if_crowded(&sockets);
    }

    /// The client is a member in place of the socket, which stays on the list.
    fn take_over(&mut self, socket: SocketId, client: &Arc<str>, key: &RoomKey) {
        let (before, after) = (Member::Socket(socket), Member::Client(client.clone()));
        let Some(room) = self.house.rooms.get_mut(key) else { return };
        room.members.remove(&before);
        room.members.insert(after.clone());
        if room.listed.contains(&socket) {
            self.count_out(key, &before);
            self.count_in(key, &after);
        }
    }

    fn close_if_crowded(&mut self, sockets: &[SocketId]) {
        if let (true, Some(first)) = (sockets.len() > self.settings.sockets_per_client_max, sockets.first()) {
            let reason = "the client has as many sockets as it may, and a newer one came".into();
            self.jobs.push_back(Job::Close { socket: *first, code: CloseCode::CROWDED, reason });
        }
    }

    /// Rules may ask for keys about an attribute, so its client's lists are made up anew.
    pub(super) fn set_attribute(&mut self, socket: SocketId, attribute: &Arc<str>, value: Value) {
        if let Some(Member::Client(client)) = self.house.member(socket) {
            self.set_client_attribute(&client, attribute, value);
        }
    }

    /// Writes a client's attribute in the place of a rule; the value must be of the attribute's type. A client that is
    /// not known yet is remembered as absent. Take the outputs afterwards, as after an input.
    pub fn set_client_attribute(&mut self, client: &Arc<str>, attribute: &Arc<str>, value: Value) {
        let record = self.house.clients.remember(client, self.settings.client_rate(), self.now.monotonic);
        record.attributes.put(attribute.clone(), value);
        let sockets = record.sockets.clone();
        self.store_client(client);
        for socket in sockets {
            self.refresh_all(socket);
        }
        self.forget_absent_client();
        self.forget_empty_rooms();
    }

    /// The socket is gone from every table. It is on no list any more.
    pub(super) fn forget_socket(&mut self, id: SocketId) {
        let Some(socket) = self.house.sockets.remove(id) else { return };
        self.note_pins(id);
        if let Some(queued) = socket.queued {
            self.timers.remove(queued, id);
        }
        socket.reading.keys().for_each(|room| self.release_log(room));
        for room in &socket.rooms {
            self.end_membership(&Member::Socket(id), room);
        }
        if let Some(client) = &socket.client {
            self.house.clients.remove_socket(client, id);
            self.forget_absent_client();
        }
        self.forget_empty_rooms();
    }

    fn forget_absent_client(&mut self) {
        let Some((id, client)) = self.house.clients.forget_one(self.settings.absent_clients_max) else { return };
        self.statistics.clients_forgotten += 1;
        self.outbox.push_back(Output::Store(Record::ClientForgotten { client: id.clone() }));
        let member = Member::Client(id);
        for room in &client.rooms {
            self.end_membership(&member, room);
        }
    }

    pub(super) fn forget_empty_rooms(&mut self) {
        if self.touched.is_empty() {
            return;
        }
        for room in std::mem::take(&mut self.touched) {
            let gone = self.house.rooms.forget_if_empty(&room, &mut self.house.lists, self.now.wall);
            if gone.is_some_and(|gone| gone.log.is_some()) {
                self.outbox.push_back(Output::Store(Record::LogForgotten { log: LogKey::Room(room) }));
            } else {
                self.note_fading(room);
            }
        }
    }

    /// Notes when an empty room has nothing left that is kept.
    fn note_fading(&mut self, key: RoomKey) {
        let empty = self.house.rooms.get_mut(&key).filter(|room| room.members.is_empty() && room.listed.is_empty());
        let Some(log) = empty.and_then(|room| room.log.as_mut()).filter(|log| !log.is_fading) else { return };
        if let Some(over_at) = log.over_at() {
            log.is_fading = true;
            self.fading.insert((over_at, key));
        }
    }

    /// Forgets some of the rooms whose history is over by now.
    pub(super) fn forget_faded_rooms(&mut self) {
        for _ in 0..FADED_ROOMS_PER_INPUT {
            let is_over = self.fading.first().is_some_and(|(over_at, _)| *over_at <= self.now.wall);
            let Some((_, room)) = is_over.then(|| self.fading.pop_first()).flatten() else { break };
            if let Some(log) = self.house.rooms.get_mut(&room).and_then(|room| room.log.as_mut()) {
                log.is_fading = false;
            }
            self.touched.push(room);
        }
        self.forget_empty_rooms();
    }
}
