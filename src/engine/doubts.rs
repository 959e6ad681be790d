//! Who was on a room's list when the rules changed, and has not been looked at since.
//!
//! They are on lists of their own and looked at a few at a time, so that no message waits until all have been. What is said in
//! the room meanwhile goes at once to those who are known to belong, and is held for the others: each gets it in its order,
//! before anything newer, when it turns out to belong, and nothing of it when it does not.

use super::lists::ListIds;
use super::rooms::Room;
use super::{Engine, ListId, Output};
use crate::value::RoomKey;
use crate::wind::{Member, Receiver, SocketId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The doubted of a room, by the list that they are on: those of one ruleset are on one.
#[derive(Clone, Default)]
pub(super) struct Doubts {
    lists: Vec<Doubted>,
    /// Who is there has changed: whoever stays is told it anew.
    is_here_due: bool,
}

#[derive(Clone)]
struct Doubted {
    list: ListId,
    sockets: BTreeSet<SocketId>,
    /// What has been said since they are doubted. Bounded, because whoever says something has some of them looked at first.
    held: Vec<Arc<str>>,
    tally: Tally,
}

/// Whether those who are there count the doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tally {
    /// They do, and each that does not belong is taken off.
    Counted,
    /// The rules ask only now who is there: each that belongs is added.
    Missing,
}

/// What came of looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Belongs {
    Yes,
    No,
}

impl Doubts {
    pub(super) fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    pub(super) fn contains(&self, socket: SocketId) -> bool {
        self.lists.iter().any(|doubted| doubted.sockets.contains(&socket))
    }

    pub(super) fn sockets(&self) -> impl Iterator<Item = SocketId> + '_ {
        self.lists.iter().flat_map(|doubted| doubted.sockets.iter().copied())
    }

    /// Keeps a frame for whoever turns out to belong, once, whichever way it goes to them.
    pub(super) fn hold(&mut self, frame: &Arc<str>) {
        for doubted in &mut self.lists {
            if !doubted.held.last().is_some_and(|last| Arc::ptr_eq(last, frame)) {
                doubted.held.push(frame.clone());
            }
        }
    }

    /// Whether something was said since somebody is doubted.
    fn holds(&self) -> bool {
        self.lists.iter().any(|doubted| !doubted.held.is_empty())
    }

    /// The one who has waited longest.
    fn first(&self) -> Option<SocketId> {
        self.lists.first().and_then(|doubted| doubted.sockets.first().copied())
    }
}

impl Room {
    /// Nobody is known to belong any more, whoever is on the list.
    pub(super) fn doubt_all(&mut self, tally: Tally, lists: &mut ListIds) {
        if tally == Tally::Missing {
            self.present = Some(BTreeMap::new());
            self.doubts.lists.iter_mut().for_each(|doubted| doubted.tally = Tally::Missing);
        }
        if !self.listed.is_empty() {
            let list = std::mem::replace(&mut self.list, lists.take());
            let sockets = std::mem::take(&mut self.listed);
            self.doubts.lists.push(Doubted { list, sockets, held: Vec::new(), tally });
        }
        self.doubts.is_here_due |= tally == Tally::Missing && !self.doubts.is_empty();
    }

    /// A doubted socket has been looked at: it is no longer one of those that wait.
    fn take_doubted(&mut self, socket: SocketId, at: usize, lists: &mut ListIds) {
        let Some(doubted) = self.doubts.lists.get_mut(at) else { return };
        doubted.sockets.remove(&socket);
        if doubted.sockets.is_empty() {
            lists.give_back(doubted.list);
            self.doubts.lists.remove(at);
        }
    }

    /// Keeps those who are there right, whether a doubted socket of this member belongs or not.
    fn recount(&mut self, member: Member, tally: Tally, belongs: Belongs) {
        let Some(present) = &mut self.present else { return };
        match (tally, belongs) {
            (Tally::Counted, Belongs::Yes) | (Tally::Missing, Belongs::No) => {}
            (Tally::Missing, Belongs::Yes) => *present.entry(member).or_default() += 1,
            (Tally::Counted, Belongs::No) => {
                let sockets = present.get(&member).map_or(0, |sockets| sockets.saturating_sub(1));
                if sockets > 0 {
                    present.insert(member, sockets);
                } else {
                    present.remove(&member);
                    self.doubts.is_here_due = true;
                }
            }
        }
    }
}

impl Engine {
    /// Looks at the next of a room's doubted.
    pub(super) fn look_at_next(&mut self, key: &RoomKey) {
        if let Some(socket) = self.house.rooms.get(key).and_then(|room| room.doubts.first()) {
            self.look_at(socket, key);
        }
    }

    /// Before a frame goes to a room, so many of its doubted are looked at. So no more frames are held than it takes to look at all.
    pub(super) fn look_at_some(&mut self, key: &RoomKey) {
        for _ in 0..self.settings.looks_per_frame_max {
            match self.house.rooms.get(key) {
                Some(room) if !room.doubts.is_empty() => self.look_at_next(key),
                Some(_) | None => return,
            }
        }
    }

    /// Looks at all of a room's doubted, where each would be looked at anyway.
    pub(super) fn look_at_everybody(&mut self, key: &RoomKey) {
        while self.house.rooms.get(key).is_some_and(|room| !room.doubts.is_empty()) {
            self.look_at_next(key);
        }
    }

    /// Keeps a frame for whoever of a room turns out to belong.
    pub(super) fn hold_in_room(&mut self, key: &RoomKey, frame: &Arc<str>) {
        if let Some(room) = self.house.rooms.get_mut(key).filter(|room| !room.doubts.is_empty()) {
            room.doubts.hold(frame);
            self.moving.holding.insert(key.clone());
        }
    }

    /// Whether something that was said is held for somebody who has not been looked at since the rules changed.
    pub fn is_holding(&mut self) -> bool {
        let rooms = &self.house.rooms;
        self.moving.holding.retain(|key| rooms.get(key).is_some_and(|room| room.doubts.holds()));
        !self.moving.holding.is_empty() || self.moving.formers.is_holding()
    }

    /// Before the rules change again: what is held is for whoever meets the rules under which it was said, and those are about to go.
    pub(super) fn look_at_all_for_whom_is_held(&mut self) {
        while let Some(key) = self.moving.holding.pop_first() {
            self.look_at_everybody(&key);
        }
        if self.moving.formers.is_holding() {
            self.look_at_everybody_in_groups();
        }
    }

    /// Makes a socket's place on every list right that it has been on, or could be on now.
    pub(super) fn look_at_all(&mut self, socket: SocketId) {
        self.look_at_groups(socket);
        let member = self.house.member(socket);
        let rooms = member.and_then(|member| self.house.rooms_of_member(&member).cloned());
        for room in rooms.into_iter().flatten() {
            self.look_at(socket, &room);
            if !self.house.rooms.get(&room).is_some_and(|room| room.listed.contains(&socket)) {
                self.refresh(socket, &room);
            }
        }
    }

    /// Looks at a socket, if it is doubted: it is put on the list, and gets what was held for it, or it is on none.
    pub(super) fn look_at(&mut self, socket: SocketId, key: &RoomKey) {
        if !self.is_moving() {
            return;
        }
        self.settle(key);
        let of = |doubts: &Doubts| doubts.lists.iter().position(|doubted| doubted.sockets.contains(&socket));
        let Some(at) = self.house.rooms.get(key).and_then(|room| of(&room.doubts)) else { return };
        let belongs = if self.is_eligible(socket, key) { Belongs::Yes } else { Belongs::No };
        let member = self.house.member(socket);
        let Some(room) = self.house.rooms.get_mut(key) else { return };
        let Some(doubted) = room.doubts.lists.get(at) else { return };
        self.outbox.push_back(Output::Leave { list: doubted.list, socket });
        if belongs == Belongs::Yes {
            self.statistics.deliveries += doubted.held.len() as u64;
            self.outbox.extend(doubted.held.iter().map(|frame| Output::Send { socket, frame: frame.clone() }));
            self.outbox.push_back(Output::Join { list: room.list, socket });
            room.listed.insert(socket);
        }
        let tally = doubted.tally;
        room.take_doubted(socket, at, &mut self.house.lists);
        if let Some(member) = member {
            room.recount(member, tally, belongs);
        }
        self.tell_who_stayed(key);
    }

    /// When all have been looked at and some are gone, one frame tells who is there. A frame for each who went would be as many
    /// as those who stay, for each of those who went.
    fn tell_who_stayed(&mut self, key: &RoomKey) {
        let Some(room) = self.house.rooms.get_mut(key) else { return };
        if room.doubts.is_empty()
            && std::mem::take(&mut room.doubts.is_here_due)
            && let Some(here) = self.render_here(key)
        {
            self.fan_room(key, None, &here);
        }
    }

    /// Whoever is doubted in one of several receivers and may be reached by another is looked at first. So nobody gets twice what
    /// goes to all of them.
    pub(super) fn look_at_shared<'a>(&mut self, receivers: impl Iterator<Item = &'a Receiver> + Clone) {
        for receiver in receivers.clone() {
            let (Receiver::Members(room) | Receiver::Everyone(room)) = receiver else { continue };
            for other in receivers.clone() {
                for socket in self.doubted_and_reached(room, other) {
                    self.look_at(socket, room);
                }
            }
        }
    }

    fn doubted_and_reached(&self, key: &RoomKey, by: &Receiver) -> Vec<SocketId> {
        let Some(doubts) = self.house.rooms.get(key).map(|room| &room.doubts).filter(|doubts| !doubts.is_empty())
        else {
            return Vec::new();
        };
        match by {
            Receiver::Members(other) | Receiver::Everyone(other) if other == key => Vec::new(),
            Receiver::Members(other) | Receiver::Everyone(other) => {
                let Some(other) = self.house.rooms.get(other) else { return Vec::new() };
                let is_there = |socket: &SocketId| other.listed.contains(socket) || other.doubts.contains(*socket);
                doubts.sockets().filter(is_there).collect()
            }
            Receiver::Group(group) => match self.house.groups.get(group) {
                Some(group) => group.listed.iter().copied().filter(|socket| doubts.contains(*socket)).collect(),
                None => Vec::new(),
            },
            Receiver::Client(client) => {
                let sockets = self.house.sockets_of(&Member::Client(client.clone()));
                sockets.into_iter().filter(|socket| doubts.contains(*socket)).collect()
            }
        }
    }
}
