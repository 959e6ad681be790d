//! Which frame a message goes to, and which arm of it.

use super::super::eval::Env;
use super::super::stack::room_address;
use super::super::{Asker, Due, Failure, Frame, Message, Parked, Phase, Purpose, Role, To, Waits};
use super::state::{CallEnd, LockEnd};
use super::{Job, PARKED_MESSAGES_MAX, Pass, Stepped, Taken, failure};
use crate::model::{Arm, ArmId, Call, LockCall, Trigger};
use crate::value::{RoomKey, Value};
use std::sync::Arc;

impl<'rules> Pass<'rules> {
    pub(super) fn route_message(&mut self, message: &Message) -> Stepped {
        match &message.to {
            To::Lock(lock) => self.nominate(lock, message),
            To::Room(room) if self.asks_to_go(room, message) => self.walk_to(room, message),
            To::Room(room) if self.is_in(room) => self.route_to_own_room(room, message),
            To::Room(room) if self.has_gate(room) => {
                self.park(room, message);
                Ok(())
            }
            To::Room(room) if self.has_door_to(room) => self.walk_to(room, message),
            To::Nowhere | To::Room(_) | To::Client(_) | To::Group(_) | To::Unknown => self.route_to_top(message),
        }
    }

    /// The message says nothing but where to, which is not where the socket stands, and a door leads there.
    fn asks_to_go(&mut self, room: &RoomKey, message: &Message) -> bool {
        let stands_there = self.socket().standing.as_ref() == Some(room);
        !stands_there && !has_content(message) && self.has_door_to(room)
    }

    /// To the frame on top. A room that a socket stands in takes nothing without its keys either.
    fn route_to_top(&mut self, message: &Message) -> Stepped {
        let Some(top) = self.socket().top() else {
            self.refuse_unhandled(message, None);
            return Ok(());
        };
        match &top.role {
            Role::Room(room) => {
                let (room, at, mut env) = (room.clone(), top.sequence, self.env_of(room, Some(top)));
                self.speak_in(&room, Some(at), env.as_mut(), message)
            }
            Role::Gate { .. } | Role::Lock(_) => self.handle_message(top.sequence, message),
        }
    }

    fn route_to_own_room(&mut self, room: &RoomKey, message: &Message) -> Stepped {
        let frame = self.socket().room(room);
        let (at, mut env) = (frame.map(|frame| frame.sequence), self.env_of(room, frame));
        self.speak_in(room, at, env.as_mut(), message)
    }

    /// A message to a room, in the socket's frame there if it has one.
    fn speak_in<'heard>(
        &mut self,
        room: &RoomKey,
        at: Option<u64>,
        env: Option<&mut Env<'heard>>,
        message: &'heard Message,
    ) -> Stepped {
        if let Some(env) = env
            && self.meets(env)
        {
            return match at {
                Some(at) if self.is_in(room) => self.handle_message_in(at, env, message),
                Some(_) | None => self.deliver(room, message),
            };
        }
        let is_waiting = self.has_gate(room);
        if self.park(room, message) && !is_waiting {
            self.wind_gate(room.clone(), Purpose::Deliver)?;
        }
        Ok(())
    }

    /// Keeps a message until a gate opens. False if too many wait already.
    fn park(&mut self, room: &RoomKey, message: &Message) -> bool {
        if self.socket().parked.len() >= PARKED_MESSAGES_MAX {
            let failure = failure("parked_full", "too many messages wait: answer what is asked first");
            self.refuse(message.id.clone(), failure, Some(room_address(room)));
            return false;
        }
        self.socket_mut().parked.push(Parked { room: room.clone(), message: message.clone() });
        true
    }

    /// A door of the room where the socket stands leads there.
    fn has_door_to(&mut self, room: &RoomKey) -> bool {
        let Some((machine, args)) = self.program.room_of(room) else { return false };
        let Some((env, rules)) = self.open_room() else { return false };
        let params = &self.program.machine(machine).params;
        rules.doors.iter().filter(|door| door.room == machine).any(|door| match &door.args {
            None => true,
            Some(wanted) => *self.eval_args(&env, wanted, params) == *args,
        })
    }

    /// The standing room, if nothing is wound above it.
    fn open_room(&self) -> Option<(Env<'rules>, &'rules crate::model::Room)> {
        let frame = self.socket().standing_frame().filter(|_| self.socket().frames.is_empty())?;
        let env = self.env(frame);
        env.machine.room().map(|rules| (env, rules))
    }

    fn walk_to(&mut self, room: &RoomKey, message: &Message) -> Stepped {
        if !has_content(message) {
            return self.wind_gate(room.clone(), Purpose::Enter(message.id.clone()));
        }
        self.park(room, message);
        self.wind_gate(room.clone(), Purpose::Enter(None))
    }

    /// A lock is named: it is on top, or one of those among which the client chooses, or the room offers or renews it.
    fn nominate(&mut self, lock: &str, message: &Message) -> Stepped {
        if let Some(at) = self.top_lock(lock) {
            return self.tell_lock(at, message);
        }
        if let Some((at, env, call)) = self.chosen(lock) {
            self.work.handled.extend(message.id.clone());
            self.forget_choice(at);
            let args = self.lock_args(&env, call);
            if let Some(value) = self.held(env.program, call.lock, &args).cloned() {
                return self.answer(Asker::Below, Some(at), LockEnd::Resolved(value), env.program.machine(call.lock));
            }
            self.wind_for_state(at, call.lock, args)?;
        } else if let Some((env, call, is_renewed)) = self.on_request(lock) {
            if !is_renewed && self.held_of(&env, call).is_some() {
                self.work.handled.extend(message.id.clone());
                return Ok(());
            }
            let args = self.lock_args(&env, call);
            self.wind_lock((env.epoch, call.lock), args, Asker::Offer(message.id.clone()), None)?;
        } else {
            let top = self.socket().top().map(|frame| frame.sequence);
            self.refuse_unhandled(message, top);
            return Ok(());
        }
        self.tell_wound(lock, message);
        Ok(())
    }

    /// The lock of this name, if it is on top.
    fn top_lock(&self, lock: &str) -> Option<u64> {
        let top = self.socket().frames.last().filter(|frame| matches!(frame.role, Role::Lock(_)))?;
        (*self.machine(top).name == *lock).then_some(top.sequence)
    }

    /// The lock that the client chooses by its name, and the frame that waits for the choice.
    fn chosen(&self, lock: &str) -> Option<(u64, Env<'rules>, &'rules LockCall)> {
        let top = self.socket().top().filter(|frame| frame.waits == Waits::Choice)?;
        let env = self.env(top);
        let call = self.choice_of(top)?.iter().find(|call| *env.program.machine(call.lock).name == *lock)?;
        Some((top.sequence, env, call))
    }

    /// The lock that the client may ask for here by its name, and whether also where its key is held.
    fn on_request(&self, lock: &str) -> Option<(Env<'rules>, &'rules LockCall, bool)> {
        let (env, rules) = self.open_room()?;
        let is_it = |call: &&LockCall| *env.program.machine(call.lock).name == *lock;
        let renewed = rules.renews.iter().find(is_it).map(|call| (call, true));
        let offered = rules.offers.iter().find(is_it).map(|call| (call, false));
        let (call, is_renewed) = renewed.or(offered)?;
        Some((env, call, is_renewed))
    }

    /// A message to the lock on top: that it is wound is all that one without content asks for.
    fn tell_lock(&mut self, at: u64, message: &Message) -> Stepped {
        if has_content(message) {
            return self.handle_message(at, &Message { to: To::Nowhere, ..message.clone() });
        }
        self.work.handled.extend(message.id.clone());
        Ok(())
    }

    /// What else a message says that had a lock wound is the first that the lock is told, when it waits.
    fn tell_wound(&mut self, lock: &str, message: &Message) {
        if let (true, Some(at)) = (has_content(message), self.top_lock(lock)) {
            self.budget = self.budget.saturating_add(self.epochs.pass_bound());
            let told = Message { to: To::Nowhere, id: None, ..message.clone() };
            self.work.agenda.insert(0, Job::Tell(at, Box::new(told)));
        }
    }

    /// The locks among which a frame's client may choose.
    fn choice_of(&self, frame: &Frame) -> Option<&'rules [LockCall]> {
        let machine = self.machine(frame);
        match &frame.role {
            Role::Gate { phase: Phase::Requiring(requirement), .. } => {
                Some(&machine.room()?.requires.get(usize::from(*requirement))?.locks)
            }
            Role::Gate { phase: Phase::Deciding, .. } | Role::Room(_) | Role::Lock(_) => {
                match machine.states.get(frame.state.index())?.call.as_ref()? {
                    Call::Lock(locks) => Some(locks),
                    Call::Check(_) => None,
                }
            }
        }
    }

    fn forget_choice(&mut self, at: u64) {
        if let Some(frame) = self.frame_mut(at) {
            frame.waits = Waits::Nothing;
            frame.timers.retain(|timer| timer.due != Due::Choice);
        }
    }

    /// Nobody chose.
    pub(super) fn fail_choice(&mut self, at: u64, why: &str) -> Stepped {
        self.forget_choice(at);
        match self.frame(at).map(|frame| &frame.role) {
            Some(Role::Gate { phase: Phase::Requiring(requirement), .. }) => {
                self.fail_requirement(at, *requirement, why.into())
            }
            Some(Role::Gate { .. } | Role::Room(_) | Role::Lock(_)) => {
                self.go_on(at, CallEnd::LockFailed, Value::Text(why.into()));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Looks for a handler in a frame and takes it, or says that there is none.
    pub(super) fn handle_message(&mut self, at: u64, message: &Message) -> Stepped {
        match self.env_at(at) {
            Some(mut env) => self.handle_message_in(at, &mut env, message),
            None => {
                self.refuse_unhandled(message, None);
                Ok(())
            }
        }
    }

    fn handle_message_in<'heard>(&mut self, at: u64, env: &mut Env<'heard>, message: &'heard Message) -> Stepped {
        if !self.counts_within_limit(at, env, message)? {
            return Ok(());
        }
        env.message = Some(message);
        let Some(arm) = self.find_handler(at, env, |_, env, arm| takes_message(env, message, arm)) else {
            self.refuse_unhandled(message, Some(at));
            return Ok(());
        };
        self.work.handled.extend(message.id.clone());
        self.take_arm_in(at, env, arm)
    }

    pub(super) fn refuse_unhandled(&mut self, message: &Message, at: Option<u64>) {
        let is_here = match &message.to {
            To::Nowhere => true,
            To::Room(room) => self.is_in(room),
            To::Client(_) | To::Group(_) | To::Lock(_) | To::Unknown => false,
        };
        let by = at.map(|at| self.address(at));
        let failure = if is_here { failure("no_handler", "nothing here takes such a message") } else { unreachable() };
        self.refuse(message.id.clone(), failure, by);
    }

    /// The first arm of the frame's state, then of its machine, that takes the event; what it binds is in `env` then.
    pub(super) fn find_handler<'env>(
        &mut self,
        at: u64,
        env: &mut Env<'env>,
        mut matches: impl FnMut(&mut Self, &mut Env<'env>, &'env Arm) -> bool,
    ) -> Option<ArmId> {
        let frame = self.frame(at)?;
        let has_states = !matches!(frame.role, Role::Gate { phase: Phase::Requiring(_), .. });
        let machine = env.machine;
        let own =
            machine.states.get(frame.state.index()).filter(|_| has_states).map_or(&[][..], |state| &state.handlers);
        let shared = if has_states { &machine.handlers[..] } else { &[] };
        for id in own.iter().chain(shared) {
            let arm = machine.arms.get(id.index())?;
            if matches(self, env, arm) && arm.guard.as_ref().is_none_or(|guard| self.holds(env, guard)) {
                return Some(*id);
            }
        }
        None
    }

    /// Counts a message for the machine's limit. False if it was one too many, which has been dealt with.
    fn counts_within_limit(&mut self, at: u64, env: &Env<'_>, message: &Message) -> Stepped<bool> {
        // A room's limit counts what is sent to its handlers; at its gate they are not there yet.
        let is_closed = |frame: &Frame| matches!(frame.role, Role::Gate { phase: Phase::Requiring(_), .. });
        let Some(limit) = env.machine.limit.as_ref().filter(|_| !self.frame(at).is_some_and(is_closed)) else {
            return Ok(true);
        };
        let now = self.now.monotonic;
        // Not undone with the pass: a message that was tried counts, and counting costs no copy of the stack.
        let Some(frame) = self.stack.frame_mut(at) else { return Ok(true) };
        let (start, count) = frame.window;
        let is_over = count == 0 || now.saturating_sub(start) >= limit.per;
        frame.window = if is_over { (now, 1) } else { (start, count.saturating_add(1)) };
        let (start, count) = frame.window;
        if count <= limit.count {
            return Ok(true);
        }
        let retry_after = Some(start.saturating_add(limit.per).saturating_sub(now));
        let why: Arc<str> = "too many messages".into();
        let failure = Failure { code: "rate_limited", message: why.clone(), retry_after };
        let by = self.address(at);
        self.refuse(message.id.clone(), failure, Some(by));
        if let Some(arm) = limit.otherwise {
            self.take_next(Taken { at, arm, bind: Value::Text(why) });
        }
        Ok(false)
    }
}

/// Whether an arm is for a message, and its pattern matches.
fn takes_message(env: &Env<'_>, message: &Message, arm: &Arm) -> bool {
    let Trigger::Message { pattern, to } = &arm.trigger else { return false };
    let is_addressed = match (to, &message.to) {
        (None, To::Nowhere) => true,
        (None, To::Room(to)) => Some(to) == env.room.as_ref(),
        (None, _) => false,
        (Some(ty), _) => env.addressed().is_some_and(|to| ty.admits(&to)),
    };
    is_addressed && pattern.matches_indexed(&message.content)
}

fn has_content(message: &Message) -> bool {
    let mut found = false;
    message.content.json().each_field(|_, _| found = true);
    found
}

/// One answer for what is not there and for what may not be reached.
pub(super) fn unreachable() -> Failure {
    failure("unreachable", "nothing here leads there")
}
