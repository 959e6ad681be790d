//! What whoever looks after the server does to a socket. Whom it may be done to, the engine has seen to.

use super::super::{Asker, Phase, Revoked, Role};
use super::{Pass, Stepped};
use crate::model::MachineId;
use crate::value::{RoomKey, Value};
use std::sync::Arc;

impl Pass<'_> {
    /// Winds a lock as if the room where the socket stands offered it. Where something is wound already, nothing is added.
    pub(super) fn wind_by_hand(&mut self, lock: &str, args: Arc<[Value]>) -> Stepped {
        let Some(lock) = self.program.lock_by_name(lock) else { return Ok(()) };
        if !self.socket().frames.is_empty() || self.held(self.program, lock, &args).is_some() {
            return Ok(());
        }
        self.wind_lock((self.epochs.active().epoch, lock), args, Asker::Offer(None), None)
    }

    /// Takes keys away. Whoever is let in by one of them asks for it again, and is told which rooms are locked now.
    pub(super) fn revoke_by_hand(&mut self, revoked: &Revoked) -> Stepped {
        if !self.socket().keys.iter().any(|key| revoked.names(&key.kind.lock)) {
            return Ok(());
        }
        let rooms: Vec<RoomKey> = self.socket().rooms.iter().filter_map(|frame| frame.role.room().cloned()).collect();
        let open: Vec<RoomKey> = rooms.into_iter().filter(|room| self.may_listen(room)).collect();
        self.keys_mut().retain(|key| !revoked.names(&key.kind.lock));
        for (at, room, machine) in self.deciding_gates() {
            self.budget = self.budget.saturating_add(self.epochs.pass_bound());
            self.require_what_is_gone(at, &room, machine)?;
        }
        self.tell_of_closed_doors(open);
        Ok(())
    }

    /// Gates of rooms that are about to admit by themselves: what they require has been looked at.
    fn deciding_gates(&self) -> Vec<(u64, RoomKey, MachineId)> {
        let deciding = self.socket().frames.iter().filter_map(|frame| match &frame.role {
            Role::Gate { room, phase: Phase::Deciding, .. } => Some((frame.sequence, room.clone(), frame.machine)),
            Role::Gate { phase: Phase::Requiring(_), .. } | Role::Room(_) | Role::Lock(_) => None,
        });
        deciding.collect()
    }

    /// Ends every membership of the socket's client, with what the rules do then, and closes the socket.
    pub(super) fn expel(&mut self, why: Arc<str>) -> Stepped {
        self.ending = true;
        self.work.agenda.clear();
        self.cut_all()?;
        let rooms = self.client().map(|client| self.facts.rooms_of(client)).unwrap_or_default();
        for room in rooms {
            self.budget = self.budget.saturating_add(self.epochs.pass_bound());
            self.quit_room(&room)?;
        }
        self.drop_socket(why)
    }
}
