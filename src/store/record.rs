//! What can change, and what it is about.

use super::Keep;
use crate::value::{Json, Millis, RoomKey, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names one run of a log's offsets. When it is another one than before, they have begun anew.
pub type Epoch = u64;

/// The SHA-256 of a token. The token itself is never stored.
pub type TokenHash = [u8; 32];

/// Whose log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogKey {
    /// What was posted to a room.
    Room(RoomKey),
    /// What operators did.
    Audit,
}

/// A place in a log's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Of which run.
    pub epoch: Epoch,
    /// From 1; 0 is before the first message.
    pub offset: u64,
}

/// One message of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place: 1 for the first, then without gaps.
    pub offset: u64,
    /// When it was posted, since 1970.
    pub at: Millis,
    /// The poster's address, `client:ada`; none where nobody in particular speaks.
    pub from: Option<Arc<str>>,
    /// The poster's own name for the post, as it was written, by which a repeated one is known.
    pub id: Option<Arc<str>>,
    /// What was said.
    pub content: Json,
}

/// One message for a webhook: it waits to be delivered, or is dead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// By which the receiver knows it when it comes twice.
    pub id: Arc<str>,
    /// What is posted.
    pub body: Json,
    /// None as long as it may still arrive.
    pub death: Option<Death>,
}

/// Why a letter is not delivered any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// Since when, since 1970.
    pub at: Millis,
    /// What became of it, as its writer reads it.
    pub fate: Arc<str>,
}

/// One thing that changes. A record that sets something says all of it, so the latest one is enough to know it.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// What the rules have set of a client, and the groups it receives. A secret among the attributes is kept as `none`.
    ClientSet {
        /// Its id.
        client: Arc<str>,
        /// All of its attributes, by name.
        attributes: BTreeMap<Arc<str>, Value>,
        /// All groups that it receives beside what the rules say of its id.
        receives: BTreeSet<Arc<str>>,
    },
    /// A client is forgotten with its memberships, its mailbox and its tokens.
    ClientForgotten {
        /// Its id.
        client: Arc<str>,
    },
    /// A client is a member of a room; said again, its position there is another one.
    Joined {
        /// Its id.
        client: Arc<str>,
        /// The room.
        room: RoomKey,
        /// Counts the client's admissions.
        join: u64,
        /// How far it has come there.
        position: Position,
    },
    /// A client is no member of a room any more.
    Left {
        /// Its id.
        client: Arc<str>,
        /// The room.
        room: RoomKey,
    },
    /// A log is there. Under another epoch than before it begins anew and its messages are gone; under the same one only what is
    /// kept of it changes.
    Opened {
        /// Which.
        log: LogKey,
        /// The run of its offsets.
        epoch: Epoch,
        /// What of it is kept.
        keep: Keep,
    },
    /// A message is in a log. Its offset is the next one.
    Posted {
        /// Which log.
        log: LogKey,
        /// The run of offsets that is meant.
        epoch: Epoch,
        /// What.
        message: Message,
    },
    /// A log is gone, with its messages.
    LogForgotten {
        /// Which.
        log: LogKey,
    },
    /// A message waits for a client. Its number is higher than that of any before.
    MailboxPut {
        /// For whom.
        client: Arc<str>,
        /// Its number in this mailbox, from 1.
        seq: u64,
        /// Until when it is of use, since 1970; none for as long as it takes.
        expires: Option<Millis>,
        /// The room by whose newer messages it may be pushed out; none: by nothing.
        latest_of: Option<Arc<str>>,
        /// What the client will get.
        message: Json,
    },
    /// A client has its mail up to this number, or knows that it is lost: none of it waits any more.
    MailboxTrimmed {
        /// Whose.
        client: Arc<str>,
        /// The last number that is gone.
        through: u64,
    },
    /// A message that waited for a client is lost: it was pushed out, or is too old. The client has yet to be told.
    MailLost {
        /// Whose.
        client: Arc<str>,
        /// Its number.
        seq: u64,
    },
    /// Whoever shows this token can resume.
    TokenIssued {
        /// Of the token.
        hash: TokenHash,
        /// As whom.
        client: Arc<str>,
        /// Until when, since 1970.
        expires: Millis,
        /// What it allows, as its issuer reads it.
        allows: Json,
    },
    /// A token has been used, has expired or is revoked.
    TokenSpent {
        /// Of the token.
        hash: TokenHash,
    },
    /// Keys of these locks are void, in whatever a token allows that was written down before. How that is known, its issuer says.
    KeysRevoked {
        /// Counts revocations, from 1.
        number: u64,
        /// The names of the locks.
        locks: BTreeSet<Arc<str>>,
    },
    /// Every token has been written down anew since this revocation, if it had to be.
    RevocationOver {
        /// Which.
        number: u64,
    },
    /// A message waits for a webhook, or is dead.
    LetterPut {
        /// Which webhook.
        webhook: Arc<str>,
        /// Its place in the webhook's order.
        number: u64,
        /// What.
        letter: Letter,
    },
    /// A message for a webhook has arrived, or is forgotten.
    LetterGone {
        /// Which webhook.
        webhook: Arc<str>,
        /// Its place in the webhook's order.
        number: u64,
    },
}

impl Record {
    /// About how many bytes it takes, to bound what waits.
    pub fn weight(&self) -> usize {
        /// Numbers, names of usual length, and what holds them.
        const BASE: usize = 128;
        BASE + match self {
            Record::ClientSet { attributes, receives, .. } => {
                let values = attributes.values().map(|value| 64 + value.to_json().as_str().len());
                values.sum::<usize>() + receives.iter().map(|group| group.len()).sum::<usize>()
            }
            Record::Posted { message, .. } => message.content.as_str().len(),
            Record::MailboxPut { message, .. } => message.as_str().len(),
            Record::TokenIssued { allows, .. } => allows.as_str().len(),
            Record::LetterPut { letter, .. } => letter.body.as_str().len(),
            Record::KeysRevoked { locks, .. } => locks.iter().map(|lock| lock.len()).sum(),
            Record::ClientForgotten { .. }
            | Record::Joined { .. }
            | Record::Left { .. }
            | Record::Opened { .. }
            | Record::LogForgotten { .. }
            | Record::MailboxTrimmed { .. }
            | Record::MailLost { .. }
            | Record::TokenSpent { .. }
            | Record::RevocationOver { .. }
            | Record::LetterGone { .. } => 0,
        }
    }
}
