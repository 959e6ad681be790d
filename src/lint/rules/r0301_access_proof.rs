//! R0301: a `prove` that does not hold.

use super::prelude::*;
use super::proof_walks::{Walks, Without, cut};
use crate::diagnostic::Span;
use crate::lint::exprs::actions;
use crate::lint::ruleset::Reached;
use crate::lint::story;
use crate::machine::{EdgeId, NodeId, Passage, Place, Walk, actions_of_edge, actions_of_node};
use crate::model::{Action, ActionKind, AttributeId, Claim, MachineId};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULE: Rule = Rule {
    code: Code(301),
    name: "access-proof",
    severity: Severity::Error,
    finds: "a `prove` that some path breaks. Every entry counts: doors, moves, offers, deadlines, failures, retries, messages to rooms that the client \
is in. Guards are taken to hold. The shortest path that breaks it is told, arrow by arrow. \
That a room is behind a lock means that its own gate cannot be passed without the lock, directly or because \
what it requires cannot resolve without it. What a room on the way there requires does not count: its key may be gone by then, and an administrator may \
move a client past it. What the room's own states ask before they admit counts only where no client has a second socket, of which only \
`requires` is asked. A key's `held` does not matter: who has it, or had to pass what it rests on, has passed",
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

const PASSED_BEFORE: &str = "on the way there such a lock is passed, but the room does not ask for it itself, so a key that is gone by then is not missed";

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let mut walks = Walks::default();
    let setters = setters(ruleset);
    let none = BTreeSet::new();
    let setting = |attribute: &AttributeId| setters.get(attribute).unwrap_or(&none);
    for proof in &ruleset.model.proofs {
        let broken = match &proof.claim {
            Claim::RoomBehind(room, locks) => room_behind(ruleset, &mut walks, *room, locks, proof.span),
            Claim::SetBehind(attribute, locks) => {
                let setting = setting(attribute);
                may_be_set(ruleset, setting, *attribute, locks)
                    .then(|| set_behind(ruleset, &mut walks, *attribute, locks, proof.span))
                    .flatten()
            }
            Claim::NeverSet(attribute) => never_set(ruleset, setting(attribute), *attribute, proof.span),
            Claim::NeverTo(from, to) => never_to(ruleset, &mut walks, *from, *to, proof.span),
            Claim::Depth(most) => depth(ruleset, *most, proof.span),
        };
        found.extend(broken);
    }
}

/// By attribute: which rooms and locks set it.
fn setters(ruleset: &Ruleset<'_>) -> BTreeMap<AttributeId, BTreeSet<MachineId>> {
    let mut setters: BTreeMap<AttributeId, BTreeSet<MachineId>> = BTreeMap::new();
    for (id, machine) in ruleset.machines() {
        for action in actions(machine) {
            if let ActionKind::Set(attribute, _) = action.kind {
                setters.entry(attribute).or_default().insert(id);
            }
        }
    }
    setters
}

/// What is open inside of the room decides first: only where a way is, is it asked how a socket comes there.
fn room_behind(
    ruleset: &Ruleset<'_>,
    walks: &mut Walks,
    room: MachineId,
    locks: &[MachineId],
    span: Span,
) -> Option<Diagnostic> {
    let passage = ruleset.graphs.passage(cut(locks));
    let help = format!("let `{}` require {}", ruleset.machine(room).name, ruleset.names(locks, "or"));
    let finding = match way_in(ruleset, room, &passage) {
        Some(inside) => {
            let walks = walks.without(ruleset, locks);
            entered(ruleset, room, locks, (inside, walks), span)
        }
        None => {
            let inside = ruleset.graphs.way_inside(room, Node::Delivery, Node::Delivered, &passage)?;
            heard(ruleset, room, (locks, walks.without(ruleset, locks)), inside, span)?
        }
    };
    Some(finding.help(help))
}

/// The room admits without the locks.
fn entered(
    ruleset: &Ruleset<'_>,
    room: MachineId,
    locks: &[MachineId],
    (inside, walks): (Vec<EdgeId>, &Without),
    span: Span,
) -> Diagnostic {
    let graphs = ruleset.graphs;
    let message = format!("`{}` can be entered without {}", ruleset.machine(room).name, ruleset.names(locks, "or"));
    let mut finding = RULE.at(span, message).label("this does not hold");
    if let Some(last) =
        inside.iter().rev().find(|edge| !matches!(graphs.composed.edge(**edge).event, crate::machine::Event::Follows))
    {
        finding = finding.other(graphs.composed.edge(*last).span, "the last step of the path that breaks it");
    }
    let (outside, note) = way_to_gate(ruleset, room, walks);
    let way: Vec<EdgeId> = outside.into_iter().chain(inside).collect();
    note.into_iter().fold(tell(ruleset, finding, &way, &walks.anywhere), Diagnostic::note)
}

/// The shortest way to the room's gate, without the locks if there is such a one; and what is to be said of it.
fn way_to_gate(ruleset: &Ruleset<'_>, room: MachineId, walks: &Without) -> (Vec<EdgeId>, Option<&'static str>) {
    let Some(gate) = ruleset.graphs.find(room, Node::Entry) else { return (Vec::new(), None) };
    let without = &walks.street.reach;
    if without.contains(gate) {
        return (without.way_to(gate), None);
    }
    let any = &ruleset.street().reach;
    if any.contains(gate) {
        return (any.way_to(gate), Some(PASSED_BEFORE));
    }
    (Vec::new(), Some("no rule leads there; an administrator may move a client to any room"))
}

/// Who was admitted has passed the locks, but the room's members have other sockets.
fn heard(
    ruleset: &Ruleset<'_>,
    room: MachineId,
    (locks, walks): (&[MachineId], &Without),
    inside: Vec<EdgeId>,
    span: Span,
) -> Option<Diagnostic> {
    let gate = ruleset.graphs.find(room, Node::Delivery)?;
    let walk = [&walks.street, &walks.anywhere].into_iter().find(|walk| walk.reach.contains(gate))?;
    let name = &ruleset.machine(room).name;
    let message = format!("`{name}` can be heard and spoken in without {}", ruleset.names(locks, "or"));
    let finding = RULE
        .at(span, message)
        .label("this does not hold")
        .other(ruleset.machine(room).span, "its states ask only the socket that comes in");
    let way: Vec<EdgeId> = walk.reach.way_to(gate).into_iter().chain(inside).collect();
    let finding = tell(ruleset, finding, &way, walk);
    Some(finding.note(
        "it is another socket of a client that was admitted; what a room requires is asked of each of them, at every message",
    ))
}

/// The shortest way through the room's own gate and states to its admission.
fn way_in(ruleset: &Ruleset<'_>, room: MachineId, passage: &Passage) -> Option<Vec<EdgeId>> {
    let nodes = ruleset.graphs.machine(room)?.nodes();
    let admitted = nodes.map(|(_, node)| node).filter(|node| matches!(node, Node::In(_)));
    let ways = admitted.filter_map(|node| ruleset.graphs.way_inside(room, Node::Entry, node, passage));
    ways.min_by_key(Vec::len)
}

/// Whether a way without the locks leads to where the attribute is set from the beginning of any room or lock, which is
/// wherever an administrator may put a client. Such a way need not be one that a client can come to.
fn may_be_set(
    ruleset: &Ruleset<'_>,
    setting: &BTreeSet<MachineId>,
    attribute: AttributeId,
    locks: &[MachineId],
) -> bool {
    let (graphs, composed) = (ruleset.graphs, &ruleset.graphs.composed);
    let passage = graphs.passage(cut(locks));
    let is_set_at = |id: MachineId, (node, kind): (NodeId, Node)| {
        let machine = ruleset.machine(id);
        let here = actions_of_node(machine, kind);
        let leaving = composed.outgoing(node).into_iter().filter(|edge| passage.may_walk(graphs, *edge));
        let all = here.into_iter().chain(leaving.flat_map(|edge| actions_of_edge(machine, composed.edge(edge))));
        all.into_iter().any(|(_, action)| sets(action, attribute))
    };
    let nodes = setting.iter().flat_map(|id| graphs.nodes_of(*id).filter(|node| is_set_at(*id, *node)));
    let ends: Vec<NodeId> = nodes.map(|(node, _)| node).collect();
    let mut behind = composed.behind(&ends, |edge| passage.may_walk(graphs, edge));
    behind.any(|node| matches!(composed.node(node), Place::At(_, Node::Entry)))
}

fn set_behind(
    ruleset: &Ruleset<'_>,
    walks: &mut Walks,
    attribute: AttributeId,
    locks: &[MachineId],
    span: Span,
) -> Option<Diagnostic> {
    let walks = walks.without(ruleset, locks);
    let first = |walk| ruleset.reached(walk, |action| sets(action, attribute)).into_iter().next();
    let (walk, reached) = match first(&walks.street) {
        Some(reached) => (&walks.street, reached),
        None => (&walks.anywhere, first(&walks.anywhere)?),
    };
    let message =
        format!("`client.{}` can be set without {}", attribute_name(ruleset, attribute), ruleset.names(locks, "or"));
    let finding = RULE.at(span, message).label("this does not hold").other(reached.action.span, "set here");
    let finding = tell(ruleset, finding, &reached.way, walk);
    let finding = put_there(ruleset, &reached).into_iter().fold(finding, Diagnostic::note);
    Some(finding.help(format!("set it only where {} has resolved before", ruleset.names(locks, "or"))))
}

/// What is to be said of a way that begins where only an administrator can put a client.
fn put_there(ruleset: &Ruleset<'_>, reached: &Reached<'_>) -> Option<String> {
    let composed = &ruleset.graphs.composed;
    let first = match reached.way.first() {
        Some(edge) => *composed.node(composed.source(*edge)),
        None => Place::At(reached.machine, Node::Entry),
    };
    let Place::At(id, Node::Entry) = first else { return None };
    let name = &ruleset.machine(id).name;
    match ruleset.machine(id).room() {
        Some(_) if id == ruleset.model.entry => None,
        Some(_) => Some(format!("it begins where an administrator moves a client to `{name}`")),
        None => Some(format!("it begins where an administrator winds `{name}` for a client")),
    }
}

fn never_set(
    ruleset: &Ruleset<'_>,
    setting: &BTreeSet<MachineId>,
    attribute: AttributeId,
    span: Span,
) -> Option<Diagnostic> {
    let places: Vec<Span> = setting
        .iter()
        .map(|id| ruleset.machine(*id))
        .flat_map(|machine| {
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

fn never_to(
    ruleset: &Ruleset<'_>,
    walks: &mut Walks,
    from: MachineId,
    to: MachineId,
    span: Span,
) -> Option<Diagnostic> {
    let message = format!("a way leads from `{}` to `{}`", ruleset.machine(from).name, ruleset.machine(to).name);
    let finding = RULE.at(span, message).label("this does not hold");
    let finding = finding.help("take away one of the doors or moves on this way");
    let walks = walks.onward(ruleset, from);
    if let Some(way) = way_to_admission(ruleset, to, &walks.standing) {
        return Some(tell(ruleset, finding, &way, &walks.standing));
    }
    let way = way_to_admission(ruleset, to, &walks.beside)?;
    let finding = finding.note("it begins in a room that the client has been in before, and is in still");
    Some(tell(ruleset, finding, &way, &walks.beside))
}

fn way_to_admission(ruleset: &Ruleset<'_>, room: MachineId, walk: &Walk) -> Option<Vec<EdgeId>> {
    let graphs = ruleset.graphs;
    let nodes = graphs.machine(room)?.nodes().map(|(_, node)| node).filter(|node| matches!(node, Node::In(_)));
    let ends = nodes.filter_map(|node| graphs.find(room, node)).filter(|node| walk.reach.contains(*node));
    ends.map(|node| walk.reach.way_to(node)).min_by_key(Vec::len)
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
    story::tell(ruleset, way, &walk.passage).into_iter().fold(finding, Diagnostic::note)
}

fn sets(action: &Action, attribute: AttributeId) -> bool {
    matches!(&action.kind, ActionKind::Set(set, _) if *set == attribute)
}

fn attribute_name<'model>(ruleset: &Ruleset<'model>, attribute: AttributeId) -> &'model str {
    ruleset.model.attributes.get(attribute.index()).map_or("", |attribute| &attribute.name)
}
