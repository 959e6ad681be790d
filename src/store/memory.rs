//! The store that ends with its process.

use super::{LogKey, Logs, Message, PAGE_BYTES_MAX, PAGE_MESSAGES_MAX, Page, Places, Record, Retained};
use super::{Space, Store, StoreError, Tables};
use crate::value::Millis;
use std::collections::HashMap;

/// Keeps everything in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    tables: Tables,
    messages: HashMap<LogKey, Places<Message>>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// What a record does to the messages, once the tables have it.
    fn keep(&mut self, record: &Record) {
        match record {
            Record::Opened { log, .. } => self.trim(log),
            Record::Posted { log, message, .. } => {
                self.messages.entry(log.clone()).or_default().push(message.at, message.clone());
                self.trim(log);
            }
            Record::LogForgotten { log } => {
                self.messages.remove(log);
            }
            Record::ClientSet { .. }
            | Record::ClientForgotten { .. }
            | Record::Joined { .. }
            | Record::Left { .. }
            | Record::MailboxPut { .. }
            | Record::MailboxTrimmed { .. }
            | Record::MailLost { .. }
            | Record::TokenIssued { .. }
            | Record::TokenSpent { .. }
            | Record::KeysRevoked { .. }
            | Record::RevocationOver { .. }
            | Record::LetterPut { .. }
            | Record::LetterGone { .. } => {}
        }
    }

    /// Gives up the messages that the head does not have any more.
    fn trim(&mut self, log: &LogKey) {
        if let (Some(head), Some(places)) = (self.tables.logs.get(log), self.messages.get_mut(log)) {
            places.trim(head).for_each(drop);
        }
    }
}

impl Logs for Memory {
    fn read(&self, log: &LogKey, after: u64, limit: usize, now: Millis) -> Result<Option<Page>, StoreError> {
        let (Some(head), Some(places)) = (self.tables.logs.get(log), self.messages.get(log)) else { return Ok(None) };
        let shown = places.without_old(*head, now);
        let mut bytes = 0;
        let mut messages = Vec::new();
        for offset in shown.after(after).take(limit.min(PAGE_MESSAGES_MAX)) {
            let Some(message) = places.get(head, offset) else { break };
            bytes += message.content.as_str().len();
            if bytes > PAGE_BYTES_MAX && !messages.is_empty() {
                break;
            }
            messages.push(message.clone());
        }
        Ok(Some(Page { head: shown, messages, is_complete: shown.is_complete(after) }))
    }
}

impl Store for Memory {
    fn tables(&self) -> Result<Tables, StoreError> {
        Ok(self.tables.clone())
    }

    fn commit(&mut self, records: &[Record]) -> Result<(), StoreError> {
        self.tables.check(records)?;
        for record in records {
            if let Record::Opened { log, epoch, .. } = record
                && self.tables.logs.get(log).is_none_or(|head| head.epoch != *epoch)
            {
                self.messages.insert(log.clone(), Places::default());
            }
            self.tables.apply(record);
            self.keep(record);
        }
        Ok(())
    }

    fn space(&self) -> Space {
        Space::Enough
    }

    fn retain(&mut self, now: Millis) -> Result<Retained, StoreError> {
        let mut retained = Retained::default();
        for (log, head) in &mut self.tables.logs {
            let Some(places) = self.messages.get_mut(log) else { continue };
            *head = places.without_old(*head, now);
            retained.messages += places.trim(head).count() as u64;
        }
        Ok(retained)
    }
}
