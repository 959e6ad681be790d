//! What the engine wants kept goes to the store's thread, and what came after it waits here until it is kept: nothing is seen
//! outside that could be lost. Without a record on its way, nothing waits.

use super::webhooks::Taken;
use crate::disk::{CommitMetrics, Committer, Report, Submitted};
use crate::engine::{Input, Output};
use crate::store::{LogKey, Logs, Record, Space};
use crate::value::Millis;
use crate::wind::SocketId;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::watch;

/// About how many bytes of records are kept together. What one input brought about is kept all or none.
const TOGETHER_BYTES: usize = 1024 * 1024;
/// Outputs that may wait for the store. With more, nothing new is decided until the store has caught up.
const WAITING_MAX: usize = 65_536;

/// Room for so many is kept from one time to the next.
const WAITING_KEPT: usize = 256;

/// How far the store has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// Records up to this number are kept.
    kept: u64,
    /// Why nothing will be kept any more.
    failure: Option<String>,
    /// Whether there is space for more.
    space: Space,
}

/// What waits until a record is kept.
#[derive(Debug)]
pub(super) enum Waiting {
    /// What the engine wants done.
    Output(Output),
    /// A message goes to a webhook.
    Letter(Taken),
    /// The engine has forgotten a socket.
    Forget(SocketId),
}

/// See the module.
pub(super) struct Keeper {
    committer: Committer,
    reader: Arc<dyn Logs + Send + Sync>,
    progress: watch::Receiver<Progress>,
    /// Records that the thread has not taken yet, by what is kept together.
    parts: VecDeque<Vec<Record>>,
    /// The latest of them, which may become more, and about how many bytes they are.
    records: Vec<Record>,
    bytes: usize,
    /// The number of the latest record, taken or not.
    numbered: u64,
    /// What waits, and for which record.
    waiting: VecDeque<(u64, Waiting)>,
}

/// The store can keep nothing any more.
#[derive(Debug)]
pub(super) struct StoreFailed(pub String);

/// What the store's thread reports, for [`Keeper::new`].
pub(super) fn report_to(progress: watch::Sender<Progress>) -> impl FnMut(Report) + Send + 'static {
    move |report| {
        progress.send_modify(|progress| match report {
            // what comes after a record that is not kept must not be seen, whatever became of it
            Report::Durable { .. } if progress.failure.is_some() => {}
            Report::Durable { through } => progress.kept = through,
            Report::Space(space) => progress.space = space,
            // The engine has decided on what it wanted kept, so there is no going on without it.
            Report::Refused { error, .. } | Report::Stopped { error, .. } => progress.failure = Some(error.to_string()),
        });
    }
}

impl Keeper {
    pub(super) fn new(
        committer: Committer,
        reader: Arc<dyn Logs + Send + Sync>,
        progress: watch::Receiver<Progress>,
    ) -> Keeper {
        let (parts, waiting) = (VecDeque::new(), VecDeque::new());
        Keeper { committer, reader, progress, parts, records: Vec::new(), bytes: 0, numbered: 0, waiting }
    }

    /// Has a record kept.
    pub(super) fn keep(&mut self, record: Record) {
        self.bytes += record.weight();
        self.records.push(record);
        self.numbered += 1;
    }

    /// All that one input brought about has been handed over.
    pub(super) fn end_of_input(&mut self) {
        if self.bytes >= TOGETHER_BYTES {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if !self.records.is_empty() {
            self.parts.push_back(std::mem::take(&mut self.records));
        }
        self.bytes = 0;
    }

    /// What may be done now; what may not, waits.
    pub(super) fn pass(&mut self, waiting: Waiting) -> Option<Waiting> {
        if self.waiting.is_empty() && self.numbered <= self.progress.borrow().kept {
            return Some(waiting);
        }
        self.waiting.push_back((self.numbered, waiting));
        None
    }

    /// The next thing that has waited long enough.
    pub(super) fn release(&mut self) -> Option<Waiting> {
        let kept = self.progress.borrow().kept;
        let Some((until, _)) = self.waiting.front() else {
            // a crowd that came at once is no reason to keep room for the next
            self.waiting.shrink_to(WAITING_KEPT);
            return None;
        };
        if *until > kept { None } else { self.waiting.pop_front().map(|(_, waiting)| waiting) }
    }

    /// Hands over what is to be kept. A store that has too much to do gets it later.
    pub(super) fn submit(&mut self) -> Result<(), StoreFailed> {
        if let Some(failure) = self.progress.borrow().failure.clone() {
            return Err(StoreFailed(failure));
        }
        self.cut();
        while let Some(records) = self.parts.pop_front() {
            match self.committer.submit(records) {
                Submitted::Taken(_) => {}
                Submitted::Busy(records) | Submitted::Stopped(records) => {
                    self.parts.push_front(records);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Whether so much waits that nothing new should be decided.
    pub(super) fn is_behind(&self) -> bool {
        !self.parts.is_empty() || self.waiting.len() > WAITING_MAX
    }

    /// Whether the store has space.
    pub(super) fn space(&self) -> Space {
        self.progress.borrow().space
    }

    /// Returns when the store has come further, or fails where its thread is gone without a word.
    pub(super) async fn progressed(&mut self) -> Result<(), StoreFailed> {
        self.progress.changed().await.map_err(|_| StoreFailed("its thread has ended".to_owned()))
    }

    /// Reads a page of a room's log beside the engine's task.
    pub(super) async fn read(reader: Arc<dyn Logs + Send + Sync>, asked: Asked, now: Millis) -> Input {
        let Asked { socket, room, after, limit } = asked;
        let log = LogKey::Room(room.clone());
        let page = tokio::task::spawn_blocking(move || reader.read(&log, after, limit, now)).await;
        let page = match page {
            Ok(Ok(page)) => page,
            Ok(Err(error)) => {
                tracing::error!(%error, room = %room.0, "a room's log cannot be read");
                None
            }
            Err(_) => None,
        };
        Input::Page { socket, room, page }
    }

    /// What the store has done.
    pub(super) fn metrics(&self) -> &Arc<CommitMetrics> {
        self.committer.metrics()
    }

    pub(super) fn reader(&self) -> Arc<dyn Logs + Send + Sync> {
        self.reader.clone()
    }
}

/// What [`Output::Read`] asks for.
pub(super) struct Asked {
    pub socket: SocketId,
    pub room: crate::value::RoomKey,
    pub after: u64,
    pub limit: usize,
}
