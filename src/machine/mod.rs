//! Machines as graphs: one petgraph graph per room and lock, the composed graph over all of them, and what
//! follows from them. The only user of petgraph.

use crate::diagnostic::SourceMap;
use crate::model::{Machine, MachineId, Model};
use std::sync::Arc;

/// A ruleset that may run. Immutable, shared, numbered by its epoch.
#[derive(Debug)]
pub struct Program {
    /// What runs.
    pub model: Model,
    /// The texts it was read from.
    pub sources: Arc<SourceMap>,
    /// What is proved about every pass.
    pub bounds: Bounds,
}

/// What no pass and no stack can exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Microsteps of one event, parked messages not counted.
    pub pass: u32,
    /// Frames of one run of a wind stack, with the room it stands in.
    pub depth: u32,
}

impl Program {
    /// The room or lock with this id.
    pub fn machine(&self, id: MachineId) -> &Machine {
        &self.model.machines[id.index()]
    }
}
