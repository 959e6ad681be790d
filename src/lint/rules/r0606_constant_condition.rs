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
    fix: Mending::ByHand,
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
    if let ExprKind::Literal(Literal::Bool(value)) = &guard.kind {
        return Some(*value);
    }
    if let ExprKind::Not(of) = &guard.kind {
        return value(of).map(|value| !value);
    }
    if let ExprKind::And(left, right) = &guard.kind {
        let (left, right) = (value(left), value(right));
        let never = left == Some(false) || right == Some(false);
        return if never { Some(false) } else { left.and(right) };
    }
    if let ExprKind::Or(left, right) = &guard.kind {
        let (left, right) = (value(left), value(right));
        let always = left == Some(true) || right == Some(true);
        return if always { Some(true) } else { left.and(right) };
    }
    None
}
