//! Sockets are moved, asked for keys, and closed.

use super::act::{absent, hindered, unfit};
use super::{Acted, Declined, Fared, Whom};
use crate::engine::{CloseCode, Engine};
use crate::machine::Program;
use crate::model::{MachineId, Type};
use crate::value::{Json, RoomKey, Value};
use crate::wind::{Event, Role, SocketId, WindStack, room_address};
use std::sync::Arc;

/// What is refused because something else was wanted says nothing about what is wanted now.
const GIVEN_UP: &str = "cancelled";

impl Engine {
    /// Each socket goes to the room's gate, which tests it as it tests everybody.
    pub(super) fn move_by_hand(&mut self, whom: &Whom, address: &Arc<str>) -> Result<Acted, Declined> {
        let room = self.room_meant(address)?;
        let sockets = self.identified(whom)?;
        let stands_nowhere = |id: &SocketId| self.socket(*id).is_some_and(|stack| stack.standing.is_none());
        if sockets.iter().any(stands_nowhere) {
            return Err(hindered("not_admitted", "the socket has not been let in anywhere yet: try again when it has"));
        }
        let at_gate = |stack: &WindStack| {
            stack.frames.iter().any(|frame| matches!(&frame.role, Role::Gate { room: other, .. } if *other == room))
        };
        let by = room_address(&room);
        Ok(Acted::Went(self.send_each(sockets, &Event::Moved(room.clone()), &by, at_gate)))
    }

    /// Each socket is asked for the key, as if the room where it stands offered the lock.
    pub(super) fn wind_by_hand(&mut self, whom: &Whom, name: &Arc<str>, args: &[Json]) -> Result<Acted, Declined> {
        let program = self.program().clone();
        let Some(lock) = program.lock_by_name(name) else {
            return Err(absent(format!("the rules have no lock `{name}`")));
        };
        let args = read_args(&program, lock, args)?;
        let sockets = self.identified(whom)?;
        let is_busy = |id: &SocketId| {
            let stack = self.socket(*id);
            stack.is_some_and(|stack| stack.standing.is_none() || !stack.frames.is_empty())
        };
        if sockets.iter().any(is_busy) {
            let why = "the socket is in the middle of something: wait until it is done, or move it";
            return Err(hindered("busy", why));
        }
        let event = Event::Wound { lock: name.clone(), args };
        let by: Arc<str> = format!("lock:{name}").into();
        Ok(Acted::Went(self.send_each(sockets, &event, &by, |stack| !stack.frames.is_empty())))
    }

    /// Closes connections for good: none of them can be taken up again.
    pub(super) fn drop_by_hand(&mut self, whom: &Whom, reason: &str) -> Result<Acted, Declined> {
        let sockets = self.sockets_meant(whom)?;
        for socket in &sockets {
            self.close(*socket, CloseCode::DROPPED, reason, None);
        }
        Ok(Acted::Sockets(sockets.len()))
    }

    pub(super) fn room_meant(&self, address: &Arc<str>) -> Result<RoomKey, Declined> {
        self.find_room(address).ok_or_else(|| absent(format!("the rules have no room `{address}`")))
    }

    /// The sockets that are meant, brought to the active rules. Whoever is no client cannot be sent where only clients come.
    fn identified(&mut self, whom: &Whom) -> Result<Vec<SocketId>, Declined> {
        for socket in self.sockets_meant(whom)? {
            self.move_socket(socket);
        }
        self.run_jobs();
        let sockets = self.sockets_meant(whom)?;
        if sockets.is_empty() {
            return Err(hindered("away", "the client has no connection"));
        }
        if sockets.iter().any(|id| self.socket(*id).is_some_and(|stack| stack.client.is_none())) {
            let why = "nobody knows yet who the socket is: what clients alone may do is only done to a client";
            return Err(hindered("not_identified", why));
        }
        Ok(sockets)
    }

    /// One pass of each socket, and how it fared: what `by` refused, or whether it `waits`.
    fn send_each(
        &mut self,
        sockets: Vec<SocketId>,
        event: &Event,
        by: &Arc<str>,
        waits: impl Fn(&WindStack) -> bool,
    ) -> Vec<(SocketId, Fared)> {
        let mut went = Vec::with_capacity(sockets.len());
        for id in sockets {
            self.refusals = Some(Vec::new());
            self.run(id, event.clone());
            let refusals = self.refusals.take().unwrap_or_default();
            let refused = refusals.into_iter().rev().find(|(other, why)| other == by && why.code != GIVEN_UP);
            let fared = match (self.socket(id), refused) {
                (None, _) => Fared::Closed,
                (Some(stack), _) if waits(stack) => Fared::Waits,
                (Some(_), Some((_, why))) => Fared::Refused(why.message),
                (Some(_), None) => Fared::Done,
            };
            went.push((id, fared));
        }
        went
    }
}

fn read_args(program: &Program, lock: MachineId, args: &[Json]) -> Result<Arc<[Value]>, Declined> {
    let machine = program.machine(lock);
    if machine.params.len() != args.len() {
        let (wanted, given) = (machine.params.len(), args.len());
        let why = format!("the lock `{}` wants {wanted} of `args`, and {given} were sent", machine.name);
        return Err(unfit("wrong_type", why));
    }
    machine.params.iter().zip(args).map(|(param, arg)| read_typed(&param.name, &param.ty, arg)).collect()
}

/// The value of a piece of JSON; an error names the type that it is not of.
pub(super) fn read_typed(name: &str, ty: &Type, json: &Json) -> Result<Value, Declined> {
    ty.read(json.as_str()).ok_or_else(|| unfit("wrong_type", format!("`{name}` is not of its type, `{ty}`")))
}
