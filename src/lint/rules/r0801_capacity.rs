//! R0801: a count that a room's capacity never lets come about.

use super::prelude::*;
use crate::lint::exprs::expressions;
use crate::model::{Comparison, Expr, ExprKind, Literal};

pub(super) const RULE: Rule = Rule {
    code: Code(801),
    name: "capacity",
    severity: Severity::Warning,
    finds: "a comparison of `room.count` with more than the room's `capacity` lets in, which never holds or always does",
    why: "one of the two figures is not what was meant: the game that starts with the seventh player never starts in a room for six",
    bad: r#"
entry lobby
room lobby public { doors table after 2m -> drop "nobody came in" }
room table public {
    capacity 6
    on arrive when room.count == 7 { tell everyone { full: true } }
}
"#,
    good: r#"
entry lobby
room lobby public { doors table after 2m -> drop "nobody came in" }
room table public {
    capacity 6
    on arrive when room.count == 6 { tell everyone { full: true } }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines() {
        let capacity = machine.room().and_then(|room| room.capacity).and_then(|most| i64::try_from(most).ok());
        let Some(capacity) = capacity else { continue };
        for (_, expr) in expressions(machine) {
            let Some(holds) = verdict(expr, capacity) else { continue };
            let verdict = if holds { "always" } else { "never" };
            found.push(
                RULE.at(expr.span, format!("this comparison {verdict} holds"))
                    .label(format!("at most {capacity} are in `{}`", machine.name))
                    .help("change the `capacity` or the figure"),
            );
        }
    }
}

/// What a comparison of the count comes to, where the capacity decides it.
fn verdict(expr: &Expr, capacity: i64) -> Option<bool> {
    let ExprKind::Compare(left, comparison, right) = &expr.kind else { return None };
    let figure =
        |expr: &Expr| if let ExprKind::Literal(Literal::Int(figure)) = expr.kind { Some(figure) } else { None };
    let is_count = |expr: &Expr| matches!(expr.kind, ExprKind::RoomCount);
    let (figure, comparison) = match (is_count(left), is_count(right)) {
        (true, false) => (figure(right)?, *comparison),
        (false, true) => (figure(left)?, turned(*comparison)),
        (true, true) | (false, false) => return None,
    };
    match comparison {
        Comparison::Equal if figure > capacity => Some(false),
        Comparison::NotEqual if figure > capacity => Some(true),
        Comparison::Less if figure > capacity => Some(true),
        Comparison::LessOrEqual if figure >= capacity => Some(true),
        Comparison::Greater if figure >= capacity => Some(false),
        Comparison::GreaterOrEqual if figure > capacity => Some(false),
        Comparison::Equal
        | Comparison::NotEqual
        | Comparison::Less
        | Comparison::LessOrEqual
        | Comparison::Greater
        | Comparison::GreaterOrEqual => None,
    }
}

fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::Equal,
        Comparison::NotEqual => Comparison::NotEqual,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
    }
}
