//! Locks whose keys ended with a ruleset, in what tokens stand for.
//!
//! What connected sockets hold is looked at when each is brought to the active rules; what others left, a few at a time. Until then a
//! key is known to be void by the epoch under which it was last looked at, and after a crash by the number of the revocation, which is
//! stored at once: a token that was written down before does not know it.

use super::allows::{Allowed, knows};
use super::places::{Leaving, Left};
use super::{Engine, Output};
use crate::store::{Record, Token, TokenHash};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How far revocations have come.
#[derive(Clone, Default)]
pub(super) struct Revocations {
    /// The number of the latest.
    latest: u64,
    /// Those that some stored token may not know of.
    open: Vec<u64>,
    /// The last place that has been looked at of those that were left; none when all have been.
    looked: Option<Leaving>,
}

/// As they are stored: which locks, by number.
type Stored = BTreeMap<u64, BTreeSet<Arc<str>>>;

/// Before all places.
const FIRST: Leaving = (0, [0; 32]);

impl Revocations {
    /// Whether places that were left have yet to be looked at.
    pub(super) fn is_under_way(&self) -> bool {
        self.looked.is_some()
    }

    /// What a token that is written down now knows of, if there is anything to know.
    pub(super) fn mark(&self) -> Option<i64> {
        (self.latest > 0).then(|| i64::try_from(self.latest).unwrap_or(i64::MAX))
    }
}

impl Engine {
    /// Keys of these locks are void from here on, and on the disk: those too that nobody holds at this moment.
    pub(super) fn revoke(&mut self, locks: &[Arc<str>]) {
        if locks.is_empty() {
            return;
        }
        self.revocations.latest += 1;
        let number = self.revocations.latest;
        let locks = locks.iter().cloned().collect();
        self.outbox.push_back(Output::Store(Record::KeysRevoked { number, locks }));
        self.revocations.open.push(number);
        self.revocations.looked = Some(FIRST);
    }

    /// Looks at the next place that was left.
    pub(super) fn look_at_next_place(&mut self) {
        let Some(looked) = self.revocations.looked else { return };
        self.revocations.looked = self.places.left_after(looked);
        if let Some((_, hash)) = self.revocations.looked {
            self.renew_place(hash);
        }
    }

    /// Brings what somebody left to the active rules.
    pub(super) fn renew_place(&mut self, hash: TokenHash) {
        let (epochs, active) = (&self.epochs, self.epochs.active().epoch);
        let Some(left) = self.places.left_mut(&hash).filter(|left| left.epoch != active) else { return };
        let (since, before) = (std::mem::replace(&mut left.epoch, active), left.keys.len());
        left.keys.retain(|key| !epochs.is_revoked_since(since, &key.kind.lock));
        if left.keys.len() < before {
            self.store_left(hash);
        }
    }

    /// Everybody and everything has been looked at: what is stored knows of all revocations.
    pub(super) fn end_revocations(&mut self) {
        let over = std::mem::take(&mut self.revocations.open).into_iter();
        self.outbox.extend(over.map(|number| Output::Store(Record::RevocationOver { number })));
    }

    /// Takes over what a store kept of tokens and revocations.
    pub(super) fn restore_places(&mut self, tokens: &BTreeMap<TokenHash, Token>, stored: &Stored) {
        let known = tokens.values().map(|token| knows(&token.allows));
        self.revocations.latest = known.chain(stored.keys().copied()).max().unwrap_or(0);
        for (hash, token) in tokens {
            if token.expires > self.now.wall {
                self.restore_place(*hash, token, stored);
            } else {
                self.outbox.push_back(Output::Store(Record::TokenSpent { hash: *hash }));
            }
        }
        self.revocations.open = stored.keys().copied().collect();
        self.end_revocations();
    }

    /// What was stored of a token. It counts as if its socket went now.
    fn restore_place(&mut self, hash: TokenHash, token: &Token, stored: &Stored) {
        let Allowed { mut keys, room } = self.read_allows(&token.allows);
        let since = knows(&token.allows).saturating_add(1);
        let (before, later) = (keys.len(), || stored.range(since..));
        keys.retain(|key| !later().any(|(_, locks)| locks.contains(&key.kind.lock)));
        let is_renewed = keys.len() < before;
        let until = self.now.monotonic.saturating_add(self.settings.resume_ms);
        let epoch = self.epochs.active().epoch;
        let left = Left { client: token.client.clone(), keys, room, epoch, until };
        self.places.leave(hash, left);
        if is_renewed {
            self.store_left(hash);
        }
    }
}
