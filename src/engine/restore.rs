//! What a store kept, brought back before the first socket comes.

use super::clients::Client;
use super::mail::Mail;
use super::membership::client_rate;
use super::{Engine, Output};
use crate::store::{LogKey, Record, Tables};
use crate::value::RoomKey;
use crate::wind::{Member, Now};
use std::sync::Arc;

impl Engine {
    /// Takes over what a store kept, as far as the rules still know it: clients, memberships, the heads of rooms' logs,
    /// mailboxes, tokens. To be called before the first input; take the outputs afterwards.
    pub fn restore(&mut self, now: Now, tables: Tables) {
        self.now = now;
        for (log, head) in &tables.logs {
            if let LogKey::Room(room) = log {
                self.restore_log(room, head.epoch, head.latest);
            }
        }
        let mut clients: Vec<_> = tables.clients.into_iter().collect();
        clients.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (id, kept) in clients {
            let record = self.house.clients.remember(&id, client_rate(&self.settings), now.monotonic);
            take_over(record, &kept);
            for room in kept.rooms.keys() {
                self.restore_membership(&id, room);
            }
        }
        for (hash, token) in tables.tokens {
            if token.expires > now.wall {
                self.restore_place(hash, token.client, &token.allows);
            } else {
                self.outbox.push_back(Output::Store(Record::TokenSpent { hash }));
            }
        }
    }

    fn restore_log(&mut self, key: &RoomKey, epoch: u64, latest: u64) {
        let log = LogKey::Room(key.clone());
        if self.program().room_of(key).is_none() {
            return self.outbox.push_back(Output::Store(Record::LogForgotten { log }));
        }
        let room = self.house.rooms.open(self.epochs.active(), key, &mut self.house.lists, || epoch);
        match &room.log {
            Some(kept) => {
                room.seq = latest;
                let keep = kept.keep;
                self.outbox.push_back(Output::Store(Record::Opened { log, epoch, keep }));
            }
            None => self.outbox.push_back(Output::Store(Record::LogForgotten { log })),
        }
    }

    fn restore_membership(&mut self, id: &Arc<str>, room: &RoomKey) {
        if self.program().room_of(room).is_none() {
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
        let (attributes, receives) = (known.attributes.clone(), known.receives.clone());
        self.outbox.push_back(Output::Store(Record::ClientSet { client: client.clone(), attributes, receives }));
    }
}

fn take_over(client: &mut Client, kept: &crate::store::Client) {
    client.attributes.clone_from(&kept.attributes);
    client.receives.clone_from(&kept.receives);
    client.mailbox.latest = kept.mail_latest;
    let mail = kept.mailbox.iter().map(|(seq, mail)| Mail {
        seq: *seq,
        expires: mail.expires,
        frame: mail.message.as_str().into(),
    });
    client.mailbox.waiting = mail.collect();
}
