//! The index in memory: what counts, and where on the disk it stands.

use super::codec::{Item, read_item, read_place};
use super::frame::item_length;
use super::segment::Segment;
use crate::store::{Client, Head, LogKey, Places, Record, Tables, TokenHash};
use crate::value::{Json, RoomKey};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Where an item stands, with its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub segment: u32,
    pub at: u32,
    pub length: u32,
}

impl Place {
    /// Of an item that is `length` bytes long without its header.
    pub(super) fn new(segment: u32, at: u64, length: usize) -> Place {
        // a segment and a commit are far smaller than what 32 bits count
        Place { segment, at: at as u32, length: item_length(length) as u32 }
    }
}

/// What an item is about, unless it is a message. The latest item of each subject counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Client(Arc<str>),
    Member(Arc<str>, RoomKey),
    Mail(Arc<str>, u64),
    MailTrimmed(Arc<str>),
    Token(TokenHash),
    Revocation(u64),
    Letter(Arc<str>, u64),
    Head(LogKey),
    Retired,
}

/// Everything that is known without reading the disk.
#[derive(Default)]
pub(super) struct Held {
    pub tables: Tables,
    /// The kept messages of each log.
    pub messages: HashMap<LogKey, Places<Place>>,
    /// The item that counts for each subject. A tree, since a table has room for nearly twice as many as are in it.
    pub homes: BTreeMap<Subject, Place>,
    pub segments: BTreeMap<u32, Segment>,
    /// What takes the place of what tokens allow, once nobody asks for it before the store is opened again.
    pub allows: Option<Json>,
}

impl Held {
    pub(super) fn bytes(&self) -> u64 {
        self.segments.values().map(|segment| segment.bytes).sum()
    }

    pub(super) fn live_bytes(&self) -> u64 {
        self.segments.values().map(|segment| segment.live).sum()
    }

    /// Remembers of tokens only that they count. What they allow stands on the disk.
    pub(super) fn forget_what_tokens_allow(&mut self) {
        let nothing = Json::list([]);
        self.tables.tokens.values_mut().for_each(|token| token.allows = nothing.clone());
        self.allows = Some(nothing);
    }

    /// Does what a record says that stands here. For [`Record::Opened`] there is [`Held::take_head`].
    pub(super) fn take_record(&mut self, record: &Record, place: Place) {
        match record {
            Record::Posted { log, message, .. } => {
                self.tables.apply(record);
                self.messages.entry(log.clone()).or_default().push(message.at, place);
                self.count(place);
                self.trim(log);
            }
            Record::ClientForgotten { client } => {
                self.abandon(self.subjects_of(client));
                self.tables.apply(record);
            }
            Record::MailboxTrimmed { client, through } => {
                self.abandon(self.mail_through(client, *through));
                let before = self.tables.clients.get(client).map_or(0, |known| known.mail_trimmed);
                if *through >= before {
                    self.settle_after(record, Subject::MailTrimmed(client.clone()), place);
                }
            }
            Record::LogForgotten { log } => {
                self.clear(log);
                self.settle_after(record, Subject::Head(log.clone()), place);
            }
            Record::Opened { log, .. } => self.settle_after(record, Subject::Head(log.clone()), place),
            Record::ClientSet { client, .. } => {
                self.settle_after(record, Subject::Client(client.clone()), place);
            }
            Record::Joined { client, room, .. } | Record::Left { client, room } => {
                self.settle_after(record, Subject::Member(client.clone(), room.clone()), place);
            }
            Record::MailboxPut { client, seq, .. } => {
                self.settle_after(record, Subject::Mail(client.clone(), *seq), place);
            }
            Record::TokenIssued { hash, client, expires, allows } => {
                let (client, allows) = (client.clone(), self.allows.as_ref().unwrap_or(allows).clone());
                let issued = Record::TokenIssued { hash: *hash, client, expires: *expires, allows };
                self.settle_after(&issued, Subject::Token(*hash), place);
            }
            Record::TokenSpent { hash } => self.settle_after(record, Subject::Token(*hash), place),
            Record::KeysRevoked { number, .. } | Record::RevocationOver { number } => {
                self.settle_after(record, Subject::Revocation(*number), place);
            }
            Record::LetterPut { webhook, number, .. } | Record::LetterGone { webhook, number } => {
                self.settle_after(record, Subject::Letter(webhook.clone(), *number), place);
            }
        }
    }

    /// A log stands so from here on.
    pub(super) fn take_head(&mut self, log: &LogKey, head: Head, place: Place) {
        if self.tables.logs.get(log).is_none_or(|before| before.epoch != head.epoch) {
            self.clear(log);
        }
        self.tables.logs.insert(log.clone(), head);
        self.messages.entry(log.clone()).or_default();
        self.settle(Subject::Head(log.clone()), place);
        self.trim(log);
    }

    fn settle_after(&mut self, record: &Record, subject: Subject, place: Place) {
        self.tables.apply(record);
        self.settle(subject, place);
    }

    /// The item here is the one that counts for its subject, if the subject is still there.
    pub(super) fn settle(&mut self, subject: Subject, place: Place) {
        let before = if self.holds(&subject) {
            self.count(place);
            self.homes.insert(subject, place)
        } else {
            self.homes.remove(&subject)
        };
        before.into_iter().for_each(|place| self.discount(place));
    }

    /// Whether an item still counts.
    pub(super) fn is_live(&self, item: &[u8], place: Place) -> bool {
        if let Some(found) = read_place(item) {
            let Ok(found) = found else { return false };
            let head = self.tables.logs.get(&found.log).filter(|head| head.epoch == found.epoch);
            let known = head.and_then(|head| self.messages.get(&found.log)?.get(head, found.offset));
            return known == Some(&place);
        }
        let subject = read_item(item).ok().and_then(subject);
        subject.is_some_and(|subject| self.homes.get(&subject) == Some(&place))
    }

    /// An item that counts stands somewhere else from here on.
    pub(super) fn move_item(&mut self, item: &[u8], place: Place) {
        if let Some(found) = read_place(item) {
            let Ok(found) = found else { return };
            let head = self.tables.logs.get(&found.log);
            let known = head.and_then(|head| self.messages.get_mut(&found.log)?.get_mut(head, found.offset));
            let before = known.map(|known| std::mem::replace(known, place));
            if let Some(before) = before {
                self.count(place);
                self.discount(before);
            }
        } else if let Some(subject) = read_item(item).ok().and_then(subject) {
            self.settle(subject, place);
        }
    }

    /// Gives up the messages that the log's head does not have any more.
    fn trim(&mut self, log: &LogKey) {
        let (Some(head), Some(places)) = (self.tables.logs.get(log), self.messages.get_mut(log)) else { return };
        for place in places.trim(head) {
            discount(&mut self.segments, place);
        }
    }

    /// Gives up all messages of a log.
    fn clear(&mut self, log: &LogKey) {
        for place in self.messages.remove(log).iter().flat_map(Places::iter) {
            discount(&mut self.segments, *place);
        }
    }

    fn abandon(&mut self, subjects: Vec<Subject>) {
        for subject in subjects {
            self.homes.remove(&subject).into_iter().for_each(|place| self.discount(place));
        }
    }

    fn subjects_of(&self, client: &Arc<str>) -> Vec<Subject> {
        let mut subjects = vec![Subject::Client(client.clone()), Subject::MailTrimmed(client.clone())];
        if let Some(known) = self.tables.clients.get(client) {
            subjects.extend(known.rooms.keys().map(|room| Subject::Member(client.clone(), room.clone())));
        }
        subjects.extend(self.mail_through(client, u64::MAX));
        let tokens = self.tables.tokens.iter().filter(|(_, token)| token.client == *client);
        subjects.extend(tokens.map(|(hash, _)| Subject::Token(*hash)));
        subjects
    }

    fn mail_through(&self, client: &Arc<str>, through: u64) -> Vec<Subject> {
        let Some(known) = self.tables.clients.get(client) else { return Vec::new() };
        known.mailbox.range(..=through).map(|(seq, _)| Subject::Mail(client.clone(), *seq)).collect()
    }

    fn holds(&self, subject: &Subject) -> bool {
        let holds =
            |client, has: &dyn Fn(&Client) -> bool| self.tables.clients.get(client).is_some_and(|known| has(known));
        match subject {
            Subject::Client(client) => {
                holds(client, &|known| !known.attributes.is_empty() || !known.receives.is_empty())
            }
            Subject::Member(client, room) => holds(client, &|known| known.rooms.contains(room)),
            Subject::Mail(client, seq) => holds(client, &|known| known.mailbox.contains_key(seq)),
            Subject::MailTrimmed(client) => holds(client, &|known| known.mail_trimmed > 0),
            Subject::Token(hash) => self.tables.tokens.contains_key(hash),
            Subject::Revocation(number) => self.tables.revocations.contains_key(number),
            Subject::Letter(webhook, number) => {
                self.tables.letters.get(webhook).is_some_and(|letters| letters.contains_key(number))
            }
            Subject::Head(log) => self.tables.logs.contains_key(log),
            Subject::Retired => true,
        }
    }

    pub(super) fn count(&mut self, place: Place) {
        if let Some(segment) = self.segments.get_mut(&place.segment) {
            segment.live += u64::from(place.length);
        }
    }

    fn discount(&mut self, place: Place) {
        discount(&mut self.segments, place);
    }
}

fn discount(segments: &mut BTreeMap<u32, Segment>, place: Place) {
    if let Some(segment) = segments.get_mut(&place.segment) {
        segment.live = segment.live.saturating_sub(u64::from(place.length));
    }
}

/// What an item is about; none for a message, and for what only takes others away.
fn subject(item: Item) -> Option<Subject> {
    match item {
        Item::Head { log, .. } => Some(Subject::Head(log)),
        Item::Retired { .. } => Some(Subject::Retired),
        Item::Record(record) => match record {
            Record::ClientSet { client, .. } => Some(Subject::Client(client)),
            Record::Joined { client, room, .. } => Some(Subject::Member(client, room)),
            Record::Opened { log, .. } => Some(Subject::Head(log)),
            Record::MailboxPut { client, seq, .. } => Some(Subject::Mail(client, seq)),
            Record::MailboxTrimmed { client, .. } => Some(Subject::MailTrimmed(client)),
            Record::TokenIssued { hash, .. } => Some(Subject::Token(hash)),
            Record::KeysRevoked { number, .. } => Some(Subject::Revocation(number)),
            Record::LetterPut { webhook, number, .. } => Some(Subject::Letter(webhook, number)),
            Record::ClientForgotten { .. }
            | Record::Left { .. }
            | Record::Posted { .. }
            | Record::LogForgotten { .. }
            | Record::TokenSpent { .. }
            | Record::RevocationOver { .. }
            | Record::LetterGone { .. } => None,
        },
    }
}
