//! Items as bytes. A byte for the kind, then its parts: numbers in seven bits a byte, texts with their length before them.

use super::codec_parts::{Malformed, Parts, put_attributes, put_number, put_numbers, put_option, put_text};
use crate::store::{Death, Epoch, Head, Keep, Letter, LogKey, Message, Position, Record};
use crate::value::{Millis, RoomKey};
use std::sync::Arc;

/// What a batch is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    /// A record as it was committed; never [`Record::Opened`], in whose place a head stands.
    Record(Record),
    /// How a log stands.
    Head { log: LogKey, head: Head },
    /// Segments up to this one are not needed any more.
    Retired { through: u32 },
}

const CLIENT_SET: u8 = 1;
const CLIENT_FORGOTTEN: u8 = 2;
const JOINED: u8 = 3;
const LEFT: u8 = 4;
const POSTED: u8 = 5;
const LOG_FORGOTTEN: u8 = 6;
const MAILBOX_PUT: u8 = 7;
const MAILBOX_TRIMMED: u8 = 8;
const TOKEN_ISSUED: u8 = 9;
const TOKEN_SPENT: u8 = 10;
const HEAD: u8 = 11;
const RETIRED: u8 = 12;
// from format 2 on
const KEYS_REVOKED: u8 = 13;
const REVOCATION_OVER: u8 = 14;
const LETTER_PUT: u8 = 15;
const LETTER_GONE: u8 = 16;
// from format 3 on
const MAILBOX_PUT_AS_LATEST: u8 = 17;
const MAIL_LOST: u8 = 18;

/// Appends a record. An opened log is written as how it stands then, which the caller knows.
pub(super) fn put_record(record: &Record, opened: impl FnOnce(&LogKey) -> Option<Head>, out: &mut Vec<u8>) {
    match record {
        Record::ClientSet { client, attributes, receives } => {
            put_kind_and_text(CLIENT_SET, client, out);
            put_attributes(attributes, out);
            put_number(receives.len() as u64, out);
            receives.iter().for_each(|group| put_text(group, out));
        }
        Record::ClientForgotten { client } => put_kind_and_text(CLIENT_FORGOTTEN, client, out),
        Record::Joined { client, room, join, position } => {
            put_kind_and_text(JOINED, client, out);
            put_text(&room.0, out);
            put_numbers(&[*join, position.epoch, position.offset], out);
        }
        Record::Left { client, room } => {
            put_kind_and_text(LEFT, client, out);
            put_text(&room.0, out);
        }
        Record::Opened { log, epoch, keep } => {
            put_head(log, &opened(log).unwrap_or_else(|| Head::new(*epoch, *keep)), out);
        }
        Record::Posted { log, epoch, message } => put_message(log, *epoch, message, out),
        Record::LogForgotten { log } => put_kind_and_log(LOG_FORGOTTEN, log, out),
        Record::MailboxPut { client, seq, expires, latest_of, message } => {
            match latest_of {
                None => put_kind_and_text(MAILBOX_PUT, client, out),
                Some(room) => {
                    put_kind_and_text(MAILBOX_PUT_AS_LATEST, room, out);
                    put_text(client, out);
                }
            }
            put_number(*seq, out);
            put_option(expires.as_ref(), |expires, out| put_number(*expires, out), out);
            put_text(message.as_str(), out);
        }
        Record::MailboxTrimmed { client, through } => {
            put_kind_and_text(MAILBOX_TRIMMED, client, out);
            put_number(*through, out);
        }
        Record::MailLost { client, seq } => {
            put_kind_and_text(MAIL_LOST, client, out);
            put_number(*seq, out);
        }
        Record::TokenIssued { hash, client, expires, allows } => {
            out.push(TOKEN_ISSUED);
            out.extend(hash);
            put_text(client, out);
            put_number(*expires, out);
            put_text(allows.as_str(), out);
        }
        Record::TokenSpent { hash } => {
            out.push(TOKEN_SPENT);
            out.extend(hash);
        }
        Record::KeysRevoked { number, locks } => {
            out.push(KEYS_REVOKED);
            put_numbers(&[*number, locks.len() as u64], out);
            locks.iter().for_each(|lock| put_text(lock, out));
        }
        Record::RevocationOver { number } => {
            out.push(REVOCATION_OVER);
            put_number(*number, out);
        }
        Record::LetterPut { webhook, number, letter } => put_letter(webhook, *number, letter, out),
        Record::LetterGone { webhook, number } => {
            put_kind_and_text(LETTER_GONE, webhook, out);
            put_number(*number, out);
        }
    }
}

fn put_letter(webhook: &str, number: u64, letter: &Letter, out: &mut Vec<u8>) {
    put_kind_and_text(LETTER_PUT, webhook, out);
    put_number(number, out);
    put_text(&letter.id, out);
    put_text(letter.body.as_str(), out);
    let put_death = |death: &Death, out: &mut Vec<u8>| {
        put_number(death.at, out);
        put_text(&death.fate, out);
    };
    put_option(letter.death.as_ref(), put_death, out);
}

/// Appends how a log stands.
pub(super) fn put_head(log: &LogKey, head: &Head, out: &mut Vec<u8>) {
    put_kind_and_log(HEAD, log, out);
    put_numbers(&[head.epoch, head.first, head.latest, head.keep.count_max], out);
    put_option(head.keep.age_max_ms.as_ref(), |age, out| put_number(*age, out), out);
}

/// Appends that segments are not needed any more.
pub(super) fn put_retired(through: u32, out: &mut Vec<u8>) {
    out.push(RETIRED);
    put_number(u64::from(through), out);
}

fn put_kind_and_text(kind: u8, text: &str, out: &mut Vec<u8>) {
    out.push(kind);
    put_text(text, out);
}

fn put_kind_and_log(kind: u8, log: &LogKey, out: &mut Vec<u8>) {
    out.push(kind);
    match log {
        LogKey::Room(room) => put_text(&room.0, out),
        // a room has a name
        LogKey::Audit => put_text("", out),
    }
}

fn put_message(log: &LogKey, epoch: Epoch, message: &Message, out: &mut Vec<u8>) {
    put_kind_and_log(POSTED, log, out);
    put_numbers(&[epoch, message.offset, message.at], out);
    put_option(message.from.as_ref(), |from, out| put_text(from, out), out);
    put_option(message.id.as_ref(), |id, out| put_text(id, out), out);
    put_text(message.content.as_str(), out);
}

/// Reads an item.
pub(super) fn read_item(bytes: &[u8]) -> Result<Item, Malformed> {
    let mut parts = Parts::new(bytes);
    let item = match parts.byte()? {
        HEAD => Item::Head { log: log(&mut parts)?, head: head(&mut parts)? },
        RETIRED => Item::Retired { through: u32::try_from(parts.number()?).map_err(|_| Malformed)? },
        kind => Item::Record(record(kind, &mut parts)?),
    };
    parts.finish()?;
    Ok(item)
}

fn record(kind: u8, parts: &mut Parts) -> Result<Record, Malformed> {
    Ok(match kind {
        CLIENT_SET => {
            let (client, attributes) = (parts.text()?, parts.attributes()?);
            let receives = (0..parts.number()?).map(|_| parts.text()).collect::<Result<_, _>>()?;
            Record::ClientSet { client, attributes, receives }
        }
        CLIENT_FORGOTTEN => Record::ClientForgotten { client: parts.text()? },
        JOINED => Record::Joined {
            client: parts.text()?,
            room: RoomKey(parts.text()?),
            join: parts.number()?,
            position: Position { epoch: parts.number()?, offset: parts.number()? },
        },
        LEFT => Record::Left { client: parts.text()?, room: RoomKey(parts.text()?) },
        POSTED => {
            let Place { log, epoch, offset, at } = place(parts)?;
            let (from, id, content) = (parts.option(Parts::text)?, parts.option(Parts::text)?, parts.json()?);
            Record::Posted { log, epoch, message: Message { offset, at, from, id, content } }
        }
        LOG_FORGOTTEN => Record::LogForgotten { log: log(parts)? },
        MAILBOX_PUT => mail(None, parts)?,
        MAILBOX_PUT_AS_LATEST => mail(Some(parts.text()?), parts)?,
        MAILBOX_TRIMMED => Record::MailboxTrimmed { client: parts.text()?, through: parts.number()? },
        MAIL_LOST => Record::MailLost { client: parts.text()?, seq: parts.number()? },
        TOKEN_ISSUED => {
            let (hash, client, expires, allows) = (parts.hash()?, parts.text()?, parts.number()?, parts.json()?);
            Record::TokenIssued { hash, client, expires, allows }
        }
        TOKEN_SPENT => Record::TokenSpent { hash: parts.hash()? },
        KEYS_REVOKED => {
            let number = parts.number()?;
            let locks = (0..parts.number()?).map(|_| parts.text()).collect::<Result<_, _>>()?;
            Record::KeysRevoked { number, locks }
        }
        REVOCATION_OVER => Record::RevocationOver { number: parts.number()? },
        LETTER_PUT => Record::LetterPut { webhook: parts.text()?, number: parts.number()?, letter: letter(parts)? },
        LETTER_GONE => Record::LetterGone { webhook: parts.text()?, number: parts.number()? },
        _ => return Err(Malformed),
    })
}

fn mail(latest_of: Option<Arc<str>>, parts: &mut Parts) -> Result<Record, Malformed> {
    let (client, seq, expires) = (parts.text()?, parts.number()?, parts.option(Parts::number)?);
    Ok(Record::MailboxPut { client, seq, expires, latest_of, message: parts.json()? })
}

fn letter(parts: &mut Parts) -> Result<Letter, Malformed> {
    let death = |parts: &mut Parts| Ok(Death { at: parts.number()?, fate: parts.text()? });
    Ok(Letter { id: parts.text()?, body: parts.json()?, death: parts.option(death)? })
}

/// Where a message belongs, without what it says.
pub(super) struct Place {
    pub log: LogKey,
    pub epoch: Epoch,
    pub offset: u64,
    pub at: Millis,
}

/// Where the message of an item belongs; none where the item is no message. Spares reading what it says.
pub(super) fn read_place(bytes: &[u8]) -> Option<Result<Place, Malformed>> {
    let mut parts = Parts::new(bytes);
    (parts.byte() == Ok(POSTED)).then(|| place(&mut parts))
}

fn place(parts: &mut Parts) -> Result<Place, Malformed> {
    Ok(Place { log: log(parts)?, epoch: parts.number()?, offset: parts.number()?, at: parts.number()? })
}

fn log(parts: &mut Parts) -> Result<LogKey, Malformed> {
    let name: Arc<str> = parts.text()?;
    Ok(if name.is_empty() { LogKey::Audit } else { LogKey::Room(RoomKey(name)) })
}

fn head(parts: &mut Parts) -> Result<Head, Malformed> {
    let (epoch, first, latest) = (parts.number()?, parts.number()?, parts.number()?);
    let keep = Keep { count_max: parts.number()?, age_max_ms: parts.option(Parts::number)? };
    Ok(Head { epoch, first, latest, keep })
}
