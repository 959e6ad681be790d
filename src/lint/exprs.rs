//! Every expression and every action of a room or lock, with the state whose values it may use.

use crate::model::{Action, ActionKind, Call, Dest, Expr, ExprKind, Machine, StateCall, StateId, TargetKind, Trigger};

/// What is done in a machine: on entry, on the way, and on leaving.
pub(crate) fn actions(machine: &Machine) -> impl Iterator<Item = &Action> {
    let states = machine.states.iter().flat_map(|state| &state.enter);
    let arms = machine.arms.iter().flat_map(|arm| &arm.actions);
    machine.enter.iter().chain(states).chain(arms)
}

/// Every expression of a machine, those within others included.
pub(crate) fn expressions(machine: &Machine) -> Vec<(Option<StateId>, &Expr)> {
    let mut open: Vec<(Option<StateId>, &Expr)> = machine.lets.iter().map(|binding| (None, &binding.value)).collect();
    if let Some(room) = machine.room() {
        let calls = room.requires.iter().flat_map(|requirement| &requirement.locks).chain(room.on_request());
        let args =
            calls.flat_map(|call| &call.args).chain(room.doors.iter().filter_map(|door| door.args.as_ref()).flatten());
        let guard = room.admit.iter().map(|admit| &admit.guard);
        let dests = room.posts_to.iter().flat_map(of_dest);
        open.extend(args.chain(guard).chain(dests).map(|expr| (None, expr)));
    }
    open.extend(machine.enter.iter().flat_map(of_action).map(|expr| (None, expr)));
    for (at, state) in machine.states.iter().enumerate() {
        let at = Some(StateId(at as u32));
        let asked: Vec<&Expr> = match &state.call {
            Some(Call::Lock(locks)) => locks.iter().flat_map(|lock| &lock.args).collect(),
            Some(Call::Check(check)) => check.args.iter().collect(),
            None => Vec::new(),
        };
        open.extend(state.enter.iter().flat_map(of_action).chain(asked).map(|expr| (at, expr)));
    }
    for arm in &machine.arms {
        let subject = if let Trigger::Match { subject, .. } = &arm.trigger { Some(subject) } else { None };
        let target = arm.target.as_ref().map_or(Vec::new(), |target| of_target(&target.kind));
        let all = arm.guard.iter().chain(subject).chain(arm.actions.iter().flat_map(of_action)).chain(target);
        open.extend(all.map(|expr| (arm.state, expr)));
    }
    let mut found = Vec::new();
    while let Some((state, expr)) = open.pop() {
        found.push((state, expr));
        open.extend(parts(&expr.kind).into_iter().map(|part| (state, part)));
    }
    found
}

/// The expressions that stand in an action.
fn of_action(action: &Action) -> Vec<&Expr> {
    match &action.kind {
        ActionKind::Ask(value)
        | ActionKind::Say(value)
        | ActionKind::Post(value)
        | ActionKind::Identify(value)
        | ActionKind::Set(_, value) => vec![value],
        ActionKind::Tell(dest, value) => of_dest(dest).into_iter().chain([value]).collect(),
        ActionKind::Signal(dest, _, value) => of_dest(dest).into_iter().chain(value).collect(),
        ActionKind::Leave(call) => call.args.iter().collect(),
    }
}

fn of_dest(dest: &Dest) -> Vec<&Expr> {
    match dest {
        Dest::Room(call) => call.args.iter().collect(),
        Dest::Value(value) => vec![value],
        Dest::Members | Dest::Everyone | Dest::Group(_) => Vec::new(),
    }
}

fn of_target(target: &TargetKind) -> Vec<&Expr> {
    match target {
        TargetKind::State(StateCall { args, .. })
        | TargetKind::Retry(StateCall { args, .. })
        | TargetKind::Admit(Some(StateCall { args, .. })) => args.iter().collect(),
        TargetKind::Move(call) => call.args.iter().collect(),
        TargetKind::Resolve(value, until) => [value].into_iter().chain(until).collect(),
        TargetKind::Fail(value) | TargetKind::Drop(value) => vec![value],
        TargetKind::Admit(None) => Vec::new(),
    }
}

/// What an expression is made of, one level down.
pub(crate) fn parts(kind: &ExprKind) -> Vec<&Expr> {
    match kind {
        ExprKind::Not(of)
        | ExprKind::Field(of, _)
        | ExprKind::InMembers(of)
        | ExprKind::Len(of)
        | ExprKind::Lower(of) => vec![of],
        ExprKind::And(left, right)
        | ExprKind::Or(left, right)
        | ExprKind::Compare(left, _, right)
        | ExprKind::InList(left, right)
        | ExprKind::Add(left, right) => vec![left, right],
        ExprKind::Room(_, args) | ExprKind::List(args) => args.iter().collect(),
        ExprKind::Record(fields) => fields.iter().map(|(_, value)| value).collect(),
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
        | ExprKind::Handshake(_)
        | ExprKind::Now
        | ExprKind::Nonce => Vec::new(),
    }
}
