//! When which socket has something due. Lazy: a deadline that moves later leaves the socket where it is in the
//! queue, and is looked at again when its old turn comes. So a socket is in the queue at most once.

use super::Engine;
use crate::value::Millis;
use crate::wind::{Event, SocketId};
use std::collections::BTreeSet;

/// The queue of deadlines, earliest first.
#[derive(Clone, Default)]
pub(super) struct Timers(BTreeSet<(Millis, SocketId)>);

impl Timers {
    pub(super) fn first(&self) -> Option<Millis> {
        self.0.first().map(|(at, _)| *at)
    }

    pub(super) fn remove(&mut self, at: Millis, socket: SocketId) {
        self.0.remove(&(at, socket));
    }

    fn pop_due(&mut self, now: Millis) -> Option<SocketId> {
        if self.first()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, socket)| socket)
    }
}

impl Engine {
    /// Lets everything happen that is due, the earliest first, as far as one input may.
    pub(super) fn run_due(&mut self) {
        let now = self.now.monotonic;
        for _ in 0..self.settings.due_per_input_max {
            let next = self.timers.first().map_or(now, |at| at.min(now));
            if self.end_due_question(next) {
                continue;
            }
            let Some(due) = self.timers.pop_due(now) else { return };
            self.run_due_of(due);
        }
    }

    fn run_due_of(&mut self, id: SocketId) {
        let now = self.now.monotonic;
        let Some(socket) = self.house.sockets.get_mut(id) else { return };
        socket.queued = None;
        if socket.stack.next_timer().is_some_and(|at| at <= now) {
            self.run(id, Event::Tick);
            self.run_jobs();
        } else {
            self.queue_deadline(id);
        }
    }

    /// Queues the socket for its next deadline, unless it comes up before that anyway; one without takes no place there. What a pass has left due all
    /// the same waits a millisecond, so that time always goes on.
    pub(super) fn queue_deadline(&mut self, id: SocketId) {
        let Some(socket) = self.house.sockets.get_mut(id) else { return };
        let Some(at) = socket.stack.next_timer() else {
            if let Some(queued) = socket.queued.take() {
                self.timers.remove(queued, id);
            }
            return;
        };
        let at = at.max(self.now.monotonic.saturating_add(1));
        match socket.queued {
            Some(queued) if queued <= at => return,
            Some(queued) => self.timers.remove(queued, id),
            None => {}
        }
        socket.queued = Some(at);
        self.timers.0.insert((at, id));
    }
}
