//! What must outlive the server: clients, memberships, rooms' logs, mailboxes, resume tokens, messages for webhooks.
//!
//! Whatever changes is one [`Record`], and [`Tables`] say what each record means; both stores follow them. [`Memory`] keeps all of
//! it until the process ends, for tests, for the simulation and for servers that need no more. The store on disk (`disk`)
//! keeps the same in files. Nothing here reads a clock: times are arguments.

mod error;
mod head;
mod memory;
mod record;
mod tables;

pub use error::{Refusal, StoreError};
pub use head::{Head, Keep, Places};
pub use memory::Memory;
pub use record::{Death, Epoch, Letter, LogKey, Message, Position, Record, TokenHash};
pub use tables::{Client, Letters, Mail, Member, Tables, Token, check_records};

use crate::value::Millis;

/// Messages that one [`Logs::read`] gives at most.
pub const PAGE_MESSAGES_MAX: usize = 1_000;
/// Bytes of content after which a page ends; it has one message at least.
pub const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// A piece of one log, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The log as it stood when the page was read.
    pub head: Head,
    /// The messages after the asked offset, without gaps among them.
    pub messages: Vec<Message>,
    /// Whether nothing is missing between the asked offset and the first message. It is false where older messages have been
    /// given up, and where the asked offset is later than the log's latest.
    pub is_complete: bool,
}

/// What a round of [`Store::retain`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Messages given up for their age.
    pub messages: u64,
    /// Bytes written again because the file where they stood is going.
    pub bytes_moved: u64,
    /// Bytes of files that are gone.
    pub bytes_freed: u64,
    /// Whether another round would find something to do at once.
    pub is_more: bool,
}

/// Whether a store has space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Space {
    /// It has.
    #[default]
    Enough,
    /// The disk is full, and what was set aside is in use: nothing should be kept that need not be.
    Short,
}

/// The half of a store that reads logs. It can be used while the other half commits.
pub trait Logs {
    /// The messages of a log after an offset, `limit` and [`PAGE_MESSAGES_MAX`] and [`PAGE_BYTES_MAX`] at most; none for a log
    /// that is not there. What [`Keep`] gives up by `now` is not shown, whether or not it is still stored.
    fn read(&self, log: &LogKey, after: u64, limit: usize, now: Millis) -> Result<Option<Page>, StoreError>;
}

/// Keeps records. What a commit has returned `Ok` for is kept as long as the store promises: on disk, from then on.
pub trait Store: Logs {
    /// Everything but the messages of the logs, as it stands: what a server begins with.
    fn tables(&self) -> Result<Tables, StoreError>;

    /// Keeps these records, all or none, in this order.
    fn commit(&mut self, records: &[Record]) -> Result<(), StoreError>;

    /// Whether there is space for what comes.
    fn space(&self) -> Space;

    /// Gives up a bounded part of what is too old at `now` and of the space that nothing uses any more. Takes about as long as a commit.
    ///
    /// Mail and tokens do not go by themselves: whoever decides about them commits [`Record::MailLost`] or [`Record::TokenSpent`].
    fn retain(&mut self, now: Millis) -> Result<Retained, StoreError>;
}

/// All messages of a log after an offset that are shown, page by page. Ask for few.
pub fn latest(logs: &impl Logs, log: &LogKey, after: u64, now: Millis) -> Result<Vec<Message>, StoreError> {
    let (mut messages, mut after) = (Vec::new(), after);
    while let Some(page) = logs.read(log, after, PAGE_MESSAGES_MAX, now)?
        && let Some(last) = page.messages.last()
    {
        after = last.offset;
        messages.extend(page.messages);
    }
    Ok(messages)
}
