//! R0501: a question that may be tried again and again.

use super::prelude::*;
use crate::diagnostic::Span;
use crate::lint::places::at_top;
use crate::machine::{EdgeId, Event};
use crate::model::{Call, Machine, MachineId, TargetKind};

pub(super) const RULE: Rule = Rule {
    code: Code(501),
    name: "unbounded-retry",
    severity: Severity::Error,
    finds: "a lock in which a failed check, or a failed lock that checks something, leads back to where it can be tried again, without `retry`; \
and `retry` in a lock without `attempts`",
    why: "a deadline alone does not bound guessing: a client can try thousands of codes in half a minute. `attempts` does",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires code_word }
lock code_word gives text {
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
        failed _ -> waiting
    }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires code_word }
lock code_word gives text {
    attempts 3
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
        failed _ -> retry waiting
    }
}
"#,
    fix: Mending::Unsafe("spends an attempt there, of three if the lock does not say how many"),
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (id, machine) in ruleset.locks() {
        let Some(graph) = ruleset.graphs.machine(id) else { continue };
        let counts = |edge: EdgeId| graph.graph.edge(edge).is_arrow && !graph.graph.edge(edge).is_retry;
        let mut known = Vec::new();
        for circle in graph.graph.cycles(counts) {
            let inside =
                |edge: EdgeId| circle.contains(&graph.graph.source(edge)) && circle.contains(&graph.graph.target(edge));
            let edges = circle
                .iter()
                .flat_map(|node| graph.graph.outgoing(*node))
                .filter(|edge| inside(*edge) && counts(*edge));
            for edge in edges.map(|edge| *graph.graph.edge(edge)).filter(|edge| is_failed_try(ruleset, edge.event)) {
                if known.contains(&edge.span) {
                    continue;
                }
                known.push(edge.span);
                let help = match machine.lock().and_then(|lock| lock.attempts) {
                    Some(_) => "write `-> retry STATE` in place of `-> STATE`, so that it spends an attempt",
                    None => "write `attempts 3` in the lock, and `-> retry STATE` in place of `-> STATE`",
                };
                found.push(
                    RULE.at(edge.span, format!("`{}` can be tried without end", machine.name))
                        .label("leads back to where it can be tried again")
                        .help(help)
                        .fixes(counted(ruleset, machine, edge.span)),
                );
            }
        }
    }
}

/// What a target begins with.
const ARROW: &str = "->";

/// Lets the arm at this place spend an attempt.
fn counted(ruleset: &Ruleset<'_>, machine: &Machine, arm: Span) -> Option<Fix> {
    let target = machine.arms.iter().find(|found| found.span == arm)?.target.as_ref()?;
    let is_arrow = ruleset.sources.text(target.span).starts_with(ARROW);
    if !is_arrow || !matches!(target.kind, TargetKind::State(_)) {
        return None;
    }
    let after_arrow = target.span.start + ARROW.len() as u32;
    let fix = Fix::unsafe_to_apply("let it spend an attempt").insert(target.span.source, after_arrow, " retry");
    match machine.lock()?.attempts {
        Some(_) => Some(fix),
        None => at_top(ruleset, fix, machine.span, "attempts 3"),
    }
}

/// Whether it says that something which verifies has failed.
fn is_failed_try(ruleset: &Ruleset<'_>, event: Event) -> bool {
    let is_failed_lock = matches!(event, Event::LockFailed(_));
    let may_check = |lock| ruleset.analysis.calls.may_wind(lock, |lock| checks(ruleset, lock));
    matches!(event, Event::CheckFailed(_)) || (is_failed_lock && event.lock().is_some_and(may_check))
}

fn checks(ruleset: &Ruleset<'_>, lock: MachineId) -> bool {
    ruleset.machine(lock).states.iter().any(|state| matches!(state.call, Some(Call::Check(_))))
}
