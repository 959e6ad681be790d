//! Frames go: states are left, runs are cut, memberships end, the socket is dropped.

use super::super::trace::Step;
use super::super::{Asker, Effect, Frame, Phase, Purpose, Role};
use super::state::lock_address;
use super::{Ended, Pass, Stepped, failure};
use crate::model::{ArmId, Room};
use crate::value::RoomKey;
use std::sync::Arc;

impl<'rules> Pass<'rules> {
    /// What the frame's state asked for is cut, then the state's `on leave` is done.
    pub(super) fn leave_state(&mut self, at: u64) -> Stepped {
        let top = self.socket().frames.last().filter(|top| top.sequence == at);
        if top.and_then(|top| self.state_of(top)).is_some_and(|state| state.leave.is_empty()) {
            // nothing is above it, and nothing is to be done
            return Ok(());
        }
        self.cut_asked_by(at)?;
        self.do_leave_state(at)
    }

    /// The state's `on leave`, unless it was done already and no other state has been entered since. Most states have none.
    fn do_leave_state(&mut self, at: u64) -> Stepped {
        let Some(state) = self.state_at(at) else { return Ok(()) };
        if state.leave.is_empty() || self.work.left.contains(&at) {
            return Ok(());
        }
        self.work.left.push(at);
        self.do_first_of(at, &state.leave)
    }

    /// The machine's `on leave`.
    pub(super) fn leave_machine(&mut self, at: u64) -> Stepped {
        match self.frame(at) {
            Some(frame) => self.do_leave(at, &self.machine(frame).leave),
            None => Ok(()),
        }
    }

    /// The first of these `on leave` that holds. Most frames have none.
    #[inline]
    pub(super) fn do_leave(&mut self, at: u64, arms: &[ArmId]) -> Stepped {
        if arms.is_empty() { Ok(()) } else { self.do_first_of(at, arms) }
    }

    fn do_first_of(&mut self, at: u64, arms: &[ArmId]) -> Stepped {
        let Some(env) = self.env_at(at) else { return Ok(()) };
        let (Some((id, arm)), Some(frame)) = (self.first_holding(&env, arms), self.frame(at)) else { return Ok(()) };
        self.step(frame.epoch, Step::Took(frame.machine, id))?;
        // What goes cannot fail any more.
        self.perform_each(at, &env, &arm.actions)?;
        Ok(())
    }

    /// Cuts what the frame's state asked for: the frames above it in its run, or the run of a room's lock. Another
    /// run that stands right above is none of its business.
    pub(super) fn cut_asked_by(&mut self, at: u64) -> Stepped {
        // what is on top has nothing above it
        if self.socket().frames.last().is_some_and(|top| top.sequence == at) {
            return Ok(());
        }
        match self.asked_run(at) {
            Some((first, end)) if first < end => self.cut(first, end),
            Some(_) | None => Ok(()),
        }
    }

    /// Where in `frames` what the frame's state asked for begins and ends.
    pub(super) fn asked_run(&self, at: u64) -> Option<(usize, usize)> {
        let socket = self.socket();
        let (first, of_run) = match &self.frame(at)?.role {
            Role::Room(room) => self.run_asked_by(room).map(|first| (first, first))?,
            Role::Gate { .. } | Role::Lock(_) => socket.position(at).map(|position| (position + 1, position))?,
        };
        Some((first, socket.run_end(of_run)))
    }

    fn run_asked_by(&self, room: &RoomKey) -> Option<usize> {
        let asked = |role: &Role| matches!(role, Role::Lock(Asker::Room(asker)) if asker == room);
        self.socket().frames.iter().position(|frame| asked(&frame.role))
    }

    /// Takes away `frames[first..end]` from the top down.
    fn cut(&mut self, first: usize, end: usize) -> Stepped {
        let doomed: Vec<u64> = self.socket().frames.iter().take(end).skip(first).map(|frame| frame.sequence).collect();
        for at in doomed.into_iter().rev() {
            self.cut_frame(at)?;
        }
        Ok(())
    }

    pub(super) fn cut_all(&mut self) -> Stepped {
        self.cut(0, self.socket().frames.len())
    }

    /// Takes a frame off the stack, which is a step.
    pub(super) fn take_frame(&mut self, at: u64) -> Stepped<Option<Frame>> {
        let Some(position) = self.socket().position(at) else { return Ok(None) };
        let frame = self.wound_mut().remove(position);
        self.step(frame.epoch, Step::Gone(frame.machine))?;
        Ok(Some(frame))
    }

    fn cut_frame(&mut self, at: u64) -> Stepped {
        let deciding = match self.frame(at).map(|frame| &frame.role) {
            Some(Role::Gate { phase, .. }) => *phase == Phase::Deciding,
            Some(Role::Lock(_) | Role::Room(_)) => true,
            None => return Ok(()),
        };
        if deciding {
            self.do_leave_state(at)?;
            if self.frame(at).is_some_and(|frame| frame.role.room().is_none()) {
                self.leave_machine(at)?;
            }
        }
        let Some(frame) = self.take_frame(at)? else { return Ok(()) };
        let machine = self.machine(&frame);
        if matches!(frame.role, Role::Lock(_)) {
            self.work.ended.push((machine.name.clone(), Ended::Cut));
        }
        match frame.role {
            // nobody waits for it
            Role::Gate { room, purpose: Purpose::Deliver, .. }
                if !self.socket().parked.iter().any(|parked| parked.room == room) => {}
            Role::Gate { room, purpose, .. } => {
                self.refuse_entry(&room, purpose, &failure("cancelled", "it was given up for something else"));
            }
            Role::Lock(Asker::Offer(Some(id))) => {
                let by = lock_address(machine);
                self.refuse(Some(id), failure("cancelled", "it was given up for something else"), Some(by));
            }
            Role::Lock(_) | Role::Room(_) => {}
        }
        Ok(())
    }

    /// Before the socket stands in `next`: what becomes of the room where it stands.
    pub(super) fn depart_for(&mut self, next: &RoomKey) -> Stepped {
        let Some(room) = self.socket().standing.clone().filter(|room| room != next) else { return Ok(()) };
        if self.ends_with_departure(&room) {
            return self.quit_room(&room);
        }
        let socket = self.socket_mut();
        if let Some(frame) = socket.rooms.iter_mut().find(|frame| frame.role.room() == Some(&room)) {
            frame.timers.clear();
        }
        socket.standing = None;
        self.emit(Effect::Depart(room));
        Ok(())
    }

    /// What the active rules say of a room. Whoever has a frame there knows which room it is.
    fn rules_of(&self, room: &RoomKey) -> Option<&'rules Room> {
        match self.socket().room(room).filter(|frame| frame.epoch == self.epochs.active().epoch) {
            Some(frame) => self.machine(frame).room(),
            None => self.program.rules_of(room),
        }
    }

    /// Whether the membership ends when this socket no longer stands in the room.
    fn ends_with_departure(&self, room: &RoomKey) -> bool {
        let is_transient = self.rules_of(room).is_some_and(|rules| rules.transient);
        let elsewhere = |client: &Arc<str>| self.facts.stands_elsewhere(room, client, self.socket().socket);
        let is_unidentified = self.socket().unidentified_in.as_ref() == Some(room);
        (is_transient || is_unidentified) && !self.client().is_some_and(elsewhere)
    }

    /// The membership ends, then the room's `on leave` is done if the socket has a frame there. In this order, so that
    /// what is done there counts the room without this member, and cannot leave it once more.
    pub(super) fn quit_room(&mut self, room: &RoomKey) -> Stepped {
        if !self.is_in(room) {
            return Ok(());
        }
        self.note_quit(room);
        if let Some(at) = self.socket().room(room).map(|frame| frame.sequence) {
            self.leave_state(at)?;
            self.leave_machine(at)?;
        }
        self.remove_room(room)?;
        self.cut_delivery_to(room)?;
        self.emit(Effect::Quit(room.clone()));
        Ok(())
    }

    /// Nothing can be delivered any more to a room that the client is no longer in.
    fn cut_delivery_to(&mut self, left: &RoomKey) -> Stepped {
        let delivers = |role: &Role| matches!(role, Role::Gate { room, purpose: Purpose::Deliver, .. } if room == left);
        match self.socket().frames.iter().position(|frame| delivers(&frame.role)) {
            Some(first) => self.cut(first, self.socket().run_end(first)),
            None => Ok(()),
        }
    }

    fn remove_room(&mut self, room: &RoomKey) -> Stepped {
        let socket = self.socket_mut();
        let before = socket.rooms.len();
        let frame = socket.room(room).map(|frame| (frame.epoch, frame.machine));
        socket.rooms.retain(|frame| frame.role.room() != Some(room));
        if socket.standing.as_ref() == Some(room) {
            socket.standing = None;
            socket.unidentified_in = None;
        }
        match frame {
            Some((epoch, machine)) if before > 0 => self.step(epoch, Step::Gone(machine)),
            Some(_) | None => Ok(()),
        }
    }

    /// The client has left the room through another socket: the frame goes, without `on leave`.
    pub(super) fn forget_room(&mut self, room: &RoomKey) -> Stepped {
        if let Some(first) = self.run_asked_by(room) {
            self.cut(first, self.socket().run_end(first))?;
        }
        self.cut_delivery_to(room)?;
        self.remove_room(room)
    }

    /// Everything wound is cut, and the memberships that end with the socket end.
    pub(super) fn close(&mut self) -> Stepped {
        self.ending = true;
        self.work.agenda.clear();
        self.cut_all()?;
        if let Some(room) = self.socket().standing.clone()
            && self.ends_with_departure(&room)
        {
            self.quit_room(&room)?;
        }
        let socket = self.socket_mut();
        socket.rooms.clear();
        socket.standing = None;
        socket.unidentified_in = None;
        Ok(())
    }

    /// Out: everything unwinds, and the socket is closed.
    pub(super) fn drop_socket(&mut self, why: Arc<str>) -> Stepped {
        self.close()?;
        self.emit(Effect::Drop(why));
        Ok(())
    }
}
