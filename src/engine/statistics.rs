//! What the engine has done since it began, and what it holds now.

use super::CloseCode;
use crate::value::Millis;
use crate::wind::{Ended, Event};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Upper bounds of the classes of times in the entry room, in milliseconds; one more class has no bound.
pub const LOBBY_MS: [Millis; 10] = [100, 500, 1_000, 5_000, 15_000, 30_000, 60_000, 120_000, 300_000, 900_000];

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
    /// Mail that newer mail took the place of before its client had it.
    pub mail_pushed_out: u64,
    /// Mail that became too old before its client had it.
    pub mail_expired: u64,
    /// Sockets that the engine closed, by close code.
    pub closes: BTreeMap<u16, u64>,
    /// Locks that went, by name and how.
    pub locks: BTreeMap<Arc<str>, BTreeMap<LockEnd, u64>>,
    /// Checks that were put to groups, by name and by how they ended.
    pub questions: BTreeMap<Arc<str>, BTreeMap<&'static str, u64>>,
    /// How long sockets were in the entry room before they came into another one.
    pub lobby: LobbyTimes,
}

/// How a lock went, and what brought it about. The names are for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockEnd {
    /// `resolved`, `failed`, or `cut`: given up for something else, or its socket went.
    pub outcome: &'static str,
    /// What its last pass was for; of one that failed because no tries were left, `attempts`.
    pub cause: &'static str,
}

/// Times by class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LobbyTimes {
    /// For each of [`LOBBY_MS`] those that took no longer, and then those that did.
    pub classes: [u64; LOBBY_MS.len() + 1],
    /// Milliseconds of all together.
    pub sum_ms: u64,
}

impl LobbyTimes {
    pub(super) fn count(&mut self, took: Millis) {
        let class = LOBBY_MS.partition_point(|bound| *bound < took);
        if let Some(class) = self.classes.get_mut(class) {
            *class += 1;
        }
        self.sum_ms = self.sum_ms.saturating_add(took);
    }
}

/// What a pass is for, in a word.
pub(super) fn cause(event: &Event) -> &'static str {
    match event {
        Event::Message(_) => "message",
        Event::Cancel(_) => "cancel",
        Event::Leave(..) | Event::Left(_) => "leave",
        Event::Signal { .. } => "signal",
        Event::Verdict { .. } => "check",
        Event::Tick => "deadline",
        Event::Reloaded => "reload",
        Event::Connect | Event::Resume { .. } => "connect",
        Event::Moved(_) | Event::Wound { .. } | Event::Revoked(_) | Event::Expelled(_) => "hand",
        Event::Close => "close",
    }
}

impl Statistics {
    /// Locks that went in a pass.
    pub(super) fn count_locks(&mut self, ended: &[(Arc<str>, Ended)], cause: &'static str) {
        for (lock, ended) in ended {
            let end = match ended {
                Ended::Resolved => LockEnd { outcome: "resolved", cause },
                Ended::Failed => LockEnd { outcome: "failed", cause },
                Ended::Exhausted => LockEnd { outcome: "failed", cause: "attempts" },
                Ended::Cut => LockEnd { outcome: "cut", cause },
            };
            *self.locks.entry(lock.clone()).or_default().entry(end).or_default() += 1;
        }
    }

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
