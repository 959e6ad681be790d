//! Locks are wound: one that is asked for, or the one that the client chooses.

use super::super::eval::Env;
use super::super::trace::Step;
use super::super::{Asker, Due, Effect, Epoch, Frame, Role, Timer, Waits};
use super::{CHOICE_WITHIN_MS, Pass, Stepped};
use crate::machine::Program;
use crate::model::{LockCall, MachineId, StateId};
use crate::value::{Json, Value};
use std::sync::Arc;

impl<'rules> Pass<'rules> {
    /// Winds a lock for whoever asks, in place: above the asker, or at the top where a run begins.
    pub(super) fn wind_lock(
        &mut self,
        (epoch, lock): (Epoch, MachineId),
        args: Arc<[Value]>,
        asker: Asker,
        above: Option<usize>,
    ) -> Stepped {
        self.step(epoch, Step::Wound(lock))?;
        let program = self.program_of(epoch);
        let machine = program.machine(lock);
        let sequence = self.fresh_sequence();
        let mut env = Env {
            epoch,
            program,
            machine,
            id: lock,
            args,
            locals: Arc::default(),
            bind: Value::None,
            message: None,
            room: None,
        };
        let frame = Frame {
            epoch,
            machine: lock,
            role: Role::Lock(asker),
            args: self.with_lets(&mut env),
            state: StateId(0),
            locals: Arc::default(),
            sequence,
            timers: self.timers(machine, &machine.timers),
            waits: Waits::Nothing,
            attempts: machine.lock().and_then(|lock| lock.attempts).unwrap_or(0),
            window: (0, 0),
            spent: Vec::new(),
        };
        let frames = self.wound_mut();
        let place = above.map_or(frames.len(), |below| below + 1).min(frames.len());
        frames.insert(place, frame);
        self.take_over(sequence);
        self.start_machine(sequence)
    }

    /// The value of the first of these locks whose key is held.
    pub(super) fn held_one_of(&mut self, env: &Env<'_>, locks: &[LockCall]) -> Option<Value> {
        locks.iter().find_map(|call| self.held_of(env, call).cloned())
    }

    /// Whether the key of one of these locks is held.
    pub(super) fn holds_one_of(&mut self, env: &Env<'_>, locks: &[LockCall]) -> bool {
        locks.iter().any(|call| self.held_of(env, call).is_some())
    }

    /// Winds the lock, or lets the client choose among several.
    pub(super) fn wind_one_of(&mut self, at: u64, env: &Env<'_>, locks: &[LockCall]) -> Stepped {
        match locks {
            [] => Ok(()),
            [call] => {
                let args = self.lock_args(env, call);
                self.wind_for_state(at, call.lock, args)
            }
            several => {
                self.ask_choice(at, env.program, several);
                Ok(())
            }
        }
    }

    /// Winds a lock that the state of this frame asked for.
    pub(super) fn wind_for_state(&mut self, at: u64, lock: MachineId, args: Arc<[Value]>) -> Stepped {
        let Some(frame) = self.frame_mut(at) else { return Ok(()) };
        frame.waits = Waits::Lock;
        let epoch = frame.epoch;
        let asker = match &frame.role {
            Role::Room(room) => Asker::Room(room.clone()),
            Role::Gate { .. } | Role::Lock(_) => Asker::Below,
        };
        let below = self.socket().position(at);
        self.wind_lock((epoch, lock), args, asker, below)
    }

    /// Lets the client nominate one of several locks.
    fn ask_choice(&mut self, at: u64, program: &Program, locks: &[LockCall]) {
        let until = self.now.monotonic.saturating_add(CHOICE_WITHIN_MS);
        let has_deadline = self.frame(at).is_some_and(|frame| self.runs_deadlines(frame));
        let Some(frame) = self.frame_mut(at) else { return };
        frame.waits = Waits::Choice;
        frame.timers.extend(has_deadline.then_some(Timer { at: until, due: Due::Choice }));
        let names = locks.iter().map(|call| Value::Text(program.machine(call.lock).name.clone()));
        let content = Json::record([("choose", Value::Json(Json::list(names)))]);
        let ask = Effect::Ask { content, by: self.address(at), depth: self.depth(at) };
        self.work.effects.push(ask);
    }
}
