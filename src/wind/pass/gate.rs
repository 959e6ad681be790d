//! Gates: a room's requirements are met one after the other, then the socket is admitted.

use super::super::eval::Env;
use super::super::key::Wanted;
use super::super::stack::room_address;
use super::super::trace::Step;
use super::super::{Due, Effect, Epoch, Failure, Frame, Message, Parked, Phase, Purpose, Role, Waits};
use super::{Job, Pass, Stepped, failure};
use crate::model::{Arm, ArmId, Machine, MachineId, Room, StateCall, StateId, Target, TargetKind};
use crate::value::{RoomKey, Value};
use std::sync::Arc;

impl<'rules> Pass<'rules> {
    pub(super) fn is_entry(&self, room: &RoomKey) -> bool {
        self.program.room_of(room).is_some_and(|(machine, _)| machine == self.program.model.entry)
    }

    pub(super) fn enter_entry_room(&mut self) -> Stepped {
        let room = self.program.room_key(self.program.model.entry, &[]);
        self.wind_gate(room, Purpose::Enter(None))
    }

    /// Winds a gate on top of the stack.
    pub(super) fn wind_gate(&mut self, room: RoomKey, purpose: Purpose) -> Stepped {
        let Some((machine, args)) = self.program.room_of(&room) else { return Ok(()) };
        let epoch = self.epochs.active().epoch;
        self.step(epoch, Step::Wound(machine))?;
        let sequence = self.fresh_sequence();
        let role = Role::Gate { room, purpose, phase: Phase::Requiring(0) };
        let frame = blank_frame((epoch, machine), role, args.into(), sequence);
        self.wound_mut().push(frame);
        self.work.agenda.push(Job::Advance(sequence));
        Ok(())
    }

    /// Winds what is missing first; if nothing is, the gate has been passed.
    pub(super) fn advance_gate(&mut self, at: u64) -> Stepped {
        let Some(env) = self.env_at(at) else { return Ok(()) };
        let Some(rules) = env.machine.room() else { return Ok(()) };
        for (index, requirement) in rules.requires.iter().enumerate() {
            if !self.holds_one_of(&env, &requirement.locks) {
                self.set_phase(at, Phase::Requiring(u16::try_from(index).unwrap_or(u16::MAX)));
                return self.wind_one_of(at, &env, &requirement.locks);
            }
        }
        match self.frame(at).map(|frame| &frame.role) {
            Some(Role::Gate { room, purpose: Purpose::Deliver, .. }) => {
                let room = room.clone();
                self.take_frame(at)?;
                self.work.agenda.push(Job::Deliver(room));
                Ok(())
            }
            Some(Role::Gate { purpose: Purpose::Enter(_), .. }) => self.decide(at, env, rules),
            Some(Role::Room(_) | Role::Lock(_)) | None => Ok(()),
        }
    }

    fn room_at(&self, at: u64) -> Option<(&'rules Machine, &'rules Room)> {
        let machine = self.machine(self.frame(at)?);
        machine.room().map(|room| (machine, room))
    }

    pub(super) fn set_phase(&mut self, at: u64, new: Phase) {
        if let Some(Frame { role: Role::Gate { phase, .. }, .. }) = self.frame_mut(at) {
            *phase = new;
        }
    }

    /// All keys are held: the frame gets its values, and the room says whom it admits.
    fn decide(&mut self, at: u64, mut env: Env<'rules>, rules: &'rules Room) -> Stepped {
        let args = self.with_lets(&mut env);
        if let Some(frame) = self.frame_mut(at) {
            frame.args = args;
            frame.waits = Waits::Nothing;
        }
        if let Some(admit) = &rules.admit
            && !self.holds(&env, &admit.guard)
        {
            return self.fail_gate(at, admit.otherwise, failure("refused", "not admitted"));
        }
        if rules.admits_itself {
            self.set_phase(at, Phase::Deciding);
            self.set_state(at, StateId(0), Arc::default());
            return Ok(());
        }
        self.admit(at, None)
    }

    /// The socket moves into the room, in its first state or, where the room has decided by itself, in the
    /// state where it is or the one that the arrow names.
    pub(super) fn admit(&mut self, at: u64, then: Option<(StateId, Arc<[Value]>)>) -> Stepped {
        let (Some((machine, rules)), Some(gate)) = (self.room_at(at), self.frame(at)) else { return Ok(()) };
        let Role::Gate { room, purpose, phase } = gate.role.clone() else { return Ok(()) };
        let is_full = rules.capacity.is_some_and(|capacity| self.room_count(&room) >= capacity);
        if !self.is_in(&room) && (is_full || !self.facts.has_place(&room, &self.socket().member())) {
            return self.fail_gate(at, None, failure("full", "the room is full"));
        }
        let Some(gate) = self.take_frame(at)? else { return Ok(()) };
        if let Purpose::Enter(id) = purpose {
            self.work.handled.extend(id);
        }
        self.depart_for(&room)?;
        if let Some(old) = self.socket().room(&room).map(|frame| frame.sequence) {
            self.cut_asked_by(old)?;
        }
        let sequence = self.stand_in(&room, gate, machine);
        self.emit(Effect::Enter(room.clone()));
        let groups = rules.receives.iter().filter_map(|group| self.program.model.groups.get(group.index()));
        self.work.effects.extend(groups.map(|group| Effect::Receive(group.name.clone())));
        self.work.agenda.push(Job::Deliver(room));
        match then {
            Some((state, locals)) => self.arrive(sequence, Some((state, locals))),
            None if phase == Phase::Deciding => self.arrive(sequence, None),
            None => self.arrive(sequence, Some((StateId(0), Arc::default()))),
        }
    }

    /// A new frame in place of an old one of the same room.
    fn stand_in(&mut self, room: &RoomKey, gate: Frame, machine: &'rules Machine) -> u64 {
        self.note_joined(room);
        let sequence = self.fresh_sequence();
        let own = self.timers(machine, &machine.timers);
        let decided = gate.timers.into_iter().filter(|timer| timer.due != Due::Choice);
        let frame = Frame {
            role: Role::Room(room.clone()),
            sequence,
            timers: own.into_iter().chain(decided).collect(),
            waits: Waits::Nothing,
            ..gate
        };
        let is_unidentified = self.client().is_none();
        let socket = self.socket_mut();
        socket.rooms.retain(|old| old.role.room() != Some(room));
        socket.rooms.reserve_exact(1);
        socket.rooms.push(frame);
        socket.standing = Some(room.clone());
        socket.unidentified_in = is_unidentified.then(|| room.clone());
        sequence
    }

    /// `on arrive`, the machine's entry actions, and the state where it begins; none stays where it has decided.
    fn arrive(&mut self, at: u64, begins: Option<(StateId, Arc<[Value]>)>) -> Stepped {
        let Some(env) = self.env_at(at) else { return Ok(()) };
        let arm = self.first_holding(&env, &env.machine.arrive);
        if let (Some((id, arm)), Some(frame)) = (arm, self.frame(at)) {
            self.step(frame.epoch, Step::Took(frame.machine, id))?;
            self.perform_all(at, &env, &arm.actions)?;
        }
        self.perform_all(at, &env, &env.machine.enter)?;
        match arm.and_then(|(_, arm)| arm.target.as_ref()) {
            Some(Target { kind: TargetKind::State(call), .. }) => self.go_to_state(at, &env, call),
            Some(target) => return self.enter_and_follow(at, &env, target),
            None => {
                if let Some((state, locals)) = begins {
                    self.set_state(at, state, locals);
                }
            }
        }
        Ok(())
    }

    /// The arrow of `on arrive` leads out: the first state is entered, and the arrow is taken in place of what
    /// the state would do next.
    fn enter_and_follow(&mut self, at: u64, env: &Env<'_>, target: &Target) -> Stepped {
        self.set_state(at, StateId(0), Arc::default());
        self.work.agenda.pop();
        let (Some(state), Some(frame)) = (env.machine.states.first(), self.frame(at)) else { return Ok(()) };
        self.step(frame.epoch, Step::Entered(frame.machine, StateId(0)))?;
        self.perform_all(at, env, &state.enter)?;
        self.follow(at, env, target)
    }

    /// The first of these arms whose guard holds.
    pub(super) fn first_holding<'env>(&mut self, env: &Env<'env>, arms: &[ArmId]) -> Option<(ArmId, &'env Arm)> {
        for id in arms {
            let arm = env.machine.arms.get(id.index())?;
            if arm.guard.as_ref().is_none_or(|guard| self.holds(env, guard)) {
                return Some((*id, arm));
            }
        }
        None
    }

    /// The lock that a gate wound for this requirement failed, or nobody chose.
    pub(super) fn fail_requirement(&mut self, at: u64, requirement: u16, why: Arc<str>) -> Stepped {
        let rules = self.room_at(at).map(|(_, rules)| rules);
        let requirement = rules.and_then(|rules| rules.requires.get(usize::from(requirement)));
        self.fail_gate(at, requirement.and_then(|requirement| requirement.otherwise), failure("refused", why))
    }

    /// The gate is gone, the `else` is done, everybody who waited is told, and its arrow is taken.
    pub(super) fn fail_gate(&mut self, at: u64, otherwise: Option<ArmId>, mut reason: Failure) -> Stepped {
        let (Some(mut env), Some(Role::Gate { .. })) = (self.env_at(at), self.frame(at).map(|frame| &frame.role))
        else {
            return Ok(());
        };
        let Some(frame) = self.take_frame(at)? else { return Ok(()) };
        let Role::Gate { room, purpose, .. } = frame.role else { return Ok(()) };
        env.bind = Value::Text(reason.message.clone());
        let arm = otherwise.and_then(|id| env.machine.arms.get(id.index()).map(|arm| (id, arm)));
        if let Some((id, arm)) = arm {
            self.step(frame.epoch, Step::Took(frame.machine, id))?;
            self.perform_all(at, &env, &arm.actions)?;
            if let Some(TargetKind::Fail(why)) = arm.target.as_ref().map(|target| &target.kind) {
                reason.message = self.eval_reason(&env, why);
            }
        }
        self.refuse_entry(&room, purpose, &reason);
        match arm.and_then(|(_, arm)| arm.target.as_ref()) {
            Some(target) if !matches!(target.kind, TargetKind::Fail(_)) => self.follow(at, &env, target),
            Some(_) | None if self.socket().standing.is_none() => self.drop_socket(reason.message),
            Some(_) | None => Ok(()),
        }
    }

    /// Tells everybody who waited for a gate why it did not open.
    pub(super) fn refuse_entry(&mut self, room: &RoomKey, purpose: Purpose, reason: &Failure) {
        let waiting = self.take_parked(room);
        let ids: Vec<_> = waiting.into_iter().map(|parked| parked.message.id).collect();
        let asked = match purpose {
            Purpose::Enter(id) if id.is_some() || ids.is_empty() => Some(id),
            Purpose::Deliver if ids.is_empty() => Some(None),
            Purpose::Enter(_) | Purpose::Deliver => None,
        };
        for id in asked.into_iter().chain(ids) {
            self.refuse(id, reason.clone(), Some(room_address(room)));
        }
    }

    /// Takes out what waits for a room, unless another gate of it is still wound.
    pub(super) fn take_parked(&mut self, room: &RoomKey) -> Vec<Parked> {
        if self.socket().parked.is_empty() || self.has_gate(room) {
            return Vec::new();
        }
        let socket = self.socket_mut();
        let (taken, kept) = std::mem::take(&mut socket.parked).into_iter().partition(|parked| parked.room == *room);
        socket.parked = kept;
        taken
    }

    pub(super) fn has_gate(&self, room: &RoomKey) -> bool {
        let is_gate = |role: &Role| matches!(role, Role::Gate { room: other, .. } if other == room);
        self.socket().frames.iter().any(|frame| is_gate(&frame.role))
    }

    /// Whether the socket holds, now, every key that the room requires.
    pub(super) fn meets_all(&mut self, room: &RoomKey) -> bool {
        self.env_in(room).is_some_and(|env| self.meets(&env))
    }

    /// The same of a room whose expressions mean this.
    pub(super) fn meets(&mut self, env: &Env<'_>) -> bool {
        let Some(rules) = env.machine.room() else { return false };
        rules.requires.iter().all(|requirement| self.holds_one_of(env, &requirement.locks))
    }

    /// The same for hearing what the room says, for which a key counts too that has ended and lingers.
    pub(super) fn may_listen(&mut self, room: &RoomKey) -> bool {
        self.wanted = Wanted::Listen;
        let may = self.meets_all(room);
        self.wanted = Wanted::Open;
        may
    }

    /// What the room's expressions mean, whether the socket has a frame there or not.
    pub(super) fn env_in(&self, room: &RoomKey) -> Option<Env<'rules>> {
        self.env_of(room, self.socket().room(room))
    }

    /// The same where the socket's frame of the room, if it has one, is at hand.
    pub(super) fn env_of(&self, room: &RoomKey, frame: Option<&Frame>) -> Option<Env<'rules>> {
        let epoch = self.epochs.active().epoch;
        if let Some(frame) = frame.filter(|frame| frame.epoch == epoch) {
            return Some(self.env(frame));
        }
        let (machine, args) = self.program.room_of(room)?;
        Some(self.env(&blank_frame((epoch, machine), Role::Room(room.clone()), args.into(), 0)))
    }

    /// Hands a message to the room's frame. A client that is in the room through another socket gets a frame of
    /// its own there first.
    pub(super) fn deliver(&mut self, room: &RoomKey, message: &Message) -> Stepped {
        if !self.is_in(room) {
            self.refuse_unhandled(message, None);
            return Ok(());
        }
        if let Some(frame) = self.socket().room(room) {
            return self.handle_message(frame.sequence, message);
        }
        let Some((id, args)) = self.program.room_of(room) else { return Ok(()) };
        let machine = self.program.machine(id);
        let sequence = self.fresh_sequence();
        let mut frame = blank_frame((self.epochs.active().epoch, id), Role::Room(room.clone()), args.into(), sequence);
        let mut env = self.env(&frame);
        frame.args = self.with_lets(&mut env);
        self.rooms_mut().push(frame);
        self.work.agenda.push(Job::Handle(sequence, Box::new(message.clone())));
        match first_admitting(machine) {
            Some(call) => self.go_to_state(sequence, &env, call),
            None => self.set_state(sequence, StateId(0), Arc::default()),
        }
        Ok(())
    }

    pub(super) fn deliver_parked(&mut self, room: &RoomKey) {
        let waiting = self.take_parked(room);
        // One after the other: each finds the frame that the room has by then.
        let jobs = waiting.into_iter().rev().map(|parked| Job::Hand(parked.room, Box::new(parked.message)));
        self.work.agenda.extend(jobs);
    }
}

/// The state that the first arrow to `admit` names.
pub(super) fn first_admitting(machine: &Machine) -> Option<&StateCall> {
    machine.arms.iter().find_map(|arm| match arm.target.as_ref().map(|target| &target.kind) {
        Some(TargetKind::Admit(Some(call))) => Some(call),
        Some(_) | None => None,
    })
}

fn blank_frame((epoch, machine): (Epoch, MachineId), role: Role, args: Arc<[Value]>, sequence: u64) -> Frame {
    Frame {
        epoch,
        machine,
        role,
        args: if args.is_empty() { Arc::default() } else { args },
        state: StateId(0),
        locals: Arc::default(),
        sequence,
        timers: Vec::new(),
        waits: Waits::Nothing,
        attempts: 0,
        window: (0, 0),
        spent: Vec::new(),
    }
}
