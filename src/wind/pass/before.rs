//! How a stack was before its pass, so that a pass that overruns its budget can be undone.
//!
//! A part is kept when it is about to change for the first time. What is wound is not kept, since an overrun takes it away; and
//! sequence numbers go on, since none is ever used twice.

use super::super::{Carried, Epoch, Frame, Key, Parked, WindStack};
use crate::value::RoomKey;
use std::sync::Arc;

/// What has been kept in the pass under way; between passes nothing but memory.
#[derive(Debug, Default)]
pub(super) struct Before {
    rooms: Kept<Frame>,
    keys: Kept<Key>,
    rest: Option<Rest>,
    /// Anything of the stack has changed, or what is wound.
    pub(super) has_changed: bool,
}

/// A list as it was, if it has changed.
#[derive(Debug)]
struct Kept<Of> {
    list: Vec<Of>,
    has_changed: bool,
}

/// What is small.
#[derive(Debug)]
struct Rest {
    client: Option<Arc<str>>,
    standing: Option<RoomKey>,
    unidentified_in: Option<RoomKey>,
    asks_again: bool,
    parked: Vec<Parked>,
    epoch: Epoch,
    carried: Vec<Carried>,
}

impl Before {
    /// The frames of rooms are about to change.
    pub(super) fn keep_rooms(&mut self, stack: &WindStack) {
        self.has_changed = true;
        self.rooms.keep(&stack.rooms);
    }

    /// The keys are about to change.
    pub(super) fn keep_keys(&mut self, stack: &WindStack) {
        self.has_changed = true;
        self.keys.keep(&stack.keys);
    }

    /// Anything may change.
    pub(super) fn keep_all(&mut self, stack: &WindStack) {
        self.keep_rooms(stack);
        self.keep_keys(stack);
        self.rest.get_or_insert_with(|| Rest {
            client: stack.client.clone(),
            standing: stack.standing.clone(),
            unidentified_in: stack.unidentified_in.clone(),
            asks_again: stack.asks_again,
            parked: stack.parked.clone(),
            epoch: stack.epoch,
            carried: stack.carried.clone(),
        });
    }

    /// Everything that has changed is as it was; only what was wound is gone.
    pub(super) fn restore(&mut self, stack: &mut WindStack) {
        self.has_changed = true;
        stack.frames.clear();
        self.rooms.restore(&mut stack.rooms);
        self.keys.restore(&mut stack.keys);
        if let Some(Rest { client, standing, unidentified_in, asks_again, parked, epoch, carried }) = self.rest.take() {
            (stack.client, stack.standing, stack.unidentified_in) = (client, standing, unidentified_in);
            (stack.asks_again, stack.epoch) = (asks_again, epoch);
            (stack.parked, stack.carried) = (parked, carried);
        }
    }

    /// Whether the socket does not stand where it stood.
    pub(super) fn has_moved(&self, stack: &WindStack) -> bool {
        self.rest.as_ref().is_some_and(|rest| rest.standing != stack.standing)
    }

    /// Whether the keys are not what they were.
    pub(super) fn has_other_keys(&self, stack: &WindStack) -> bool {
        self.keys.has_changed && self.keys.list != stack.keys
    }

    /// The pass is over.
    pub(super) fn forget(&mut self) {
        if std::mem::take(&mut self.has_changed) {
            self.rooms.forget();
            self.keys.forget();
            self.rest = None;
        }
    }
}

impl<Of: Clone> Kept<Of> {
    fn keep(&mut self, now: &[Of]) {
        if !self.has_changed {
            self.has_changed = true;
            self.list.extend_from_slice(now);
        }
    }

    fn restore(&mut self, list: &mut Vec<Of>) {
        if std::mem::take(&mut self.has_changed) {
            std::mem::swap(&mut self.list, list);
        }
    }

    fn forget(&mut self) {
        self.list.clear();
        self.has_changed = false;
    }
}

impl<Of> Default for Kept<Of> {
    fn default() -> Self {
        Kept { list: Vec::new(), has_changed: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::KeyKind;
    use crate::value::Value;
    use crate::wind::{Lasts, SocketId};

    fn stack() -> WindStack {
        let kind = Arc::new(KeyKind { lock: "name".into(), signature: "() -> client".into() });
        let key = Key { kind, args: Arc::default(), value: Value::Client("ada".into()), lasts: Lasts::Always };
        let mut stack = WindStack::new(SocketId(uuid::Uuid::nil()), Arc::default(), Epoch::FIRST);
        (stack.standing, stack.keys) = (Some(RoomKey("hall".into())), vec![key]);
        stack
    }

    #[test]
    fn what_has_changed_is_as_it_was_and_nothing_of_it_stays() {
        let (mut stack, mut before) = (stack(), Before::default());
        let was = stack.clone();
        before.keep_keys(&stack);
        stack.keys.clear();
        // what is kept is how it was before the first change
        before.keep_all(&stack);
        stack.standing = None;
        stack.asks_again = true;
        assert!(before.has_changed && before.has_other_keys(&stack) && before.has_moved(&stack));
        before.restore(&mut stack);
        assert_eq!(stack, was);
        assert!(!before.has_other_keys(&stack) && !before.has_moved(&stack));
        before.forget();
        stack.keys.clear();
        let is_now = stack.clone();
        before.restore(&mut stack);
        assert_eq!(stack, is_now);
    }
}
