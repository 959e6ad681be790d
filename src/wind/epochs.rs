//! The rulesets that some frame may still run under. One of them is active: its rooms are the rooms, and its
//! requirements count. The older ones live on only for locks that a reload found in the middle of their work.

use crate::machine::{Comparison, Program};
use std::fmt;
use std::sync::Arc;

/// Numbers the rulesets of one engine in the order in which they became active, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u32);

impl Epoch {
    /// That of the ruleset with which an engine begins.
    pub const FIRST: Epoch = Epoch(1);

    fn next(self) -> Epoch {
        Epoch(self.0.saturating_add(1))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A ruleset of one epoch.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Which epoch.
    pub epoch: Epoch,
    /// Its ruleset.
    pub program: Arc<Program>,
    /// When it became active, in milliseconds since 1970; 0 for the first.
    pub since: u64,
    /// Locks whose keys ended when it became active.
    revoked: Arc<[Arc<str>]>,
    /// What becomes of its machines under the active ruleset.
    fates: Option<Arc<Comparison>>,
    /// Too many rulesets live: what still runs under this one begins anew.
    is_expired: bool,
}

/// All rulesets that live, of which one is active.
#[derive(Clone, Debug)]
pub struct Epochs {
    active: Rules,
    /// The others, oldest first.
    older: Vec<Rules>,
}

/// A ruleset that is about to become active, compared with all that live.
#[derive(Clone, Debug)]
pub struct Successor {
    program: Arc<Program>,
    revoked: Arc<[Arc<str>]>,
    /// What was active when it was compared.
    after: Epoch,
    fates: Vec<(Epoch, Arc<Comparison>)>,
}

impl Successor {
    /// Compares a ruleset with all that live. This takes time, and nothing but memory: do it beside the engine. Every key of a
    /// revoked lock ends when the ruleset becomes active.
    pub fn new(epochs: &Epochs, program: Arc<Program>, revoked: Vec<Arc<str>>) -> Successor {
        let compare = |rules: &Rules| (rules.epoch, Arc::new(Comparison::of(&rules.program, &program)));
        let fates = epochs.live().map(compare).collect();
        Successor { program, revoked: revoked.into(), after: epochs.active.epoch, fates }
    }

    /// The ruleset.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The epoch that it was compared with as the active one.
    pub fn after(&self) -> Epoch {
        self.after
    }

    /// The locks whose keys end with it.
    pub fn revoked(&self) -> &[Arc<str>] {
        &self.revoked
    }

    fn fates_of(&self, epoch: Epoch) -> Option<Arc<Comparison>> {
        self.fates.iter().find(|(compared, _)| *compared == epoch).map(|(_, fates)| fates.clone())
    }
}

impl Epochs {
    /// The first ruleset, active.
    pub fn new(program: Arc<Program>) -> Epochs {
        let active =
            Rules { epoch: Epoch::FIRST, program, since: 0, revoked: Arc::from([]), fates: None, is_expired: false };
        Epochs { active, older: Vec::new() }
    }

    /// The ruleset whose rooms are the rooms.
    pub fn active(&self) -> &Rules {
        &self.active
    }

    /// Whether only the active one lives.
    pub(crate) fn is_single(&self) -> bool {
        self.older.is_empty()
    }

    /// All that live, oldest first, the active one last.
    pub fn live(&self) -> impl DoubleEndedIterator<Item = &Rules> {
        self.older.iter().chain([&self.active])
    }

    /// The ruleset of an epoch. No frame outlives its epoch: the engine lets one go only when nothing runs under it.
    pub fn program(&self, epoch: Epoch) -> &Arc<Program> {
        let mut older = self.older.iter().filter(|_| epoch != self.active.epoch);
        &older.find(|rules| rules.epoch == epoch).unwrap_or(&self.active).program
    }

    /// What becomes of an older epoch's machines; none for the active one.
    pub(crate) fn fates(&self, epoch: Epoch) -> Option<&Comparison> {
        self.older.iter().find(|rules| rules.epoch == epoch)?.fates.as_deref()
    }

    /// Whether what still runs under it is to begin anew.
    pub(crate) fn is_expired(&self, epoch: Epoch) -> bool {
        self.older.iter().any(|rules| rules.epoch == epoch && rules.is_expired)
    }

    /// Makes a ruleset the active one. It must have been compared with the one that is. Of more than `live_max` the oldest
    /// expire.
    pub(crate) fn activate(&mut self, successor: Successor, since: u64, live_max: usize) -> Epoch {
        let epoch = self.active.epoch.next();
        let (program, revoked) = (successor.program.clone(), successor.revoked.clone());
        let active = Rules { epoch, program, since, revoked, fates: None, is_expired: false };
        self.older.push(std::mem::replace(&mut self.active, active));
        let expired = (self.older.len() + 1).saturating_sub(live_max);
        for (at, rules) in self.older.iter_mut().enumerate() {
            rules.fates = successor.fates_of(rules.epoch);
            rules.is_expired |= at < expired;
        }
        epoch
    }

    /// Lets a ruleset go that is not the active one.
    pub(crate) fn retire(&mut self, epoch: Epoch) -> Option<Rules> {
        let at = self.older.iter().position(|rules| rules.epoch == epoch)?;
        Some(self.older.remove(at))
    }

    /// The most steps that one event may need: it may unwind from older rules into the active ones.
    pub(crate) fn pass_bound(&self) -> u32 {
        self.live().fold(0, |steps: u32, rules| steps.saturating_add(rules.program.bounds.pass))
    }

    /// Whether a key of this lock that was given under an epoch ended with a later one.
    pub(crate) fn is_revoked_since(&self, since: Epoch, lock: &str) -> bool {
        let later = self.live().filter(|rules| rules.epoch > since);
        later.flat_map(|rules| &*rules.revoked).any(|revoked| **revoked == *lock)
    }

    /// Whether any lock was revoked later than this epoch.
    pub(crate) fn has_revoked_since(&self, since: Epoch) -> bool {
        self.live().any(|rules| rules.epoch > since && !rules.revoked.is_empty())
    }
}
