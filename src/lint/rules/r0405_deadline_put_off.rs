//! R0405: a deadline that a client can put off for ever.

use super::prelude::*;
use super::traps;
use crate::lint::places::at_top;
use crate::machine::{EdgeId, Event};
use crate::model::{ArmId, Machine};

pub(super) const RULE: Rule = Rule {
    code: Code(405),
    name: "deadline-put-off",
    severity: Severity::Warning,
    finds: "states of a lock, or of the entry room, whose deadlines begin anew because messages of the client lead round to them, \
where the lock or room as a whole has no deadline",
    why: "whoever sends something now and then stays for ever, with its stack, its parked messages and its place",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
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
room lobby public { doors hall after 2m -> drop "nobody came in" }
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
    fix: Mending::Unsafe("gives the whole of it an hour"),
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
            let (how, deadline) = if machine.lock().is_some() {
                ("let the lock fail after an hour", "after 1h -> fail \"too slow\"")
            } else {
                ("drop who stays for an hour", "after 1h -> drop \"nobody came in\"")
            };
            let fix = at_top(ruleset, Fix::unsafe_to_apply(how), machine.span, deadline);
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

fn has_deadline(machine: &Machine, timers: &[ArmId]) -> bool {
    timers.iter().filter_map(|id| machine.arms.get(id.index())).any(|arm| arm.target.is_some() && arm.guard.is_none())
}
