//! Events that are not messages: cancelling, leaving, signals, verdicts, time.

use super::super::eval::{Env, coerce};
use super::super::stack::room_address;
use super::super::{Due, Key, MessageId, Purpose, Ticket, Waits};
use super::route::unreachable;
use super::state::CallEnd;
use super::{Pass, Stepped, Taken, failure};
use crate::model::{Arm, SignalId, Trigger, Type};
use crate::value::{RoomKey, Value};
use std::sync::Arc;

impl<'rules> Pass<'rules> {
    pub(super) fn route_cancel(&mut self, id: Option<MessageId>) -> Stepped {
        let Some(top) = self.socket().top() else {
            self.refuse(id, failure("no_handler", "there is nothing to cancel"), None);
            return Ok(());
        };
        let (at, waits) = (top.sequence, top.waits.clone());
        let is_cancel = |_: &mut Self, _: &mut Env<'_>, arm: &Arm| matches!(arm.trigger, Trigger::Cancel);
        let Some(mut env) = self.env_at(at) else { return Ok(()) };
        if let Some(arm) = self.find_handler(at, &mut env, is_cancel) {
            self.work.handled.extend(id);
            self.take_next(Taken { at, arm, bind: Value::None });
        } else if waits == Waits::Choice {
            self.work.handled.extend(id);
            self.fail_choice(at, "cancelled")?;
        } else {
            let by = self.address(at);
            self.refuse(id, failure("no_handler", "this cannot be cancelled"), Some(by));
        }
        Ok(())
    }

    pub(super) fn route_leave(&mut self, room: RoomKey, id: Option<MessageId>) -> Stepped {
        if !self.is_in(&room) {
            self.refuse(id, unreachable(), None);
        } else if self.is_entry(&room) {
            let failure = failure("refused", "nobody can leave the entry room: close the connection instead");
            self.refuse(id, failure, Some(room_address(&room)));
        } else {
            self.work.handled.extend(id);
            self.quit_room(&room)?;
        }
        Ok(())
    }

    pub(super) fn route_signal(&mut self, signal: &str, value: Value, room: Option<&RoomKey>) {
        let offered: Vec<u64> = match room {
            Some(room) => self.socket().room(room).into_iter().map(|frame| frame.sequence).collect(),
            None => self.signal_order(),
        };
        for at in offered {
            let Some(mut env) = self.env_at(at) else { continue };
            let arm = self.find_handler(at, &mut env, |_, env, arm| match &arm.trigger {
                Trigger::Signal { signal: wanted, pattern } if is_called(env, *wanted, signal) => {
                    bind_signal(env, pattern, &value)
                }
                _ => false,
            });
            if let Some(arm) = arm {
                return self.take_next(Taken { at, arm, bind: env.bind });
            }
        }
    }

    /// The stack from the top down, then the other rooms, latest first.
    fn signal_order(&self) -> Vec<u64> {
        let socket = self.socket();
        let stack: Vec<u64> = socket.from_bottom().rev().map(|frame| frame.sequence).collect();
        let others = socket.rooms.iter().rev().map(|frame| frame.sequence).filter(|at| !stack.contains(at));
        let others: Vec<u64> = others.collect();
        stack.into_iter().chain(others).collect()
    }

    pub(super) fn route_verdict(&mut self, ticket: Ticket, verdict: Result<Value, Arc<str>>) {
        let socket = self.socket();
        let waiting = socket.frames.iter().chain(&socket.rooms).find(|frame| frame.waits == Waits::Check(ticket));
        let Some(at) = waiting.map(|frame| frame.sequence) else { return };
        match verdict {
            Ok(value) => self.go_on(at, CallEnd::Passed, value),
            Err(why) => self.go_on(at, CallEnd::CheckFailed, Value::Text(why)),
        }
    }

    /// The socket takes up where another of its client was: it holds that one's keys, and knocks at the room where that stood.
    pub(super) fn resume(&mut self, client: Arc<str>, keys: Vec<Key>, room: Option<RoomKey>) -> Stepped {
        if let Err(why) = self.identify(Some(client)) {
            self.refuse(None, failure("refused", why), None);
            return Ok(());
        }
        keys.into_iter().for_each(|key| self.keep_key(key));
        match room {
            Some(room) if self.socket().standing.as_ref() != Some(&room) => {
                self.cut_all()?;
                self.wind_gate(room, Purpose::Enter(None))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whatever is due, the earliest first, each followed to the end before the next is looked for.
    pub(super) fn route_time(&mut self) -> Stepped {
        self.age_keys();
        while let Some((at, due)) = self.take_due_timer() {
            self.budget = self.budget.saturating_add(self.epochs.pass_bound());
            match due {
                Due::Choice => self.fail_choice(at, "no choice")?,
                Due::Gone => {
                    self.leave_state(at)?;
                    self.fail(at, "gone".into())?;
                }
                Due::Arm(arm) => {
                    let Some(env) = self.env_at(at) else { continue };
                    let guard = env.machine.arms.get(arm.index()).and_then(|arm| arm.guard.as_ref());
                    if guard.is_none_or(|guard| self.holds(&env, guard)) {
                        self.take_next(Taken { at, arm, bind: Value::None });
                    }
                }
            }
            self.stabilise()?;
            if self.ending {
                break;
            }
        }
        Ok(())
    }

    /// Takes the earliest due deadline off its frame; of one instant, the lowest frame's first.
    fn take_due_timer(&mut self) -> Option<(u64, Due)> {
        let now = self.now.monotonic;
        let timers =
            self.socket().from_bottom().flat_map(|frame| frame.timers.iter().map(|timer| (frame.sequence, *timer)));
        let (at, due) = timers.filter(|(_, timer)| timer.at <= now).min_by_key(|(_, timer)| timer.at)?;
        let frame = self.frame_mut(at)?;
        let place = frame.timers.iter().position(|timer| *timer == due)?;
        frame.timers.remove(place);
        Some((at, due.due))
    }
}

fn is_called(env: &Env<'_>, signal: SignalId, name: &str) -> bool {
    env.program.model.signals.get(signal.index()).is_some_and(|signal| **signal == *name)
}

fn bind_signal(env: &mut Env<'_>, pattern: &Option<Type>, value: &Value) -> bool {
    match pattern {
        None => {
            env.bind = value.clone();
            true
        }
        Some(pattern) if pattern.admits(value) => {
            env.bind = coerce(value.clone(), pattern);
            true
        }
        Some(_) => false,
    }
}
