//! Which way passes went, for whoever wants to know.

use super::Engine;
use crate::wind::{SocketId, Trace};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Whether passes are traced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TraceMode {
    /// No; it costs nothing.
    #[default]
    Off,
    /// Those of every socket.
    All,
    /// Those of these sockets.
    Sockets(Arc<BTreeSet<SocketId>>),
}

/// Traces that wait to be fetched.
#[derive(Clone, Default)]
pub(super) struct Traces {
    pub mode: TraceMode,
    waiting: VecDeque<(SocketId, Trace)>,
}

impl Traces {
    pub(super) fn wants(&self, socket: SocketId) -> bool {
        match &self.mode {
            TraceMode::Off => false,
            TraceMode::All => true,
            TraceMode::Sockets(wanted) => wanted.contains(&socket),
        }
    }

    pub(super) fn add(&mut self, socket: SocketId, trace: Trace, waiting_max: usize) {
        while self.waiting.len() >= waiting_max.max(1) {
            self.waiting.pop_front();
        }
        self.waiting.push_back((socket, trace));
    }
}

impl Engine {
    /// From here on passes are traced, or no more. What was traced before can still be fetched.
    pub fn trace(&mut self, mode: TraceMode) {
        self.traces.mode = mode;
    }

    /// The next trace, in the order of the passes. Fetch them often: only so many wait (see
    /// [`super::Settings::traces_max`]).
    pub fn poll_trace(&mut self) -> Option<(SocketId, Trace)> {
        self.traces.waiting.pop_front()
    }
}
