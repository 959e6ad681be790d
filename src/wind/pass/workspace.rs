//! What passes are done with: kept from one to the next, so that a pass asks for no memory of its own.

use super::super::{Effect, MessageId};
use super::before::Before;
use super::{Ended, Job, Outcome};
use crate::value::{RoomKey, Value};
use std::sync::Arc;

/// Lists that a pass fills, empty between passes.
#[derive(Debug, Default)]
pub struct Workspace {
    pub(super) agenda: Vec<Job>,
    pub(super) effects: Vec<Effect>,
    /// Ids of handled messages; their `ok` comes last.
    pub(super) handled: Vec<MessageId>,
    pub(super) ended: Vec<(Arc<str>, Ended)>,
    /// Rooms that this pass made the socket a member of, and rooms whose membership it ended.
    pub(super) joined: Vec<RoomKey>,
    pub(super) quit: Vec<RoomKey>,
    /// Frames whose state has been left, and which have not entered another yet.
    pub(super) left: Vec<u64>,
    /// Attributes that this pass wrote.
    pub(super) written: Vec<(Arc<str>, Value)>,
    pub(super) before: Before,
}

/// Nothing in it is worth a copy.
impl Clone for Workspace {
    fn clone(&self) -> Self {
        Workspace::default()
    }
}

impl Workspace {
    /// The pass is over: nothing of it stays, except what came out.
    pub(super) fn clear(&mut self) {
        self.agenda.clear();
        self.handled.clear();
        self.joined.clear();
        self.quit.clear();
        self.left.clear();
        self.written.clear();
        self.before.forget();
    }

    /// Takes back the lists of an outcome when everything in it has been done.
    pub fn take_back(&mut self, outcome: Outcome) {
        let Outcome { mut effects, mut ended, .. } = outcome;
        effects.clear();
        ended.clear();
        (self.effects, self.ended) = (effects, ended);
    }
}
