//! Where the engine's records go: to files, or to memory that ends with the process.

use super::clock::wall;
use super::keeper::{Keeper, Progress, report_to};
use crate::disk::{Committer, DiskStore, Limits};
use crate::store::{Letters, LogKey, Logs, Memory, Page, Record, Retained, Space, Store, StoreError, Tables};
use crate::value::Millis;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What outlasts the process, if anything does.
pub enum Kept {
    /// Nothing.
    InMemory,
    /// Everything that is recorded, in files.
    OnDisk {
        /// The files.
        store: Box<DiskStore>,
        /// What they have of messages to webhooks, when a server begins.
        letters: Letters,
    },
}

impl Kept {
    /// Starts the thread that commits. Besides, what was kept of messages to webhooks; none where nothing is kept.
    pub(super) fn start(self) -> io::Result<(Keeper, Option<Letters>)> {
        let (sender, progress) = watch::channel(Progress::default());
        let (report, limits) = (report_to(sender), Limits::default());
        match self {
            Kept::InMemory => {
                let store = Shared::default();
                let committer = Committer::start(store.clone(), limits, wall, report)?;
                Ok((Keeper::new(committer, Arc::new(store), progress), None))
            }
            Kept::OnDisk { store, letters } => {
                let reader = Arc::new(store.reader());
                let committer = Committer::start(*store, limits, wall, report)?;
                Ok((Keeper::new(committer, reader, progress), Some(letters)))
            }
        }
    }
}

/// A store in memory that is read while its thread commits.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Memory>>);

impl Shared {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Logs for Shared {
    fn read(&self, log: &LogKey, after: u64, limit: usize, now: Millis) -> Result<Option<Page>, StoreError> {
        self.memory().read(log, after, limit, now)
    }
}

impl Store for Shared {
    fn tables(&self) -> Result<Tables, StoreError> {
        self.memory().tables()
    }

    /// Only logs are ever read again while the process lives: all else the engine knows itself.
    fn commit(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let of_logs: Vec<Record> = records.iter().filter(|record| is_of_log(record)).cloned().collect();
        self.memory().commit(&of_logs)
    }

    fn space(&self) -> Space {
        Space::Enough
    }

    fn retain(&mut self, now: Millis) -> Result<Retained, StoreError> {
        self.memory().retain(now)
    }
}

fn is_of_log(record: &Record) -> bool {
    match record {
        Record::Opened { .. } | Record::Posted { .. } | Record::LogForgotten { .. } => true,
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
        | Record::LetterGone { .. } => false,
    }
}
