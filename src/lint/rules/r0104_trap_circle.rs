//! R0104: states that lead only to each other.

use super::prelude::*;
use super::traps;

pub(super) const RULE: Rule = Rule {
    code: Code(104),
    name: "trap-circle",
    severity: Severity::Error,
    finds: "states of a lock, or of a room that has not admitted yet, that lead to each other and nowhere else",
    why: "whoever comes to them goes round until the connection is closed: the lock neither resolves nor fails",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    state asked {
        after 30s -> reminded
        ask { accept: "our terms" }
        on { accept: true } -> resolve true
    }
    state reminded { say { reminder: true } after 30s -> reminded_again }
    state reminded_again { say { reminder: true } after 30s -> reminded }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    state asked {
        after 30s -> reminded
        ask { accept: "our terms" }
        on { accept: true } -> resolve true
    }
    state reminded { say { reminder: true } after 30s -> fail "too slow" }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (id, machine) in ruleset.machines() {
        for trap in traps::traps(ruleset, id).into_iter().filter(|trap| trap.is_circle) {
            let states: Vec<_> = trap.states.iter().filter_map(|state| machine.states.get(state.index())).collect();
            let Some((first, others)) = states.split_first() else { continue };
            let what = match others {
                [] => format!("{} leads only to itself", traps::state_in_words(machine, first)),
                _ => format!("{} of `{}` lead only to each other", traps::names(&states), machine.name),
            };
            let mut finding = RULE.at(first.span, what).label("from here on there is no end");
            for state in others {
                finding = finding.other(state.span, "nor from here");
            }
            found.push(finding.help(traps::way_out(machine)));
        }
    }
}
