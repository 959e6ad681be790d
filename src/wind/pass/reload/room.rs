//! Rooms and their gates move at once.

use super::super::super::eval::Env;
use super::super::super::stack::room_address;
use super::super::super::{Asker, Due, Effect, Epoch, Frame, Phase, Purpose, Role, Timer, Waits};
use super::super::gate::first_admitting;
use super::super::{Job, Pass, Stepped};
use super::gone;
use crate::machine::{Change, CheckFate, Fate, Likeness, StateFate};
use crate::model::{ArmId, Call, CheckCall, LockCall, Machine, MachineId, Reload, State, StateId};
use crate::value::RoomKey;
use std::sync::Arc;

/// What becomes of a frame that moves.
enum Moves {
    /// Nothing is different.
    Same(MachineId),
    /// It goes on in this state.
    On(MachineId, StateId),
    /// It enters this state again, with the values it has there.
    Again(MachineId, StateId),
    /// It begins anew.
    Anew(MachineId),
    /// The socket is to come back.
    Away,
    /// There is no such room any more.
    Gone,
}

impl<'rules> Pass<'rules> {
    /// A room that the socket was admitted to or spoke in.
    pub(super) fn move_room(&mut self, at: u64) -> Stepped {
        let Some(frame) = self.frame(at) else { return Ok(()) };
        let Role::Room(room) = frame.role.clone() else { return Ok(()) };
        match self.moves(frame, &room) {
            Moves::Same(machine) => self.set_machine(at, machine),
            Moves::On(machine, state) => self.go_on_in(at, machine, state),
            Moves::Again(machine, state) => {
                self.leave_state_for_reload(at)?;
                self.renew(at, machine);
                self.enter_again(at, state);
            }
            Moves::Anew(machine) => {
                self.leave_state_for_reload(at)?;
                self.renew(at, machine);
                self.begin_room(at);
            }
            Moves::Away => return self.send_away(&room_address(&room)),
            Moves::Gone => return self.close_room(&room),
        }
        Ok(())
    }

    /// What becomes of a frame of a room or its gate.
    fn moves(&self, frame: &Frame, room: &RoomKey) -> Moves {
        let change = match self.fate(frame) {
            Some(Fate::Same(machine)) => return Moves::Same(*machine),
            Some(Fate::Changed(change)) if self.program.room_of(room).is_some() => change,
            Some(Fate::Changed(_) | Fate::Gone) | None => return Moves::Gone,
        };
        let stands_there = self.socket().standing.as_ref() == Some(room) || matches!(frame.role, Role::Gate { .. });
        match change.on_reload {
            Reload::Drop if stands_there => Moves::Away,
            Reload::Restart => Moves::Anew(change.new),
            Reload::Pin | Reload::Drop => match change.states.get(frame.state.index()) {
                Some(StateFate::Kept(state, Likeness::Same)) => Moves::On(change.new, *state),
                Some(StateFate::Kept(state, Likeness::Different)) if self.asks_the_same(frame, change, *state) => {
                    Moves::On(change.new, *state)
                }
                Some(StateFate::Kept(state, Likeness::Different)) => Moves::Again(change.new, *state),
                Some(StateFate::Gone) | None => Moves::Anew(change.new),
            },
        }
    }

    /// Whether the frame may go on to wait for what it waits for, now in a state that says something else.
    fn asks_the_same(&self, frame: &Frame, change: &Change, state: StateId) -> bool {
        let asks = |machine: &'rules Machine, state: StateId| machine.states.get(state.index())?.call.as_ref();
        let now = asks(self.program.machine(change.new), state);
        let before = asks(self.machine(frame), frame.state);
        let is_same_check = |before: &CheckCall, now: &CheckCall| {
            let fate = self.epochs.fates(frame.epoch).map(|fates| fates.check(before.check));
            fate == Some(CheckFate::Kept(now.check, Likeness::Same))
        };
        match (&frame.waits, before, now) {
            (Waits::Nothing, _, None) => true,
            (Waits::Nothing | Waits::Check(_), Some(Call::Check(before)), Some(Call::Check(now))) => {
                is_same_check(before, now)
            }
            // It has its answer already.
            (Waits::Nothing, Some(Call::Lock(before)), Some(Call::Lock(now))) => {
                let asked = self.machine_names(frame.epoch, before);
                asked.iter().eq(&self.machine_names(self.epochs.active().epoch, now))
            }
            (Waits::Lock, _, Some(Call::Lock(now))) => {
                let wound = self.asked_lock(frame);
                wound.is_some_and(|wound| now.iter().any(|call| self.program.machine(call.lock).name == *wound))
            }
            (Waits::Nothing | Waits::Lock | Waits::Choice | Waits::Check(_), _, _) => false,
        }
    }

    fn machine_names(&self, epoch: Epoch, calls: &[LockCall]) -> Vec<&'rules str> {
        calls.iter().map(|call| &*self.program_of(epoch).machine(call.lock).name).collect()
    }

    /// The lock that was wound for a frame's state.
    fn asked_lock(&self, frame: &Frame) -> Option<&'rules Arc<str>> {
        let frames = &self.socket().frames;
        let wound = match &frame.role {
            Role::Room(room) => {
                let asked = |role: &Role| matches!(role, Role::Lock(Asker::Room(asker)) if asker == room);
                frames.iter().find(|frame| asked(&frame.role))?
            }
            Role::Gate { .. } | Role::Lock(_) => frames.get(self.socket().position(frame.sequence)? + 1)?,
        };
        Some(&self.machine(wound).name)
    }

    /// The frame is of the active epoch.
    pub(super) fn set_machine(&mut self, at: u64, machine: MachineId) {
        let epoch = self.epochs.active().epoch;
        if let Some(frame) = self.frame_mut(at) {
            (frame.epoch, frame.machine) = (epoch, machine);
        }
    }

    /// The same, where the machine says something else: its values are computed anew, and its deadlines stay what they were.
    fn renew(&mut self, at: u64, machine: MachineId) {
        let Some(frame) = self.frame(at).cloned() else { return };
        let (before, now) = (self.machine(&frame), self.program.machine(machine));
        let timers = self.moved_timers(&frame, &before.timers, now, &now.timers);
        self.set_machine(at, machine);
        let given: Arc<[_]> = frame.args.iter().take(before.params.len()).cloned().collect();
        let args = match (&frame.role, self.frame(at)) {
            (Role::Gate { phase: Phase::Requiring(_), .. }, _) | (_, None) => given,
            (_, Some(moved)) => {
                let mut env = Env { args: given, ..self.env(moved) };
                self.with_lets(&mut env)
            }
        };
        if let Some(frame) = self.frame_mut(at) {
            frame.args = args;
            frame.timers = timers;
        }
    }

    /// The frame stays in its state, under the active rules.
    fn go_on_in(&mut self, at: u64, machine: MachineId, state: StateId) {
        let Some(frame) = self.frame(at).cloned() else { return };
        let (before, now) = (self.machine(&frame), self.program.machine(machine));
        let timers = |machine: &'rules Machine, state: StateId| {
            machine.states.get(state.index()).map_or(&[][..], |state: &State| &state.timers)
        };
        let of_state = self.moved_timers(&frame, timers(before, frame.state), now, timers(now, state));
        let choice = frame.timers.iter().copied().filter(|timer| timer.due == Due::Choice);
        self.renew(at, machine);
        if let Some(frame) = self.frame_mut(at) {
            frame.state = state;
            frame.timers.extend(of_state.into_iter().chain(choice));
        }
    }

    /// The first deadline of the old rules is the first of the new ones, and so on. What is added begins now.
    fn moved_timers(&self, frame: &Frame, old: &[ArmId], now: &'rules Machine, new: &[ArmId]) -> Vec<Timer> {
        if !self.runs_deadlines(frame) {
            return Vec::new();
        }
        let running = |arm| frame.timers.iter().find(|timer| timer.due == Due::Arm(arm)).map(|timer| timer.at);
        let begun = |at: usize, arm| match old.get(at) {
            Some(old) => Some(Timer { at: running(*old)?, due: Due::Arm(arm) }),
            None => self.timers(now, &[arm]).first().copied(),
        };
        new.iter().enumerate().filter_map(|(at, arm)| begun(at, *arm)).collect()
    }

    /// What the state asked is cut, and asked again with no more left than it had.
    fn leave_state_for_reload(&mut self, at: u64) -> Stepped {
        self.carry_asked_by(at);
        self.leave_state(at)
    }

    /// The state is entered again, with the values that it had.
    fn enter_again(&mut self, at: u64, state: StateId) {
        let locals = self.frame(at).map(|frame| frame.locals.clone()).unwrap_or_default();
        self.set_state(at, state, locals);
    }

    /// A member's frame begins as that of a client's other socket does.
    fn begin_room(&mut self, at: u64) {
        let Some(env) = self.env_at(at) else { return };
        match first_admitting(env.machine) {
            Some(call) => self.go_to_state(at, &env, call),
            None => self.set_state(at, StateId(0), Arc::from([])),
        }
    }

    /// The room is no longer there: nobody is a member of it.
    fn close_room(&mut self, room: &RoomKey) -> Stepped {
        let was_in = self.is_in(room);
        self.forget_room(room)?;
        if was_in {
            self.note_quit(room);
            self.emit(Effect::Quit(room.clone()));
        }
        self.refuse(None, gone("the room is no longer there"), Some(room_address(room)));
        Ok(())
    }

    pub(super) fn move_gate(&mut self, at: u64) -> Stepped {
        let Some(frame) = self.frame(at) else { return Ok(()) };
        let Role::Gate { room, purpose, phase } = frame.role.clone() else { return Ok(()) };
        match (self.moves(frame, &room), phase) {
            (Moves::Same(machine), Phase::Requiring(_)) => self.set_machine(at, machine),
            (Moves::Same(machine), Phase::Deciding) => {
                self.set_machine(at, machine);
                self.require_what_is_gone(at, &room, machine)?;
            }
            (Moves::On(machine, state), Phase::Deciding) => {
                self.go_on_in(at, machine, state);
                self.require_what_is_gone(at, &room, machine)?;
            }
            (Moves::Again(machine, state), Phase::Deciding) => {
                self.leave_state_for_reload(at)?;
                self.renew(at, machine);
                self.enter_again(at, state);
            }
            (Moves::Anew(machine), Phase::Deciding) => {
                self.leave_state_for_reload(at)?;
                self.require_anew(at, machine);
            }
            (Moves::On(machine, _) | Moves::Again(machine, _) | Moves::Anew(machine), Phase::Requiring(_)) => {
                match self.requirement_of(at, machine) {
                    Some(requirement) => {
                        self.renew(at, machine);
                        self.set_phase(at, Phase::Requiring(requirement));
                    }
                    None => {
                        self.carry_asked_by(at);
                        self.cut_asked_by(at)?;
                        self.require_anew(at, machine);
                    }
                }
            }
            (Moves::Away, _) => return self.send_away(&room_address(&room)),
            (Moves::Gone, _) => return self.close_gate(at, &room, purpose),
        }
        Ok(())
    }

    /// A room that is deciding whom it admits has no key any more that it requires: the gate begins with the requirements again.
    pub(in super::super) fn require_what_is_gone(&mut self, at: u64, room: &RoomKey, machine: MachineId) -> Stepped {
        if !self.meets_all(room) {
            self.carry_asked_by(at);
            self.leave_state_for_reload(at)?;
            self.require_anew(at, machine);
        }
        Ok(())
    }

    /// The requirement of the new rules that asks for the lock which is wound for this gate.
    fn requirement_of(&mut self, at: u64, machine: MachineId) -> Option<u16> {
        let frame = self.frame(at).filter(|frame| frame.waits == Waits::Lock)?;
        let name = self.asked_lock(frame)?;
        let wound = self.socket().frames.get(self.socket().position(at)? + 1)?;
        let given = wound.args.get(..self.machine(wound).params.len())?.to_vec();
        let rules = self.program.machine(machine).room()?;
        let mut moved = frame.clone();
        (moved.epoch, moved.machine) = (self.epochs.active().epoch, machine);
        let env = self.env(&moved);
        let asks = |pass: &mut Self, call: &'rules LockCall| {
            pass.program.machine(call.lock).name == *name && *pass.lock_args(&env, call) == *given
        };
        let found =
            rules.requires.iter().position(|requirement| requirement.locks.iter().any(|call| asks(self, call)))?;
        u16::try_from(found).ok()
    }

    /// The gate looks at its room's requirements from the first one on.
    fn require_anew(&mut self, at: u64, machine: MachineId) {
        self.set_phase(at, Phase::Requiring(0));
        self.renew(at, machine);
        if let Some(frame) = self.frame_mut(at) {
            frame.waits = Waits::Nothing;
            frame.timers.clear();
        }
        self.work.agenda.push(Job::Advance(at));
    }

    fn close_gate(&mut self, at: u64, room: &RoomKey, purpose: Purpose) -> Stepped {
        self.cut_asked_by(at)?;
        self.take_frame(at)?;
        self.refuse_entry(room, purpose, &gone("the room is no longer there"));
        Ok(())
    }
}
