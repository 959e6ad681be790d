//! What the committer's thread does.

use super::committer::{Limits, Report, Shared, Submission};
use super::metrics::add;
use crate::store::{Record, Retained, Space, Store, StoreError};
use crate::value::Millis;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// Bytes after which a store that has more to give up gets a round, though commits wait.
const BYTES_BETWEEN_ROUNDS: usize = 128 * 1024;

/// The thread's own things.
pub(super) struct Committing<S, C, R> {
    store: S,
    limits: Limits,
    clock: C,
    report: R,
    shared: Arc<Shared>,
    /// When the store last gave something up.
    round: Instant,
    /// Whether it would find more at once.
    is_more: bool,
    /// Bytes that were committed since.
    bytes_since: usize,
    /// As it was reported.
    space: Space,
}

impl<S: Store, C: FnMut() -> Millis, R: FnMut(Report)> Committing<S, C, R> {
    pub(super) fn new(store: S, limits: Limits, clock: C, report: R, shared: Arc<Shared>) -> Self {
        Committing {
            store,
            limits,
            clock,
            report,
            shared,
            round: Instant::now(),
            is_more: false,
            bytes_since: 0,
            space: Space::Enough,
        }
    }

    /// Until the door is closed and all is committed, or the store stops.
    pub(super) fn run(&mut self) {
        self.report_space(self.store.space());
        while let Some(group) = self.take_group() {
            let is_idle = group.is_empty();
            if let Err(error) = self.commit_group(group).and_then(|()| self.retain_if_due(is_idle)) {
                return self.stop(error);
            }
            self.report_space(self.store.space());
        }
    }

    /// What waits, as far as it goes together; nothing when it is time for something else, none at the end.
    fn take_group(&self) -> Option<Vec<Submission>> {
        let patience = if self.is_more { Duration::ZERO } else { self.limits.retain_every };
        let queue = self.shared.queue();
        let waited =
            self.shared.wake.wait_timeout_while(queue, patience, |queue| queue.waiting.is_empty() && !queue.is_closed);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if queue.is_closed && queue.waiting.is_empty() {
            return None;
        }
        let (mut group, mut bytes) = (Vec::new(), 0);
        while bytes < self.limits.group_bytes
            && let Some(submission) = queue.waiting.pop_front()
        {
            bytes += submission.bytes;
            queue.records -= submission.records.len();
            queue.bytes -= submission.bytes;
            group.push(submission);
        }
        self.shared.show(&queue);
        Some(group)
    }

    /// Commits submissions together or, where some of them cannot be kept, each by itself. Fails where the store has stopped.
    fn commit_group(&mut self, mut group: Vec<Submission>) -> Result<(), Stop> {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return Ok(()) };
        let (first, last) = (first.first(), last.last);
        let bytes = group.iter().map(|submission| submission.bytes).sum();
        let together: Vec<Record>;
        let records = match group.as_mut_slice() {
            [single] => &single.records,
            _ => {
                // cloned, as each is needed again if one of them is refused; contents are shared
                together = group.iter().flat_map(|submission| submission.records.iter().cloned()).collect();
                &together
            }
        };
        match self.commit_when_there_is_space(records, bytes) {
            Ok(()) => (self.report)(Report::Durable { through: last }),
            Err(StoreError::Refused(_) | StoreError::TooLarge { .. }) if group.len() > 1 => {
                for submission in group {
                    self.commit_group(vec![submission])?;
                }
            }
            Err(StoreError::Stopped { why }) => return Err(Stop { first, error: StoreError::Stopped { why } }),
            Err(error) => {
                add(&self.shared.metrics.refused, group.len() as u64);
                (self.report)(Report::Refused { first, last, error });
            }
        }
        Ok(())
    }

    /// A full disk is tried again, until there is space or nobody waits any more.
    fn commit_when_there_is_space(&mut self, records: &[Record], bytes: usize) -> Result<(), StoreError> {
        loop {
            let full = match self.commit(records, bytes) {
                Err(StoreError::Full { file }) => StoreError::Full { file },
                done => return done,
            };
            if self.space == Space::Enough {
                tracing::error!(error = %full, "nothing is stored until there is space");
            }
            self.report_space(Space::Short);
            let queue = self.shared.queue();
            let waited = self.shared.wake.wait_timeout_while(queue, self.limits.retry_every, |queue| !queue.is_closed);
            let (queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
            if queue.is_closed {
                return Err(full);
            }
        }
    }

    fn report_space(&mut self, space: Space) {
        if self.space != space {
            self.space = space;
            self.shared.metrics.short_of_space.store(u64::from(space == Space::Short), Ordering::Relaxed);
            (self.report)(Report::Space(space));
        }
    }

    fn commit(&mut self, records: &[Record], bytes: usize) -> Result<(), StoreError> {
        let began = Instant::now();
        self.store.commit(records)?;
        self.shared.metrics.committed(records.len(), bytes, began.elapsed());
        self.bytes_since += bytes;
        Ok(())
    }

    /// A round of giving up what is too old: now and then, and while there is more, beside what is committed.
    fn retain_if_due(&mut self, is_idle: bool) -> Result<(), Stop> {
        let may_go_on = self.is_more && (is_idle || self.bytes_since >= BYTES_BETWEEN_ROUNDS);
        if !may_go_on && self.round.elapsed() < self.limits.retain_every {
            return Ok(());
        }
        let began = Instant::now();
        let retained = self.store.retain((self.clock)());
        self.shared.metrics.retained(began.elapsed());
        (self.round, self.bytes_since) = (Instant::now(), 0);
        let retained = match retained {
            Ok(retained) => retained,
            Err(StoreError::Stopped { why }) => {
                return Err(Stop { first: self.shared.queue().first_waiting(), error: StoreError::Stopped { why } });
            }
            Err(error) => {
                tracing::error!(%error, "the store could not give up what is not needed any more");
                Retained::default()
            }
        };
        self.is_more = retained.is_more;
        Ok(())
    }

    fn stop(&mut self, stop: Stop) {
        let mut queue = self.shared.queue();
        queue.is_stopped = true;
        queue.waiting.clear();
        (queue.records, queue.bytes) = (0, 0);
        self.shared.show(&queue);
        drop(queue);
        tracing::error!(error = %stop.error, "nothing is stored any more");
        (self.report)(Report::Stopped { first: stop.first, error: stop.error });
    }
}

/// The end, and the first record that is not kept.
struct Stop {
    first: u64,
    error: StoreError,
}
