//! What rules ask about handshakes: what they do not ask for is kept for no socket.

use super::handshake::{Fields, Reads};
use crate::model::{
    Action, ActionKind, Arm, Call, Dest, Expr, ExprKind, LockCall, Machine, MachineKind, Model, RoomCall, State,
    Target, TargetKind, Trigger,
};
use std::sync::Arc;

impl Reads {
    /// What the rules of a model ask.
    pub fn of(model: &Model) -> Reads {
        let mut reads = Reads::default();
        model.machines.iter().for_each(|machine| reads.machine(machine));
        model.attributes.iter().filter_map(|attribute| attribute.default.as_ref()).for_each(|value| reads.expr(value));
        reads
    }

    fn machine(&mut self, machine: &Machine) {
        machine.lets.iter().for_each(|bound| self.expr(&bound.value));
        machine.enter.iter().for_each(|action| self.action(action));
        machine.states.iter().for_each(|state| self.state(state));
        machine.arms.iter().for_each(|arm| self.arm(arm));
        match &machine.kind {
            MachineKind::Lock(_) => {}
            MachineKind::Room(room) => {
                room.requires.iter().for_each(|requirement| self.locks(&requirement.locks));
                room.admit.iter().for_each(|admit| self.expr(&admit.guard));
                room.posts_to.iter().for_each(|dest| self.dest(dest));
                room.doors.iter().flat_map(|door| &door.args).for_each(|args| self.exprs(args));
                self.locks(&room.offers);
                self.locks(&room.renews);
            }
        }
    }

    fn state(&mut self, state: &State) {
        state.enter.iter().for_each(|action| self.action(action));
        match &state.call {
            Some(Call::Lock(locks)) => self.locks(locks),
            Some(Call::Check(check)) => self.exprs(&check.args),
            None => {}
        }
    }

    fn arm(&mut self, arm: &Arm) {
        if let Trigger::Match { subject, .. } = &arm.trigger {
            self.expr(subject);
        }
        arm.guard.iter().for_each(|guard| self.expr(guard));
        arm.actions.iter().for_each(|action| self.action(action));
        arm.target.iter().for_each(|target| self.target(target));
    }

    fn target(&mut self, target: &Target) {
        match &target.kind {
            TargetKind::State(call) | TargetKind::Retry(call) | TargetKind::Admit(Some(call)) => self.exprs(&call.args),
            TargetKind::Admit(None) => {}
            TargetKind::Resolve(value, until) => {
                self.expr(value);
                until.iter().for_each(|until| self.expr(until));
            }
            TargetKind::Fail(value) | TargetKind::Drop(value) => self.expr(value),
            TargetKind::Move(room) => self.room(room),
        }
    }

    fn action(&mut self, action: &Action) {
        match &action.kind {
            ActionKind::Ask(value) | ActionKind::Say(value) | ActionKind::Post(value) | ActionKind::Identify(value) => {
                self.expr(value);
            }
            ActionKind::Set(_, value) => self.expr(value),
            ActionKind::Tell(dest, value) => {
                self.dest(dest);
                self.expr(value);
            }
            ActionKind::Signal(dest, _, value) => {
                self.dest(dest);
                value.iter().for_each(|value| self.expr(value));
            }
            ActionKind::Leave(room) => self.room(room),
        }
    }

    fn dest(&mut self, dest: &Dest) {
        match dest {
            Dest::Members | Dest::Everyone | Dest::Group(_) => {}
            Dest::Room(room) => self.room(room),
            Dest::Value(value) => self.expr(value),
        }
    }

    fn room(&mut self, room: &RoomCall) {
        self.exprs(&room.args);
    }

    fn locks(&mut self, locks: &[LockCall]) {
        locks.iter().for_each(|lock| self.exprs(&lock.args));
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Field(of, name) => {
                if let ExprKind::Handshake(part) = of.kind {
                    self.part_mut(part).add(name);
                } else {
                    self.expr(of);
                }
            }
            ExprKind::Handshake(part) => *self.part_mut(*part) = Fields::All,
            ExprKind::Room(_, args) | ExprKind::List(args) => self.exprs(args),
            ExprKind::Record(fields) => fields.iter().for_each(|(_, value)| self.expr(value)),
            ExprKind::Not(of) | ExprKind::InMembers(of) | ExprKind::Len(of) | ExprKind::Lower(of) => self.expr(of),
            ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Compare(left, _, right)
            | ExprKind::InList(left, right)
            | ExprKind::Add(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Literal(_)
            | ExprKind::Group(_)
            | ExprKind::Arg(_)
            | ExprKind::Local(_)
            | ExprKind::Bind
            | ExprKind::BindTo
            | ExprKind::ClientId
            | ExprKind::Attribute(_)
            | ExprKind::RoomCount
            | ExprKind::RoomName
            | ExprKind::SocketId
            | ExprKind::Key(_)
            | ExprKind::Now
            | ExprKind::Nonce => {}
        }
    }
}

impl Fields {
    fn add(&mut self, name: &Arc<str>) {
        if let Fields::Only(names) = self
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
}
