//! Where something stands in the graph, by the latest judgement: who asks this lock, which doors lead here, what leads on.

use super::judge::Judged;
use super::library::Cursor;
use super::names::Symbol;
use crate::machine::MachineGraph;
use crate::model::{
    Action, ActionKind, Arm, Call, Claim, LockCall, Machine, MachineId, Model, State, StateId, Target, TargetKind,
    Trigger,
};
use std::sync::Arc;

/// No line names more.
const NAMED_MAX: usize = 8;
/// A rule in a line is cut after so many characters.
const RULE_CHARACTERS_MAX: usize = 80;

/// Facts in Markdown, one a line; none before the rules were judged once.
pub(super) fn standing(cursor: Cursor<'_>, symbol: &Symbol) -> Vec<String> {
    let Some((judged, model)) = cursor.ruleset.judged.as_deref().and_then(|judged| Some((judged, judged.model()?)))
    else {
        return Vec::new();
    };
    let mut lines = match symbol {
        Symbol::Global(name) => match judged.machine(name) {
            Some((id, machine)) if machine.lock().is_some() => lock(model, id),
            Some((id, machine)) => room(model, id, machine),
            None => group(model, name),
        },
        Symbol::Check(name) => vec![line("asked by", asking(model, |call| is_check(model, call, name)))],
        Symbol::Attribute(name) => {
            let sets = |action: &Action| match &action.kind {
                ActionKind::Set(id, _) => model.attributes.get(id.index()).is_some_and(|found| found.name == *name),
                _other => false,
            };
            vec![line("set by", acting(model, sets))]
        }
        Symbol::Signal(name) => signal(model, name),
        Symbol::State(machine, name) => state(cursor, judged, *machine, name),
        Symbol::Local(..) | Symbol::Shape(_) => Vec::new(),
    };
    let names = |claim: &Claim| claim_names(model, claim, symbol);
    let proofs = model.proofs.iter().filter(|proof| names(&proof.claim));
    lines.extend(proofs.map(|proof| format!("to be proved: `{}`", judged.words(proof.span))));
    lines.retain(|line| !line.is_empty());
    lines
}

/// `asked by` and names; nothing where there are none.
fn line(what: &str, names: Vec<String>) -> String {
    if names.is_empty() {
        return String::new();
    }
    let more = names.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{what} {}{more}", names.into_iter().take(NAMED_MAX).collect::<Vec<_>>().join(", "))
}

fn name_of(model: &Model, id: MachineId) -> String {
    model.machines.get(id.index()).map(|machine| format!("`{}`", machine.name)).unwrap_or_default()
}

/// The names of machines of which something holds.
fn machines(model: &Model, holds: impl Fn(&Machine) -> bool) -> Vec<String> {
    model.machines.iter().filter(|machine| holds(machine)).map(|machine| format!("`{}`", machine.name)).collect()
}

/// States that ask something: `` `prove` of `identity` ``.
fn asking(model: &Model, asks: impl Fn(&Call) -> bool) -> Vec<String> {
    let mut names = Vec::new();
    for machine in &model.machines {
        let states = machine.states.iter().filter(|state| state.call.as_ref().is_some_and(&asks));
        names.extend(states.map(|state| match &*state.name {
            "" => format!("`{}`", machine.name),
            name => format!("`{name}` of `{}`", machine.name),
        }));
    }
    names
}

/// Machines in which something is done.
fn acting(model: &Model, is_wanted: impl Fn(&Action) -> bool) -> Vec<String> {
    machines(model, |machine| {
        let entered = machine.states.iter().flat_map(|state| &state.enter);
        let taken = machine.arms.iter().flat_map(|arm| &arm.actions);
        machine.enter.iter().chain(entered).chain(taken).any(&is_wanted)
    })
}

fn lock(model: &Model, id: MachineId) -> Vec<String> {
    let asks = |call: &Call| match call {
        Call::Lock(locks) => locks.iter().any(|call| call.lock == id),
        Call::Check(_) => false,
    };
    let requires = |only: usize| {
        machines(model, |machine| {
            let mut requirements = machine.room().into_iter().flat_map(|room| &room.requires);
            requirements
                .any(|one| (one.locks.len() == 1) == (only == 1) && one.locks.iter().any(|call| call.lock == id))
        })
    };
    let is_among = |calls: &[LockCall]| calls.iter().any(|call| call.lock == id);
    let offered = machines(model, |machine| machine.room().is_some_and(|room| is_among(&room.offers)));
    let renewed = machines(model, |machine| machine.room().is_some_and(|room| is_among(&room.renews)));
    vec![
        line("required by", requires(1)),
        line("one of several that are required by", requires(2)),
        line("asked by", asking(model, asks)),
        line("offered in", offered),
        line("renewed in", renewed),
    ]
}

fn room(model: &Model, id: MachineId, machine: &Machine) -> Vec<String> {
    let requires = machine.room().into_iter().flat_map(|room| &room.requires).map(|requirement| {
        let locks: Vec<String> = requirement.locks.iter().map(|call| name_of(model, call.lock)).collect();
        locks.join(" or ")
    });
    let doors = machines(model, |from| from.room().is_some_and(|room| room.doors.iter().any(|door| door.room == id)));
    let moves = machines(model, |from| from.arms.iter().any(|arm| matches!(moved(arm), Some(to) if to == id)));
    let entry = if model.entry == id { "the entry room".to_owned() } else { String::new() };
    vec![
        entry,
        line("requires", requires.collect()),
        line("doors lead here from", doors),
        line("moves lead here from", moves),
    ]
}

fn moved(arm: &Arm) -> Option<MachineId> {
    match &arm.target.as_ref()?.kind {
        TargetKind::Move(room) => Some(room.room),
        TargetKind::State(_)
        | TargetKind::Resolve(..)
        | TargetKind::Fail(_)
        | TargetKind::Admit(_)
        | TargetKind::Retry(_)
        | TargetKind::Drop(_) => None,
    }
}

fn group(model: &Model, name: &Arc<str>) -> Vec<String> {
    let is_it = |id: crate::model::GroupId| model.groups.get(id.index()).is_some_and(|group| group.name == *name);
    let inside = model.groups.iter().filter(|group| group.parents.iter().any(|parent| is_it(*parent)));
    let received =
        machines(model, |machine| machine.room().is_some_and(|room| room.receives.iter().any(|group| is_it(*group))));
    vec![
        line("received in", received),
        line("what is sent to it also reaches", inside.map(|group| format!("`{}`", group.name)).collect()),
    ]
}

fn is_check(model: &Model, call: &Call, name: &Arc<str>) -> bool {
    match call {
        Call::Check(call) => model.checks.get(call.check.index()).is_some_and(|check| check.name == *name),
        Call::Lock(_) => false,
    }
}

fn signal(model: &Model, name: &Arc<str>) -> Vec<String> {
    let is_it = |id: crate::model::SignalId| model.signals.get(id.index()).is_some_and(|signal| signal == name);
    let sends = |action: &Action| matches!(&action.kind, ActionKind::Signal(_, id, _) if is_it(*id));
    let waits = |machine: &Machine| {
        machine.arms.iter().any(|arm| matches!(&arm.trigger, Trigger::Signal { signal, .. } if is_it(*signal)))
    };
    vec![line("sent by", acting(model, sends)), line("waited for by", machines(model, waits))]
}

/// Arrows in and out, and whether a way leads to it at all.
fn state(cursor: Cursor<'_>, judged: &Judged, machine: u32, name: &Arc<str>) -> Vec<String> {
    let names = &cursor.document.reading().names;
    let machine =
        names.all.iter().find(|named| named.start == machine).and_then(|named| judged.machine(named.symbol.name()));
    let Some((_, machine)) = machine else { return Vec::new() };
    let Some(at) = machine.states.iter().position(|state| state.name == *name) else { return Vec::new() };
    let id = StateId(at as u32);
    let from = |arm: &Arm| match arm.state.and_then(|state| machine.states.get(state.index())) {
        Some(State { name, .. }) => format!("`{name}`"),
        None => "any state".to_owned(),
    };
    let arrows_in = machine.arms.iter().filter(|arm| arm.target.as_ref().and_then(state_of) == Some(id));
    let arrows_in = arrows_in.map(|arm| format!("{}: {}", from(arm), rule(judged, arm)));
    let arrows_out = machine.arms.iter().filter(|arm| arm.state == Some(id) && arm.target.is_some());
    let arrows_out = arrows_out.map(|arm| rule(judged, arm));
    let is_reached = MachineGraph::of(machine).reached_states().contains(&id);
    let kind = if machine.lock().is_some() { "lock" } else { "room" };
    let first = match (at, is_reached) {
        (0, _) => format!("where the {kind} `{}` starts", machine.name),
        (_, true) => format!("a state of the {kind} `{}`", machine.name),
        (_, false) => format!("a state of the {kind} `{}` to which no way leads", machine.name),
    };
    let mut lines = vec![first];
    lines.extend(arrows("in from", arrows_in.collect()));
    lines.extend(arrows("out by", arrows_out.collect()));
    lines
}

fn arrows(what: &str, arrows: Vec<String>) -> Vec<String> {
    let more = arrows.len().saturating_sub(NAMED_MAX);
    let told = arrows.into_iter().take(NAMED_MAX).map(|arrow| format!("{what} {arrow}"));
    told.chain((more > 0).then(|| format!("{what} {more} more"))).collect()
}

/// An arm as it is written, on one line.
fn rule(judged: &Judged, arm: &Arm) -> String {
    let words = judged.words(arm.span).replace('`', "'");
    let short: String = words.chars().take(RULE_CHARACTERS_MAX).collect();
    let dots = if short.len() < words.len() { "…" } else { "" };
    format!("`{short}{dots}`")
}

fn state_of(target: &Target) -> Option<StateId> {
    match &target.kind {
        TargetKind::State(call) | TargetKind::Retry(call) | TargetKind::Admit(Some(call)) => Some(call.state),
        TargetKind::Admit(None)
        | TargetKind::Resolve(..)
        | TargetKind::Fail(_)
        | TargetKind::Move(_)
        | TargetKind::Drop(_) => None,
    }
}

fn claim_names(model: &Model, claim: &Claim, symbol: &Symbol) -> bool {
    let is_machine = |id: &MachineId| matches!(symbol, Symbol::Global(name) if model.machines.get(id.index()).is_some_and(|found| found.name == *name));
    let is_attribute = |id: &crate::model::AttributeId| matches!(symbol, Symbol::Attribute(name) if model.attributes.get(id.index()).is_some_and(|found| found.name == *name));
    match claim {
        Claim::RoomBehind(room, locks) => is_machine(room) || locks.iter().any(is_machine),
        Claim::SetBehind(attribute, locks) => is_attribute(attribute) || locks.iter().any(is_machine),
        Claim::NeverSet(attribute) => is_attribute(attribute),
        Claim::NeverTo(from, to) => is_machine(from) || is_machine(to),
        Claim::Depth(_) => false,
    }
}
