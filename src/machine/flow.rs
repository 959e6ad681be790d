//! Where values come from: which parameters, state parameters and answers may carry a value of some origin.
//!
//! Flow is followed through arrows' arguments, locks' arguments, `let`, `resolve` and what arms bind. It does not
//! look at guards and does not tell paths apart, so it says *may*. Each place of the model is looked at once; what
//! carries what is asked of the [`Streams`] between them.

use crate::model::{
    Arm, ArmId, Call, Expr, ExprKind, HandshakePart, LockCall, Machine, MachineId, Model, StateCall, StateId,
    TargetKind, Trigger,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Something of a client's own making: what it sent, and what came with its connection.
    ChosenByClient,
    /// A challenge, which only one check may use.
    Nonce,
}

impl Origin {
    /// Whether what is in a slot is one by itself, wherever else it may come from.
    fn is(self, slot: Slot<'_>) -> bool {
        match slot {
            Slot::Said(..) => self == Origin::ChosenByClient,
            Slot::Handshake(part) => self == Origin::ChosenByClient && part.is_said_by_client(),
            Slot::Nonce => self == Origin::Nonce,
            Slot::Arg(..) | Slot::Local(..) | Slot::Answer(_) => false,
        }
    }
}

/// What an expression reads a value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot<'model> {
    /// A parameter of a room or lock, or after them a `let`.
    Arg(MachineId, u16),
    /// A parameter of a state.
    Local(MachineId, StateId, u16),
    /// What a lock resolves with.
    Answer(MachineId),
    /// A part of the messages that an arm takes.
    Said(MachineId, ArmId, Part<'model>),
    /// A part of what came with the connection.
    Handshake(HandshakePart),
    /// A challenge.
    Nonce,
}

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part<'model> {
    /// All of it.
    Whole,
    /// One field of the content.
    Field(&'model str),
    /// Where it wants to go.
    To,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub struct Standing<'model> {
    /// In which machine.
    pub machine: MachineId,
    /// In which state, if in one.
    pub state: Option<StateId>,
    /// In which arm, if in one.
    pub arm: Option<&'model Arm>,
}

/// Where values of one origin may be.
#[derive(Clone, Debug)]
pub struct Flow<'model> {
    model: &'model Model,
    origin: Origin,
    slots: BTreeSet<Slot<'model>>,
}

impl Flow<'_> {
    /// Whether an expression may hold, or be made of, a value of the origin.
    pub fn carries(&self, standing: Standing<'_>, expr: &Expr) -> bool {
        slots_of(self.model, standing, expr).into_iter().any(|slot| self.origin.is(slot) || self.slots.contains(&slot))
    }
}

/// Which slots of a model are filled from which.
#[derive(Clone, Debug)]
pub struct Streams<'model> {
    model: &'model Model,
    down: BTreeMap<Slot<'model>, Vec<Slot<'model>>>,
    up: BTreeMap<Slot<'model>, Vec<Slot<'model>>>,
}

impl<'model> Streams<'model> {
    /// Looks at every place of a model that hands a value on.
    pub fn of(model: &'model Model) -> Streams<'model> {
        let mut streams = Streams { model, down: BTreeMap::new(), up: BTreeMap::new() };
        for (at, machine) in model.machines.iter().enumerate() {
            streams.follow_machine(MachineId(at as u32), machine);
        }
        streams
    }

    /// Follows the values of an origin downstream.
    pub fn flow(&self, origin: Origin) -> Flow<'model> {
        let springs = self.down.keys().copied().filter(|slot| origin.is(*slot));
        Flow { model: self.model, origin, slots: followed(&self.down, springs) }
    }

    /// Everything that one of these expressions may be made of.
    pub fn sources(&self, exprs: impl IntoIterator<Item = (Standing<'model>, &'model Expr)>) -> BTreeSet<Slot<'model>> {
        let read = exprs.into_iter().flat_map(|(standing, expr)| slots_of(self.model, standing, expr));
        followed(&self.up, read)
    }

    fn hand(&mut self, standing: Standing<'model>, expr: &'model Expr, to: Slot<'model>) {
        for from in slots_of(self.model, standing, expr) {
            self.down.entry(from).or_default().push(to);
            self.up.entry(to).or_default().push(from);
        }
    }

    fn follow_machine(&mut self, id: MachineId, machine: &'model Machine) {
        let standing = Standing { machine: id, state: None, arm: None };
        for (at, binding) in machine.lets.iter().enumerate() {
            self.hand(standing, &binding.value, Slot::Arg(id, index(machine.params.len() + at)));
        }
        if let Some(room) = machine.room() {
            let required = room.requires.iter().flat_map(|requirement| &requirement.locks);
            self.follow_calls(standing, required.chain(room.on_request()));
        }
        for (at, state) in machine.states.iter().enumerate() {
            let standing = Standing { state: Some(StateId(at as u32)), ..standing };
            if let Some(Call::Lock(locks)) = &state.call {
                self.follow_calls(standing, locks.iter());
            }
        }
        for arm in &machine.arms {
            self.follow_arm(Standing { state: arm.state, arm: Some(arm), ..standing }, arm);
        }
    }

    fn follow_calls(&mut self, standing: Standing<'model>, calls: impl Iterator<Item = &'model LockCall>) {
        for call in calls {
            for (at, arg) in call.args.iter().enumerate() {
                self.hand(standing, arg, Slot::Arg(call.lock, index(at)));
            }
        }
    }

    fn follow_arm(&mut self, standing: Standing<'model>, arm: &'model Arm) {
        match arm.target.as_ref().map(|target| &target.kind) {
            Some(TargetKind::State(call) | TargetKind::Retry(call) | TargetKind::Admit(Some(call))) => {
                self.follow_state(standing, call);
            }
            Some(TargetKind::Resolve(value, _)) => self.hand(standing, value, Slot::Answer(standing.machine)),
            Some(TargetKind::Move(call)) => {
                for (at, arg) in call.args.iter().enumerate() {
                    self.hand(standing, arg, Slot::Arg(call.room, index(at)));
                }
            }
            Some(TargetKind::Fail(_) | TargetKind::Admit(None) | TargetKind::Drop(_)) | None => {}
        }
    }

    fn follow_state(&mut self, standing: Standing<'model>, call: &'model StateCall) {
        for (at, arg) in call.args.iter().enumerate() {
            self.hand(standing, arg, Slot::Local(standing.machine, call.state, index(at)));
        }
    }
}

/// These slots, and every slot to which the streams lead from them.
fn followed<'model>(
    streams: &BTreeMap<Slot<'model>, Vec<Slot<'model>>>,
    starts: impl Iterator<Item = Slot<'model>>,
) -> BTreeSet<Slot<'model>> {
    let mut open: Vec<Slot<'model>> = starts.collect();
    let mut known = BTreeSet::new();
    while let Some(slot) = open.pop() {
        if known.insert(slot) {
            open.extend(streams.get(&slot).into_iter().flatten());
        }
    }
    known
}

fn slots_of<'model>(model: &'model Model, standing: Standing<'model>, expr: &'model Expr) -> Vec<Slot<'model>> {
    let mut read = Read { model, standing, slots: Vec::new() };
    read.expr(expr);
    read.slots
}

/// Collects the slots that an expression reads.
struct Read<'model> {
    model: &'model Model,
    standing: Standing<'model>,
    slots: Vec<Slot<'model>>,
}

impl<'model> Read<'model> {
    fn expr(&mut self, expr: &'model Expr) {
        let machine = self.standing.machine;
        match &expr.kind {
            ExprKind::Arg(at) => self.slots.push(Slot::Arg(machine, *at)),
            ExprKind::Local(at) => {
                self.slots.extend(self.standing.state.map(|state| Slot::Local(machine, state, *at)));
            }
            ExprKind::Bind => self.bind(Part::Whole),
            ExprKind::BindTo => self.bind(Part::To),
            ExprKind::Field(of, name) if of.kind == ExprKind::Bind => self.bind(Part::Field(name)),
            ExprKind::Key(requirement) => {
                let room = self.model.machines.get(machine.index()).and_then(Machine::room);
                let requirement = room.and_then(|room| room.requires.get(usize::from(*requirement)));
                let locks = requirement.into_iter().flat_map(|found| &found.locks);
                self.slots.extend(locks.map(|call| Slot::Answer(call.lock)));
            }
            ExprKind::Field(of, _) | ExprKind::Len(of) | ExprKind::Lower(of) => self.expr(of),
            ExprKind::Add(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Record(fields) => fields.iter().for_each(|(_, value)| self.expr(value)),
            ExprKind::List(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Handshake(part) => self.slots.push(Slot::Handshake(*part)),
            ExprKind::Nonce => self.slots.push(Slot::Nonce),
            // A truth value says something about its operands, and is not made of them.
            ExprKind::Not(_)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Compare(..)
            | ExprKind::InMembers(_)
            | ExprKind::InList(..)
            | ExprKind::Literal(_)
            | ExprKind::Group(_)
            | ExprKind::Room(..)
            | ExprKind::ClientId
            | ExprKind::Attribute(_)
            | ExprKind::RoomCount
            | ExprKind::RoomName
            | ExprKind::SocketId
            | ExprKind::Now => {}
        }
    }

    /// What an arm binds: a message of its own, or what something else is made of.
    fn bind(&mut self, part: Part<'model>) {
        let Some(arm) = self.standing.arm else { return };
        match &arm.trigger {
            Trigger::Message { .. } => {
                let arms =
                    self.model.machines.get(self.standing.machine.index()).into_iter().flat_map(|found| &found.arms);
                let id = arms.into_iter().position(|own| std::ptr::eq(own, arm));
                self.slots.extend(id.map(|id| Slot::Said(self.standing.machine, ArmId(id as u32), part)));
            }
            Trigger::Match { subject, .. } => {
                let standing = Standing { arm: None, ..self.standing };
                self.slots.extend(slots_of(self.model, standing, subject));
            }
            Trigger::Resolved => self.asked(),
            Trigger::Arrive
            | Trigger::Leave
            | Trigger::Cancel
            | Trigger::Signal { .. }
            | Trigger::When
            | Trigger::Else
            | Trigger::After(_)
            | Trigger::LockFailed
            | Trigger::Passed
            | Trigger::CheckFailed
            | Trigger::Otherwise => {}
        }
    }

    fn asked(&mut self) {
        let machine = self.model.machines.get(self.standing.machine.index());
        let state = machine.zip(self.standing.state).and_then(|(machine, state)| machine.states.get(state.index()));
        match state.and_then(|state| state.call.as_ref()) {
            Some(Call::Lock(locks)) => self.slots.extend(locks.iter().map(|call| Slot::Answer(call.lock))),
            Some(Call::Check(_)) | None => {}
        }
    }
}

fn index(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}
