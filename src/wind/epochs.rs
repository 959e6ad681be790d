//! The rulesets that some frame may still run under. One of them is active: its rooms are the rooms, and its
//! requirements count. The older ones live on only for locks that a reload found in the middle of their work.

use crate::machine::Program;
use std::fmt;
use std::sync::Arc;

/// Numbers the rulesets of one engine in the order in which they became active, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u32);

impl Epoch {
    /// That of the ruleset with which an engine begins.
    pub const FIRST: Epoch = Epoch(1);

    /// The one after it.
    pub fn next(self) -> Epoch {
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
    /// Locks whose keys ended when it became active.
    pub revoked: Arc<[Arc<str>]>,
}

/// All rulesets that live, of which one is active.
#[derive(Clone, Debug)]
pub struct Epochs {
    active: Rules,
    /// The others, oldest first.
    older: Vec<Rules>,
}

impl Epochs {
    /// The first ruleset, active.
    pub fn new(program: Arc<Program>) -> Epochs {
        Epochs { active: Rules { epoch: Epoch::FIRST, program, revoked: Arc::from([]) }, older: Vec::new() }
    }

    /// The ruleset whose rooms are the rooms.
    pub fn active(&self) -> &Rules {
        &self.active
    }

    /// All that live, oldest first, the active one last.
    pub fn live(&self) -> impl DoubleEndedIterator<Item = &Rules> {
        self.older.iter().chain([&self.active])
    }

    /// The ruleset of an epoch. No frame outlives its epoch: the engine lets one go only when nothing runs under it.
    pub fn program(&self, epoch: Epoch) -> &Arc<Program> {
        let older = self.older.iter().find(|rules| rules.epoch == epoch);
        &older.unwrap_or(&self.active).program
    }

    /// Makes a ruleset the active one.
    pub(crate) fn activate(&mut self, program: Arc<Program>, revoked: Arc<[Arc<str>]>) -> Epoch {
        let epoch = self.active.epoch.next();
        let before = std::mem::replace(&mut self.active, Rules { epoch, program, revoked });
        self.older.push(before);
        epoch
    }

    /// Lets a ruleset go, which must not be the active one.
    pub(crate) fn retire(&mut self, epoch: Epoch) -> Option<Rules> {
        let at = self.older.iter().position(|rules| rules.epoch == epoch)?;
        Some(self.older.remove(at))
    }

    /// The most steps that one event may need under any of them.
    pub(crate) fn pass_bound(&self) -> u32 {
        self.live().map(|rules| rules.program.bounds.pass).max().unwrap_or(0)
    }

    /// Whether a key of this lock that was given under an epoch ended with a later one.
    pub(crate) fn is_revoked_since(&self, since: Epoch, lock: &str) -> bool {
        self.live()
            .filter(|rules| rules.epoch > since)
            .any(|rules| rules.revoked.iter().any(|revoked| **revoked == *lock))
    }
}
