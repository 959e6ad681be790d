//! Messages on their way: a frame is written once, and goes to a list as one output however many are on it.

use super::facts::{Speaker, Voice};
use super::regroup::Told;
use super::{Engine, Output};
use crate::envelope::{Outgoing, Place};
use crate::model::MailTerms;
use crate::value::{Json, RoomKey};
use crate::wind::{Member, MessageId, Receiver, SocketId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A list, by whose it is.
#[derive(Clone, Debug, PartialEq)]
enum Target {
    Room(RoomKey),
    Group(Arc<str>),
}

impl Engine {
    /// The frame as shared text.
    pub(super) fn render(&mut self, frame: &Outgoing<'_>) -> Arc<str> {
        self.scratch.clear();
        frame.write(&mut self.scratch);
        self.scratch.as_str().into()
    }

    /// Sends a frame to one socket, unless it is on its way out.
    pub(super) fn send(&mut self, socket: SocketId, frame: &Outgoing<'_>) {
        if self.house.sockets.get(socket).is_some_and(|socket| !socket.is_closing) {
            let frame = self.render(frame);
            self.outbox.push_back(Output::Send { socket, frame });
        }
    }

    /// A message of the room, for a socket whose rules post it.
    pub(super) fn post(
        &mut self,
        sender: SocketId,
        key: &RoomKey,
        (content, id): (&Json, Option<&MessageId>),
        also: &[Receiver],
        members: Posted,
    ) {
        let Some(voice) = self.house.voice(sender) else { return };
        let (seq, _) = self.post_as(&voice, key, (content, id), also, members);
        self.posted.extend(id.map(|id| (id.clone(), key.clone(), seq)));
    }

    /// A message of the room, with the next number of its order; its number, and whether it was there before.
    pub(super) fn post_as(
        &mut self,
        voice: &Voice,
        key: &RoomKey,
        (content, id): (&Json, Option<&MessageId>),
        also: &[Receiver],
        members: Posted,
    ) -> (u64, Post) {
        self.settle(key);
        self.settle_receivers(also.iter());
        if let Some(seq) = self.posted_before(key, &voice.from, id) {
            return (seq, Post::Repeated);
        }
        let room = self.open_room(key);
        room.seq += 1;
        let seq = room.seq;
        let place = Place::Room { room: key, seq: Some(seq) };
        let (is_empty, is_kept) = (room.members.is_empty(), room.log.is_some());
        if is_empty {
            self.touched.push(key.clone());
        }
        let frame = self.render_message(content, place, &voice.from);
        if is_kept {
            self.keep_post(key, &voice.from, id, (content, &frame));
        }
        self.statistics.messages += 1;
        match (members, also) {
            (Posted::ToMembers, []) => {
                let sockets = self.fan_room(key, voice.socket, &frame);
                self.count_deliveries(sockets, &frame);
            }
            (Posted::ToMembers, also) => {
                let own = Receiver::Members(key.clone());
                self.deliver_once(voice.socket, [&own].into_iter().chain(also), &frame);
            }
            (Posted::Elsewhere, also) => self.deliver_once(voice.socket, also.iter(), &frame),
        }
        (seq, Post::New)
    }

    /// A message outside any room's order, for a socket whose rules tell it.
    pub(super) fn tell(&mut self, sender: SocketId, receiver: &Receiver, content: &Json, mail: Option<MailTerms>) {
        let Some(voice) = self.house.voice(sender) else { return };
        if let (Receiver::Client(client), Some(terms)) = (receiver, mail)
            && self.house.clients.get(client).is_some_and(|known| known.sockets.is_empty())
        {
            if let Err(failure) = self.put_mail(&voice.from, client, content, &terms) {
                self.send_error(sender, None, &failure, None);
            }
            return;
        }
        self.tell_as(&voice, receiver, content);
    }

    /// A message outside any room's order, to whoever is connected.
    pub(super) fn tell_as(&mut self, voice: &Voice, receiver: &Receiver, content: &Json) {
        self.settle_receivers([receiver].into_iter());
        let place = match receiver {
            Receiver::Members(room) | Receiver::Everyone(room) => Place::Room { room, seq: None },
            Receiver::Client(_) => Place::Direct,
            Receiver::Group(group) => Place::Group(group),
        };
        let frame = self.render_message(content, place, &voice.from);
        self.statistics.messages += 1;
        self.deliver_once(voice.socket, [receiver].into_iter(), &frame);
    }

    fn render_message(&mut self, content: &Json, place: Place<'_>, from: &Speaker) -> Arc<str> {
        let at = self.now.wall;
        self.render(&Outgoing::Message { content, place, from: Some(from.who()), at, mail: None })
    }

    /// Sends a frame to several receivers, to each socket once.
    fn deliver_once<'a>(
        &mut self,
        sender: Option<SocketId>,
        to: impl Iterator<Item = &'a Receiver> + Clone,
        frame: &Arc<str>,
    ) {
        self.look_at_groups_shared(to.clone());
        self.look_at_shared(to.clone());
        let mut reached: Vec<(Target, Option<SocketId>)> = Vec::new();
        let mut alone: BTreeSet<SocketId> = BTreeSet::new();
        let mut webhooks: BTreeSet<Arc<str>> = BTreeSet::new();
        for receiver in to {
            let (target, except) = match receiver {
                Receiver::Members(room) => (Target::Room(room.clone()), sender),
                Receiver::Everyone(room) => (Target::Room(room.clone()), None),
                Receiver::Group(group) => {
                    let hooks = self.house.groups.get(group).map(|group| group.webhooks.iter().cloned());
                    webhooks.extend(hooks.into_iter().flatten());
                    (Target::Group(group.clone()), None)
                }
                Receiver::Client(client) => {
                    let sockets = self.house.sockets_of(&Member::Client(client.clone()));
                    self.send_to_the_rest(sockets, &reached, &mut alone, frame);
                    continue;
                }
            };
            let is_reached = reached.iter().any(|(other, _)| *other == target);
            if alone.is_empty() && !is_reached && !self.overlaps(&target, &reached) {
                let sockets = self.fan(&target, except, frame);
                self.count_deliveries(sockets, frame);
                reached.push((target, except));
            } else {
                if !is_reached {
                    self.hold(&target, frame);
                }
                let sockets = self.listed(&target).filter(|socket| Some(*socket) != except).collect();
                self.send_to_the_rest(sockets, &reached, &mut alone, frame);
            }
        }
        for name in webhooks {
            self.outbox.push_back(Output::Webhook { name, frame: Json::from_trusted(frame.clone()) });
        }
    }

    fn listed<'a>(&'a self, target: &Target) -> impl Iterator<Item = SocketId> + use<'a> {
        self.list_of(target).map(|(listed, _)| listed).into_iter().flatten().copied()
    }

    fn list_of(&self, target: &Target) -> Option<(&BTreeSet<SocketId>, super::ListId)> {
        match target {
            Target::Room(room) => self.house.rooms.get(room).map(|room| (&room.listed, room.list)),
            Target::Group(group) => self.house.groups.get(group).map(|group| (&group.listed, group.list)),
        }
    }

    /// Whether somebody on the list is on one that has been reached. Looks through the shorter of two.
    fn overlaps(&self, target: &Target, reached: &[(Target, Option<SocketId>)]) -> bool {
        let Some((listed, _)) = self.list_of(target) else { return false };
        reached.iter().filter_map(|(other, _)| self.list_of(other)).any(|(other, _)| {
            let (short, long) = if other.len() < listed.len() { (other, listed) } else { (listed, other) };
            short.iter().any(|socket| long.contains(socket))
        })
    }

    fn send_to_the_rest(
        &mut self,
        sockets: Vec<SocketId>,
        reached: &[(Target, Option<SocketId>)],
        alone: &mut BTreeSet<SocketId>,
        frame: &Arc<str>,
    ) {
        for socket in sockets {
            let is_reached = reached.iter().any(|(target, except)| {
                *except != Some(socket) && self.list_of(target).is_some_and(|(listed, _)| listed.contains(&socket))
            });
            let is_open = self.house.sockets.get(socket).is_some_and(|socket| !socket.is_closing);
            if is_open && !is_reached && alone.insert(socket) {
                self.count_deliveries(1, frame);
                self.outbox.push_back(Output::Send { socket, frame: frame.clone() });
            }
        }
    }

    fn count_deliveries(&mut self, sockets: u64, frame: &str) {
        self.statistics.deliveries += sockets;
        self.fanned_out = self.fanned_out.saturating_add(sockets.saturating_mul(frame.len() as u64));
    }

    /// Writes to everybody on a room's list; how many that are.
    pub(super) fn fan_room(&mut self, room: &RoomKey, except: Option<SocketId>, frame: &Arc<str>) -> u64 {
        if self.is_moving() {
            self.look_at_some(room);
            self.hold_in_room(room, frame);
        }
        match self.house.rooms.get(room) {
            Some(room) => fan_list(&mut self.outbox, room.list, &room.listed, except, frame),
            None => 0,
        }
    }

    /// For whoever is doubted there, or has yet to be looked at.
    fn hold(&mut self, target: &Target, frame: &Arc<str>) {
        match target {
            Target::Room(key) => {
                self.look_at_some(key);
                self.hold_in_room(key, frame);
            }
            Target::Group(group) => self.moving.formers.hold(group, None, frame, Told::Message),
        }
    }

    /// Writes to everybody on a group's list; how many that are.
    pub(super) fn fan_group(
        &mut self,
        group: &Arc<str>,
        except: Option<SocketId>,
        frame: &Arc<str>,
        told: Told,
    ) -> u64 {
        self.moving.formers.hold(group, except, frame, told);
        match self.house.groups.get(group) {
            Some(group) => fan_list(&mut self.outbox, group.list, &group.listed, except, frame),
            None => 0,
        }
    }

    fn fan(&mut self, target: &Target, except: Option<SocketId>, frame: &Arc<str>) -> u64 {
        match target {
            Target::Room(room) => self.fan_room(room, except, frame),
            Target::Group(group) => self.fan_group(group, except, frame, Told::Message),
        }
    }
}

/// Whether a room's own members get its post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Posted {
    /// They do.
    ToMembers,
    /// The rules send it elsewhere only.
    Elsewhere,
}

/// Whether a post is made, or was made before under the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Post {
    New,
    Repeated,
}

fn fan_list(
    outbox: &mut super::Outbox,
    list: super::ListId,
    listed: &BTreeSet<SocketId>,
    except: Option<SocketId>,
    frame: &Arc<str>,
) -> u64 {
    let except = except.filter(|socket| listed.contains(socket));
    let count = listed.len() - usize::from(except.is_some());
    if count > 0 {
        outbox.push_back(Output::Fan { list, frame: frame.clone(), except });
    }
    count as u64
}
