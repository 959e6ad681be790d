//! R0405: a deadline that a client can put off for ever.

use super::prelude::*;
use super::traps;
use crate::lint::places::at_top;
use crate::machine::{EdgeId, Event};
use crate::model::{ArmId, Machine, Trigger};

/// Lengths of time that a deadline is likely to have, in milliseconds and as they are written.
const LIKELY: [(u64, &str); 4] = [(60_000, "1m"), (300_000, "5m"), (900_000, "15m"), (3_600_000, "1h")];

pub(super) const RULE: Rule = Rule {
    code: Code(405),
    name: "deadline-put-off",
    severity: Severity::Warning,
    finds: "states of a lock, or of the entry room, whose deadlines begin anew because messages of the client lead round to them, \
where the lock or room as a whole has no deadline",
    why: "whoever sends something now and then stays for ever, with its stack, its parked messages and its place",
    bad: r#"
entry lobby
room lobby public { doors hall after 10m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    state asked {
        after 30s -> fail "too slow"
        on { accept: true } -> resolve true
        on { explain: true } -> explained
    }
    state explained {
        after 30s -> fail "too slow"
        on { understood: true } -> asked
    }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 10m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    after 5m -> fail "too slow"
    state asked {
        after 30s -> fail "too slow"
        on { accept: true } -> resolve true
        on { explain: true } -> explained
    }
    state explained {
        after 30s -> fail "too slow"
        on { understood: true } -> asked
    }
}
"#,
    fix: Mending::Unsafe("gives the whole of it a deadline that is longer than those within"),
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (id, machine) in ruleset.machines() {
        let is_looked_at = machine.lock().is_some() || id == ruleset.model.entry;
        if !is_looked_at || has_deadline(machine, &machine.timers) {
            continue;
        }
        let Some(graph) = ruleset.graphs.machine(id) else { continue };
        let Some(entry) = graph.find(Node::Entry) else { continue };
        let graph = &graph.graph;
        let reach = graph.reach(&[entry], |edge| graph.edge(edge).is_arrow);
        let drives = |edge: EdgeId| {
            let found = graph.edge(edge);
            let is_own = matches!(found.event, Event::Message | Event::Cancel | Event::Eventless);
            is_own && found.is_arrow && !found.is_retry && reach.contains(graph.source(edge))
        };
        for circle in graph.cycles(drives) {
            let inside = |edge: &EdgeId| circle.contains(&graph.target(*edge)) && drives(*edge);
            let all = circle.iter().filter_map(|node| crate::lint::ruleset::state_of(*graph.node(*node)));
            let states: Vec<_> = all.filter_map(|state| machine.states.get(state.index())).collect();
            let is_timed = states.iter().any(|state| has_deadline(machine, &state.timers));
            let edges = circle.iter().flat_map(|node| graph.outgoing(*node)).filter(inside);
            let message = edges.map(|edge| graph.edge(edge)).find(|edge| edge.event == Event::Message);
            let Some(message) = message.filter(|_| is_timed) else { continue };
            let Some(state) = states.iter().find(|state| has_deadline(machine, &state.timers)) else { continue };
            let fix = deadline_for(machine).and_then(|deadline| {
                at_top(ruleset, Fix::unsafe_to_apply("give the whole of it a deadline"), machine.span, &deadline)
            });
            found.push(
                RULE.at(message.span, format!("a client can stay in `{}` as long as it likes", machine.name))
                    .label("leads round, and deadlines begin anew")
                    .note(format!("the deadline of {} is put off each time", traps::state_in_words(machine, state)))
                    .help("give the whole of it a deadline, before its first state")
                    .fixes(fix),
            );
        }
    }
}

/// A deadline for the whole of a machine that is longer than those of its states.
fn deadline_for(machine: &Machine) -> Option<String> {
    let longest = machine
        .arms
        .iter()
        .filter_map(|arm| if let Trigger::After(delay) = arm.trigger { Some(delay) } else { None })
        .max();
    let (_, delay) = LIKELY.into_iter().find(|(millis, _)| longest.is_none_or(|longest| longest < *millis))?;
    let end = if machine.lock().is_some() { "fail \"too slow\"" } else { "drop \"nobody came in\"" };
    Some(format!("after {delay} -> {end}"))
}

fn has_deadline(machine: &Machine, timers: &[ArmId]) -> bool {
    timers.iter().filter_map(|id| machine.arms.get(id.index())).any(|arm| arm.target.is_some() && arm.guard.is_none())
}
