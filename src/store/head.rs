//! How far a log has come, and what of it is kept.

use super::{Epoch, LogKey, Refusal};
use crate::value::Millis;
use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// What of a log is kept: `history N for D`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The latest this many, at least one: a log that keeps nothing forgets its numbers when its store is opened again.
    pub count_max: u64,
    /// And of those what is not older than this.
    pub age_max_ms: Option<Millis>,
}

/// How far a log has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The run of its offsets.
    pub epoch: Epoch,
    /// The offset of the oldest message that is kept; one more than `latest` where none is.
    pub first: u64,
    /// The offset of the latest message, 0 before there was one.
    pub latest: u64,
    /// What is kept.
    pub keep: Keep,
}

impl Head {
    /// A log without messages.
    pub fn new(epoch: Epoch, keep: Keep) -> Head {
        Head { epoch, first: 1, latest: 0, keep }
    }

    /// The log after [`Record::Opened`](super::Record::Opened).
    pub(crate) fn opened(before: Option<&Head>, epoch: Epoch, keep: Keep) -> Head {
        match before {
            Some(head) if head.epoch == epoch => Head { keep, ..*head }.without_surplus(),
            Some(_) | None => Head::new(epoch, keep),
        }
    }

    /// Counts one more message.
    pub(crate) fn post(&mut self, log: &LogKey, epoch: Epoch, offset: u64) -> Result<(), Refusal> {
        if epoch != self.epoch {
            return Err(Refusal::OtherEpoch { log: log.clone(), is: self.epoch, meant: epoch });
        }
        let next = self.latest.saturating_add(1);
        if offset != next {
            return Err(Refusal::OtherOffset { log: log.clone(), next, meant: offset });
        }
        self.latest = offset;
        *self = self.without_surplus();
        Ok(())
    }

    /// Counts one more message, of a record that has been checked.
    pub(crate) fn take(&mut self, log: &LogKey, epoch: Epoch, offset: u64) {
        let posted = self.post(log, epoch, offset);
        debug_assert!(posted.is_ok(), "a checked record: {posted:?}");
    }

    /// The offsets of the kept messages after this one.
    pub fn after(&self, after: u64) -> RangeInclusive<u64> {
        self.first.max(after.saturating_add(1))..=self.latest
    }

    /// Whether somebody who has all up to this offset misses nothing that is gone, and is not ahead of the log.
    pub fn is_complete(&self, after: u64) -> bool {
        after <= self.latest && self.first <= after.saturating_add(1)
    }

    /// Gives up what is more than is kept.
    pub(crate) fn without_surplus(self) -> Head {
        let next = self.latest.saturating_add(1);
        Head { first: self.first.max(next.saturating_sub(self.keep.count_max)).min(next), ..self }
    }
}

/// When each kept message of a log was posted and where it is, oldest first: the offsets from [`Head::first`] to [`Head::latest`].
#[derive(Clone, Debug)]
pub struct Places<P>(VecDeque<(Millis, P)>);

impl<P> Default for Places<P> {
    fn default() -> Self {
        Places(VecDeque::new())
    }
}

impl<P> Places<P> {
    /// Adds the next message.
    pub fn push(&mut self, at: Millis, place: P) {
        self.0.push_back((at, place));
    }

    /// Takes away the oldest until as many are left as the head has, and gives where they are.
    pub fn trim<'places>(&'places mut self, head: &Head) -> impl Iterator<Item = P> + 'places {
        let kept = usize::try_from((head.latest + 1).saturating_sub(head.first)).unwrap_or(usize::MAX);
        let surplus = self.0.len().saturating_sub(kept);
        self.0.drain(..surplus).map(|(_, place)| place)
    }

    /// The head without the messages that are too old. Those before the oldest that is young enough go, whatever the clock
    /// said when they were posted.
    pub fn without_old(&self, head: Head, now: Millis) -> Head {
        let Some(age_max) = head.keep.age_max_ms else { return head };
        let is_old = |at: &Millis| at.saturating_add(age_max) < now;
        let old = self.0.iter().take_while(|(at, _)| is_old(at)).count();
        Head { first: head.first + old as u64, ..head }
    }

    /// Where a message is.
    pub fn get(&self, head: &Head, offset: u64) -> Option<&P> {
        let at = usize::try_from(offset.checked_sub(head.first)?).ok()?;
        self.0.get(at).map(|(_, place)| place)
    }

    /// Where a message is, to say that it is elsewhere.
    pub fn get_mut(&mut self, head: &Head, offset: u64) -> Option<&mut P> {
        let at = usize::try_from(offset.checked_sub(head.first)?).ok()?;
        self.0.get_mut(at).map(|(_, place)| place)
    }

    /// Where every message is, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &P> {
        self.0.iter().map(|(_, place)| place)
    }
}
