//! R0304: a client that says who it is, and is believed.

use super::looks::Looks;
use super::prelude::*;
use crate::diagnostic::Span;
use crate::lint::ruleset::Reached;
use crate::lint::story;
use crate::machine::{Cut, EdgeId, Flow, Origin, Passage, Standing, Streams};
use crate::model::{Action, ActionKind, Arm, Claim, Expr, MachineId, TargetKind, Type};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    code: Code(304),
    name: "client-driven-grant",
    severity: Severity::Error,
    finds: "`identify` of a value that the client chose (a part of a message, or of what came with its connection, its certificate aside) on a path where no check passed; \
`identify` of a part of a message that no check is asked about and that nothing is compared with, whatever checks pass; \
and a `prove` that rests on a lock which gives a `client` that the client chose in this way. \
A lock that only asks for consent or a wish is none of these",
    why: "whoever connects can be whoever they like, with that client's rooms, attributes and mail. This is how servers came to believe a message that \
says that authentication has succeeded",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires identity }
lock identity gives client {
    after 30s -> fail "too slow"
    on { name: text(1..64) } as a { identify a.name -> resolve a.name }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires identity }
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

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let flow = Streams::of(ruleset.model).flow(Origin::ChosenByClient);
    let walk = ruleset.unchecked();
    let mut known = BTreeSet::new();
    for reached in ruleset.reached(walk, |action| matches!(action.kind, ActionKind::Identify(_))) {
        if known.contains(&reached.action.span) || !is_chosen(&flow, &reached) {
            continue;
        }
        known.insert(reached.action.span);
        let finding = RULE
            .at(reached.action.span, "a client is identified by what it says, without a check")
            .label("nothing has been verified here");
        let finding = story::tell(ruleset, &reached.way, &walk.passage).into_iter().fold(finding, Diagnostic::note);
        found.push(finding.help(
            "let a check pass before, such as `ssh_signature` or one of your own, and identify what it verified",
        ));
    }
    let is_known = !known.is_empty();
    unlooked_at(ruleset, known, found);
    if !is_known {
        proofs(ruleset, &flow, found);
    }
}

/// A check may have passed, but it was about something else.
fn unlooked_at(ruleset: &Ruleset<'_>, mut known: BTreeSet<Span>, found: &mut Vec<Diagnostic>) {
    let walk = ruleset.street();
    let looks = Looks::of(ruleset);
    for reached in ruleset.reached(walk, |action| matches!(action.kind, ActionKind::Identify(_))) {
        if !known.insert(reached.action.span) {
            continue;
        }
        let Some((said, part)) = looks.unseen(&reached) else { continue };
        let finding = RULE
            .at(
                reached.action.span,
                format!("a client is identified by the `{part}` that it says, and no check looks at that"),
            )
            .label("whatever was verified, it was not this")
            .other(said.span, "said here");
        let finding = story::tell(ruleset, &reached.way, &walk.passage).into_iter().fold(finding, Diagnostic::note);
        found.push(finding.help(format!(
            "hand `{part}` to the check that passes before, as `ssh_signature` and `totp` want it, or identify what the check gave"
        )));
    }
}

fn is_chosen(flow: &Flow<'_>, reached: &Reached<'_>) -> bool {
    let Action { kind: ActionKind::Identify(value), .. } = reached.action else { return false };
    let state = reached.arm.map_or(reached.state, |arm| arm.state);
    let standing = Standing { machine: reached.machine, state, arm: reached.arm };
    flow.carries(standing, value)
}

fn proofs(ruleset: &Ruleset<'_>, flow: &Flow<'_>, found: &mut Vec<Diagnostic>) {
    let unchecked = ruleset.graphs.passage(Cut { checks: true, ..Cut::default() });
    let believes = |lock: &MachineId| {
        let machine = ruleset.machine(*lock);
        let gives_client = machine.lock().is_some_and(|lock| lock.gives == Type::Client);
        gives_client
            && machine.arms.iter().any(|arm| {
                let standing = Standing { machine: *lock, state: arm.state, arm: Some(arm) };
                let is_chosen = answer(arm).is_some_and(|value| flow.carries(standing, value));
                is_chosen && is_taken(ruleset, *lock, arm, &unchecked)
            })
    };
    for proof in &ruleset.model.proofs {
        let (Claim::RoomBehind(_, locks) | Claim::SetBehind(_, locks)) = &proof.claim else { continue };
        for lock in locks.iter().filter(|lock| believes(lock)) {
            let machine = ruleset.machine(*lock);
            found.push(
                RULE.at(
                    machine.span,
                    format!("`{}` resolves with the client that was named to it, without a check", machine.name),
                )
                .label("gives whatever the client says")
                .other(proof.span, "a proof rests on it")
                .help("let a check pass before it resolves"),
            );
        }
    }
}

/// What a lock resolves with by an arm.
fn answer(arm: &Arm) -> Option<&Expr> {
    match &arm.target.as_ref()?.kind {
        TargetKind::Resolve(value, _) => Some(value),
        TargetKind::State(_)
        | TargetKind::Fail(_)
        | TargetKind::Admit(_)
        | TargetKind::Retry(_)
        | TargetKind::Move(_)
        | TargetKind::Drop(_) => None,
    }
}

/// Whether there is a way to an arm from where its lock begins, and over it.
fn is_taken(ruleset: &Ruleset<'_>, lock: MachineId, arm: &Arm, passage: &Passage) -> bool {
    let graphs = ruleset.graphs;
    let is_its = |edge: &EdgeId| graphs.composed.edge(*edge).span == arm.span && passage.may_walk(graphs, *edge);
    graphs.nodes_of(lock).any(|(node, kind)| {
        graphs.composed.outgoing(node).iter().any(is_its)
            && graphs.way_inside(lock, Node::Entry, kind, passage).is_some()
    })
}
