//! A way through the graphs, told step by step: who does what, where it leads, which line says so.

use super::ruleset::Ruleset;
use crate::machine::{EdgeId, Event, Node, Passage, Place};
use crate::model::{Machine, MachineId, StateId};
use std::collections::BTreeSet;

/// No story is longer; a longer way is cut in the middle of its last lock.
const STORY_STEPS_MAX: usize = 40;

/// Tells a way as it is, without what locks do until they resolve.
pub(crate) fn tell_edges(ruleset: &Ruleset<'_>, way: &[EdgeId]) -> Vec<String> {
    let told = way.iter().filter_map(|edge| Some((*edge, describe(ruleset, *edge)?)));
    let place = |edge| ruleset.place(ruleset.graphs.composed.edge(edge).span);
    told.enumerate().map(|(at, (edge, step))| format!("{}. {step} ({})", at + 1, place(edge))).collect()
}

/// Tells a way. What a lock does until it resolves is told once, where it first resolves.
pub(crate) fn tell(ruleset: &Ruleset<'_>, way: &[EdgeId], passage: &Passage) -> Vec<String> {
    let mut story = Story { ruleset, passage, steps: Vec::new(), known: BTreeSet::new() };
    story.way(way);
    let is_cut = story.steps.len() > STORY_STEPS_MAX;
    story.steps.truncate(STORY_STEPS_MAX);
    let mut told: Vec<String> =
        story.steps.into_iter().enumerate().map(|(at, step)| format!("{}. {step}", at + 1)).collect();
    if is_cut {
        told.push("and so on".to_string());
    }
    told
}

struct Story<'rules> {
    ruleset: &'rules Ruleset<'rules>,
    passage: &'rules Passage,
    steps: Vec<String>,
    known: BTreeSet<MachineId>,
}

impl Story<'_> {
    fn way(&mut self, way: &[EdgeId]) {
        for edge in way {
            if self.steps.len() > STORY_STEPS_MAX {
                return;
            }
            self.before(*edge);
            if let Some(step) = describe(self.ruleset, *edge) {
                let span = self.ruleset.graphs.composed.edge(*edge).span;
                self.steps.push(format!("{step} ({})", self.ruleset.place(span)));
            }
        }
    }

    /// A lock that resolves on the way is told from its first state on.
    fn before(&mut self, edge: EdgeId) {
        let Event::Resolved(lock) = self.ruleset.graphs.composed.edge(edge).event else { return };
        if !self.known.insert(lock) {
            return;
        }
        if let Some(inside) = self.ruleset.graphs.way_inside(lock, Node::Entry, Node::Resolve, self.passage) {
            self.way(&inside);
        }
    }
}

/// What an edge is, in one clause; none for what says nothing to people.
pub(crate) fn describe(ruleset: &Ruleset<'_>, edge: EdgeId) -> Option<String> {
    let composed = &ruleset.graphs.composed;
    let (from, to) = (*composed.node(composed.source(edge)), *composed.node(composed.target(edge)));
    let found = composed.edge(edge);
    let name = |id: MachineId| format!("`{}`", ruleset.machine(id).name);
    let from_name = match from {
        Place::At(id, _) => name(id),
        Place::Member => "the client".to_string(),
    };
    let to_name = match to {
        Place::At(id, _) => name(id),
        Place::Member => String::new(),
    };
    let check = |check: crate::model::CheckId| {
        let check = ruleset.model.checks.get(check.index());
        check.map_or_else(String::new, |check| format!("`{}`", check.name))
    };
    let why = match found.event {
        Event::Follows => return follows(ruleset, from, to),
        Event::Wound => return Some(format!("{from_name} winds {to_name}")),
        Event::Door => return Some(format!("a socket in {from_name} asks for {to_name} through its door")),
        Event::Offer => return Some(format!("a socket in {from_name} asks for {to_name}, which is offered")),
        Event::Moved => return Some(format!("{from_name} moves the socket to {to_name}")),
        Event::Parked => return Some(format!("the client, a member of {to_name}, sends something there")),
        Event::GoneOn => return Some(format!("the socket moves on, and sends to {to_name}, which it is still in")),
        Event::Left => return Some(format!("the client leaves {from_name} for {to_name}")),
        Event::Arrive => "on arrival".to_string(),
        Event::Message => "on a message of the client".to_string(),
        Event::Cancel => "when the client cancels".to_string(),
        Event::Signal(signal) => {
            let name = ruleset.model.signals.get(signal.index()).map_or("", |name| name);
            format!("on signal `{name}`")
        }
        Event::Passed(passed) => format!("when {} passed", check(passed)),
        Event::CheckFailed(failed) => format!("when {} failed", check(failed)),
        Event::Resolved(lock) => format!("when {} resolved", name(lock)),
        Event::LockFailed(lock) => format!("when {} failed", name(lock)),
        Event::NoChoice => "when nothing was chosen".to_string(),
        Event::Time => "when time is up".to_string(),
        Event::Eventless => "without an event".to_string(),
        Event::Refused => "when `admit when` does not hold".to_string(),
        Event::Full => "when the room is full".to_string(),
        Event::Limit => "on one message too many".to_string(),
    };
    let leads = if found.is_arrow { leads_to(ruleset, to) } else { "stays where it is".to_string() };
    Some(format!("{from_name}, {why}, {leads}"))
}

fn follows(ruleset: &Ruleset<'_>, from: Place, to: Place) -> Option<String> {
    let Place::At(id, to) = to else { return None };
    let machine = ruleset.machine(id);
    let is_gate = matches!(from, Place::At(_, Node::Entry));
    match to {
        Node::Admit(_) if is_gate && ruleset.model.entry == id => {
            Some(format!("a socket connects, and `{}` admits it", machine.name))
        }
        Node::Admit(_) if is_gate => Some(format!("`{}` requires nothing, and admits it", machine.name)),
        Node::Deciding(_) if is_gate => Some(format!("`{}` requires nothing, and decides", machine.name)),
        Node::Entry
        | Node::Delivery
        | Node::Gate(..)
        | Node::AdmitWhen
        | Node::Deciding(_)
        | Node::Admit(_)
        | Node::In(_)
        | Node::Delivered
        | Node::State(_)
        | Node::Beside(_)
        | Node::Resolve
        | Node::Fail
        | Node::Drop
        | Node::Move(_) => None,
    }
}

fn leads_to(ruleset: &Ruleset<'_>, to: Place) -> String {
    let Place::At(id, node) = to else { return String::new() };
    let machine = ruleset.machine(id);
    match node {
        Node::State(state) | Node::Deciding(state) | Node::Beside(state) => match state_name(machine, state) {
            "" => "goes on".to_string(),
            name => format!("goes on in `{name}`"),
        },
        Node::Admit(_) => "admits the socket".to_string(),
        Node::Resolve => "resolves".to_string(),
        Node::Fail => "fails".to_string(),
        Node::Drop => "drops the socket".to_string(),
        Node::Move(room) => format!("leads to `move {}`", ruleset.machine(room).name),
        Node::Gate(..) | Node::AdmitWhen | Node::Delivered => "looks at what it requires next".to_string(),
        Node::Entry | Node::Delivery | Node::In(_) => "goes on".to_string(),
    }
}

/// What a state is called; "" for the only state of a machine that writes none.
pub(crate) fn state_name(machine: &Machine, state: StateId) -> &str {
    machine.states.get(state.index()).map_or("", |state| &state.name)
}
