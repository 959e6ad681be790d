//! What came of a pass.

use super::super::Effect;
use std::sync::Arc;

/// What came of a pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What is to be done, in order.
    pub effects: Vec<Effect>,
    /// Arms taken, states entered, frames wound and gone.
    pub steps: u32,
    /// The budget did not suffice: all of the pass was undone and every lock on the stack failed.
    pub overrun: bool,
    /// Locks that went, by name, in order. None where the pass was undone.
    pub ended: Vec<(Arc<str>, Ended)>,
    /// Anything of the stack may not be as it was.
    pub has_changed: bool,
    /// The socket does not stand where it stood.
    pub has_moved: bool,
    /// The socket does not hold the same keys as before.
    pub has_other_keys: bool,
}

/// How a lock went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With an answer.
    Resolved,
    /// The rules say that it failed.
    Failed,
    /// No tries were left.
    Exhausted,
    /// It was given up for something else, or its socket went.
    Cut,
}
