//! R0209: two sockets of one client that send each other round.

use super::prelude::*;
use crate::diagnostic::Span;
use crate::machine::is_always_taken;
use crate::model::{Action, ActionKind, Arm, ArmId, Machine, MachineId, TargetKind};

pub(super) const RULE: Rule = Rule {
    code: Code(209),
    name: "sockets-sent-round",
    severity: Severity::Warning,
    finds: "an entry room from which a socket is moved on without an event to another room, and on the way, before it gets there, leaves that room. \
Only arrows and actions that are always taken count, and rooms that require nothing",
    why: "a second socket of the same client, which stands in that room, loses its membership and comes to the entry room. From there it goes the same \
way, and sends the first one round. Each pass ends, but the two never rest",
    bad: r#"
entry lobby
room lobby public { on arrive -> move porch after 2m -> drop "nobody came in" }
room porch public { on arrive { leave hall -> move hall } }
room hall public { offers identity }
lock identity gives client {
    after 30s -> fail "too slow"
    state waiting { on { token: text } as a -> checking(a.token) }
    state checking(token: text) {
        check code(token) within 5s
        passed name { identify name -> resolve name }
        failed why -> fail why
    }
}
"#,
    good: r#"
entry lobby
room lobby public { on arrive -> move porch after 2m -> drop "nobody came in" }
room porch public { on arrive -> move hall }
room hall public { offers identity }
lock identity gives client {
    after 30s -> fail "too slow"
    state waiting { on { token: text } as a -> checking(a.token) }
    state checking(token: text) {
        check code(token) within 5s
        passed name { identify name -> resolve name }
        failed why -> fail why
    }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

/// What is done in a room before its socket rests or goes on.
struct Stay<'model> {
    actions: Vec<&'model Action>,
    next: Option<MachineId>,
}

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let identifies = |action: &Action| matches!(action.kind, ActionKind::Identify(_));
    if !ruleset.machines().any(|(_, machine)| super::super::exprs::actions(machine).any(identifies)) {
        return;
    }
    let mut left: Vec<(MachineId, Span)> = Vec::new();
    let mut known = Vec::new();
    let mut at = ruleset.model.entry;
    loop {
        let machine = ruleset.machine(at);
        let Some(stay) = stay(machine).filter(|_| !known.contains(&at)) else { return };
        known.push(at);
        let Some(next) = stay.next else { break };
        left.extend(stay.actions.into_iter().filter_map(leaves));
        at = next;
    }
    for (_, span) in left.into_iter().filter(|(room, _)| *room == at) {
        let name = &ruleset.machine(at).name;
        found.push(
            RULE.at(span, format!("two sockets of one client would send each other round by way of `{name}`"))
                .label("whoever stands there comes to the entry room")
                .note(format!(
                    "from the entry room a socket comes to `{name}` without an event, and does this on the way"
                ))
                .help("leave the room where a message asks for it, or let the entry room wait for an event"),
        );
    }
}

fn leaves(action: &Action) -> Option<(MachineId, Span)> {
    match &action.kind {
        ActionKind::Leave(call) => Some((call.room, action.span)),
        ActionKind::Ask(_)
        | ActionKind::Say(_)
        | ActionKind::Post(_)
        | ActionKind::Tell(..)
        | ActionKind::Signal(..)
        | ActionKind::Identify(_)
        | ActionKind::Set(..) => None,
    }
}

/// None for a room that does not let everybody in at once, or where a guard decides, or for one of a family.
fn stay(machine: &Machine) -> Option<Stay<'_>> {
    let room = machine.room()?;
    let is_open = room.requires.is_empty() && room.admit.is_none() && !room.admits_itself && room.capacity.is_none();
    if !is_open || !machine.params.is_empty() {
        return None;
    }
    let arrive = first(machine, &machine.arrive)?;
    let mut actions: Vec<&Action> = arrive.iter().flat_map(|arm| &arm.actions).chain(&machine.enter).collect();
    let mut target = arrive.and_then(|arm| arm.target.as_ref()).map(|target| &target.kind);
    let mut known = Vec::new();
    let mut state = StateId(0);
    loop {
        // Before another arrow is taken, the state is entered.
        if let Some(TargetKind::State(call)) = target {
            state = call.state;
        }
        if known.contains(&state) {
            return None;
        }
        known.push(state);
        let entered = machine.states.get(state.index())?;
        actions.extend(&entered.enter);
        match target {
            Some(TargetKind::Move(call)) => return Some(Stay { actions, next: Some(call.room) }),
            Some(TargetKind::Drop(_)) => return None,
            Some(_) | None => {}
        }
        let Some(arm) = first(machine, &entered.eventless)? else { return Some(Stay { actions, next: None }) };
        actions.extend(&arm.actions);
        target = arm.target.as_ref().map(|target| &target.kind);
        match target {
            Some(TargetKind::State(_)) => {}
            Some(TargetKind::Move(call)) => return Some(Stay { actions, next: Some(call.room) }),
            Some(_) => return None,
            None => return Some(Stay { actions, next: None }),
        }
    }
}

/// The arm that is taken in any case; none inside where there is no arm, none where a guard decides.
fn first<'model>(machine: &'model Machine, arms: &[ArmId]) -> Option<Option<&'model Arm>> {
    let Some(id) = arms.first() else { return Some(None) };
    machine.arms.get(id.index()).filter(|arm| is_always_taken(arm)).map(Some)
}
