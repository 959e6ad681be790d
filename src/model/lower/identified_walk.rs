//! What a machine does for a socket that has no identity yet: each path is followed until it identifies.

use crate::diagnostic::Span;
use crate::model::{
    Action, ActionKind, Arm, ArmId, AttributeId, Call, Dest, Expr, ExprKind, LockCall, Machine, MachineId, StateId,
    TargetKind, Trigger,
};

/// A place of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    /// Before a room's requirements are met; as a lock is wound.
    Entry,
    /// In the machine, whatever its state.
    Body,
    /// In a state.
    State(StateId),
}

/// What was met without an identity.
#[derive(Default)]
pub(super) struct Found {
    /// States that an arrow leads to, from where, and the arrow.
    pub(super) arrows: Vec<(StateId, Node, Span)>,
    /// Locks that are wound, from where.
    pub(super) winds: Vec<(MachineId, Node, Span)>,
    /// `client.*`: none is the id.
    pub(super) uses: Vec<(Node, Span, Option<AttributeId>)>,
    /// Whether a lock can resolve.
    pub(super) resolves: bool,
}

/// One path, until the socket is known.
struct Walk<'w> {
    machine: &'w Machine,
    identifies: &'w [bool],
    node: Node,
    known: bool,
    found: &'w mut Found,
}

/// The machine without its states: requirements, values, and the arms that hold in every state.
pub(super) fn walk_machine(machine: &Machine, doubtful: bool, identifies: &[bool], found: &mut Found) {
    let mut walk = Walk { machine, identifies, node: Node::Entry, known: false, found };
    walk.requirements();
    // Where a requirement is wrong, nobody knows what it would have been.
    walk.known |= doubtful;
    for item in &machine.lets {
        walk.expr(&item.value);
    }
    if let Some(admit) = machine.room().and_then(|room| room.admit.as_ref()) {
        walk.expr(&admit.guard);
        walk.refusal(admit.otherwise);
    }
    walk.node = Node::Body;
    // A lock does its entry actions before anything else can happen; those of a room come with its first state.
    walk.actions(&machine.enter);
    walk.room_body();
    if !walk.known {
        walk.found.arrows.push((StateId(0), Node::Body, machine.span));
    }
    walk.refusal(machine.limit.as_ref().and_then(|limit| limit.otherwise));
    let everywhere = [&machine.handlers, &machine.arrive, &machine.leave, &machine.timers];
    for id in everywhere.into_iter().flatten() {
        walk.arm(*id);
    }
}

/// One state and its arms.
pub(super) fn walk_state(machine: &Machine, at: StateId, identifies: &[bool], found: &mut Found) {
    let Some(state) = machine.states.get(at.index()) else {
        return;
    };
    let mut walk = Walk { machine, identifies, node: Node::State(at), known: false, found };
    walk.actions(&state.enter);
    match &state.call {
        Some(Call::Lock(locks)) => locks.iter().for_each(|lock| walk.lock(lock)),
        Some(Call::Check(check)) => walk.exprs(&check.args),
        None => {}
    }
    for id in [&state.eventless, &state.handlers, &state.leave, &state.timers].into_iter().flatten() {
        walk.arm(*id);
    }
}

impl Walk<'_> {
    fn requirements(&mut self) {
        let Some(room) = self.machine.room() else {
            return;
        };
        for requirement in &room.requires {
            requirement.locks.iter().for_each(|lock| self.lock(lock));
            self.refusal(requirement.otherwise);
            self.known |= self.all_identify(&requirement.locks);
        }
    }

    fn room_body(&mut self) {
        let Some(room) = self.machine.room() else {
            return;
        };
        room.on_request().for_each(|lock| self.lock(lock));
        room.doors.iter().filter_map(|door| door.args.as_ref()).for_each(|args| self.exprs(args));
    }

    fn all_identify(&self, locks: &[LockCall]) -> bool {
        locks.iter().all(|call| self.identifies.get(call.lock.index()).copied().unwrap_or(false))
    }

    fn lock(&mut self, call: &LockCall) {
        self.exprs(&call.args);
        if !self.known {
            self.found.winds.push((call.lock, self.node, call.span));
        }
    }

    fn refusal(&mut self, arm: Option<ArmId>) {
        if let Some(id) = arm {
            self.arm(id);
        }
    }

    /// An arm is a path of its own: what it comes to know, its neighbours do not.
    fn arm(&mut self, id: ArmId) {
        let known_before = self.known;
        if let Some(arm) = self.machine.arms.get(id.index()) {
            self.follow(arm);
        }
        self.known = known_before;
    }

    fn follow(&mut self, arm: &Arm) {
        match &arm.trigger {
            Trigger::Match { subject, .. } => self.expr(subject),
            Trigger::Resolved => self.known |= self.call_identifies(),
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
            | Trigger::Otherwise => {}
        }
        if let Some(guard) = &arm.guard {
            self.expr(guard);
        }
        self.actions(&arm.actions);
        let Some(target) = &arm.target else {
            return;
        };
        match &target.kind {
            TargetKind::State(call) | TargetKind::Retry(call) | TargetKind::Admit(Some(call)) => {
                self.exprs(&call.args);
                if !self.known {
                    self.found.arrows.push((call.state, self.node, target.span));
                }
            }
            TargetKind::Admit(None) => {}
            TargetKind::Resolve(value, until) => {
                self.expr(value);
                until.iter().for_each(|until| self.expr(until));
                self.found.resolves |= !self.known;
            }
            TargetKind::Fail(why) | TargetKind::Drop(why) => self.expr(why),
            TargetKind::Move(room) => self.exprs(&room.args),
        }
    }

    /// Whether what the state asks identifies. A call that is wrong is no reason to report anything.
    fn call_identifies(&self) -> bool {
        let Node::State(at) = self.node else {
            return false;
        };
        match self.machine.states.get(at.index()).and_then(|state| state.call.as_ref()) {
            Some(Call::Lock(locks)) => self.all_identify(locks),
            Some(Call::Check(_)) => false,
            None => true,
        }
    }

    fn actions(&mut self, actions: &[Action]) {
        for action in actions {
            match &action.kind {
                ActionKind::Ask(content) | ActionKind::Say(content) | ActionKind::Post(content) => self.expr(content),
                ActionKind::Tell(dest, content) => {
                    self.dest(dest);
                    self.expr(content);
                }
                ActionKind::Signal(dest, _, value) => {
                    self.dest(dest);
                    value.iter().for_each(|value| self.expr(value));
                }
                ActionKind::Identify(client) => {
                    self.expr(client);
                    self.known = true;
                }
                ActionKind::Set(attribute, value) => {
                    self.expr(value);
                    self.client(action.span, Some(*attribute));
                }
                ActionKind::Leave(room) => self.exprs(&room.args),
            }
        }
    }

    fn dest(&mut self, dest: &Dest) {
        match dest {
            Dest::Room(room) => self.exprs(&room.args),
            Dest::Value(value) => self.expr(value),
            Dest::Members | Dest::Everyone | Dest::Group(_) => {}
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn client(&mut self, span: Span, attribute: Option<AttributeId>) {
        if !self.known {
            self.found.uses.push((self.node, span, attribute));
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::ClientId => self.client(expr.span, None),
            ExprKind::Attribute(attribute) => self.client(expr.span, Some(*attribute)),
            ExprKind::Room(_, parts) | ExprKind::List(parts) => self.exprs(parts),
            ExprKind::Record(fields) => fields.iter().for_each(|(_, value)| self.expr(value)),
            ExprKind::Field(inner, _)
            | ExprKind::Not(inner)
            | ExprKind::InMembers(inner)
            | ExprKind::Len(inner)
            | ExprKind::Lower(inner) => self.expr(inner),
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
            | ExprKind::RoomCount
            | ExprKind::RoomName
            | ExprKind::SocketId
            | ExprKind::Key(_)
            | ExprKind::Handshake(_)
            | ExprKind::Now
            | ExprKind::Nonce => {}
        }
    }
}

/// Every place of a machine that winds a lock, reached or not.
pub(super) fn each_lock_call(machine: &Machine, each: &mut impl FnMut(&LockCall)) {
    if let Some(room) = machine.room() {
        room.requires.iter().flat_map(|requirement| &requirement.locks).chain(room.on_request()).for_each(&mut *each);
    }
    for state in &machine.states {
        if let Some(Call::Lock(locks)) = &state.call {
            locks.iter().for_each(&mut *each);
        }
    }
}
