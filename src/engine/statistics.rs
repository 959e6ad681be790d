//! What the engine has done since it began, and what it holds now.

use super::CloseCode;
use std::collections::BTreeMap;

/// Counters. They only grow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Evaluation passes.
    pub passes: u64,
    /// Steps of all passes.
    pub steps: u64,
    /// Passes that were undone because they needed too many steps.
    pub overruns: u64,
    /// Rulesets that became active after the first.
    pub reloads: u64,
    /// Connections, those included that found the server full.
    pub connections: u64,
    /// Frames that came.
    pub frames_in: u64,
    /// Frames that could not be read.
    pub frames_malformed: u64,
    /// Frames that came too fast.
    pub frames_rate_limited: u64,
    /// Messages that rooms, groups and clients were sent, each counted once.
    pub messages: u64,
    /// The same messages, counted for every socket that gets them.
    pub deliveries: u64,
    /// Signals that were offered to a socket.
    pub signals: u64,
    /// Signals that were dropped, because too many followed from one input.
    pub signals_dropped: u64,
    /// Clients without a socket that were forgotten because there were too many.
    pub clients_forgotten: u64,
    /// Sockets that the engine closed, by close code.
    pub closes: BTreeMap<u16, u64>,
}

impl Statistics {
    pub(super) fn count_close(&mut self, code: CloseCode) {
        *self.closes.entry(code.0).or_default() += 1;
    }
}

/// What the engine holds at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    /// Connected sockets.
    pub sockets: usize,
    /// Clients that have a socket.
    pub clients: usize,
    /// Clients without a socket that are remembered.
    pub absent_clients: usize,
    /// Rooms that have a member.
    pub rooms: usize,
}
