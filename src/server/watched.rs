//! What the last passes of a few sockets did, kept because somebody asks about them. Nobody asked: it costs nothing.

use crate::diagnostic::Location;
use crate::engine::{Engine, TraceMode};
use crate::value::Millis;
use crate::wind::{SocketId, Trace};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// So many sockets at one time; whose time is over first goes first.
const SOCKETS_MAX: usize = 16;
/// So many passes of each.
const PASSES_MAX: usize = 32;
/// For so long after they were asked about.
const WATCHED_FOR_MS: Millis = 5 * 60 * 1000;

/// What is known of them.
#[derive(Default)]
pub(super) struct Watched(BTreeMap<SocketId, Watching>);

struct Watching {
    until: Millis,
    passes: VecDeque<Pass>,
}

/// A pass, without what clients sent and got.
pub(super) struct Pass {
    pub(super) event: &'static str,
    pub(super) before: Vec<String>,
    pub(super) steps: Vec<(String, Location)>,
    pub(super) after: Vec<String>,
    pub(super) overrun: bool,
}

impl Watched {
    /// The last passes of a socket, oldest first.
    pub(super) fn of(&self, socket: SocketId) -> impl Iterator<Item = &Pass> {
        self.0.get(&socket).into_iter().flat_map(|watching| &watching.passes)
    }

    /// Watches a socket from now on, or for longer.
    pub(super) fn watch(&mut self, engine: &mut Engine, socket: SocketId, now: Millis) {
        let until = now + WATCHED_FOR_MS;
        self.0.entry(socket).or_insert_with(|| Watching { until, passes: VecDeque::new() }).until = until;
        while self.0.len() > SOCKETS_MAX {
            let first = self.0.iter().min_by_key(|(_, watching)| watching.until).map(|(socket, _)| *socket);
            first.and_then(|first| self.0.remove(&first));
        }
        self.tell(engine);
    }

    /// Takes what the engine has traced, and forgets whose time is over.
    pub(super) fn collect(&mut self, engine: &mut Engine, now: Millis) {
        if self.0.is_empty() {
            return;
        }
        while let Some((socket, trace)) = engine.poll_trace() {
            if let Some(watching) = self.0.get_mut(&socket) {
                watching.passes.push_back(Pass::of(trace));
                if watching.passes.len() > PASSES_MAX {
                    watching.passes.pop_front();
                }
            }
        }
        if self.0.values().any(|watching| watching.until <= now) {
            self.0.retain(|_, watching| watching.until > now);
            self.tell(engine);
        }
    }

    fn tell(&self, engine: &mut Engine) {
        engine.trace(match self.0.is_empty() {
            true => TraceMode::Off,
            false => TraceMode::Sockets(Arc::new(self.0.keys().copied().collect())),
        });
    }
}

impl Pass {
    fn of(trace: Trace) -> Pass {
        let Trace { event, before, after, told, overrun, .. } = trace;
        Pass { event: event.kind(), before, steps: told, after, overrun }
    }
}
