//! What records add up to: the one place that says what each of them means.

use super::{Head, Letter, LogKey, Position, Record, Refusal, TokenHash};
use crate::value::{Few, Json, Millis, RoomKey, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// One client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Client {
    /// What the rules have set, by name.
    pub attributes: BTreeMap<Arc<str>, Value>,
    /// The groups it receives beside what the rules say of its id.
    pub receives: BTreeSet<Arc<str>>,
    /// What it is a member of.
    pub rooms: Few<RoomKey, Member>,
    /// What waits for it, by number.
    pub mailbox: BTreeMap<u64, Mail>,
    /// The highest number that mail of it ever had.
    pub mail_latest: u64,
    /// It has its mail up to this number, or knows that it is lost.
    pub mail_trimmed: u64,
}

/// A client in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which of the client's admissions it was.
    pub join: u64,
    /// How far the client has come.
    pub position: Position,
}

/// One message that waits for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Until when it is of use.
    pub expires: Option<Millis>,
    /// The room by whose newer messages it may be pushed out; none: by nothing.
    pub latest_of: Option<Arc<str>>,
    /// What the client will get.
    pub message: Json,
}

/// A token that has not been used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// As whom it resumes.
    pub client: Arc<str>,
    /// Until when.
    pub expires: Millis,
    /// What it allows.
    pub allows: Json,
}

/// Everything that is stored but the messages of the logs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// All clients that have something to remember. In boxes, since a table has room for nearly twice as many as are in it.
    pub clients: HashMap<Arc<str>, Box<Client>>,
    /// All tokens that can still be used. In a tree, for the same reason.
    pub tokens: BTreeMap<TokenHash, Token>,
    /// All logs.
    pub logs: HashMap<LogKey, Head>,
    /// Which locks' keys are void in tokens that were written down before, by the number of the revocation.
    pub revocations: BTreeMap<u64, BTreeSet<Arc<str>>>,
    /// What waits for webhooks, and what is dead, by the webhook's name.
    pub letters: Letters,
}

/// The messages of each webhook that has some, in its order.
pub type Letters = BTreeMap<Arc<str>, BTreeMap<u64, Letter>>;

impl Client {
    fn is_blank(&self) -> bool {
        self.attributes.is_empty() && self.receives.is_empty() && self.rooms.is_empty() && self.mail_latest == 0
    }
}

impl Tables {
    /// Whether these records, one after the other, follow from what is there. Changes nothing. Gives how each log stands
    /// that they open, in their order.
    pub fn check(&self, records: &[Record]) -> Result<Vec<Head>, Refusal> {
        check_records(records, |log| self.logs.get(log).copied(), |client| self.mail_latest(client))
    }

    /// Does what a record says, as far as tables hold it. It has been checked.
    pub fn apply(&mut self, record: &Record) {
        match record {
            Record::ClientSet { client, attributes, receives } => self.change(client, |known| {
                known.attributes = attributes.iter().map(|(name, value)| (name.clone(), storable(value))).collect();
                known.receives = receives.clone();
            }),
            Record::ClientForgotten { client } => {
                self.clients.remove(client);
                self.tokens.retain(|_, token| token.client != *client);
            }
            Record::Joined { client, room, join, position } => self.change(client, |known| {
                known.rooms.put(room.clone(), Member { join: *join, position: *position });
            }),
            Record::Left { client, room } => self.change(client, |known| {
                known.rooms.remove(room);
            }),
            Record::Opened { log, epoch, keep } => {
                let head = Head::opened(self.logs.get(log), *epoch, *keep);
                self.logs.insert(log.clone(), head);
            }
            Record::Posted { log, epoch, message } => {
                self.logs.get_mut(log).into_iter().for_each(|head| head.take(log, *epoch, message.offset));
            }
            Record::LogForgotten { log } => {
                self.logs.remove(log);
            }
            Record::MailboxPut { client, seq, expires, latest_of, message } => self.change(client, |known| {
                let (latest_of, message) = (latest_of.clone(), message.clone());
                known.mailbox.insert(*seq, Mail { expires: *expires, latest_of, message });
                known.mail_latest = known.mail_latest.max(*seq);
            }),
            Record::MailboxTrimmed { client, through } => self.change(client, |known| {
                known.mailbox = known.mailbox.split_off(&through.saturating_add(1));
                known.mail_trimmed = known.mail_trimmed.max(*through);
                known.mail_latest = known.mail_latest.max(*through);
            }),
            Record::MailLost { client, seq } => self.change(client, |known| {
                known.mailbox.remove(seq);
                known.mail_latest = known.mail_latest.max(*seq);
            }),
            Record::TokenIssued { hash, client, expires, allows } => {
                let token = Token { client: client.clone(), expires: *expires, allows: allows.clone() };
                self.tokens.insert(*hash, token);
            }
            Record::TokenSpent { hash } => {
                self.tokens.remove(hash);
            }
            Record::KeysRevoked { number, locks } => {
                self.revocations.insert(*number, locks.clone());
            }
            Record::RevocationOver { number } => {
                self.revocations.remove(number);
            }
            Record::LetterPut { webhook, number, letter } => {
                self.letters.entry(webhook.clone()).or_default().insert(*number, letter.clone());
            }
            Record::LetterGone { webhook, number } => self.drop_letter(webhook, *number),
        }
    }

    fn drop_letter(&mut self, webhook: &str, number: u64) {
        let Some(letters) = self.letters.get_mut(webhook) else { return };
        letters.remove(&number);
        if letters.is_empty() {
            self.letters.remove(webhook);
        }
    }

    fn mail_latest(&self, client: &str) -> u64 {
        self.clients.get(client).map_or(0, |known| known.mail_latest)
    }

    /// Changes what is known of a client, who is forgotten if that is nothing.
    fn change(&mut self, client: &Arc<str>, change: impl FnOnce(&mut Client)) {
        let known = self.clients.entry(client.clone()).or_default();
        change(known);
        if known.is_blank() {
            self.clients.remove(client);
        }
    }
}

/// [`Tables::check`], where somebody else knows how each log stands and the highest number that mail of a client ever had.
pub fn check_records(
    records: &[Record],
    head_of: impl Fn(&LogKey) -> Option<Head>,
    mail_latest: impl Fn(&str) -> u64,
) -> Result<Vec<Head>, Refusal> {
    let mut opened = Vec::new();
    let mut heads: HashMap<&LogKey, Option<Head>> = HashMap::new();
    let mut mail: HashMap<&str, u64> = HashMap::new();
    for record in records {
        match record {
            Record::Opened { log, epoch, keep } => {
                let head = heads.entry(log).or_insert_with(|| head_of(log));
                let now = Head::opened(head.as_ref(), *epoch, *keep);
                *head = Some(now);
                opened.push(now);
            }
            Record::Posted { log, epoch, message } => {
                let head = heads.entry(log).or_insert_with(|| head_of(log));
                let head = head.as_mut().ok_or_else(|| Refusal::NotOpen(log.clone()))?;
                head.post(log, *epoch, message.offset)?;
            }
            Record::LogForgotten { log } => {
                heads.insert(log, None);
            }
            Record::MailboxPut { client, seq, .. } => {
                let last = mail.entry(client).or_insert_with(|| mail_latest(client));
                if seq <= last {
                    return Err(Refusal::OldMail { client: client.to_string(), last: *last, meant: *seq });
                }
                *last = *seq;
            }
            Record::MailboxTrimmed { client, through } | Record::MailLost { client, seq: through } => {
                let last = mail.entry(client).or_insert_with(|| mail_latest(client));
                *last = (*last).max(*through);
            }
            Record::ClientForgotten { client } => {
                mail.insert(client, 0);
            }
            Record::ClientSet { .. }
            | Record::Joined { .. }
            | Record::Left { .. }
            | Record::TokenIssued { .. }
            | Record::TokenSpent { .. }
            | Record::KeysRevoked { .. }
            | Record::RevocationOver { .. }
            | Record::LetterPut { .. }
            | Record::LetterGone { .. } => {}
        }
    }
    Ok(opened)
}

/// Nothing that must never be shown is stored.
fn storable(value: &Value) -> Value {
    match value {
        Value::Secret(_) => Value::None,
        Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Nonce(_)
        | Value::Duration(_)
        | Value::Time(_)
        | Value::Client(_)
        | Value::Room(_)
        | Value::Group(_)
        | Value::Json(_) => value.clone(),
    }
}
