//! Differences that clients and sockets feel, whatever they are in the middle of.

use super::super::Program;
use super::super::compare::{AttributeFate, Change, Comparison, Fate, KeyFit, KindChange, Likeness, StateFate};
use super::Place;
use crate::diagnostic::Span;
use crate::model::{AttributeId, GroupId, Machine, MachineId, StateId};
use serde::{Deserialize, Serialize};

/// One such difference.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Breaking {
    /// What is different, and what that does. Lower case, no full stop.
    pub message: String,
    /// Where it stood in the old rules.
    pub was: Place,
    /// Where it stands now; none where it is gone.
    #[serde(skip)]
    pub now: Option<Span>,
}

/// All of two rulesets.
pub(super) fn all(old: &Program, new: &Program, comparison: &Comparison) -> Vec<Breaking> {
    let mut found = Vec::new();
    for (id, fate) in comparison.machines() {
        match fate {
            Fate::Same(_) => {}
            Fate::Changed(change) => found.extend(changed(old, new, id, change)),
            Fate::Gone => found.push(gone(old, old.machine(id))),
        }
    }
    let attributes = (0..old.model.attributes.len()).map(|at| AttributeId(at as u32));
    found.extend(attributes.filter_map(|id| attribute(old, new, id, comparison.attribute(id))));
    let groups = (0..old.model.groups.len()).map(|at| GroupId(at as u32));
    let lost = groups.filter(|id| comparison.group(*id).is_none()).map(|id| old.group(id));
    found.extend(lost.map(|group| {
        let message = format!("the group `{}` is gone: what is sent to it is refused", group.name);
        breaking(old, group.span, None, message)
    }));
    found
}

fn breaking(old: &Program, was: Span, now: Option<Span>, message: String) -> Breaking {
    Breaking { message, was: Place::of(old, was), now }
}

fn gone(old: &Program, machine: &Machine) -> Breaking {
    let name = &machine.name;
    let message = if machine.room().is_some() {
        format!("the room `{name}` is gone: its members are told, and who stands there goes to the entry room")
    } else {
        format!("the lock `{name}` is gone: its keys are void, and who waits in it for long fails as `gone`")
    };
    breaking(old, machine.span, None, message)
}

fn changed(old: &Program, new: &Program, id: MachineId, change: &Change) -> Vec<Breaking> {
    let (machine, now) = (old.machine(id), new.machine(change.new).span);
    let name = &machine.name;
    let at = |was: Span, message: String| breaking(old, was, Some(now), message);
    match change.kind {
        KindChange::Lock(KeyFit::Fits) => Vec::new(),
        KindChange::Lock(KeyFit::Void) => {
            let message = format!("the lock `{name}` takes or gives other types: its keys are void");
            vec![at(machine.span, message)]
        }
        KindChange::Room(..) => room(old, new, id, change),
    }
}

fn room(old: &Program, new: &Program, id: MachineId, change: &Change) -> Vec<Breaking> {
    let (before, after) = (old.machine(id), new.machine(change.new));
    let name = &before.name;
    let at = |was: Span, message: String| breaking(old, was, Some(after.span), message);
    let family = (change.params == Likeness::Different)
        .then(|| at(before.span, format!("the room `{name}` has other parameters: its rooms have other addresses")));
    let alias = before.room().and_then(|room| room.alias);
    let alias = alias.filter(|alias| after.room().and_then(|room| room.alias) != Some(*alias));
    let alias = alias.map(|alias| at(before.span, format!("the room `{name}` is not `room:{alias}` any more")));
    let states = change.states.iter().enumerate().filter(|(_, fate)| **fate == StateFate::Gone);
    let states = states.map(|(state, _)| old.state(id, StateId(state as u32))).map(|state| {
        let what = match &*state.name {
            "" => "has states now".to_string(),
            written if state.params.is_empty() => format!("has no state `{written}` any more"),
            written => format!("has no state `{written}` any more that takes these values"),
        };
        at(state.span, format!("the room `{name}` {what}: who is in it begins again in the first"))
    });
    family.into_iter().chain(alias).chain(states).collect()
}

fn attribute(old: &Program, new: &Program, id: AttributeId, fate: AttributeFate) -> Option<Breaking> {
    let attribute = old.attribute(id);
    let name = &attribute.name;
    match fate {
        AttributeFate::Kept(_, Likeness::Same) => None,
        AttributeFate::Kept(now, Likeness::Different) => {
            let message = format!("`client.{name}` has another type: what clients have in it may not fit");
            Some(breaking(old, attribute.span, Some(new.attribute(now).span), message))
        }
        AttributeFate::Gone => {
            let message = format!("`client.{name}` is gone: what clients have in it is lost");
            Some(breaking(old, attribute.span, None, message))
        }
    }
}
