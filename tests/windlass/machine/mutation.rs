//! Single changes of a machine's meaning, by number.

use std::sync::Arc;
use windlass::model::{
    Action, ActionKind, Arm, Call, CheckCall, Dest, Expr, ExprKind, Literal, LockCall, Machine, MachineId, MachineKind,
    Param, StateCall, Target, TargetKind, Trigger, Type,
};

/// Counts places at which something can be changed, and changes the one with the number.
struct Mutation {
    left: usize,
    done: Option<&'static str>,
}

/// Changes the part with this number; what was changed, none where the machine has fewer parts.
pub fn mutated(machine: &mut Machine, number: usize) -> Option<&'static str> {
    let mut mutation = Mutation { left: number, done: None };
    mutation.machine(machine);
    mutation.done
}

/// How many parts a machine has.
pub fn parts(machine: &Machine) -> usize {
    let mut mutation = Mutation { left: usize::MAX, done: None };
    mutation.machine(&mut machine.clone());
    usize::MAX - mutation.left
}

impl Mutation {
    /// Whether this place is the one.
    fn here(&mut self, what: &'static str) -> bool {
        let is_here = self.done.is_none() && self.left == 0;
        if is_here {
            self.done = Some(what);
        }
        self.left = self.left.saturating_sub(1);
        is_here && self.done.is_some()
    }

    fn number(&mut self, what: &'static str, number: &mut u64) {
        if self.here(what) {
            *number += 1;
        }
    }

    fn other_room(&mut self, what: &'static str, room: &mut MachineId) {
        if self.here(what) {
            *room = MachineId(u32::from(room.0 == 0));
        }
    }

    fn shorter<T>(&mut self, what: &'static str, list: &mut Vec<T>) {
        if !list.is_empty() && self.here(what) {
            list.pop();
        }
    }

    fn without<T>(&mut self, what: &'static str, part: &mut Option<T>) {
        if part.is_some() && self.here(what) {
            *part = None;
        }
    }

    fn machine(&mut self, machine: &mut Machine) {
        self.params(&mut machine.params);
        machine.lets.iter_mut().for_each(|found| self.expr(&mut found.value));
        self.actions(&mut machine.enter);
        machine.arms.iter_mut().for_each(|arm| self.arm(arm));
        for list in [&mut machine.handlers, &mut machine.arrive, &mut machine.leave, &mut machine.timers] {
            self.shorter("an arm of the machine", list);
        }
        for state in &mut machine.states {
            self.params(&mut state.params);
            self.actions(&mut state.enter);
            for list in [&mut state.eventless, &mut state.handlers, &mut state.leave, &mut state.timers] {
                self.shorter("an arm of a state", list);
            }
            match &mut state.call {
                Some(Call::Lock(locks)) => self.locks("a lock that is asked", locks),
                Some(Call::Check(CheckCall { args, within, .. })) => {
                    args.iter_mut().for_each(|arg| self.expr(arg));
                    self.number("within", within);
                }
                None => {}
            }
            self.without("what a state asks", &mut state.call);
        }
        if let Some(limit) = &mut machine.limit {
            self.number("limit", &mut limit.count);
            self.number("limit per", &mut limit.per);
        }
        self.kind(&mut machine.kind);
    }

    fn kind(&mut self, kind: &mut MachineKind) {
        match kind {
            MachineKind::Room(room) => {
                for requirement in &mut room.requires {
                    self.locks("a lock that is required", &mut requirement.locks);
                    self.without("else of a requirement", &mut requirement.otherwise);
                }
                self.shorter("a requirement", &mut room.requires);
                self.without("admit when", &mut room.admit);
                room.capacity.iter_mut().for_each(|capacity| self.number("capacity", capacity));
                self.shorter("posts to", &mut room.posts_to);
                self.shorter("receives", &mut room.receives);
                room.doors.iter_mut().for_each(|door| self.other_room("where a door leads", &mut door.room));
                self.shorter("doors", &mut room.doors);
                self.locks("a lock that is offered", &mut room.offers);
                self.locks("a lock that is renewed", &mut room.renews);
                if self.here("transient") {
                    room.transient = !room.transient;
                }
                if self.here("presence") {
                    room.presence = !room.presence;
                }
            }
            MachineKind::Lock(lock) => {
                if self.here("gives") {
                    lock.gives = Type::Optional(Box::new(lock.gives.clone()));
                }
                self.without("held", &mut lock.held);
                self.without("grace", &mut lock.grace);
                self.without("attempts", &mut lock.attempts);
            }
        }
    }

    fn params(&mut self, params: &mut [Param]) {
        for param in params {
            if self.here("a parameter's type") {
                param.ty = Type::Optional(Box::new(param.ty.clone()));
            }
        }
    }

    fn locks(&mut self, what: &'static str, locks: &mut Vec<LockCall>) {
        locks.iter_mut().flat_map(|call| &mut call.args).for_each(|arg| self.expr(arg));
        self.shorter(what, locks);
    }

    fn arm(&mut self, arm: &mut Arm) {
        match &mut arm.trigger {
            Trigger::After(millis) => self.number("after", millis),
            Trigger::Message { pattern, .. } if self.here("a pattern") => {
                *pattern = Type::Optional(Box::new(pattern.clone()));
            }
            Trigger::Match { subject, .. } => self.expr(subject),
            _ => {}
        }
        arm.guard.iter_mut().for_each(|guard| self.expr(guard));
        self.without("a guard", &mut arm.guard);
        self.actions(&mut arm.actions);
        arm.target.iter_mut().for_each(|target| self.target(target));
        self.without("an arrow", &mut arm.target);
    }

    fn target(&mut self, target: &mut Target) {
        match &mut target.kind {
            TargetKind::State(StateCall { args, .. }) | TargetKind::Retry(StateCall { args, .. }) => {
                args.iter_mut().for_each(|arg| self.expr(arg));
            }
            TargetKind::Resolve(value, until) => {
                self.expr(value);
                until.iter_mut().for_each(|until| self.expr(until));
                self.without("until", until);
            }
            TargetKind::Fail(value) | TargetKind::Drop(value) => self.expr(value),
            TargetKind::Admit(state) => self.without("where admit goes on", state),
            TargetKind::Move(room) => {
                room.args.iter_mut().for_each(|arg| self.expr(arg));
                self.other_room("where move leads", &mut room.room);
            }
        }
    }

    fn actions(&mut self, actions: &mut Vec<Action>) {
        for action in &mut *actions {
            match &mut action.kind {
                ActionKind::Ask(value)
                | ActionKind::Say(value)
                | ActionKind::Post(value)
                | ActionKind::Identify(value)
                | ActionKind::Set(_, value) => self.expr(value),
                ActionKind::Tell(dest, value) => {
                    self.expr(value);
                    if !matches!(dest, Dest::Everyone) && self.here("who is told") {
                        *dest = Dest::Everyone;
                    }
                }
                ActionKind::Signal(_, _, value) => self.without("what a signal brings", value),
                ActionKind::Leave(_) => {}
            }
        }
        self.shorter("an action", actions);
    }

    fn expr(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Literal(literal) if self.here("a literal") => change(literal),
            ExprKind::Field(inner, _) | ExprKind::Not(inner) | ExprKind::Len(inner) | ExprKind::Lower(inner) => {
                self.expr(inner);
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) | ExprKind::Add(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Compare(left, _, right) | ExprKind::InList(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Record(fields) => fields.iter_mut().for_each(|(_, value)| self.expr(value)),
            ExprKind::List(items) => items.iter_mut().for_each(|item| self.expr(item)),
            kind if self.here("an expression") => {
                *kind = ExprKind::Not(Box::new(Expr { kind: kind.clone(), ty: expr.ty.clone(), span: expr.span }));
            }
            _ => {}
        }
    }
}

fn change(literal: &mut Literal) {
    *literal = match literal {
        Literal::Bool(value) => Literal::Bool(!*value),
        Literal::Int(value) => Literal::Int(value.wrapping_add(1)),
        Literal::Number(value) => Literal::Number(*value / 2.0 + 1.0),
        Literal::Text(value) => Literal::Text(Arc::from(format!("{value}!"))),
        Literal::Duration(value) => Literal::Duration(*value + 1),
    };
}
