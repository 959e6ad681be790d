//! Frames are wound, states are entered, and what a state asks is asked.

use super::super::eval::{Env, coerce};
use super::super::stack::room_address;
use super::super::trace::Step;
use super::super::{Asker, Due, Effect, Frame, Phase, Role, Ticket, Timer, Waits};
use super::{Job, Pass, Stepped, Taken};
use crate::machine::Program;
use crate::model::{
    ArmId, Call, CheckCall, Expr, LockCall, Machine, MachineId, Param, State, StateCall, StateId, Trigger,
};
use crate::value::Value;
use std::sync::Arc;

impl<'rules> Pass<'rules> {
    pub(super) fn fresh_sequence(&mut self) -> u64 {
        self.stack.next += 1;
        self.stack.next
    }

    /// What a frame's expressions mean.
    pub(super) fn env(&self, frame: &Frame) -> Env<'rules> {
        let program = self.program_of(frame.epoch);
        Env {
            epoch: frame.epoch,
            program,
            machine: program.machine(frame.machine),
            id: frame.machine,
            args: frame.args.clone(),
            locals: frame.locals.clone(),
            bind: Value::None,
            message: None,
            room: frame.role.room().cloned(),
        }
    }

    pub(super) fn env_at(&self, at: u64) -> Option<Env<'rules>> {
        self.frame(at).map(|frame| self.env(frame))
    }

    /// The rules of a frame.
    pub(super) fn machine(&self, frame: &Frame) -> &'rules Machine {
        self.program_of(frame.epoch).machine(frame.machine)
    }

    /// The rules of the state where it is.
    pub(super) fn state_of(&self, frame: &Frame) -> Option<&'rules State> {
        self.machine(frame).states.get(frame.state.index())
    }

    pub(super) fn state_at(&self, at: u64) -> Option<&'rules State> {
        self.state_of(self.frame(at)?)
    }

    pub(in super::super) fn eval_args(&mut self, env: &Env<'_>, args: &[Expr], params: &[Param]) -> Arc<[Value]> {
        // nothing is shared by all who have nothing
        if args.is_empty() {
            return Arc::default();
        }
        args.iter().zip(params).map(|(arg, param)| coerce(self.eval(env, arg), &param.ty)).collect()
    }

    pub(super) fn lock_args(&mut self, env: &Env<'_>, call: &LockCall) -> Arc<[Value]> {
        self.eval_args(env, &call.args, &env.program.machine(call.lock).params)
    }

    /// The value of the key that a call would give, if the socket holds it.
    pub(super) fn held_of(&mut self, env: &Env<'_>, call: &LockCall) -> Option<&Value> {
        // most locks ask about nothing
        if call.args.is_empty() {
            return self.held(env.program, call.lock, &[]);
        }
        let args = self.lock_args(env, call);
        self.held(env.program, call.lock, &args)
    }

    /// The value of a key of a lock of these rules that the socket holds, and that is good now for what this pass asks about.
    pub(super) fn held(&self, program: &Program, lock: MachineId, args: &[Value]) -> Option<&Value> {
        let (kind, socket) = (program.key_kind(lock)?, self.socket());
        // A socket that has not moved yet still has keys of locks that were revoked.
        let has_moved = socket.epoch == self.epochs.active().epoch;
        if !has_moved && self.epochs.is_revoked_since(socket.epoch, &kind.lock) {
            return None;
        }
        let key = socket.key(kind, args).filter(|key| key.is_good_for(self.wanted, self.now.monotonic))?;
        Some(&key.value)
    }

    /// Adds the `let` values to the parameters, each of which may name those before it.
    pub(super) fn with_lets(&mut self, env: &mut Env<'_>) -> Arc<[Value]> {
        for binding in &env.machine.lets {
            let value = self.eval(env, &binding.value);
            env.args = env.args.iter().cloned().chain([value]).collect();
        }
        env.args.clone()
    }

    pub(super) fn timers(&self, machine: &Machine, arms: &[ArmId]) -> Vec<Timer> {
        let due = |arm: &ArmId| match &machine.arms.get(arm.index())?.trigger {
            Trigger::After(delay) => Some(Timer { at: self.now.monotonic.saturating_add(*delay), due: Due::Arm(*arm) }),
            _ => None,
        };
        arms.iter().filter_map(due).collect()
    }

    /// The machine's entry actions, then its first state.
    pub(super) fn start_machine(&mut self, at: u64) -> Stepped {
        let Some(env) = self.env_at(at) else { return Ok(()) };
        if self.perform_all(at, &env, &env.machine.enter)? {
            self.set_state(at, StateId(0), Arc::default());
        }
        Ok(())
    }

    /// An arrow to a state: its values are computed, and it is entered next.
    pub(super) fn go_to_state(&mut self, at: u64, env: &Env<'_>, call: &StateCall) {
        let Some(state) = env.machine.states.get(call.state.index()) else { return };
        let locals = self.eval_args(env, &call.args, &state.params);
        self.set_state(at, call.state, locals);
    }

    /// Old deadlines go, new ones are armed, and the state's entry is put on the agenda.
    pub(super) fn set_state(&mut self, at: u64, state: StateId, locals: Arc<[Value]>) {
        let Some(frame) = self.frame(at) else { return };
        let machine = self.machine(frame);
        let arms = machine.states.get(state.index()).map_or(&[][..], |state| &state.timers);
        let armed = if self.runs_deadlines(frame) { self.timers(machine, arms) } else { Vec::new() };
        self.work.left.retain(|left| *left != at);
        if let Some(frame) = self.frame_mut(at) {
            frame.state = state;
            frame.locals = locals;
            frame.waits = Waits::Nothing;
            frame.timers.retain(|timer| match timer.due {
                Due::Arm(arm) => machine.timers.contains(&arm),
                Due::Choice => false,
                Due::Gone => true,
            });
            frame.timers.extend(armed);
        }
        self.work.agenda.push(Job::EnterState(at));
    }

    /// A room's deadlines run only while the socket stands there.
    pub(super) fn runs_deadlines(&self, frame: &Frame) -> bool {
        match &frame.role {
            Role::Room(room) => self.socket().standing.as_ref() == Some(room),
            Role::Gate { .. } | Role::Lock(_) => true,
        }
    }

    pub(super) fn enter_state(&mut self, at: u64) -> Stepped {
        let (Some(state), Some(env), Some(frame)) = (self.state_at(at), self.env_at(at), self.frame(at)) else {
            return Ok(());
        };
        self.step(frame.epoch, Step::Entered(frame.machine, frame.state))?;
        if self.perform_all(at, &env, &state.enter)? {
            self.work.agenda.push(Job::Settle(at));
        }
        Ok(())
    }

    /// The first eventless arm that holds; unless it leads away, what the state asks.
    pub(super) fn settle_state(&mut self, at: u64) -> Stepped {
        let (Some(state), Some(env)) = (self.state_at(at), self.env_at(at)) else { return Ok(()) };
        if let Some(taken) = self.first_eventless(at, state) {
            let leads_away = env.machine.arms.get(taken.arm.index()).is_some_and(|arm| arm.target.is_some());
            self.take_arm(taken)?;
            if leads_away || self.frame(at).is_none() || self.ending {
                return Ok(());
            }
        }
        match &state.call {
            None => Ok(()),
            Some(Call::Lock(locks)) => self.ask_locks(at, &env, locks),
            Some(Call::Check(call)) => self.ask_check(at, &env, call),
        }
    }

    /// The first eventless arm that holds, and what its `match` binds.
    fn first_eventless(&mut self, at: u64, state: &'rules State) -> Option<Taken> {
        for id in &state.eventless {
            let mut env = self.env_at(at)?;
            let arm = env.machine.arms.get(id.index())?;
            if let Trigger::Match { subject, pattern } = &arm.trigger {
                let Some(matched) = pattern.take(&self.eval(&env, subject)) else { continue };
                env.bind = coerce(matched, pattern);
            }
            if arm.guard.as_ref().is_none_or(|guard| self.holds(&env, guard)) {
                return Some(Taken { at, arm: *id, bind: env.bind });
            }
        }
        None
    }

    fn ask_locks(&mut self, at: u64, env: &Env<'_>, locks: &[LockCall]) -> Stepped {
        if let Some(value) = self.held_one_of(env, locks) {
            self.go_on(at, CallEnd::Resolved, value);
            return Ok(());
        }
        self.wind_one_of(at, env, locks)
    }

    fn ask_check(&mut self, at: u64, env: &Env<'_>, call: &CheckCall) -> Stepped {
        let Some(check) = env.program.model.checks.get(call.check.index()) else { return Ok(()) };
        let args = self.eval_args(env, &call.args, &check.params);
        if !self.spend_nonces(at, &args) {
            self.go_on(at, CallEnd::CheckFailed, Value::Text("the challenge was used already".into()));
            return Ok(());
        }
        let ticket = Ticket(self.fresh_sequence());
        if let Some(frame) = self.frame_mut(at) {
            frame.waits = Waits::Check(ticket);
        }
        let args = args.to_vec();
        self.work.effects.push(Effect::Check { ticket, check: check.name.clone(), args, within: call.within });
        Ok(())
    }

    /// Marks every nonce among the arguments as used. False if one was used before.
    fn spend_nonces(&mut self, at: u64, args: &[Value]) -> bool {
        for arg in args {
            let Value::Nonce(nonce) = arg else { continue };
            let socket = self.socket_mut();
            let mut frames = socket.frames.iter().chain(&socket.rooms);
            if frames.any(|frame| frame.spent.contains(nonce)) {
                return false;
            }
            // Whoever handed it down has it too, down to the frame that made it and outlives the rest.
            let has =
                |frame: &&mut Frame| frame.sequence == at || frame.args.contains(arg) || frame.locals.contains(arg);
            for frame in socket.frames.iter_mut().chain(&mut socket.rooms).filter(has) {
                frame.spent.push(nonce.clone());
            }
        }
        true
    }

    /// What a state asked has ended: its first arm for that end whose guard holds is next, and binds this.
    pub(super) fn go_on(&mut self, at: u64, end: CallEnd, bind: Value) {
        let Some(frame) = self.frame_mut(at) else { return };
        if std::mem::replace(&mut frame.waits, Waits::Nothing) == Waits::Choice {
            frame.timers.retain(|timer| timer.due != Due::Choice);
        }
        let (epoch, machine, state) = (frame.epoch, frame.machine, frame.state);
        let machine = self.program_of(epoch).machine(machine);
        let Some(state) = machine.states.get(state.index()) else { return };
        for id in &state.handlers {
            let Some(arm) = machine.arms.get(id.index()) else { return };
            if end.is_of(&arm.trigger) && arm.guard.as_ref().is_none_or(|guard| self.holds_for(at, &bind, guard)) {
                return self.take_next(Taken { at, arm: *id, bind });
            }
        }
    }

    /// Whether a guard of a frame's arm holds that binds this.
    fn holds_for(&mut self, at: u64, bind: &Value, guard: &Expr) -> bool {
        let Some(mut env) = self.env_at(at) else { return false };
        env.bind = bind.clone();
        self.holds(&env, guard)
    }

    /// A lock has ended and is gone; whoever asked goes on.
    pub(super) fn answer(&mut self, asker: Asker, below: Option<u64>, end: LockEnd, lock: &Machine) -> Stepped {
        let at = match asker {
            Asker::Below => below,
            Asker::Room(room) => self.socket().room(&room).map(|frame| frame.sequence),
            Asker::Offer(id) => {
                self.answer_offer(id, end, lock);
                return Ok(());
            }
        };
        let Some(frame) = at.and_then(|at| self.frame(at)) else { return Ok(()) };
        let at = frame.sequence;
        if let Role::Gate { phase: Phase::Requiring(requirement), .. } = frame.role {
            return self.answer_gate(at, requirement, end);
        }
        match end {
            LockEnd::Resolved(value) if self.wants_answer(frame, lock, &value) => {
                self.go_on(at, CallEnd::Resolved, value);
            }
            // The asker's rules have changed, and ask for something else now.
            LockEnd::Resolved(_) => self.work.agenda.push(Job::Settle(at)),
            LockEnd::Failed(why) => self.go_on(at, CallEnd::LockFailed, Value::Text(why)),
        }
        Ok(())
    }

    fn answer_gate(&mut self, at: u64, requirement: u16, end: LockEnd) -> Stepped {
        match end {
            LockEnd::Resolved(_) => {
                self.work.agenda.push(Job::Advance(at));
                Ok(())
            }
            LockEnd::Failed(why) => self.fail_requirement(at, requirement, why),
        }
    }

    /// Whether the answer is to what the frame's state asks. It is, unless a reload came in between.
    fn wants_answer(&self, frame: &Frame, lock: &Machine, value: &Value) -> bool {
        if self.epochs.is_single() {
            return true;
        }
        let program = self.program_of(frame.epoch);
        let fits =
            |asked: &Machine| asked.name == lock.name && asked.lock().is_some_and(|asked| asked.gives.admits(value));
        match self.state_of(frame).and_then(|state| state.call.as_ref()) {
            Some(Call::Lock(calls)) => calls.iter().any(|call| fits(program.machine(call.lock))),
            Some(Call::Check(_)) | None => false,
        }
    }

    /// `room:NAME` or `lock:NAME` of a frame.
    pub(super) fn address(&self, at: u64) -> Arc<str> {
        let Some(frame) = self.frame(at) else { return "".into() };
        match frame.role.room() {
            Some(room) => room_address(room),
            None => lock_address(self.machine(frame)),
        }
    }

    /// Index of a frame on the stack, the standing room being 0; of a room that it does not stand in, 0 too.
    pub(super) fn depth(&self, at: u64) -> u32 {
        let below = usize::from(self.socket().standing.is_some());
        let depth = self.socket().position(at).map_or(0, |position| position + below);
        u32::try_from(depth).unwrap_or(u32::MAX)
    }
}

/// The address of a lock, as the wire names it.
pub(super) fn lock_address(lock: &Machine) -> Arc<str> {
    format!("lock:{}", lock.name).into()
}

/// How what a state asked has ended.
#[derive(Clone, Copy)]
pub(super) enum CallEnd {
    Resolved,
    LockFailed,
    Passed,
    CheckFailed,
}

impl CallEnd {
    /// Whether an arm with this trigger is for this end.
    fn is_of(self, trigger: &Trigger) -> bool {
        matches!(
            (self, trigger),
            (CallEnd::Resolved, Trigger::Resolved)
                | (CallEnd::LockFailed, Trigger::LockFailed)
                | (CallEnd::Passed, Trigger::Passed)
                | (CallEnd::CheckFailed, Trigger::CheckFailed)
        )
    }
}

/// How a lock has ended.
pub(super) enum LockEnd {
    Resolved(Value),
    Failed(Arc<str>),
}
