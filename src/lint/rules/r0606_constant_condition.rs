//! R0606: a condition that decides nothing.

use super::prelude::*;
use crate::model::{Expr, ExprKind, Literal};

pub(super) const RULE: Rule = Rule {
    code: Code(606),
    name: "constant-condition",
    severity: Severity::Warning,
    finds: "a comparison or a pattern that can never hold, or always does, because every value of that type is so, and a guard that comes to `true` or `false` \
whatever happens",
    why: "the rule looks as if it guarded or handled something, and does not",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on { side: "white" | "black" } as m when m.side == "grey" { say { grey: true } } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on { side: "white" | "black" } as m when m.side == "white" { say { white: true } } }
"#,
    by: By::Both(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines() {
        let admits = machine.room().and_then(|room| room.admit.as_ref()).map(|admit| &admit.guard);
        for guard in machine.arms.iter().filter_map(|arm| arm.guard.as_ref()).chain(admits) {
            let Some(holds) = value(guard) else { continue };
            let verdict = if holds { "always" } else { "never" };
            found.push(
                RULE.at(guard.span, format!("this guard {verdict} holds"))
                    .label("decides nothing")
                    .help("take it away, or let it look at something"),
            );
        }
    }
}

/// What a guard comes to whatever happens.
fn value(guard: &Expr) -> Option<bool> {
    match &guard.kind {
        ExprKind::Literal(Literal::Bool(value)) => Some(*value),
        ExprKind::Not(of) => value(of).map(|value| !value),
        ExprKind::And(left, right) => match (value(left), value(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            (Some(true) | None, Some(true) | None) => None,
        },
        ExprKind::Or(left, right) => match (value(left), value(right)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            (Some(false) | None, Some(false) | None) => None,
        },
        _ => None,
    }
}
