//! Groups whose lists are made up anew, because the rules say otherwise who receives what.
//!
//! Whoever was on the lists before is looked at a few at a time, so that the change itself touches nobody. What a group is told
//! meanwhile goes at once to those who have been, and is held for the others: each gets it in its order, before anything newer, if
//! it receives the group when it is looked at.

use super::groups::Groups;
use super::lists::ListIds;
use super::{Engine, ListId, Output};
use crate::wind::{Member, Receiver, SocketId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The groups of rules before, as long as somebody is on their lists. A socket is on lists of one ruleset only.
#[derive(Clone, Default)]
pub(super) struct Formers(Vec<Former>);

#[derive(Clone)]
struct Former {
    groups: Groups,
    /// What groups were told since. Bounded, because before each of them some who wait are looked at.
    held: Vec<Held>,
}

#[derive(Clone)]
struct Held {
    frame: Arc<str>,
    groups: Vec<Arc<str>>,
    except: Option<SocketId>,
    told: Told,
}

/// What a group is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Something that goes to whoever is in the group.
    Message,
    /// Something about a question. Whoever comes into the group is asked what is open then, and so does not get it besides.
    Question,
}

/// A socket that is on no list of rules before any more.
struct Released {
    left: Vec<(Arc<str>, ListId)>,
    /// What was held for it.
    frames: Vec<Arc<str>>,
}

impl Former {
    /// What a socket gets of what was held, which was on these lists and receives these groups now.
    fn held_for(&self, socket: SocketId, left: &[(Arc<str>, ListId)], receives: &BTreeSet<Arc<str>>) -> Vec<Arc<str>> {
        let was_on = |group: &Arc<str>| left.iter().any(|(name, _)| name == group);
        let gets = |held: &&Held| {
            let reaches = |group: &Arc<str>| receives.contains(group) && (held.told == Told::Message || was_on(group));
            held.except != Some(socket) && held.groups.iter().any(reaches)
        };
        self.held.iter().filter(gets).map(|held| held.frame.clone()).collect()
    }
}

impl Formers {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps groups whose lists somebody is on.
    fn add(&mut self, groups: Groups, lists: &mut ListIds) {
        self.0.push(Former { groups, held: Vec::new() });
        self.drop_empty(lists);
    }

    fn drop_empty(&mut self, lists: &mut ListIds) {
        self.0.retain(|former| {
            let is_waited_for = former.groups.all().any(|group| !group.listed.is_empty());
            if !is_waited_for {
                former.groups.all().for_each(|group| lists.give_back(group.list));
            }
            is_waited_for
        });
    }

    fn first(&self) -> Option<SocketId> {
        self.lists().find_map(|listed| listed.first().copied())
    }

    fn contains(&self, socket: SocketId) -> bool {
        self.lists().any(|listed| listed.contains(&socket))
    }

    fn lists(&self) -> impl Iterator<Item = &BTreeSet<SocketId>> {
        self.0.iter().flat_map(|former| former.groups.all()).map(|group| &group.listed)
    }

    /// Whether groups were told something that somebody may have yet to get.
    pub(super) fn is_holding(&self) -> bool {
        self.0.iter().any(|former| !former.held.is_empty())
    }

    /// Keeps a frame for whoever is looked at later, once, to however many groups it goes.
    pub(super) fn hold(&mut self, group: &Arc<str>, except: Option<SocketId>, frame: &Arc<str>, told: Told) {
        for Former { held, .. } in &mut self.0 {
            match held.last_mut().filter(|last| Arc::ptr_eq(&last.frame, frame)) {
                Some(last) => last.groups.push(group.clone()),
                None => held.push(Held { frame: frame.clone(), groups: vec![group.clone()], except, told }),
            }
        }
    }

    /// Takes a socket off all lists, and says which it was on.
    pub(super) fn take_off(&mut self, socket: SocketId, lists: &mut ListIds) -> Vec<(Arc<str>, ListId)> {
        let released = self.release(socket, &BTreeSet::new(), lists);
        released.map(|released| released.left).unwrap_or_default()
    }

    /// The same of a socket that receives these groups now.
    fn release(&mut self, socket: SocketId, receives: &BTreeSet<Arc<str>>, lists: &mut ListIds) -> Option<Released> {
        let is_on = |former: &&mut Former| former.groups.all().any(|group| group.listed.contains(&socket));
        let former = self.0.iter_mut().find(is_on)?;
        let left = former.groups.take_off(socket);
        let frames = former.held_for(socket, &left, receives);
        self.drop_empty(lists);
        Some(Released { left, frames })
    }
}

impl Engine {
    /// Makes up the groups' lists anew, if the new rules say otherwise who receives what. Only who is named by the rules is looked
    /// at now.
    pub(super) fn regroup(&mut self) {
        let program = self.epochs.active().program.clone();
        let groups = Groups::new(&program.model, &mut self.house.lists);
        if self.house.groups.reach_the_same_as(&groups) {
            return groups.all().for_each(|group| self.house.lists.give_back(group.list));
        }
        let before = std::mem::replace(&mut self.house.groups, groups);
        self.moving.formers.add(before, &mut self.house.lists);
        let named: Vec<Arc<str>> = self.house.groups.named_clients().cloned().collect();
        for client in named {
            for socket in self.house.sockets_of(&Member::Client(client)) {
                self.list_in_groups(socket);
            }
        }
    }

    /// Puts a socket on the lists that it is to be on now, with what was held for it, if it has not been looked at yet.
    pub(super) fn look_at_groups(&mut self, socket: SocketId) {
        if !self.moving.formers.contains(socket) {
            return;
        }
        let receives = self.groups_of(socket);
        let released = self.moving.formers.release(socket, &receives, &mut self.house.lists);
        let Some(Released { left, frames }) = released else { return };
        self.outbox.extend(left.iter().map(|(_, list)| Output::Leave { list: *list, socket }));
        self.statistics.deliveries += frames.len() as u64;
        self.outbox.extend(frames.into_iter().map(|frame| Output::Send { socket, frame }));
        for group in receives {
            if self.join_group(socket, &group) && !left.iter().any(|(before, _)| *before == group) {
                self.put_open_questions(socket, &group);
            }
        }
    }

    /// Looks at the next who waits; false where nobody does.
    pub(super) fn look_at_next_in_groups(&mut self) -> bool {
        let next = self.moving.formers.first();
        next.into_iter().for_each(|socket| self.look_at_groups(socket));
        next.is_some()
    }

    /// Before a group is told something, so many who wait are looked at.
    pub(super) fn look_at_some_in_groups(&mut self) {
        for _ in 0..self.settings.looks_per_frame_max {
            if !self.look_at_next_in_groups() {
                return;
            }
        }
    }

    /// Looks at all who wait, where each would be looked at anyway.
    pub(super) fn look_at_everybody_in_groups(&mut self) {
        while self.look_at_next_in_groups() {}
    }

    /// Of several receivers, whoever waits to be looked at and is reached by a room or as a client is looked at first. So nobody gets
    /// twice what goes to all of them.
    pub(super) fn look_at_groups_shared<'a>(&mut self, receivers: impl Iterator<Item = &'a Receiver> + Clone) {
        let is_group = |receiver: &Receiver| matches!(receiver, Receiver::Group(_));
        if self.moving.formers.is_empty() || !receivers.clone().any(is_group) {
            return;
        }
        for receiver in receivers {
            for socket in self.waiting_and_reached(receiver) {
                self.look_at_groups(socket);
            }
        }
        self.look_at_some_in_groups();
    }

    fn waiting_and_reached(&self, by: &Receiver) -> Vec<SocketId> {
        let formers = &self.moving.formers;
        match by {
            Receiver::Group(_) => Vec::new(),
            Receiver::Members(room) | Receiver::Everyone(room) => {
                let Some(room) = self.house.rooms.get(room) else { return Vec::new() };
                let is_there = |socket: &&SocketId| room.listed.contains(socket) || room.doubts.contains(**socket);
                formers.lists().flatten().filter(is_there).copied().collect()
            }
            Receiver::Client(client) => {
                let sockets = self.house.sockets_of(&Member::Client(client.clone()));
                sockets.into_iter().filter(|socket| formers.contains(*socket)).collect()
            }
        }
    }
}
