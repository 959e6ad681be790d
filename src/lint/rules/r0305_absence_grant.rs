//! R0305: what is left out is not checked.

use super::prelude::*;
use crate::lint::story;
use crate::machine::{EdgeId, Origin, Standing, Streams, Walk};
use crate::model::{Arm, Expr, Machine, MachineId, TargetKind, Trigger, Type};

pub(super) const RULE: Rule = Rule {
    code: Code(305),
    name: "absence-grant",
    severity: Severity::Error,
    finds: "a part of a client's message that leads to a check where it is there, and where it is missing to the answer of a lock that a room requires or a \
`prove` rests on, or to admission, without any check",
    why: "who leaves the part out is let in unchecked. PKCE was bypassed so in more than one server: a login without the optional \
`code_challenge` skipped the verification",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires login }
lock login gives bool {
    after 30s -> fail "too slow"
    state waiting { on { login: text, verifier: text? } as m -> deciding(m.verifier) }
    state deciding(verifier: text?) {
        match verifier
            text as given -> checking(given),
            else -> resolve true
    }
    state checking(given: text) {
        check code(given) within 5s
        passed _ -> resolve true
        failed why -> fail why
    }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires login }
lock login gives bool {
    after 30s -> fail "too slow"
    state waiting { on { login: text, verifier: text? } as m -> deciding(m.verifier) }
    state deciding(verifier: text?) {
        match verifier
            text as given -> checking(given),
            else -> fail "no verifier"
    }
    state checking(given: text) {
        check code(given) within 5s
        passed _ -> resolve true
        failed why -> fail why
    }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

struct Walks<'rules> {
    all: &'rules Walk,
    unchecked: &'rules Walk,
}

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let flow = Streams::of(ruleset.model).flow(Origin::ChosenByClient);
    let walks = Walks { all: ruleset.street(), unchecked: ruleset.unchecked() };
    let guarding = super::guarding(ruleset);
    for (id, machine) in ruleset.machines() {
        let decides = machine.room().is_some_and(|room| room.admits_itself);
        if !decides && !guarding.contains(&id) {
            continue;
        }
        for (at, state) in machine.states.iter().enumerate() {
            let standing = Standing { machine: id, state: Some(StateId(at as u32)), arm: None };
            let is_chosen = |subject: &Expr| flow.carries(standing, subject);
            let eventless: Vec<&Arm> = state.eventless.iter().filter_map(|arm| machine.arms.get(arm.index())).collect();
            let handlers: Vec<&Arm> = state.handlers.iter().filter_map(|arm| machine.arms.get(arm.index())).collect();
            let pairs = matched(&eventless, is_chosen).into_iter().chain(left_out(&handlers));
            let state = StateId(at as u32);
            found.extend(
                pairs.filter_map(|(there, missing)| report(ruleset, &walks, (id, state), there, missing)).next(),
            );
        }
    }
}

/// A `match` of something optional: an arm that is taken where it is there, and the one where it is missing.
fn matched<'model>(arms: &[&'model Arm], is_chosen: impl Fn(&Expr) -> bool) -> Vec<(&'model Arm, &'model Arm)> {
    let mut pairs = Vec::new();
    for (at, there) in arms.iter().enumerate() {
        let Trigger::Match { subject, pattern } = &there.trigger else { continue };
        let wants_it = !matches!(pattern, Type::Optional(_) | Type::Any);
        if !matches!(subject.ty, Type::Optional(_)) || !wants_it || !is_chosen(subject) {
            continue;
        }
        let missing = arms.iter().skip(at + 1).find(|arm| match &arm.trigger {
            Trigger::Else => true,
            Trigger::Match { subject: other, pattern } => {
                other == subject && matches!(pattern, Type::Optional(_) | Type::Any)
            }
            Trigger::Message { .. }
            | Trigger::Arrive
            | Trigger::Leave
            | Trigger::Cancel
            | Trigger::Signal { .. }
            | Trigger::When
            | Trigger::After(_)
            | Trigger::Resolved
            | Trigger::LockFailed
            | Trigger::Passed
            | Trigger::CheckFailed
            | Trigger::Otherwise => false,
        });
        pairs.extend(missing.filter(|missing| missing.guard.is_none()).map(|missing| (*there, *missing)));
    }
    pairs
}

/// Two handlers of which the later wants the same message with a field less.
fn left_out<'model>(arms: &[&'model Arm]) -> Vec<(&'model Arm, &'model Arm)> {
    let pattern = |arm: &'model Arm| {
        let Trigger::Message { pattern: Type::Record(fields), .. } = &arm.trigger else { return None };
        (!fields.is_empty()).then_some(fields)
    };
    let mut pairs = Vec::new();
    for (at, there) in arms.iter().enumerate() {
        for missing in arms.iter().skip(at + 1) {
            let (Some(more), Some(less)) = (pattern(there), pattern(missing)) else { continue };
            let has =
                |field: &crate::model::Field| more.iter().any(|other| other.name == field.name && other.ty == field.ty);
            if less.len() < more.len() && less.iter().all(has) {
                pairs.push((*there, *missing));
            }
        }
    }
    pairs
}

fn report(
    ruleset: &Ruleset<'_>,
    walks: &Walks<'_>,
    (id, state): (MachineId, StateId),
    there: &Arm,
    missing: &Arm,
) -> Option<Diagnostic> {
    let machine = ruleset.machine(id);
    let (checked, open) = (node(machine, there)?, node(machine, missing)?);
    grants(ruleset, id, checked, walks.all)?;
    if grants(ruleset, id, checked, walks.unchecked).is_some() {
        return None;
    }
    let inside = grants(ruleset, id, open, walks.unchecked)?;
    let way: Vec<EdgeId> = way_to(ruleset, walks, id, state, missing)?.into_iter().chain(inside).collect();
    let finding = RULE
        .at(missing.span, format!("`{}` lets in who leaves something out, without a check", machine.name))
        .label("taken where it is missing")
        .other(there.span, "checked where it is there");
    let finding = story::tell(ruleset, &way, &walks.unchecked.passage).into_iter().fold(finding, Diagnostic::note);
    Some(finding.help("let what is missing lead to `fail`"))
}

/// From the street to the arm and over it, without a check if there is such a way; none where nobody comes there.
fn way_to(ruleset: &Ruleset<'_>, walks: &Walks<'_>, id: MachineId, state: StateId, arm: &Arm) -> Option<Vec<EdgeId>> {
    let life = if ruleset.machine(id).lock().is_some() { Node::State(state) } else { Node::Deciding(state) };
    let node = ruleset.graphs.find(id, life)?;
    let walk = [walks.unchecked, walks.all].into_iter().find(|walk| walk.reach.contains(node))?;
    let composed = &ruleset.graphs.composed;
    let over = composed.outgoing(node).into_iter().find(|edge| composed.edge(*edge).span == arm.span)?;
    Some(walk.reach.way_to(node).into_iter().chain([over]).collect())
}

/// Where an arm leads, as a node of a lock or of a room before it admits.
fn node(machine: &Machine, arm: &Arm) -> Option<Node> {
    let is_lock = machine.lock().is_some();
    match &arm.target.as_ref()?.kind {
        TargetKind::State(call) if is_lock => Some(Node::State(call.state)),
        TargetKind::State(call) => Some(Node::Deciding(call.state)),
        TargetKind::Resolve(..) => Some(Node::Resolve),
        TargetKind::Admit(Some(call)) => Some(Node::Admit(call.state)),
        TargetKind::Admit(None) => arm.state.map(Node::Admit),
        TargetKind::Fail(_) | TargetKind::Retry(_) | TargetKind::Move(_) | TargetKind::Drop(_) => None,
    }
}

fn grants(ruleset: &Ruleset<'_>, id: MachineId, from: Node, walk: &Walk) -> Option<Vec<EdgeId>> {
    let nodes = ruleset.graphs.machine(id)?.nodes().map(|(_, node)| node);
    let grants = nodes.filter(|node| matches!(node, Node::Resolve | Node::Admit(_)));
    grants.filter_map(|grant| ruleset.graphs.way_inside(id, from, grant, &walk.passage)).min_by_key(Vec::len)
}
