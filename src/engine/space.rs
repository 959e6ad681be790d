//! The store has no space: what somebody says that would have to be kept is refused, and everything else goes on.

use super::Engine;
use crate::envelope::codes;
use crate::store::Space;
use crate::value::RoomKey;
use crate::wind::{Effect, Event, Failure, MessageId, Outcome, SocketId, WindStack};

/// How a socket stood before it said something, for as long as there is no space.
pub(super) struct Before {
    stack: WindStack,
    message: Option<MessageId>,
}

/// What would have to be kept, and cannot be.
pub(super) fn no_space() -> Failure {
    let message = "the server has no space to keep this: try again later".into();
    Failure { code: codes::STORAGE_FULL, message, retry_after: None }
}

impl Engine {
    pub(super) fn is_short_of_space(&self) -> bool {
        self.space == Space::Short
    }

    /// What is needed to undo a message, if it might have to be.
    pub(super) fn before_message(&self, event: &Event) -> Option<Before> {
        let Event::Message(message) = event else { return None };
        self.is_short_of_space().then(|| Before { stack: self.lent.clone(), message: message.id.clone() })
    }

    /// Whether a pass wants something kept that somebody said.
    pub(super) fn keeps_a_post(&self, outcome: &Outcome) -> bool {
        outcome.effects.iter().any(|effect| matches!(effect, Effect::Post { room, .. } if self.has_history(room)))
    }

    pub(super) fn has_history(&self, room: &RoomKey) -> bool {
        self.program().rules_of(room).is_some_and(|rules| rules.history.is_some())
    }

    /// All that a message would have brought about is undone.
    pub(super) fn refuse_for_space(&mut self, id: SocketId, before: Before) {
        let Before { stack, message } = before;
        self.lent = stack;
        self.house.sockets.swap_stack(id, &mut self.lent);
        self.send_error(id, message.as_ref(), &no_space(), None);
    }
}
