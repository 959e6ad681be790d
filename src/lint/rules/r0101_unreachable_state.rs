//! R0101: a state to which no arrow leads.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(101),
    name: "unreachable-state",
    severity: Severity::Warning,
    finds: "a state of a room or lock to which no way leads from where the machine starts",
    why: "what is written in it never happens. If it holds a question that somebody must answer, nobody is asked",
    bad: r#"
entry lobby
room lobby public {
    after 2m -> drop "nobody came in"
    state outside { on { hello: text } -> inside }
    state inside { on _ { say { welcome: true } } }
    state forgotten { on _ { say { lost: true } } }
}
"#,
    good: r#"
entry lobby
room lobby public {
    after 2m -> drop "nobody came in"
    state outside { on { hello: text } -> inside }
    state inside { on _ { say { welcome: true } } }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (id, machine) in ruleset.machines() {
        let Some(graph) = ruleset.graphs.machine(id) else { continue };
        let reached = graph.reached_states();
        for (at, state) in machine.states.iter().enumerate() {
            if !reached.contains(&StateId(at as u32)) {
                let message = format!("no arrow leads to the state `{}` of `{}`", state.name, machine.name);
                found.push(
                    RULE.at(state.span, message)
                        .label("never entered")
                        .help("take it away, or lead an arrow to it that can be taken"),
                );
            }
        }
    }
}
