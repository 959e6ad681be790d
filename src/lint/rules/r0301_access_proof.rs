//! R0301: a `prove` that does not hold.

use super::prelude::*;
use crate::diagnostic::Span;
use crate::lint::story;
use crate::machine::{Cut, EdgeId, NodeId, Walk};
use crate::model::{Action, ActionKind, AttributeId, Claim, MachineId};

pub(super) const RULE: Rule = Rule {
    code: Code(301),
    name: "access-proof",
    severity: Severity::Error,
    finds: "a `prove` that some path breaks. Every entry counts: doors, moves, offers, deadlines, failures, retries, messages to rooms that the client \
is in. Guards are taken to hold. The shortest path that breaks it is told, arrow by arrow. \
That a room is behind a lock means that its own gate, or its own states before it admits, cannot be passed without the lock, directly or because \
what it requires cannot resolve without it; what a room on the way there requires does not count, because its key may be gone by then. \
A key's `held` does not matter: who has it, or had to pass what it rests on, has passed",
    why: "this is what the author said must never happen. Bypasses of authentication have mostly been paths like these: a step that could be skipped, an \
event that came too early, a time-out that led on",
    bad: r#"
entry lobby
room lobby public { doors vault after 2m -> drop "nobody came in" }
room vault { requires one of code_word, visitor }
lock code_word gives text {
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
        failed why -> fail why
    }
}
lock visitor gives bool {
    after 30s -> fail "too slow"
    on { let_me_in: true } -> resolve true
}
prove vault behind code_word
"#,
    good: r#"
entry lobby
room lobby public { doors vault after 2m -> drop "nobody came in" }
room vault { requires code_word }
lock code_word gives text {
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
        failed why -> fail why
    }
}
prove vault behind code_word
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for proof in &ruleset.model.proofs {
        let broken = match &proof.claim {
            Claim::RoomBehind(room, locks) => room_behind(ruleset, *room, locks, proof.span),
            Claim::SetBehind(attribute, locks) => set_behind(ruleset, *attribute, locks, proof.span),
            Claim::NeverSet(attribute) => never_set(ruleset, *attribute, proof.span),
            Claim::NeverTo(from, to) => never_to(ruleset, *from, *to, proof.span),
            Claim::Depth(most) => depth(ruleset, *most, proof.span),
        };
        found.extend(broken);
    }
}

fn without(locks: &[MachineId]) -> Cut {
    Cut { locks: locks.iter().copied().collect(), ..Cut::default() }
}

fn room_behind(ruleset: &Ruleset<'_>, room: MachineId, locks: &[MachineId], span: Span) -> Option<Diagnostic> {
    let graphs = ruleset.graphs;
    let walk = ruleset.walk_from_street(without(locks));
    let inside = way_in(ruleset, room, &walk)?;
    let (outside, comes_without) = way_to_gate(ruleset, room, &walk)?;
    let message = format!("`{}` can be entered without {}", ruleset.machine(room).name, ruleset.names(locks, "or"));
    let mut finding = RULE.at(span, message).label("this does not hold");
    if let Some(last) =
        inside.iter().rev().find(|edge| !matches!(graphs.composed.edge(**edge).event, crate::machine::Event::Follows))
    {
        finding = finding.other(graphs.composed.edge(*last).span, "the last step of the path that breaks it");
    }
    let way: Vec<EdgeId> = outside.into_iter().chain(inside).collect();
    finding = tell(ruleset, finding, &way, &walk);
    if !comes_without {
        finding = finding.note(
            "on the way there such a lock is passed, but the room does not ask for it itself, so a key that is gone by then is not missed",
        );
    }
    let help = format!("let `{}` require {}", ruleset.machine(room).name, ruleset.names(locks, "or"));
    Some(finding.help(help))
}

/// The shortest way through the room's own gate and states to its admission.
fn way_in(ruleset: &Ruleset<'_>, room: MachineId, walk: &Walk) -> Option<Vec<EdgeId>> {
    let nodes = ruleset.graphs.machine(room)?.nodes();
    let admitted = nodes.map(|(_, node)| node).filter(|node| matches!(node, Node::In(_)));
    let ways = admitted.filter_map(|node| ruleset.graphs.way_inside(room, Node::Entry, node, walk));
    ways.min_by_key(Vec::len)
}

/// The shortest way to the room's gate, without the locks if there is such a one; whether there is. None where
/// nothing leads to the room at all.
fn way_to_gate(ruleset: &Ruleset<'_>, room: MachineId, walk: &Walk) -> Option<(Vec<EdgeId>, bool)> {
    let gate = ruleset.graphs.find(room, Node::Entry)?;
    if walk.reach.contains(gate) {
        return Some((walk.reach.way_to(gate), true));
    }
    let any = ruleset.walk_from_street(Cut::default());
    any.reach.contains(gate).then(|| (any.reach.way_to(gate), false))
}

fn set_behind(ruleset: &Ruleset<'_>, attribute: AttributeId, locks: &[MachineId], span: Span) -> Option<Diagnostic> {
    let walk = ruleset.walk_from_street(without(locks));
    let reached = ruleset.reached(&walk, |action| sets(action, attribute)).into_iter().next()?;
    let message =
        format!("`client.{}` can be set without {}", attribute_name(ruleset, attribute), ruleset.names(locks, "or"));
    let finding = RULE.at(span, message).label("this does not hold").other(reached.action.span, "set here");
    let finding = tell(ruleset, finding, &reached.way, &walk);
    Some(finding.help(format!("set it only where {} has resolved before", ruleset.names(locks, "or"))))
}

fn never_set(ruleset: &Ruleset<'_>, attribute: AttributeId, span: Span) -> Option<Diagnostic> {
    let places: Vec<Span> = ruleset
        .machines()
        .flat_map(|(_, machine)| {
            let arms = machine.arms.iter().flat_map(|arm| &arm.actions);
            arms.chain(&machine.enter).chain(machine.states.iter().flat_map(|state| &state.enter))
        })
        .filter(|action| sets(action, attribute))
        .map(|action| action.span)
        .collect();
    let (first, others) = places.split_first()?;
    let message = format!("a rule sets `client.{}`", attribute_name(ruleset, attribute));
    let finding = RULE.at(span, message).label("this does not hold").other(*first, "set here");
    Some(others.iter().fold(finding, |finding, span| finding.other(*span, "and here")))
}

fn never_to(ruleset: &Ruleset<'_>, from: MachineId, to: MachineId, span: Span) -> Option<Diagnostic> {
    let graphs = ruleset.graphs;
    let cut = Cut { leaving: true, ..Cut::default() };
    let message = format!("a way leads from `{}` to `{}`", ruleset.machine(from).name, ruleset.machine(to).name);
    let finding = RULE.at(span, message).label("this does not hold");
    let finding = finding.help("take away one of the doors or moves on this way");
    let walk = graphs.walk(&standing(ruleset, from), cut.clone());
    if let Some(way) = way_to_admission(ruleset, to, &walk) {
        return Some(tell(ruleset, finding, &way, &walk));
    }
    // In the rooms that it has been in before it may have got to any state, and be there still.
    let remembered =
        graphs.ids().filter(|id| graphs.find(*id, Node::Delivered).is_some_and(|at| walk.reach.contains(at)));
    let beside = remembered.flat_map(|id| graphs.beside(id));
    let walk = graphs.walk(&beside.collect::<Vec<_>>(), cut);
    let way = way_to_admission(ruleset, to, &walk)?;
    let finding = finding.note("it begins in a room that the client has been in before, and is in still");
    Some(tell(ruleset, finding, &way, &walk))
}

fn way_to_admission(ruleset: &Ruleset<'_>, room: MachineId, walk: &Walk) -> Option<Vec<EdgeId>> {
    let graphs = ruleset.graphs;
    let nodes = graphs.machine(room)?.nodes().map(|(_, node)| node).filter(|node| matches!(node, Node::In(_)));
    let ends = nodes.filter_map(|node| graphs.find(room, node)).filter(|node| walk.reach.contains(*node));
    ends.map(|node| walk.reach.way_to(node)).min_by_key(Vec::len)
}

/// Where a socket is that was admitted to a room: its states, and where `on arrive` leads.
fn standing(ruleset: &Ruleset<'_>, room: MachineId) -> Vec<NodeId> {
    let graphs = ruleset.graphs;
    let nodes = graphs.machine(room).into_iter().flat_map(|graph| graph.nodes());
    let arrived = nodes.filter(|(_, node)| matches!(node, Node::In(_))).filter_map(|(_, node)| graphs.find(room, node));
    let arrows = arrived.flat_map(|node| graphs.composed.outgoing(node));
    arrows.map(|edge| graphs.composed.target(edge)).chain(graphs.inside(room)).collect()
}

fn depth(ruleset: &Ruleset<'_>, most: u64, span: Span) -> Option<Diagnostic> {
    let deepest = ruleset.analysis.deepest.as_ref().filter(|deepest| u64::from(deepest.frames) > most)?;
    let message = format!("a wind stack may have {} frames", deepest.frames);
    let mut finding = RULE.at(span, message).label("this does not hold");
    for (id, span) in &deepest.wound {
        finding = finding.other(*span, format!("`{}` is wound here", ruleset.machine(*id).name));
    }
    Some(finding.note(format!("the stack would read: a room, {}", super::stack_in_words(ruleset, deepest))))
}

fn tell(ruleset: &Ruleset<'_>, finding: Diagnostic, way: &[EdgeId], walk: &Walk) -> Diagnostic {
    story::tell(ruleset, way, walk).into_iter().fold(finding, Diagnostic::note)
}

fn sets(action: &Action, attribute: AttributeId) -> bool {
    matches!(&action.kind, ActionKind::Set(set, _) if *set == attribute)
}

fn attribute_name<'model>(ruleset: &Ruleset<'model>, attribute: AttributeId) -> &'model str {
    ruleset.model.attributes.get(attribute.index()).map_or("", |attribute| &attribute.name)
}
