//! What waits for one client. Every message has a number, so the client knows which of them it lacks, and is told which of
//! those are lost.

use crate::model::MailTerms;
use crate::store;
use crate::value::Millis;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Messages that are lost at one time at most: each is a record, and a commit has a bound. What is more goes the next times.
const LOST_AT_ONCE_MAX: usize = 1_000;

/// What waits for one client.
#[derive(Clone, Default)]
pub(super) struct Mailbox {
    /// The number of the latest that ever waited.
    pub latest: u64,
    /// The client has what has a number up to this one, or knows that it is lost.
    acknowledged: u64,
    /// In the order of their numbers, by the room whose newer messages push older ones out; none: those that nothing pushes out.
    waiting: BTreeMap<Option<Arc<str>>, VecDeque<Mail>>,
}

/// One message that waits.
#[derive(Clone)]
pub(super) struct Mail {
    pub seq: u64,
    /// Until when it is of use, since 1970.
    pub expires: Option<Millis>,
    pub frame: Arc<str>,
}

/// What a client is told when it comes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// A message.
    Mail(Arc<str>),
    /// From the first number to the last, nothing is there any more.
    Lost(u64, u64),
}

impl Mailbox {
    pub(super) fn restored(kept: &store::Client) -> Mailbox {
        let mut mailbox =
            Mailbox { latest: kept.mail_latest, acknowledged: kept.mail_trimmed, waiting: BTreeMap::new() };
        for (seq, mail) in &kept.mailbox {
            let (frame, latest_of) = (mail.message.as_str().into(), mail.latest_of.clone());
            let mail = Mail { seq: *seq, expires: mail.expires, frame };
            mailbox.waiting.entry(latest_of).or_default().push_back(mail);
        }
        mailbox
    }

    /// Whether one more may wait without another one going.
    fn has_place(&self, terms: &MailTerms) -> bool {
        let waiting = self.waiting.get(&terms.latest_of).map_or(0, VecDeque::len);
        (waiting as u64) < terms.keep.count
    }

    /// Whether one more may not wait, as nothing goes for it.
    pub(super) fn refuses(&self, terms: &MailTerms) -> bool {
        terms.latest_of.is_none() && !self.has_place(terms)
    }

    /// Puts a message behind all others; the numbers of those whose place it takes.
    pub(super) fn put(&mut self, mail: Mail, terms: &MailTerms) -> Vec<u64> {
        let mut pushed_out = Vec::new();
        let waiting = self.waiting.entry(terms.latest_of.clone()).or_default();
        // more than one where the rules have come to keep fewer
        while waiting.len() as u64 >= terms.keep.count
            && pushed_out.len() < LOST_AT_ONCE_MAX
            && let Some(oldest) = waiting.pop_front()
        {
            pushed_out.push(oldest.seq);
        }
        self.latest = mail.seq;
        waiting.push_back(mail);
        pushed_out
    }

    /// Takes out some of what is too old; its numbers. What is left is not told either: that of which there was too much, and
    /// what waits behind something that may wait longer.
    pub(super) fn take_expired(&mut self, now: Millis) -> Vec<u64> {
        self.take_while(LOST_AT_ONCE_MAX, |mail| mail.is_over(now))
    }

    /// The client has everything up to this number, or knows that it is lost. Yields the number where that is news.
    pub(super) fn acknowledge(&mut self, through: u64) -> Option<u64> {
        let through = through.min(self.latest);
        if through <= self.acknowledged {
            return None;
        }
        self.acknowledged = through;
        self.take_while(usize::MAX, |mail| mail.seq <= through);
        Some(through)
    }

    /// Takes the first ones of every room as long as they are such; their numbers.
    fn take_while(&mut self, most: usize, is_such: impl Fn(&Mail) -> bool) -> Vec<u64> {
        let mut taken = Vec::new();
        self.waiting.retain(|_, waiting| {
            while taken.len() < most && waiting.front().is_some_and(&is_such) {
                taken.extend(waiting.pop_front().map(|mail| mail.seq));
            }
            !waiting.is_empty()
        });
        taken
    }

    /// All that waits, in order, and in its place what is lost.
    pub(super) fn contents(&self, now: Millis) -> Vec<Told> {
        let mut waiting: Vec<&Mail> = self.waiting.values().flatten().filter(|mail| !mail.is_over(now)).collect();
        waiting.sort_unstable_by_key(|mail| mail.seq);
        let mut told = Vec::with_capacity(waiting.len());
        let mut next = self.acknowledged + 1;
        for mail in waiting {
            told.extend(lost(next, mail.seq));
            told.push(Told::Mail(mail.frame.clone()));
            next = mail.seq + 1;
        }
        told.extend(lost(next, self.latest + 1));
        told
    }
}

impl Mail {
    fn is_over(&self, now: Millis) -> bool {
        self.expires.is_some_and(|expires| expires < now)
    }
}

/// What has a number from the first on and before the second.
fn lost(first: u64, end: u64) -> Option<Told> {
    (first < end).then(|| Told::Lost(first, end - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Retention;

    fn put(mailbox: &mut Mailbox, room: Option<&str>, count: u64, expires: Option<Millis>) -> Vec<u64> {
        let mail = Mail { seq: mailbox.latest + 1, expires, frame: "{}".into() };
        let keep = Retention { count, age: None };
        mailbox.put(mail, &MailTerms { keep, latest_of: room.map(Arc::from) })
    }

    #[test]
    fn what_is_lost_is_lost_a_bounded_part_at_a_time() {
        let mut mailbox = Mailbox::default();
        let many = 2 * LOST_AT_ONCE_MAX as u64 + 500;
        (0..many).for_each(|_| drop(put(&mut mailbox, Some("hall"), many, Some(10))));
        assert_eq!(put(&mut mailbox, Some("hall"), 1, Some(20)).len(), LOST_AT_ONCE_MAX, "the rules keep one by now");
        assert_eq!(mailbox.take_expired(11).len(), LOST_AT_ONCE_MAX);
        // the rest is lost for the client all the same
        assert_eq!(mailbox.contents(11), [Told::Lost(1, many), Told::Mail("{}".into())]);
        assert_eq!(mailbox.take_expired(11).len(), 500);
        assert_eq!(mailbox.acknowledge(many + 9), Some(many + 1));
        assert_eq!(mailbox.contents(11), []);
    }

    #[test]
    fn a_room_pushes_out_what_it_told_itself() {
        let mut mailbox = Mailbox::default();
        for (room, lost) in [(None, vec![]), (Some("a"), vec![]), (Some("b"), vec![]), (Some("a"), vec![2])] {
            assert_eq!(put(&mut mailbox, room, 1, None), lost);
        }
        let told = || Told::Mail("{}".into());
        assert_eq!(mailbox.contents(0), [told(), Told::Lost(2, 2), told(), told()]);
    }
}
