//! R0401: somebody is waited for without end.

use super::prelude::*;
use super::traps;
use crate::lint::places::at_top;
use crate::model::{ArmId, Machine};

pub(super) const RULE: Rule = Rule {
    code: Code(401),
    name: "missing-deadline",
    severity: Severity::Error,
    finds: "a state of a lock that waits for a client or a signal without `after … ->`, in itself or in its lock. A state that asks a lock or a check needs none: \
these have their own. Of rooms only the entry room is looked at, and there it is a warning",
    why: "a socket that never answers would keep its stack, its parked messages and its place for ever, and so would a thousand of them",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    ask { accept: "our terms" }
    on { accept: true } -> resolve true
    on { accept: false } -> fail "not accepted"
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    after 30s -> fail "too slow"
    ask { accept: "our terms" }
    on { accept: true } -> resolve true
    on { accept: false } -> fail "not accepted"
}
"#,
    fix: Mending::Unsafe("lets the lock as a whole fail after a minute, and drops from the entry room after two"),
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (id, machine) in ruleset.machines() {
        let is_entry = id == ruleset.model.entry;
        if (machine.lock().is_none() && !is_entry) || has_deadline(machine, &machine.timers) {
            continue;
        }
        let trapped: Vec<StateId> = traps::traps(ruleset, id).into_iter().flat_map(|trap| trap.states).collect();
        for (at, state) in machine.states.iter().enumerate() {
            let at = StateId(at as u32);
            if trapped.contains(&at) || !waits(ruleset, id, at) || has_deadline(machine, &state.timers) {
                continue;
            }
            let what = traps::state_in_words(machine, state);
            let finding = if machine.lock().is_some() {
                RULE.at(state.span, format!("{what} waits without a deadline"))
                    .help("say how long, as in `after 60s -> fail \"too slow\"`")
            } else {
                Diagnostic::warning(
                    RULE.code,
                    state.span,
                    format!("{what}, where every socket starts, has no deadline"),
                )
                .help("say how long a socket may stay, as in `after 2m -> drop \"nobody came in\"`")
            };
            let (how, deadline) = if machine.lock().is_some() {
                ("let the lock fail after a minute", "after 60s -> fail \"too slow\"")
            } else {
                ("drop who stays for two minutes", "after 2m -> drop \"nobody came in\"")
            };
            let fix = at_top(ruleset, Fix::unsafe_to_apply(how), machine.span, deadline);
            found.push(finding.label("a socket may stay here for ever").fixes(fix));
        }
    }
}

fn has_deadline(machine: &Machine, timers: &[ArmId]) -> bool {
    timers.iter().filter_map(|id| machine.arms.get(id.index())).any(|arm| arm.target.is_some())
}

/// Whether a machine comes to the state and stays there until somebody does something.
fn waits(ruleset: &Ruleset<'_>, id: crate::model::MachineId, state: StateId) -> bool {
    let machine = ruleset.machine(id);
    let Some(graph) = ruleset.graphs.machine(id) else { return false };
    let (Some(entry), Some(node)) = (graph.find(Node::Entry), graph.find(Node::State(state))) else { return false };
    if machine.states.get(state.index()).is_none_or(|state| state.call.is_some()) {
        return false;
    }
    let leads_on_alone = machine.states.get(state.index()).is_some_and(|state| {
        let last = state.eventless.iter().filter_map(|id| machine.arms.get(id.index()));
        last.into_iter().any(|arm| crate::machine::is_always_taken(arm) && arm.target.is_some())
    });
    !leads_on_alone && graph.graph.reach(&[entry], |_| true).contains(node)
}
