//! Parts that only one of two rulesets has.

use super::super::Program;
use super::super::content::{ContentHash, arrow_hash, door_hash, offer_hash, renewal_hash, requirement_hash};
use super::super::draw::labels::trigger_text;
use crate::diagnostic::Span;
use crate::model::{Arm, Attribute, AttributeId, Check, Claim, Machine, MachineId, Model, Param, Room, State};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What was added and what was lost, each in its ruleset's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Changes {
    /// Only the old rules have it.
    pub lost: Vec<Part>,
    /// Only the new rules have it.
    pub gained: Vec<Part>,
}

/// A part of a ruleset, for people.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Part {
    /// In the letters of the language.
    pub text: String,
    /// Where it stands.
    #[serde(flatten)]
    pub at: Place,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Place {
    /// As it was given.
    pub path: String,
    /// Counts from 1.
    pub line: usize,
}

impl Place {
    pub(super) fn of(program: &Program, span: Span) -> Place {
        let at = program.where_is(span);
        Place { path: at.path.to_string(), line: at.line }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.path, self.line)
    }
}

impl Changes {
    /// Parts are the same where their keys are, or their words; of several alike, as many as the other ruleset has.
    fn between<K: PartialEq>(old: Vec<(K, Part)>, new: Vec<(K, Part)>) -> Changes {
        let (old, new) = without_pairs(old, new, |(one, _), (other, _)| one == other);
        let (lost, gained) = without_pairs(old, new, |(_, one), (_, other)| one.text == other.text);
        let parts = |found: Vec<(K, Part)>| found.into_iter().map(|(_, part)| part).collect();
        Changes { lost: parts(lost), gained: parts(gained) }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.gained.is_empty()
    }
}

/// Two lists without what is in both.
fn without_pairs<T>(old: Vec<T>, mut new: Vec<T>, is_pair: impl Fn(&T, &T) -> bool) -> (Vec<T>, Vec<T>) {
    let mut lost = Vec::new();
    for item in old {
        match new.iter().position(|other| is_pair(&item, other)) {
            Some(at) => drop(new.remove(at)),
            None => lost.push(item),
        }
    }
    (lost, new)
}

/// A machine of one ruleset, or that it has none.
type Side<'a> = (&'a Program, Option<MachineId>);

pub(super) fn states(old: Side<'_>, new: Side<'_>) -> Changes {
    let of = |(program, id): Side<'_>| -> Vec<(String, Part)> {
        let machine = id.map(|id| program.machine(id));
        let states = machine.into_iter().flat_map(|machine| &machine.states).filter(|state| !state.name.is_empty());
        let part = |state: &State| named(program, state.span, with_params(&state.name, &state.params));
        states.map(part).collect()
    };
    Changes::between(of(old), of(new))
}

/// What a room requires, offers, renews, and has doors to.
pub(super) fn ways(old: Side<'_>, new: Side<'_>) -> Changes {
    let of = |(program, id): Side<'_>| -> Vec<(ContentHash, Part)> {
        let machine = id.map(|id| program.machine(id));
        let rooms = machine.into_iter().filter_map(|machine| Some((machine, machine.room()?)));
        rooms.flat_map(|(machine, room)| ways_of(program, machine, room)).collect()
    };
    Changes::between(of(old), of(new))
}

fn ways_of(program: &Program, machine: &Machine, room: &Room) -> Vec<(ContentHash, Part)> {
    let part = |word: &str, span: Span| {
        let text = program.sources.one_line(span);
        let text = if text.starts_with(word) { text } else { format!("{word} {text}") };
        Part { text, at: Place::of(program, span) }
    };
    let model = &program.model;
    let requires = room.requires.iter();
    let requires = requires.map(|found| (requirement_hash(model, machine, found), part("requires", found.span)));
    let offers = room.offers.iter().map(|found| (offer_hash(model, machine, found), part("offers", found.span)));
    let renews = room.renews.iter().map(|found| (renewal_hash(model, machine, found), part("renews", found.span)));
    let doors = room.doors.iter().map(|found| (door_hash(model, machine, found), part("doors", found.span)));
    requires.chain(offers).chain(renews).chain(doors).collect()
}

pub(super) fn arms(old: Side<'_>, new: Side<'_>) -> Changes {
    let of = |(program, id): Side<'_>| -> Vec<(ContentHash, Part)> {
        let machine = id.map(|id| program.machine(id));
        let arms = machine.into_iter().flat_map(|machine| machine.arms.iter().map(move |arm| (machine, arm)));
        arms.map(|(machine, arm)| (arrow_hash(&program.model, machine, arm), arm_part(program, machine, arm))).collect()
    };
    Changes::between(of(old), of(new))
}

/// `waiting: on { code: text } as a -> checking(a.code)`
fn arm_part(program: &Program, machine: &Machine, arm: &Arm) -> Part {
    let state = arm.state.and_then(|id| machine.states.get(id.index())).filter(|state| !state.name.is_empty());
    let from = state.map_or(String::new(), |state| format!("{}: ", state.name));
    let arrow = arm.target.as_ref().map(|target| format!(" {}", program.sources.one_line(target.span)));
    let text = format!("{from}{}{}", trigger_text(program, arm), arrow.unwrap_or_default());
    Part { text, at: Place::of(program, arm.span) }
}

pub(super) fn attributes(old: &Program, new: &Program) -> Changes {
    let of = |program: &Program| {
        let part = |found: &Attribute| named(program, found.span, format!("{}: {}", found.name, found.ty));
        program.model.attributes.iter().map(part).collect()
    };
    Changes::between(of(old), of(new))
}

pub(super) fn groups(old: &Program, new: &Program) -> Changes {
    let of = |program: &Program| {
        program.model.groups.iter().map(|group| named(program, group.span, group.name.to_string())).collect()
    };
    Changes::between(of(old), of(new))
}

/// Those that are built in are in every ruleset.
pub(super) fn checks(old: &Program, new: &Program) -> Changes {
    let of = |program: &Program| -> Vec<(String, Part)> {
        let declared = program.model.checks.iter().filter_map(|check| Some((check, check.span?)));
        let text = |check: &Check| {
            let params: Vec<String> =
                check.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
            format!("{}({}) gives {}", check.name, params.join(", "), check.gives)
        };
        declared.map(|(check, span)| named(program, span, text(check))).collect()
    };
    Changes::between(of(old), of(new))
}

pub(super) fn proofs(old: &Program, new: &Program) -> Changes {
    let of = |program: &Program| {
        let proofs = program.model.proofs.iter();
        proofs.map(|proof| named(program, proof.span, claim_text(&program.model, &proof.claim))).collect()
    };
    Changes::between(of(old), of(new))
}

/// A part that its text alone tells from others.
fn named(program: &Program, span: Span, text: String) -> (String, Part) {
    (text.clone(), Part { text, at: Place::of(program, span) })
}

fn with_params(name: &str, params: &[Param]) -> String {
    let types: Vec<String> = params.iter().map(|param| param.ty.to_string()).collect();
    if types.is_empty() { name.to_string() } else { format!("{name}({})", types.join(", ")) }
}

/// A claim as it is written; the locks in the order of their names, for it does not matter.
fn claim_text(model: &Model, claim: &Claim) -> String {
    let machine = |id: &MachineId| model.machines.get(id.index()).map_or("", |machine| &machine.name);
    let attribute = |id: &AttributeId| model.attributes.get(id.index()).map_or("", |found| &found.name);
    let any = |locks: &[MachineId]| {
        let mut names: Vec<&str> = locks.iter().map(machine).collect();
        names.sort_unstable();
        names.join(" or ")
    };
    match claim {
        Claim::RoomBehind(room, locks) => format!("prove {} behind {}", machine(room), any(locks)),
        Claim::SetBehind(id, locks) => format!("prove set client.{} behind {}", attribute(id), any(locks)),
        Claim::NeverSet(id) => format!("prove never set client.{}", attribute(id)),
        Claim::NeverTo(from, to) => format!("prove never {} to {}", machine(from), machine(to)),
        Claim::Depth(most) => format!("prove depth <= {most}"),
    }
}
