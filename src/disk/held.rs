//! The index in memory: which items count, and where on the disk they stand. What they say is read there.

use super::codec::{Item, read_item, read_place};
use super::frame::item_length;
use super::segment::Segment;
use crate::store::{self, Head, LogKey, Places, Record, Refusal, TokenHash};
use crate::value::RoomKey;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Where an item stands, with its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// What an item is about, unless it is a message or a token. The latest item of each subject counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Client(Arc<str>),
    Member(Arc<str>, RoomKey),
    Mail(Arc<str>, u64),
    MailTrimmed(Arc<str>),
    MailLost(Arc<str>),
    Revocation(u64),
    Letter(Arc<str>, u64),
    Head(LogKey),
    Retired,
}

/// A token that counts.
struct Token {
    client: Arc<str>,
    place: Place,
}

/// How far a client's mail has come.
#[derive(Clone, Copy, Default)]
struct MailNumbers {
    latest: u64,
    trimmed: u64,
    lost: u64,
}

/// Everything that is known without reading the disk. Trees, since a table has room for nearly twice as many as are in it.
#[derive(Default)]
pub(super) struct Held {
    /// How each log stands.
    pub heads: HashMap<LogKey, Head>,
    /// The kept messages of each log.
    pub messages: HashMap<LogKey, Places<Place>>,
    /// The item that counts for each subject.
    homes: BTreeMap<Subject, Place>,
    tokens: BTreeMap<TokenHash, Token>,
    /// Of clients that ever had mail.
    mail: BTreeMap<Arc<str>, MailNumbers>,
    pub segments: BTreeMap<u32, Segment>,
}

impl Held {
    pub(super) fn bytes(&self) -> u64 {
        self.segments.values().map(|segment| segment.bytes).sum()
    }

    pub(super) fn live_bytes(&self) -> u64 {
        self.segments.values().map(|segment| segment.live).sum()
    }

    /// As [`store::Tables::check`].
    pub(super) fn check(&self, records: &[Record]) -> Result<Vec<Head>, Refusal> {
        store::check_records(records, |log| self.heads.get(log).copied(), |client| self.mail_numbers(client).latest)
    }

    /// Does what a record says that stands here. For [`Record::Opened`] there is [`Held::take_head`].
    pub(super) fn take_record(&mut self, record: &Record, place: Place) {
        match record {
            Record::Posted { log, epoch, message } => {
                self.heads.get_mut(log).into_iter().for_each(|head| head.take(log, *epoch, message.offset));
                self.messages.entry(log.clone()).or_default().push(message.at, place);
                self.count(place);
                self.trim(log);
            }
            Record::Opened { log, epoch, keep } => {
                let head = Head::opened(self.heads.get(log), *epoch, *keep);
                self.take_head(log, head, place);
            }
            Record::LogForgotten { log } => {
                self.heads.remove(log);
                self.clear(log);
                self.abandon(&Subject::Head(log.clone()));
            }
            Record::ClientForgotten { client } => self.forget_client(client),
            Record::ClientSet { client, attributes, receives } => {
                let subject = Subject::Client(client.clone());
                let is_blank = attributes.is_empty() && receives.is_empty();
                if is_blank { self.abandon(&subject) } else { self.settle(subject, place) }
            }
            Record::Joined { client, room, .. } => self.settle(Subject::Member(client.clone(), room.clone()), place),
            Record::Left { client, room } => self.abandon(&Subject::Member(client.clone(), room.clone())),
            Record::MailboxPut { client, seq, .. } => {
                let numbers = self.mail.entry(client.clone()).or_default();
                numbers.latest = numbers.latest.max(*seq);
                self.settle(Subject::Mail(client.clone(), *seq), place);
            }
            Record::MailboxTrimmed { client, through } => self.trim_mail(client, *through, place),
            Record::MailLost { client, seq } => self.lose_mail(client, *seq, place),
            Record::TokenIssued { hash, client, .. } => {
                self.spend(hash);
                self.count(place);
                self.tokens.insert(*hash, Token { client: client.clone(), place });
            }
            Record::TokenSpent { hash } => self.spend(hash),
            Record::KeysRevoked { number, .. } => self.settle(Subject::Revocation(*number), place),
            Record::RevocationOver { number } => self.abandon(&Subject::Revocation(*number)),
            Record::LetterPut { webhook, number, .. } => {
                self.settle(Subject::Letter(webhook.clone(), *number), place);
            }
            Record::LetterGone { webhook, number } => self.abandon(&Subject::Letter(webhook.clone(), *number)),
        }
    }

    /// A log stands so from here on.
    pub(super) fn take_head(&mut self, log: &LogKey, head: Head, place: Place) {
        if self.heads.get(log).is_none_or(|before| before.epoch != head.epoch) {
            self.clear(log);
        }
        self.heads.insert(log.clone(), head);
        self.messages.entry(log.clone()).or_default();
        self.settle(Subject::Head(log.clone()), place);
        self.trim(log);
    }

    /// The item here is the one that counts for its subject.
    pub(super) fn settle(&mut self, subject: Subject, place: Place) {
        self.count(place);
        let before = self.homes.insert(subject, place);
        before.into_iter().for_each(|place| self.discount(place));
    }

    /// Nothing counts for the subject any more.
    fn abandon(&mut self, subject: &Subject) {
        self.homes.remove(subject).into_iter().for_each(|place| self.discount(place));
    }

    fn spend(&mut self, hash: &TokenHash) {
        self.tokens.remove(hash).into_iter().for_each(|token| self.discount(token.place));
    }

    fn mail_numbers(&self, client: &str) -> MailNumbers {
        self.mail.get(client).copied().unwrap_or_default()
    }

    fn trim_mail(&mut self, client: &Arc<str>, through: u64, place: Place) {
        let first = Subject::Mail(client.clone(), 0);
        let last = Subject::Mail(client.clone(), through);
        let gone: Vec<Subject> = self.homes.range(first..=last).map(|(subject, _)| subject.clone()).collect();
        gone.iter().for_each(|subject| self.abandon(subject));
        let before = self.mail_numbers(client);
        // one that was written again comes after later ones
        if through > 0 && through >= before.trimmed {
            let latest = before.latest.max(through);
            self.mail.insert(client.clone(), MailNumbers { latest, trimmed: through, ..before });
            self.settle(Subject::MailTrimmed(client.clone()), place);
        }
    }

    fn lose_mail(&mut self, client: &Arc<str>, seq: u64, place: Place) {
        self.abandon(&Subject::Mail(client.clone(), seq));
        let before = self.mail_numbers(client);
        // the others only take their mail away; the highest also says how far the numbers have come
        if seq > 0 && seq >= before.lost {
            let latest = before.latest.max(seq);
            self.mail.insert(client.clone(), MailNumbers { latest, lost: seq, ..before });
            self.settle(Subject::MailLost(client.clone()), place);
        }
    }

    fn forget_client(&mut self, client: &Arc<str>) {
        self.abandon(&Subject::Client(client.clone()));
        self.abandon(&Subject::MailTrimmed(client.clone()));
        self.abandon(&Subject::MailLost(client.clone()));
        let is_its = |subject: &&Subject| match subject {
            Subject::Member(of, _) | Subject::Mail(of, _) => of == client,
            Subject::Client(_) | Subject::MailTrimmed(_) | Subject::MailLost(_) | Subject::Revocation(_) => false,
            Subject::Letter(..) | Subject::Head(_) | Subject::Retired => false,
        };
        let rooms = self.homes.range(Subject::Member(client.clone(), RoomKey("".into()))..).map(|(subject, _)| subject);
        let mail = self.homes.range(Subject::Mail(client.clone(), 0)..).map(|(subject, _)| subject);
        let gone: Vec<Subject> = rooms.take_while(is_its).chain(mail.take_while(is_its)).cloned().collect();
        gone.iter().for_each(|subject| self.abandon(subject));
        let tokens = self.tokens.iter().filter(|(_, token)| token.client == *client);
        let spent: Vec<TokenHash> = tokens.map(|(hash, _)| *hash).collect();
        spent.iter().for_each(|hash| self.spend(hash));
        self.mail.remove(client);
    }

    /// Where all stands that counts, but for the logs' messages, in the order of the disk.
    pub(super) fn places(&self) -> Vec<Place> {
        let tokens = self.tokens.values().map(|token| token.place);
        let mut places: Vec<Place> = self.homes.values().copied().chain(tokens).collect();
        places.sort_unstable();
        places
    }

    /// Whether an item still counts.
    pub(super) fn is_live(&self, item: &[u8], place: Place) -> bool {
        self.home(item) == Some(place)
    }

    /// Where the item stands that counts for what this one is about.
    fn home(&self, item: &[u8]) -> Option<Place> {
        if let Some(found) = read_place(item) {
            let found = found.ok()?;
            let head = self.heads.get(&found.log).filter(|head| head.epoch == found.epoch)?;
            return self.messages.get(&found.log)?.get(head, found.offset).copied();
        }
        match about(read_item(item).ok()?)? {
            About::Subject(subject) => self.homes.get(&subject).copied(),
            About::Token(hash) => self.tokens.get(&hash).map(|token| token.place),
        }
    }

    /// An item that counts stands somewhere else from here on.
    pub(super) fn move_item(&mut self, item: &[u8], place: Place) {
        let Some(before) = self.home_mut(item).map(|home| std::mem::replace(home, place)) else { return };
        self.count(place);
        self.discount(before);
    }

    fn home_mut(&mut self, item: &[u8]) -> Option<&mut Place> {
        if let Some(found) = read_place(item) {
            let found = found.ok()?;
            let head = self.heads.get(&found.log)?;
            return self.messages.get_mut(&found.log)?.get_mut(head, found.offset);
        }
        match about(read_item(item).ok()?)? {
            About::Subject(subject) => self.homes.get_mut(&subject),
            About::Token(hash) => self.tokens.get_mut(&hash).map(|token| &mut token.place),
        }
    }

    /// Gives up the messages that the log's head does not have any more.
    fn trim(&mut self, log: &LogKey) {
        let (Some(head), Some(places)) = (self.heads.get(log), self.messages.get_mut(log)) else { return };
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

/// What an item is about.
enum About {
    Subject(Subject),
    Token(TokenHash),
}

/// What an item is about; none for a message, and for what only takes others away.
fn about(item: Item) -> Option<About> {
    let subject = match item {
        Item::Head { log, .. } => Subject::Head(log),
        Item::Retired { .. } => Subject::Retired,
        Item::Record(record) => match record {
            Record::ClientSet { client, .. } => Subject::Client(client),
            Record::Joined { client, room, .. } => Subject::Member(client, room),
            Record::Opened { log, .. } => Subject::Head(log),
            Record::MailboxPut { client, seq, .. } => Subject::Mail(client, seq),
            Record::MailboxTrimmed { client, .. } => Subject::MailTrimmed(client),
            Record::MailLost { client, .. } => Subject::MailLost(client),
            Record::TokenIssued { hash, .. } => return Some(About::Token(hash)),
            Record::KeysRevoked { number, .. } => Subject::Revocation(number),
            Record::LetterPut { webhook, number, .. } => Subject::Letter(webhook, number),
            Record::ClientForgotten { .. }
            | Record::Left { .. }
            | Record::Posted { .. }
            | Record::LogForgotten { .. }
            | Record::TokenSpent { .. }
            | Record::RevocationOver { .. }
            | Record::LetterGone { .. } => return None,
        },
    };
    Some(About::Subject(subject))
}
