//! R0103: a state from which nothing leads on.

use super::prelude::*;
use super::traps;
use crate::lint::places::at_top;

pub(super) const RULE: Rule = Rule {
    code: Code(103),
    name: "trap-state",
    severity: Severity::Error,
    finds: "a state of a lock, or of a room that has not admitted yet, from which no arrow leads anywhere",
    why: "whoever comes to it is never answered: the lock neither resolves nor fails, and everything below it on the stack waits",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    state asked {
        after 30s -> fail "too slow"
        ask { accept: "our terms" }
        on { accept: true } -> resolve true
        on { accept: false } -> thinking
    }
    state thinking { say { wait: "a moment" } }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    state asked {
        after 30s -> fail "too slow"
        ask { accept: "our terms" }
        on { accept: true } -> resolve true
        on { accept: false } -> thinking
    }
    state thinking { say { wait: "a moment" } after 5s -> fail "not accepted" }
}
"#,
    fix: Mending::Unsafe("lets it fail after half a minute"),
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (id, machine) in ruleset.machines() {
        for trap in traps::traps(ruleset, id).into_iter().filter(|trap| !trap.is_circle) {
            for state in trap.states {
                let Some(state) = machine.states.get(state.index()) else { continue };
                let what = traps::state_in_words(machine, state);
                let finding = RULE
                    .at(state.span, format!("nothing leads on from {what}"))
                    .label("waits for ever")
                    .help(traps::way_out(machine));
                let fix = Fix::unsafe_to_apply("let it fail after half a minute");
                let fix = at_top(ruleset, fix, state.span, "after 30s -> fail \"too slow\"");
                found.push(finding.fixes(fix));
            }
        }
    }
}
