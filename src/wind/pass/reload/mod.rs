//! The rules have changed: a stack moves to the active epoch. Its rooms and gates move at once; locks in the middle of their
//! work stay under the rules that wound them, unless those say the same still. `docs/reload.md` is the contract.

mod room;
mod run;

use super::super::stack::room_address;
use super::super::{Effect, Epoch, Frame};
use super::{Failure, Pass, Stepped, failure};
use crate::machine::Fate;
use crate::value::RoomKey;

impl<'rules> Pass<'rules> {
    /// Brings the socket to the active epoch.
    pub(super) fn move_to_active(&mut self) -> Stepped {
        let (from, to) = (self.socket().epoch, self.epochs.active().epoch);
        if from == to {
            return Ok(());
        }
        self.socket_mut().epoch = to;
        self.forget_void_keys(from);
        let rooms: Vec<u64> = self.socket().rooms.iter().map(|frame| frame.sequence).collect();
        let changed = self.rooms_that_changed(from);
        for at in rooms {
            self.move_room(at)?;
        }
        let frames: Vec<u64> = self.socket().frames.iter().map(|frame| frame.sequence).collect();
        for at in frames {
            self.move_gate(at)?;
        }
        self.move_runs()?;
        if self.ending {
            return Ok(());
        }
        self.refuse_lost_messages();
        self.tell_of_closed_doors(changed);
        Ok(())
    }

    /// Rooms with a frame that may require something else now.
    fn rooms_that_changed(&self, from: Epoch) -> Vec<RoomKey> {
        let is_revoked = self.epochs.has_revoked_since(from);
        let is_same = |frame: &&Frame| !is_revoked && matches!(self.fate(frame), Some(Fate::Same(_)));
        let changed = self.socket().rooms.iter().filter(|frame| !is_same(frame));
        changed.filter_map(|frame| frame.role.room().cloned()).collect()
    }

    /// Whoever does not hold what a room requires now gets nothing from there any more, and is told.
    pub(super) fn tell_of_closed_doors(&mut self, changed: Vec<RoomKey>) {
        for room in changed {
            if self.socket().room(&room).is_some() && !self.has_gate(&room) && !self.may_listen(&room) {
                let failure = failure("locked", "the room requires more now: send it a message to be asked");
                self.refuse(None, failure, Some(room_address(&room)));
            }
        }
    }

    /// Keys of locks that were revoked, or that take or give something else now.
    fn forget_void_keys(&mut self, from: Epoch) {
        let (epochs, program) = (self.epochs, self.program);
        self.keys_mut().retain(|key| program.has_key_kind(&key.kind) && !epochs.is_revoked_since(from, &key.kind.lock));
    }

    fn fate(&self, frame: &Frame) -> Option<&'rules Fate> {
        self.epochs.fates(frame.epoch).map(|fates| fates.machine(frame.machine))
    }

    /// What waited for a room that is no longer there, and has no gate either.
    fn refuse_lost_messages(&mut self) {
        let program = self.program;
        if self.socket().parked.iter().all(|parked| program.room_of(&parked.room).is_some()) {
            return;
        }
        let socket = self.socket_mut();
        let parked = std::mem::take(&mut socket.parked);
        let (kept, lost) = parked.into_iter().partition(|parked| program.room_of(&parked.room).is_some());
        socket.parked = kept;
        for parked in lost {
            self.refuse(parked.message.id, gone("the room is no longer there"), Some(room_address(&parked.room)));
        }
    }

    fn send_away(&mut self, whose: &str) -> Stepped {
        self.close()?;
        self.emit(Effect::ComeBack(format!("the rules of {whose} have changed").into()));
        Ok(())
    }
}

fn gone(message: &str) -> Failure {
    failure("gone", message)
}
