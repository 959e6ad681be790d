//! The evaluation pass: one event, everything that follows from it, all or nothing.
//!
//! What is still to do is an agenda, never the call stack, so a pass needs the same memory however deep it
//! unwinds. `docs/language.md`, "The evaluation pass", is the contract; the files here follow its headings.

mod action;
mod agenda;
mod arm;
mod before;
mod events;
mod gate;
mod hand;
mod outcome;
mod reload;
mod renewal;
mod route;
mod state;
mod unwind;
mod winding;
mod workspace;

use agenda::{Job, Taken};
pub use outcome::{Ended, Outcome};
pub use workspace::Workspace;

use super::key::Wanted;
use super::trace::{Step, Trace};
use super::{
    Effect, Entropy, Epoch, Epochs, Event, Facts, Failure, Frame, Key, Member, MessageId, Now, Role, WindStack,
};
use crate::machine::Program;
use crate::model::{Attribute, AttributeId, ExprKind};
use crate::value::{RoomKey, Value};
use std::sync::Arc;

/// Messages that wait for gates, over all rooms of one socket.
pub const PARKED_MESSAGES_MAX: usize = 8;
/// Keys on one socket's ring.
pub const KEYS_MAX: usize = 64;
/// How long a lock that a reload has taken away may still be answered, in milliseconds.
pub const GONE_WITHIN_MS: u64 = 60_000;
/// How long a client may choose among several locks, in milliseconds.
pub const CHOICE_WITHIN_MS: u64 = 60_000;

/// Does everything that follows from one event. `socket` is changed in one go or, on an overrun, only cut.
pub fn pass(
    epochs: &Epochs,
    facts: &dyn Facts,
    entropy: &mut dyn Entropy,
    now: Now,
    socket: &mut WindStack,
    event: Event,
    work: &mut Workspace,
) -> Outcome {
    run(&mut Pass::new(epochs, facts, entropy, now, socket, work), event)
}

/// As [`pass`], and tells which way it went.
pub fn pass_traced(
    epochs: &Epochs,
    facts: &dyn Facts,
    entropy: &mut dyn Entropy,
    now: Now,
    socket: &mut WindStack,
    event: Event,
    work: &mut Workspace,
) -> (Outcome, Trace) {
    let mut trace = Trace::begin(epochs, socket, &event);
    let mut pass = Pass::new(epochs, facts, entropy, now, socket, work);
    pass.steps_taken = Some(Vec::new());
    let outcome = run(&mut pass, event);
    let steps = pass.steps_taken.unwrap_or_default();
    trace.finish(epochs, socket, steps, &outcome);
    (outcome, trace)
}

/// Whether the socket holds, now, every key that the room requires of who listens. Changes nothing.
pub fn meets(
    epochs: &Epochs,
    facts: &dyn Facts,
    entropy: &mut dyn Entropy,
    now: Now,
    socket: &mut WindStack,
    room: &RoomKey,
    work: &mut Workspace,
) -> bool {
    Pass::new(epochs, facts, entropy, now, socket, work).may_listen(room)
}

fn run(pass: &mut Pass<'_>, event: Event) -> Outcome {
    let overrun = pass.handle(event).is_err();
    if overrun {
        pass.undo();
    }
    let before = &pass.work.before;
    let (has_changed, has_moved) = (before.has_changed, before.has_moved(pass.stack));
    let has_other_keys = before.has_other_keys(pass.stack);
    pass.work.clear();
    let (effects, ended) = (std::mem::take(&mut pass.work.effects), std::mem::take(&mut pass.work.ended));
    Outcome { effects, steps: pass.steps, overrun, ended, has_changed, has_moved, has_other_keys }
}

/// The budget is spent; the pass is undone.
#[derive(Debug)]
pub(super) struct Overrun;

/// How everything in a pass ends that takes steps.
pub(super) type Stepped<T = ()> = Result<T, Overrun>;

/// One pass under way.
pub(super) struct Pass<'pass> {
    /// The active ruleset: rooms, gates and groups are its.
    pub(super) program: &'pass Program,
    epochs: &'pass Epochs,
    pub(super) entropy: &'pass mut dyn Entropy,
    pub(super) now: Now,
    /// What keys are looked at for.
    wanted: Wanted,
    facts: &'pass dyn Facts,
    stack: &'pass mut WindStack,
    work: &'pass mut Workspace,
    steps: u32,
    budget: u32,
    steps_taken: Option<Vec<(Epoch, Step)>>,
    /// The socket is on its way out; nothing is begun any more.
    ending: bool,
}

impl<'pass> Pass<'pass> {
    fn new(
        epochs: &'pass Epochs,
        facts: &'pass dyn Facts,
        entropy: &'pass mut dyn Entropy,
        now: Now,
        socket: &'pass mut WindStack,
        work: &'pass mut Workspace,
    ) -> Self {
        // Each parked message, and each frame that moves, may have an event's worth of steps.
        let moving = if socket.epoch == epochs.active().epoch { 0 } else { socket.rooms.len() + socket.frames.len() };
        let events = u32::try_from(socket.parked.len() + moving + 2).unwrap_or(u32::MAX);
        Pass {
            program: &epochs.active().program,
            epochs,
            entropy,
            now,
            wanted: Wanted::Open,
            facts,
            stack: socket,
            work,
            steps: 0,
            budget: epochs.pass_bound().saturating_mul(events),
            steps_taken: None,
            ending: false,
        }
    }

    fn handle(&mut self, event: Event) -> Stepped {
        match event {
            Event::Connect => self.enter_entry_room()?,
            Event::Message(message) => self.route_message(&message)?,
            Event::Cancel(id) => self.route_cancel(id)?,
            Event::Leave(room, id) => self.route_leave(room, id)?,
            Event::Left(room) => self.forget_room(&room)?,
            Event::Signal { signal, value, room } => self.route_signal(&signal, value, room.as_ref()),
            Event::Verdict { ticket, verdict } => self.route_verdict(ticket, verdict),
            Event::Tick => self.route_time()?,
            Event::Reloaded => self.move_to_active()?,
            Event::Resume { client, keys, room } => self.resume(client, keys, room)?,
            Event::Moved(room) => self.move_to(room)?,
            Event::Wound { lock, args } => self.wind_by_hand(&lock, args)?,
            Event::Revoked(revoked) => self.revoke_by_hand(&revoked)?,
            Event::Expelled(why) => return self.expel(why),
            Event::Close => return self.close(),
        }
        self.stabilise()?;
        self.ask_for_renewal()?;
        if !self.ending {
            let Workspace { effects, handled, .. } = &mut *self.work;
            if !handled.is_empty() {
                effects.extend(handled.drain(..).map(Effect::Ok));
            }
        }
        Ok(())
    }

    /// Microsteps until nothing is left to do. A socket that has left the room it stood in goes to the entry.
    fn stabilise(&mut self) -> Stepped {
        loop {
            while let Some(job) = self.work.agenda.pop() {
                self.do_next(job)?;
            }
            if self.ending || self.socket().standing.is_some() || self.is_entering() {
                if !self.socket().carried.is_empty() && self.socket().frames.is_empty() {
                    self.socket_mut().carried.clear();
                }
                return Ok(());
            }
            self.cut_all()?;
            self.enter_entry_room()?;
        }
    }

    /// Counts one step.
    fn step(&mut self, epoch: Epoch, step: Step) -> Stepped {
        if self.steps >= self.budget {
            return Err(Overrun);
        }
        self.steps += 1;
        if let Some(steps) = &mut self.steps_taken {
            steps.push((epoch, step));
        }
        Ok(())
    }

    /// All of the pass never happened, except that everything wound is gone and the client is told.
    fn undo(&mut self) {
        self.work.before.restore(self.stack);
        self.work.ended.clear();
        let socket = &mut *self.stack;
        let parked = std::mem::take(&mut socket.parked);
        let ids = parked.into_iter().map(|parked| parked.message.id).chain([None]);
        self.work.effects = ids.map(|id| Effect::Error { id, failure: overrun(), by: None }).collect();
        if socket.standing.is_none() {
            self.work.effects.push(Effect::Drop("the rules needed more steps than a pass has".into()));
        }
    }

    // The world, as this pass has changed it so far.

    pub(super) fn socket(&self) -> &WindStack {
        self.stack
    }

    /// The stack to change, of which everything is kept first. What changes often has a way of its own.
    fn socket_mut(&mut self) -> &mut WindStack {
        self.work.before.keep_all(self.stack);
        self.stack
    }

    /// What is wound, to change.
    fn wound_mut(&mut self) -> &mut Vec<Frame> {
        self.work.before.has_changed = true;
        &mut self.stack.frames
    }

    /// The frames of rooms, to change.
    fn rooms_mut(&mut self) -> &mut Vec<Frame> {
        self.work.before.keep_rooms(self.stack);
        &mut self.stack.rooms
    }

    fn keys_mut(&mut self) -> &mut Vec<Key> {
        self.work.before.keep_keys(self.stack);
        &mut self.stack.keys
    }

    fn frame(&self, at: u64) -> Option<&Frame> {
        self.socket().frame(at)
    }

    /// A frame to change, wound or of a room.
    fn frame_mut(&mut self, at: u64) -> Option<&mut Frame> {
        self.work.before.has_changed = true;
        match self.stack.position(at) {
            Some(position) => self.stack.frames.get_mut(position),
            None => self.rooms_mut().iter_mut().find(|frame| frame.sequence == at),
        }
    }

    pub(super) fn client(&self) -> Option<&Arc<str>> {
        self.socket().client.as_ref()
    }

    /// The client's attribute. A value that another epoch's rules have set and that these do not know is not there.
    pub(super) fn attribute(&self, program: &Program, attribute: AttributeId) -> Value {
        let (Some(client), Some(rules)) = (self.client(), program.model.attributes.get(attribute.index())) else {
            return Value::None;
        };
        let written = self.work.written.iter().rev().find(|(written, _)| *written == rules.name);
        let known = || self.facts.attribute(client, &rules.name);
        let set = written.map(|(_, value)| value.clone()).or_else(known);
        set.filter(|value| rules.ty.admits(value)).or_else(|| default_value(rules)).unwrap_or(Value::None)
    }

    pub(super) fn program_of(&self, epoch: Epoch) -> &'pass Program {
        self.epochs.program(epoch)
    }

    /// Whether the socket, by itself or as its client, is a member of the room.
    fn is_in(&self, room: &RoomKey) -> bool {
        if self.work.quit.contains(room) || self.work.joined.contains(room) {
            return self.work.joined.contains(room);
        }
        let alone = Member::Socket(self.socket().socket);
        self.facts.is_member(room, &self.socket().member()) || self.facts.is_member(room, &alone)
    }

    pub(super) fn is_member_value(&self, room: Option<&RoomKey>, client: &Value) -> bool {
        let (Some(room), Some(client)) = (room, client.as_text()) else { return false };
        match self.client() {
            Some(own) if own == client => self.is_in(room),
            Some(_) | None => self.facts.is_member(room, &Member::Client(client.clone())),
        }
    }

    pub(super) fn room_count(&self, room: &RoomKey) -> u64 {
        // Who is identified in this pass may have been in the room twice: as this socket, and as the client.
        let alone = Member::Socket(self.socket().socket);
        let is_twice = |client: &Arc<str>| {
            self.facts.is_member(room, &alone) && self.facts.is_member(room, &Member::Client(client.clone()))
        };
        let twice = u64::from(self.client().is_some_and(is_twice));
        let before = self.facts.room_count(room).saturating_sub(twice);
        if self.work.joined.contains(room) {
            before.saturating_add(1)
        } else if self.work.quit.contains(room) {
            before.saturating_sub(1)
        } else {
            before
        }
    }

    fn note_joined(&mut self, room: &RoomKey) {
        if !self.is_in(room) {
            match self.work.quit.iter().position(|quit| quit == room) {
                Some(at) => drop(self.work.quit.swap_remove(at)),
                None => self.work.joined.push(room.clone()),
            }
        }
    }

    fn note_quit(&mut self, room: &RoomKey) {
        match self.work.joined.iter().position(|joined| joined == room) {
            Some(at) => drop(self.work.joined.swap_remove(at)),
            None => self.work.quit.push(room.clone()),
        }
    }

    fn is_entering(&self) -> bool {
        let purpose = |role: &Role| matches!(role, Role::Gate { purpose: super::Purpose::Enter(_), .. });
        self.socket().frames.iter().any(|frame| purpose(&frame.role))
    }

    fn refuse(&mut self, id: Option<MessageId>, failure: Failure, by: Option<Arc<str>>) {
        self.work.effects.push(Effect::Error { id, failure, by });
    }
}

/// What the attribute is where nobody has set it.
pub(crate) fn default_value(attribute: &Attribute) -> Option<Value> {
    match &attribute.default.as_ref()?.kind {
        ExprKind::Literal(literal) => Some(super::eval::literal_value(literal)),
        _ => None,
    }
}

/// A failure that waiting does not mend.
fn failure(code: &'static str, message: impl Into<Arc<str>>) -> Failure {
    Failure { code, message: message.into(), retry_after: None }
}

fn overrun() -> Failure {
    failure("overrun", "the rules needed more steps than a pass has, and nothing was done")
}
