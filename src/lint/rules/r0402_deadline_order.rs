//! R0402: a deadline that another one always forestalls.

use super::prelude::*;
use super::standing::Below;
use crate::diagnostic::Span;
use crate::model::{Arm, ArmId, Call, Machine, TargetKind, Trigger};

pub(super) const RULE: Rule = Rule {
    code: Code(402),
    name: "deadline-order",
    severity: Severity::Warning,
    finds: "a deadline of a state that is not shorter than one of its room or lock which ends it, or a check's `within` that is not shorter than a deadline \
around it: the outer one began no later, so the inner one never comes about. The same of a lock's deadline that is not shorter than those by which every room where it can be wound drops the socket",
    why: "what the inner deadline leads to never happens, so one of the two figures is not what was meant",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    after 30s -> fail "too slow"
    state asked {
        ask { accept: "our terms" }
        on { accept: true } -> resolve true
        after 60s -> fail "not accepted in time"
    }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    after 60s -> fail "too slow"
    state asked {
        ask { accept: "our terms" }
        on { accept: true } -> resolve true
        after 30s -> fail "not accepted in time"
    }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    within_machines(ruleset, found);
    let below = Below::of(ruleset);
    for (id, lock) in ruleset.locks() {
        let Some(standing) = below.longest(id) else { continue };
        let states = lock.states.iter().flat_map(|state| deadlines(lock, &state.timers));
        for (_, span, _) in deadlines(lock, &lock.timers).chain(states).filter(|(inner, ..)| *inner >= standing.delay) {
            if !found.iter().any(|known| known.code == RULE.code && known.primary.span == span) {
                let room = &ruleset.machine(standing.room).name;
                found.push(
                    report(span, "this deadline never comes about", standing.span)
                        .note(format!("who is asked stands in `{room}`, whose deadline cuts what is wound there")),
                );
            }
        }
    }
}

fn within_machines(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines() {
        let ending = deadlines(machine, &machine.timers).filter(|(_, _, arm)| ends(arm));
        let Some((outer, outer_span, _)) = ending.min_by_key(|(delay, ..)| *delay) else {
            states_only(machine, found);
            continue;
        };
        for state in &machine.states {
            for (_, span, _) in deadlines(machine, &state.timers).filter(|(inner, ..)| *inner >= outer) {
                found.push(report(span, "this deadline never comes about", outer_span));
            }
            report_check(state, outer, outer_span, found);
        }
        states_only(machine, found);
    }
}

/// A check that takes longer than the deadline of the state that asks it.
fn states_only(machine: &Machine, found: &mut Vec<Diagnostic>) {
    for state in &machine.states {
        let first = deadlines(machine, &state.timers).filter(|(_, _, arm)| arm.guard.is_none() && arm.target.is_some());
        if let Some((outer, span, _)) = first.min_by_key(|(delay, ..)| *delay) {
            report_check(state, outer, span, found);
        }
    }
}

fn report_check(state: &crate::model::State, outer: u64, span: Span, found: &mut Vec<Diagnostic>) {
    if let Some(Call::Check(check)) = &state.call
        && check.within >= outer
        && !found.iter().any(|known| known.code == RULE.code && known.primary.span == check.span)
    {
        found.push(report(check.span, "this check's `within` never comes about", span));
    }
}

fn report(inner: Span, message: &str, outer: Span) -> Diagnostic {
    RULE.at(inner, message)
        .label("not shorter than the deadline around it")
        .other(outer, "this one comes first")
        .help("make the inner one shorter, or take it away")
}

fn deadlines<'model>(
    machine: &'model Machine,
    timers: &'model [ArmId],
) -> impl Iterator<Item = (u64, Span, &'model Arm)> {
    timers.iter().filter_map(|id| machine.arms.get(id.index())).filter_map(|arm| match arm.trigger {
        Trigger::After(delay) => Some((delay, arm.span, arm)),
        Trigger::Message { .. }
        | Trigger::Arrive
        | Trigger::Leave
        | Trigger::Cancel
        | Trigger::Signal { .. }
        | Trigger::When
        | Trigger::Else
        | Trigger::Match { .. }
        | Trigger::Resolved
        | Trigger::LockFailed
        | Trigger::Passed
        | Trigger::CheckFailed
        | Trigger::Otherwise => None,
    })
}

/// Whether the deadline ends the machine's frame whatever state it is in.
fn ends(arm: &Arm) -> bool {
    let ends = match arm.target.as_ref().map(|target| &target.kind) {
        Some(TargetKind::Resolve(..) | TargetKind::Fail(_) | TargetKind::Move(_) | TargetKind::Drop(_)) => true,
        Some(TargetKind::State(_) | TargetKind::Admit(_) | TargetKind::Retry(_)) | None => false,
    };
    ends && arm.guard.is_none()
}
