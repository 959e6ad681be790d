//! The rules have changed: a stack moves to the active epoch. Its rooms and gates move at once; locks in the middle of their
//! work stay under the rules that wound them, unless those say the same still. `docs/reload.md` is the contract.

use super::super::stack::room_address;
use super::super::{Asker, Carried, Due, Effect, Epoch, Frame, Phase, Purpose, Role, Timer, Waits};
use super::gate::first_admitting;
use super::state::LockEnd;
use super::{Failure, GONE_WITHIN_MS, Job, Pass, Stepped, failure};
use crate::machine::{Change, CheckFate, Fate, Likeness, StateFate};
use crate::model::{ArmId, Call, LockCall, Machine, MachineId, Reload, State, StateId};
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
    fn tell_of_closed_doors(&mut self, changed: Vec<RoomKey>) {
        for room in changed {
            if self.socket().room(&room).is_some() && !self.has_gate(&room) && !self.meets_all(&room) {
                let failure = failure("locked", "the room requires more now: send it a message to be asked");
                self.refuse(None, failure, Some(room_address(&room)));
            }
        }
    }

    /// Keys of locks that were revoked, or that take or give something else now.
    fn forget_void_keys(&mut self, from: Epoch) {
        let (epochs, program) = (self.epochs, self.program);
        self.socket_mut().keys.retain(|key| {
            let lock = program.lock_by_name(&key.kind.lock).and_then(|lock| program.key_kind(lock));
            lock == Some(&key.kind) && !epochs.is_revoked_since(from, &key.kind.lock)
        });
    }

    fn fate(&self, frame: &Frame) -> Option<&'rules Fate> {
        self.epochs.fates(frame.epoch).map(|fates| fates.machine(frame.machine))
    }

    /// A room that the socket was admitted to or spoke in.
    fn move_room(&mut self, at: u64) -> Stepped {
        let Some(frame) = self.frame(at) else { return Ok(()) };
        let Role::Room(room) = frame.role.clone() else { return Ok(()) };
        match self.moves(frame, &room) {
            Moves::Same(machine) => self.set_machine(at, machine),
            Moves::On(machine, state) => self.go_on_in(at, machine, state),
            Moves::Again(machine, state) => {
                self.leave_state(at)?;
                self.renew(at, machine);
                self.enter_again(at, state);
            }
            Moves::Anew(machine) => {
                self.leave_state(at)?;
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
        match (&frame.waits, before, now) {
            (Waits::Nothing, _, None) => true,
            (Waits::Check(_), Some(Call::Check(before)), Some(Call::Check(now))) => {
                let fate = self.epochs.fates(frame.epoch).map(|fates| fates.check(before.check));
                fate == Some(CheckFate::Kept(now.check, Likeness::Same))
            }
            (Waits::Lock, _, Some(Call::Lock(now))) => {
                let wound = self.asked_lock(frame);
                wound.is_some_and(|wound| now.iter().any(|call| self.program.machine(call.lock).name == *wound))
            }
            (Waits::Nothing | Waits::Lock | Waits::Choice | Waits::Check(_), _, _) => false,
        }
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
    fn set_machine(&mut self, at: u64, machine: MachineId) {
        let epoch = self.epochs.active().epoch;
        if let Some(frame) = self.socket_mut().frame_mut(at) {
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
                let env = self.env(moved);
                self.with_lets(now, given, env)
            }
        };
        if let Some(frame) = self.socket_mut().frame_mut(at) {
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
        if let Some(frame) = self.socket_mut().frame_mut(at) {
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

    fn move_gate(&mut self, at: u64) -> Stepped {
        let Some(frame) = self.frame(at) else { return Ok(()) };
        let Role::Gate { room, purpose, phase } = frame.role.clone() else { return Ok(()) };
        match (self.moves(frame, &room), phase) {
            (Moves::Same(machine), _) => self.set_machine(at, machine),
            (Moves::On(machine, state), Phase::Deciding) => self.go_on_in(at, machine, state),
            (Moves::Again(machine, state), Phase::Deciding) => {
                self.leave_state(at)?;
                self.renew(at, machine);
                self.enter_again(at, state);
            }
            (Moves::Anew(machine), Phase::Deciding) => {
                self.leave_state(at)?;
                self.require_anew(at, machine);
            }
            (Moves::On(machine, _) | Moves::Again(machine, _) | Moves::Anew(machine), Phase::Requiring(_)) => {
                match self.requirement_of(at, machine) {
                    Some(requirement) => {
                        self.renew(at, machine);
                        self.set_phase(at, Phase::Requiring(requirement));
                    }
                    None => {
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
        self.renew(at, machine);
        self.set_phase(at, Phase::Requiring(0));
        if let Some(frame) = self.socket_mut().frame_mut(at) {
            frame.waits = Waits::Nothing;
            frame.timers.clear();
        }
        self.agenda.push(Job::Advance(at));
    }

    fn close_gate(&mut self, at: u64, room: &RoomKey, purpose: Purpose) -> Stepped {
        self.cut_asked_by(at)?;
        self.take_frame(at)?;
        self.refuse_entry(room, purpose, &gone("the room is no longer there"));
        Ok(())
    }

    /// Each run of locks moves as a whole or stays as a whole.
    fn move_runs(&mut self) -> Stepped {
        let begins = self.socket().frames.iter().filter(|frame| is_run_of_locks(&frame.role));
        let bases: Vec<u64> = begins.map(|frame| frame.sequence).collect();
        for base in bases {
            if let Some(position) = self.socket().position(base) {
                let end = self.socket().run_end(position);
                let locks = self.socket().frames.iter().take(end).skip(position);
                let locks: Vec<Frame> = locks.filter(|frame| matches!(frame.role, Role::Lock(_))).cloned().collect();
                self.move_run(base, &locks)?;
            }
        }
        Ok(())
    }

    fn move_run(&mut self, base: u64, locks: &[Frame]) -> Stepped {
        let fates: Vec<&Fate> = locks.iter().filter_map(|frame| self.fate(frame)).collect();
        let settings: Vec<Reload> =
            locks.iter().zip(&fates).filter_map(|(frame, fate)| self.setting(frame, fate)).collect();
        let is_expired = locks.iter().any(|frame| self.epochs.is_expired(frame.epoch));
        if settings.is_empty() {
            for (frame, fate) in locks.iter().zip(fates) {
                fate.new_id().into_iter().for_each(|machine| self.set_machine(frame.sequence, machine));
            }
        } else if settings.contains(&Reload::Drop) {
            let first = locks.first().map_or_else(String::new, |frame| format!("lock:{}", self.machine(frame).name));
            return self.send_away(&first);
        } else if is_expired || settings.contains(&Reload::Restart) {
            return self.begin_run_anew(base, locks);
        } else {
            let drained = locks.iter().zip(fates).filter(|(_, fate)| **fate == Fate::Gone);
            drained.for_each(|(frame, _)| self.drain(frame.sequence));
        }
        Ok(())
    }

    /// What the author says of a lock that says something else now.
    fn setting(&self, frame: &Frame, fate: &Fate) -> Option<Reload> {
        match fate {
            Fate::Same(_) => None,
            Fate::Changed(change) => Some(change.on_reload),
            Fate::Gone => Some(self.machine(frame).on_reload),
        }
    }

    /// A lock that the rules no longer have goes on for a while.
    fn drain(&mut self, at: u64) {
        let until = self.now.monotonic.saturating_add(GONE_WITHIN_MS);
        if let Some(frame) = self.socket_mut().frame_mut(at)
            && !frame.timers.iter().any(|timer| timer.due == Due::Gone)
        {
            frame.timers.push(Timer { at: until, due: Due::Gone });
        }
    }

    /// The run is cut, and whoever asked for it asks again; what its locks had used up stays used.
    fn begin_run_anew(&mut self, base: u64, locks: &[Frame]) -> Stepped {
        let carried: Vec<Carried> = locks.iter().map(|frame| self.carried(frame)).collect();
        let Some(first) = locks.first() else { return Ok(()) };
        let (wound, asker) = (self.successor_of(first), first.role.clone());
        self.cut_asked_by(first.sequence)?;
        self.leave_state(first.sequence)?;
        self.leave_machine(first.sequence)?;
        self.take_frame(first.sequence)?;
        self.socket_mut().carried = carried;
        match (asker, wound) {
            (Role::Gate { .. } | Role::Room(_), _) => {}
            (Role::Lock(Asker::Below), _) => self.agenda.push(Job::Advance(base)),
            (Role::Lock(Asker::Room(room)), _) => {
                let asking = self.socket().room(&room).map(|frame| (frame.sequence, frame.state));
                asking.into_iter().for_each(|(at, state)| self.enter_again(at, state));
            }
            (Role::Lock(Asker::Offer(id)), Some(lock)) => {
                let args = first.args.iter().take(self.machine(first).params.len()).cloned().collect();
                self.wind_lock(lock, args, Asker::Offer(id), None)?;
            }
            (Role::Lock(Asker::Offer(id)), None) => {
                self.answer_offer(id, LockEnd::Failed("gone".into()), self.machine(first));
            }
        }
        Ok(())
    }

    /// The lock that has its name now and can be asked the same.
    fn successor_of(&self, frame: &Frame) -> Option<(Epoch, MachineId)> {
        let machine = match self.fate(frame)? {
            Fate::Same(machine) => *machine,
            Fate::Changed(change) if change.params == Likeness::Same => change.new,
            Fate::Changed(_) | Fate::Gone => return None,
        };
        Some((self.epochs.active().epoch, machine))
    }

    fn carried(&self, frame: &Frame) -> Carried {
        let machine = self.machine(frame);
        let at = |arm: &ArmId| frame.timers.iter().find(|timer| timer.due == Due::Arm(*arm)).map(|timer| timer.at);
        Carried {
            lock: machine.name.clone(),
            args: frame.args.iter().take(machine.params.len()).cloned().collect(),
            attempts: frame.attempts,
            deadlines: machine.timers.iter().filter_map(at).collect(),
        }
    }

    /// A lock that has just been wound takes over what it had used up before a reload.
    pub(super) fn take_over(&mut self, at: u64) {
        if self.socket().carried.is_empty() {
            return;
        }
        let Some(frame) = self.frame(at) else { return };
        let (machine, asked) = (self.machine(frame), self.carried(frame));
        let same = |carried: &Carried| carried.lock == asked.lock && carried.args == asked.args;
        let Some(place) = self.socket().carried.iter().position(same) else { return };
        let carried = self.socket_mut().carried.remove(place);
        let Some(frame) = self.socket_mut().frame_mut(at) else { return };
        if frame.attempts > 0 && carried.attempts > 0 {
            frame.attempts = frame.attempts.min(carried.attempts);
        }
        let whole =
            frame.timers.iter_mut().filter(|timer| machine.timers.iter().any(|arm| timer.due == Due::Arm(*arm)));
        whole.zip(carried.deadlines).for_each(|(timer, at)| timer.at = timer.at.min(at));
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

/// Whether a run that begins here has locks that move together: its own frame, or those above a gate.
fn is_run_of_locks(role: &Role) -> bool {
    matches!(role, Role::Gate { .. } | Role::Lock(Asker::Room(_) | Asker::Offer(_)))
}

fn gone(message: &str) -> Failure {
    failure("gone", message)
}
