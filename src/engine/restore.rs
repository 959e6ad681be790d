//! What a store kept, brought back before the first socket comes.

use super::clients::Client;
use super::facts::Speaker;
use super::mailbox::Mailbox;
use super::recent::{RECENT_MESSAGES_MAX, Recent};
use super::rooms::Room;
use super::{Engine, Output};
use crate::envelope::Who;
use crate::store::{Letters, LogKey, Message, Record, Tables};
use crate::value::{Json, RoomKey};
use crate::wind::{Member, Now, SocketId};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Engine {
    /// Takes over what a store kept, as far as the rules still know it: clients, memberships, the heads of rooms' logs,
    /// mailboxes, tokens. What waits for webhooks is not the engine's. To be called before the first input; take the outputs afterwards.
    pub fn restore(&mut self, now: Now, tables: Tables) {
        self.now = now;
        // In the order of their names, so that the same store gives the same outputs.
        let logs: BTreeMap<_, _> = tables.logs.into_iter().collect();
        for (log, head) in &logs {
            if let LogKey::Room(room) = log {
                self.restore_log(room, head.epoch, head.latest);
            }
        }
        let clients: BTreeMap<_, _> = tables.clients.into_iter().collect();
        for (id, kept) in clients {
            let record = self.house.clients.remember(&id, self.settings.client_rate(), now.monotonic);
            take_over(record, &kept);
            for room in kept.rooms.keys() {
                self.restore_membership(&id, room);
            }
        }
        self.restore_places(&tables.tokens, &tables.revocations);
        self.forget_letters(&tables.letters);
    }

    /// The rooms of which a store has a log, how far each has come, and after which `seq` its posts are wanted by
    /// [`Engine::restore_posts`].
    pub fn logs_to_restore(&self) -> Vec<(RoomKey, u64)> {
        let latest = |(key, room): (&RoomKey, &Room)| (key.clone(), room.seq);
        let kept = self.house.rooms.iter().filter(|(_, room)| room.log.is_some() && room.seq > 0);
        kept.map(latest).map(|(key, seq)| (key, seq.saturating_sub(RECENT_MESSAGES_MAX as u64))).collect()
    }

    /// Knows the ids of a room's posts again, and how old its history is. These are the latest that the store shows, in their
    /// order; none where all of it is too old.
    pub fn restore_posts(&mut self, room: &RoomKey, posts: &[Message]) {
        let Some(log) = self.house.rooms.get_mut(room).and_then(|room| room.log.as_mut()) else { return };
        for post in posts {
            let (seq, at) = (post.offset, post.at);
            let from = post.from.as_deref().and_then(Who::parse).map(speaker);
            if let (Some(from), Some(id)) = (from, post.id.as_deref().and_then(|id| Json::parse(id).ok())) {
                log.push(Recent { seq, at, frame: None, from, id: Some(id) });
            }
        }
        log.latest_at = posts.last().map_or(0, |post| post.at);
    }

    /// What waits for webhooks that the rules do not have any more goes nowhere.
    fn forget_letters(&mut self, letters: &Letters) {
        let program = self.program().clone();
        let is_known = |webhook: &Arc<str>| program.model.groups.iter().any(|group| group.webhooks.contains(webhook));
        for (webhook, letters) in letters.iter().filter(|(webhook, _)| !is_known(webhook)) {
            let gone = |number: &u64| Output::Store(Record::LetterGone { webhook: webhook.clone(), number: *number });
            self.outbox.extend(letters.keys().map(gone));
        }
    }

    fn restore_log(&mut self, key: &RoomKey, epoch: u64, latest: u64) {
        let log = LogKey::Room(key.clone());
        if self.program().room_of(key).is_none() {
            return self.outbox.push_back(Output::Store(Record::LogForgotten { log }));
        }
        let (room, _is_new) = self.house.rooms.open(self.epochs.active(), key, &mut self.house.lists, || epoch);
        match &mut room.log {
            Some(kept) => {
                room.seq = latest;
                kept.latest_at = self.now.wall;
                let keep = kept.keep;
                self.touched.push(key.clone());
                self.outbox.push_back(Output::Store(Record::Opened { log, epoch, keep }));
            }
            None => self.outbox.push_back(Output::Store(Record::LogForgotten { log })),
        }
    }

    fn restore_membership(&mut self, id: &Arc<str>, room: &RoomKey) {
        // nobody stands anywhere yet
        if self.is_transient(room) {
            let left = Record::Left { client: id.clone(), room: room.clone() };
            return self.outbox.push_back(Output::Store(left));
        }
        self.open_room(room).members.insert(Member::Client(id.clone()));
        if let Some(client) = self.house.clients.get_mut(id) {
            client.rooms.insert(room.clone());
        }
    }

    /// Writes down what the rules have set of a client.
    pub(super) fn store_client(&mut self, client: &Arc<str>) {
        let Some(known) = self.house.clients.get(client) else { return };
        let attributes = known.attributes.entries().cloned().collect();
        let receives = known.receives.iter().cloned().collect();
        self.outbox.push_back(Output::Store(Record::ClientSet { client: client.clone(), attributes, receives }));
    }
}

fn speaker(who: Who<'_>) -> Speaker {
    match who {
        Who::Client(client) => Speaker::Member(Member::Client(client.into())),
        Who::Socket(socket) => Speaker::Member(Member::Socket(SocketId(socket))),
        Who::Service(name) => Speaker::Service(name.into()),
    }
}

fn take_over(client: &mut Client, kept: &crate::store::Client) {
    client.attributes = kept.attributes.clone().into();
    client.receives.extend(kept.receives.iter().cloned());
    client.mailbox = (kept.mail_latest > 0).then(|| Box::new(Mailbox::restored(kept)));
}
