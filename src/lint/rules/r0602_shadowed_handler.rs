//! R0602: a handler that never hears anything.

use super::coverage::{hides, is_broader};
use super::prelude::*;
use crate::model::{Arm, ArmId, Machine};

pub(super) const RULE: Rule = Rule {
    code: Code(602),
    name: "shadowed-handler",
    severity: Severity::Warning,
    finds: "an `on` that comes after another one of the same state or machine which has no guard and hears everything that it would",
    why: "handlers are tried in the order in which they are written, so the later one is never taken",
    bad: r#"
entry lobby
room lobby public {
    after 2m -> drop "nobody came in"
    on _ { say { error: "what do you mean?" } }
    on { help: true } { say { help: "say where you want to go" } }
}
"#,
    good: r#"
entry lobby
room lobby public {
    after 2m -> drop "nobody came in"
    on { help: true } { say { help: "say where you want to go" } }
    on _ { say { error: "what do you mean?" } }
}
"#,
    fix: Mending::Unsafe("writes it before the other one, where it hears less"),
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines() {
        list(ruleset, machine, &machine.handlers, found);
        for state in &machine.states {
            list(ruleset, machine, &state.handlers, found);
        }
    }
}

fn list(ruleset: &Ruleset<'_>, machine: &Machine, handlers: &[ArmId], found: &mut Vec<Diagnostic>) {
    let arms: Vec<&Arm> = handlers.iter().filter_map(|id| machine.arms.get(id.index())).collect();
    for (at, later) in arms.iter().enumerate() {
        let Some(earlier) = arms.iter().take(at).find(|earlier| hides(earlier, later)) else { continue };
        let fix = is_broader(earlier, later).then(|| {
            let text = format!("{} ", ruleset.sources.text(later.span));
            Fix::unsafe_to_apply("write it before the other one")
                .insert(earlier.span.source, earlier.span.start, text)
                .remove(later.span)
        });
        found.push(
            RULE.at(later.span, "this handler is never taken")
                .label("an earlier one hears all of this")
                .other(earlier.span, "tried first, and taken")
                .help("write it before the other one, or take it away")
                .fixes(fix),
        );
    }
}
