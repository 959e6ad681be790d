//! An arm is taken: what is left, what is done, where its arrow leads.

use super::super::eval::{Env, coerce};
use super::super::trace::Step;
use super::super::{Asker, Effect, Epoch, Frame, Key, Lasts, MessageId, Phase, Purpose, Role};
use super::state::{LockEnd, lock_address};
use super::{Ended, Job, KEYS_MAX, Pass, Stepped, Taken, failure};
use crate::machine::KeyKind;
use crate::model::{Arm, ArmId, Expr, ExprKind, Machine, MachineId, StateCall, Target, TargetKind};
use crate::value::{RoomKey, Value};
use std::sync::Arc;

/// Why a lock fails whose key would have ended already.
const KEY_IS_OVER: &str = "the key would have ended already";

impl<'rules> Pass<'rules> {
    /// Puts an arm on the agenda.
    pub(super) fn take_next(&mut self, taken: Taken) {
        self.work.agenda.push(Job::Take(taken));
    }

    pub(super) fn take_arm(&mut self, taken: Taken) -> Stepped {
        let Taken { at, arm, bind } = taken;
        let Some(frame) = self.frame(at) else { return Ok(()) };
        if self.machine(frame).arms.get(arm.index()).is_some_and(hands_on) {
            self.step(frame.epoch, Step::Took(frame.machine, arm))?;
            self.leave_state(at)?;
            return self.resolve(at, bind, None);
        }
        let mut env = self.env(frame);
        env.bind = bind;
        self.take_arm_in(at, &env, arm)
    }

    /// Takes an arm whose names stand for this.
    pub(super) fn take_arm_in(&mut self, at: u64, env: &Env<'_>, id: ArmId) -> Stepped {
        let Some(arm) = env.machine.arms.get(id.index()) else { return Ok(()) };
        self.step(env.epoch, Step::Took(env.id, id))?;
        self.do_arm(at, env, arm)
    }

    fn do_arm(&mut self, at: u64, env: &Env<'_>, arm: &Arm) -> Stepped {
        let leaves = arm.target.as_ref().is_some_and(leaves_state);
        if leaves {
            self.leave_state(at)?;
        }
        if let Some(why) = self.perform_each(at, env, &arm.actions)? {
            if !leaves {
                self.leave_state(at)?;
            }
            return self.fail(at, why);
        }
        match &arm.target {
            Some(target) => self.follow(at, env, target),
            None => Ok(()),
        }
    }

    /// Follows an arrow. The frame may be gone by now, for one of the arm's actions may have left its room.
    pub(super) fn follow(&mut self, at: u64, env: &Env<'_>, target: &Target) -> Stepped {
        if self.ending {
            return Ok(());
        }
        match &target.kind {
            TargetKind::State(call) => {
                self.go_to_state(at, env, call);
                Ok(())
            }
            TargetKind::Resolve(value, until) => {
                let value = self.eval(env, value);
                match until.as_ref().map(|until| self.time_left(env, until)) {
                    Some(None) => self.fail(at, KEY_IS_OVER.into()),
                    Some(Some(left)) => self.resolve(at, value, Some(left)),
                    None => self.resolve(at, value, None),
                }
            }
            TargetKind::Fail(why) => {
                let why = self.eval_reason(env, why);
                self.fail(at, why)
            }
            TargetKind::Admit(then) => self.follow_admit(at, env, then.as_ref()),
            TargetKind::Retry(call) => self.retry(at, env, call),
            TargetKind::Move(call) => {
                let args = self.eval_args(env, &call.args, &env.program.machine(call.room).params);
                self.move_to(env.program.room_key(call.room, &args))
            }
            TargetKind::Drop(why) => {
                let why = self.eval_reason(env, why);
                self.drop_socket(why)
            }
        }
    }

    fn follow_admit(&mut self, at: u64, env: &Env<'_>, then: Option<&StateCall>) -> Stepped {
        if !matches!(self.frame(at).map(|frame| &frame.role), Some(Role::Gate { phase: Phase::Deciding, .. })) {
            return Ok(());
        }
        let then = then.and_then(|call| {
            let state = env.machine.states.get(call.state.index())?;
            Some((call.state, self.eval_args(env, &call.args, &state.params)))
        });
        self.admit(at, then)
    }

    /// How long a key lives that ends at a time of the rules; none where that has come already.
    fn time_left(&mut self, env: &Env<'_>, until: &Expr) -> Option<u64> {
        match self.eval(env, until) {
            Value::Time(until) => until.checked_sub(self.now.wall).filter(|left| *left > 0),
            _ => None,
        }
    }

    /// The lock has its answer: the frame is gone, the socket has the key, for so many milliseconds at most, and the asker goes on.
    fn resolve(&mut self, at: u64, value: Value, left: Option<u64>) -> Stepped {
        let Some(EndedLock { lock, kind, args, asker, below }) = self.end_lock(at, Ended::Resolved)? else {
            return Ok(());
        };
        let Some(rules) = lock.lock() else { return Ok(()) };
        let value = coerce(value, &rules.gives);
        if let Some(kind) = kind {
            let args = match lock.lets.is_empty() {
                true => args,
                false => args.iter().take(lock.params.len()).cloned().collect(),
            };
            let lasts = Lasts::from_now(self.now.monotonic, rules.held.into_iter().chain(left).min(), rules.grace);
            self.keep_key(Key { kind: kind.clone(), args, value: value.clone(), lasts });
        }
        self.answer(asker, below, LockEnd::Resolved(value), lock)
    }

    /// What key a lock gives; none where the active rules have no such key.
    #[inline]
    fn key_kind_of(&self, epoch: Epoch, lock: MachineId) -> Option<&'rules Arc<KeyKind>> {
        let kind = self.program_of(epoch).key_kind(lock)?;
        (epoch == self.epochs.active().epoch || self.program.has_key_kind(kind)).then_some(kind)
    }

    /// The lock failed, or a room that decides by itself refuses.
    pub(super) fn fail(&mut self, at: u64, why: Arc<str>) -> Stepped {
        self.end_unanswered(at, why, Ended::Failed)
    }

    fn end_unanswered(&mut self, at: u64, why: Arc<str>, ended: Ended) -> Stepped {
        match self.frame(at).map(|frame| &frame.role) {
            Some(Role::Lock(_)) => match self.end_lock(at, ended)? {
                Some(EndedLock { lock, asker, below, .. }) => self.answer(asker, below, LockEnd::Failed(why), lock),
                None => Ok(()),
            },
            Some(Role::Gate { .. }) => self.fail_gate(at, None, failure("refused", why)),
            Some(Role::Room(_)) | None => Ok(()),
        }
    }

    fn retry(&mut self, at: u64, env: &Env<'_>, call: &StateCall) -> Stepped {
        let Some(frame) = self.frame_mut(at) else { return Ok(()) };
        frame.attempts = frame.attempts.saturating_sub(1);
        if frame.attempts == 0 {
            return self.end_unanswered(at, "no attempts left".into(), Ended::Exhausted);
        }
        self.go_to_state(at, env, call);
        Ok(())
    }

    /// The machine's `on leave`, then the lock's frame is gone.
    #[inline(always)]
    fn end_lock(&mut self, at: u64, ended: Ended) -> Stepped<Option<EndedLock<'rules>>> {
        let Some(lock) = self.frame(at).map(|frame| self.machine(frame)) else { return Ok(None) };
        self.do_leave(at, &lock.leave)?;
        let Some(position) = self.socket().position(at) else { return Ok(None) };
        let frames = self.wound_mut();
        let Some(Frame { role: Role::Lock(asker), epoch, machine, args, .. }) = frames.get_mut(position) else {
            return Ok(None);
        };
        let (epoch, machine) = (*epoch, *machine);
        let (asker, args) = (std::mem::replace(asker, Asker::Below), std::mem::take(args));
        // a frame is large: what is left of it is let go where it stands
        match position + 1 == frames.len() {
            true => frames.truncate(position),
            false => drop(frames.remove(position)),
        }
        let below = position.checked_sub(1).and_then(|below| frames.get(below)).map(|frame| frame.sequence);
        self.step(epoch, Step::Gone(machine))?;
        let kind = self.key_kind_of(epoch, machine);
        self.work.ended.push((lock.name.clone(), ended));
        Ok(Some(EndedLock { lock, kind, args, asker, below }))
    }

    pub(super) fn keep_key(&mut self, key: Key) {
        let now = self.now.monotonic;
        let keys = self.keys_mut();
        let goes = |old: &Key| !old.listens(now) || old.kind == key.kind && old.args == key.args;
        if keys.iter().any(goes) {
            keys.retain(|old| !goes(old));
        } else if keys.len() >= KEYS_MAX {
            keys.remove(0);
        }
        keys.push(key);
    }

    pub(super) fn answer_offer(&mut self, id: Option<MessageId>, end: LockEnd, lock: &Machine) {
        match end {
            LockEnd::Resolved(_) => self.work.handled.extend(id),
            LockEnd::Failed(why) => {
                let by = lock_address(lock);
                self.refuse(id, failure("lock_failed", why), Some(by));
            }
        }
    }

    /// Moves on: nothing wound stays, and the new room's gate stands on the room where the socket is.
    pub(super) fn move_to(&mut self, room: RoomKey) -> Stepped {
        self.cut_all()?;
        self.wind_gate(room, Purpose::Enter(None))
    }

    /// The value of the key that a room requires.
    pub(in super::super) fn required_key(&mut self, env: &Env<'_>, requirement: usize) -> Value {
        let requirement = env.machine.room().and_then(|room| room.requires.get(requirement));
        let Some(call) = requirement.and_then(|requirement| requirement.locks.first()) else { return Value::None };
        self.held_of(env, call).cloned().unwrap_or(Value::None)
    }

    pub(super) fn eval_text(&mut self, env: &Env<'_>, expr: &Expr) -> Option<Arc<str>> {
        self.eval(env, expr).as_text().cloned()
    }

    pub(super) fn emit(&mut self, effect: Effect) {
        self.work.effects.push(effect);
    }
}

/// A lock whose frame is gone.
struct EndedLock<'rules> {
    lock: &'rules Machine,
    /// What key it gives, if the active rules have such a key.
    kind: Option<&'rules Arc<KeyKind>>,
    args: Arc<[Value]>,
    asker: Asker,
    /// The frame that was below it.
    below: Option<u64>,
}

/// Whether an arm does nothing but to resolve with what it binds, for which nothing has to be known of names.
fn hands_on(arm: &Arm) -> bool {
    let target = arm.target.as_ref().map(|target| &target.kind);
    arm.actions.is_empty()
        && matches!(target, Some(TargetKind::Resolve(value, None)) if matches!(value.kind, ExprKind::Bind))
}

/// Whether an arrow leaves the state that it begins in. `admit` stays, and a move leaves nothing until the
/// other room has admitted.
fn leaves_state(target: &Target) -> bool {
    match target.kind {
        TargetKind::State(_)
        | TargetKind::Resolve(..)
        | TargetKind::Fail(_)
        | TargetKind::Retry(_)
        | TargetKind::Admit(Some(_)) => true,
        TargetKind::Admit(None) | TargetKind::Move(_) | TargetKind::Drop(_) => false,
    }
}
