//! Where values come from: which parameters, state parameters and answers may carry a value of some origin.
//!
//! Flow is followed through arrows' arguments, locks' arguments, `let`, `resolve` and what arms bind. It does not
//! look at guards and does not tell paths apart, so it says *may*.

use crate::model::{
    Arm, Call, Expr, ExprKind, LockCall, Machine, MachineId, Model, StateCall, StateId, TargetKind, Trigger,
};
use std::collections::BTreeSet;

/// What is followed.
#[derive(Clone, Copy)]
pub enum Origin<'model> {
    /// Something of a client's own making: what it sent, and what came with its connection.
    ChosenByClient,
    /// A challenge, which only one check may use.
    Nonce,
    /// One field of the messages that an arm takes; `to` is where they want to go.
    Said(&'model Arm, &'model str),
    /// What came with the connection.
    CameAlong,
}

impl Origin<'_> {
    /// Whether the expression itself, whatever it is made of, is one or is none; nothing where its parts decide.
    fn decides(self, standing: Standing<'_>, kind: &ExprKind) -> Option<bool> {
        match (self, kind) {
            (Origin::ChosenByClient | Origin::CameAlong, ExprKind::Handshake(_)) | (Origin::Nonce, ExprKind::Nonce) => {
                Some(true)
            }
            (Origin::Said(arm, field), ExprKind::Field(of, name))
                if of.kind == ExprKind::Bind && standing.is_in(arm) =>
            {
                Some(**name == *field)
            }
            (Origin::Said(arm, field), ExprKind::BindTo) => Some(field == "to" && standing.is_in(arm)),
            (Origin::ChosenByClient | Origin::Nonce | Origin::Said(..) | Origin::CameAlong, _) => None,
        }
    }

    /// Whether what an arm binds is one.
    fn is_bound_by(self, arm: &Arm) -> bool {
        match self {
            Origin::ChosenByClient => matches!(arm.trigger, Trigger::Message { .. }),
            Origin::Said(said, _) => std::ptr::eq(said, arm),
            Origin::Nonce | Origin::CameAlong => false,
        }
    }
}

/// Where values of one origin may be.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    args: BTreeSet<(MachineId, u16)>,
    locals: BTreeSet<(MachineId, StateId, u16)>,
    answers: BTreeSet<MachineId>,
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

impl Standing<'_> {
    fn is_in(&self, arm: &Arm) -> bool {
        self.arm.is_some_and(|own| std::ptr::eq(own, arm))
    }
}

impl Flow {
    /// Follows values of an origin through a model, until nothing new is found.
    pub fn of(model: &Model, origin: Origin<'_>) -> Flow {
        let mut flow = Flow::default();
        loop {
            let before = flow.size();
            for (at, machine) in model.machines.iter().enumerate() {
                flow.follow_machine(model, MachineId(at as u32), machine, origin);
            }
            if flow.size() == before {
                return flow;
            }
        }
    }

    fn size(&self) -> usize {
        self.args.len() + self.locals.len() + self.answers.len()
    }

    fn follow_machine(&mut self, model: &Model, id: MachineId, machine: &Machine, origin: Origin<'_>) {
        let standing = Standing { machine: id, state: None, arm: None };
        for (at, binding) in machine.lets.iter().enumerate() {
            if self.carries(model, standing, &binding.value, origin) {
                self.args.insert((id, index(machine.params.len() + at)));
            }
        }
        if let Some(room) = machine.room() {
            let required = room.requires.iter().flat_map(|requirement| &requirement.locks);
            self.follow_calls(model, standing, required.chain(&room.offers), origin);
        }
        for (at, state) in machine.states.iter().enumerate() {
            let standing = Standing { state: Some(StateId(at as u32)), ..standing };
            if let Some(Call::Lock(locks)) = &state.call {
                self.follow_calls(model, standing, locks.iter(), origin);
            }
        }
        for arm in &machine.arms {
            self.follow_arm(model, Standing { state: arm.state, arm: Some(arm), ..standing }, arm, origin);
        }
    }

    fn follow_calls<'model>(
        &mut self,
        model: &Model,
        standing: Standing<'_>,
        calls: impl Iterator<Item = &'model LockCall>,
        origin: Origin<'_>,
    ) {
        for call in calls {
            for (at, arg) in call.args.iter().enumerate() {
                if self.carries(model, standing, arg, origin) {
                    self.args.insert((call.lock, index(at)));
                }
            }
        }
    }

    fn follow_arm(&mut self, model: &Model, standing: Standing<'_>, arm: &Arm, origin: Origin<'_>) {
        match arm.target.as_ref().map(|target| &target.kind) {
            Some(TargetKind::State(call) | TargetKind::Retry(call) | TargetKind::Admit(Some(call))) => {
                self.follow_state(model, standing, call, origin);
            }
            Some(TargetKind::Resolve(value)) => {
                if self.carries(model, standing, value, origin) {
                    self.answers.insert(standing.machine);
                }
            }
            Some(TargetKind::Move(call)) => {
                for (at, arg) in call.args.iter().enumerate() {
                    if self.carries(model, standing, arg, origin) {
                        self.args.insert((call.room, index(at)));
                    }
                }
            }
            Some(TargetKind::Fail(_) | TargetKind::Admit(None) | TargetKind::Drop(_)) | None => {}
        }
    }

    fn follow_state(&mut self, model: &Model, standing: Standing<'_>, call: &StateCall, origin: Origin<'_>) {
        for (at, arg) in call.args.iter().enumerate() {
            if self.carries(model, standing, arg, origin) {
                self.locals.insert((standing.machine, call.state, index(at)));
            }
        }
    }

    /// Whether an expression may hold, or be made of, a value of the origin.
    pub fn carries(&self, model: &Model, standing: Standing<'_>, expr: &Expr, origin: Origin<'_>) -> bool {
        if let Some(is_one) = origin.decides(standing, &expr.kind) {
            return is_one;
        }
        match &expr.kind {
            ExprKind::Arg(at) => self.args.contains(&(standing.machine, *at)),
            ExprKind::Local(at) => {
                standing.state.is_some_and(|state| self.locals.contains(&(standing.machine, state, *at)))
            }
            ExprKind::Bind | ExprKind::BindTo => self.bind_carries(model, standing, origin),
            ExprKind::Key(requirement) => {
                let room = model.machines.get(standing.machine.index()).and_then(Machine::room);
                let requirement = room.and_then(|room| room.requires.get(usize::from(*requirement)));
                requirement.is_some_and(|found| found.locks.iter().any(|call| self.answers.contains(&call.lock)))
            }
            ExprKind::Field(of, _) | ExprKind::Len(of) | ExprKind::Lower(of) => {
                self.carries(model, standing, of, origin)
            }
            ExprKind::Add(left, right) => {
                self.carries(model, standing, left, origin) || self.carries(model, standing, right, origin)
            }
            ExprKind::Record(fields) => fields.iter().any(|(_, value)| self.carries(model, standing, value, origin)),
            ExprKind::List(items) => items.iter().any(|item| self.carries(model, standing, item, origin)),
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
            | ExprKind::Handshake(_)
            | ExprKind::Now
            | ExprKind::Nonce => false,
        }
    }

    fn bind_carries(&self, model: &Model, standing: Standing<'_>, origin: Origin<'_>) -> bool {
        let Some(arm) = standing.arm else { return false };
        if origin.is_bound_by(arm) {
            return true;
        }
        match &arm.trigger {
            Trigger::Match { subject, .. } => self.carries(model, Standing { arm: None, ..standing }, subject, origin),
            Trigger::Resolved => self.asked_carries(model, standing),
            Trigger::Message { .. }
            | Trigger::Arrive
            | Trigger::Leave
            | Trigger::Cancel
            | Trigger::Signal { .. }
            | Trigger::When
            | Trigger::Else
            | Trigger::After(_)
            | Trigger::LockFailed
            | Trigger::Passed
            | Trigger::CheckFailed
            | Trigger::Otherwise => false,
        }
    }

    fn asked_carries(&self, model: &Model, standing: Standing<'_>) -> bool {
        let machine = model.machines.get(standing.machine.index());
        let state = machine.zip(standing.state).and_then(|(machine, state)| machine.states.get(state.index()));
        match state.and_then(|state| state.call.as_ref()) {
            Some(Call::Lock(locks)) => locks.iter().any(|call| self.answers.contains(&call.lock)),
            Some(Call::Check(_)) | None => false,
        }
    }

    /// Whether what a lock resolves with may be a value of the origin.
    pub fn answer_carries(&self, lock: MachineId) -> bool {
        self.answers.contains(&lock)
    }
}

fn index(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}
