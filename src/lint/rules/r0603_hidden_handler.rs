//! R0603: a state that does not hear what the whole machine wants to hear.

use super::coverage::{hides, is_broader};
use super::prelude::*;
use super::traps;

pub(super) const RULE: Rule = Rule {
    code: Code(603),
    name: "hidden-handler",
    severity: Severity::Warning,
    finds: "an `on` of a state, without a guard, which is broader than one of its room or lock that has an arrow, and so takes all that this one would hear. \
A state that handles the very same message in its own way is none",
    why: "what holds in all states, such as a signal that ends the game or a message to quit, does not hold in this one, by accident",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall public {
    on { quit: true } -> move lobby
    state quiet { on { talk: true } -> loud }
    state loud { on _ { say { error: "louder" } } }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall public {
    on { quit: true } -> move lobby
    state quiet { on { talk: true } -> loud }
    state loud { on { text: text } { say { error: "louder" } } }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines() {
        for state in machine.states.iter().filter(|state| !state.name.is_empty()) {
            let own = || state.handlers.iter().filter_map(|id| machine.arms.get(id.index()));
            let shared = machine.handlers.iter().filter_map(|id| machine.arms.get(id.index()));
            for shared in shared.filter(|arm| arm.target.is_some()) {
                let Some(hiding) = own().find(|own| hides(own, shared) && is_broader(own, shared)) else { continue };
                let what = traps::state_in_words(machine, state);
                found.push(
                    RULE.at(hiding.span, format!("{what} hides a handler that holds everywhere else"))
                        .label("taken for everything")
                        .other(shared.span, "never taken in that state")
                        .help("name what this handler is for, or write the other one in the state too, before it"),
                );
            }
        }
    }
}
