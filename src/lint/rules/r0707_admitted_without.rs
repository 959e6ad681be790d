//! R0707: a state that a second socket enters without what its arrow brings.

use super::prelude::*;
use crate::lint::exprs::parts;
use crate::model::{ActionKind, Arm, Expr, ExprKind, Machine, StateCall, TargetKind};

pub(super) const RULE: Rule = Rule {
    code: Code(707),
    name: "admitted-without",
    severity: Severity::Error,
    finds: "a room whose first arrow to `admit` brings to its state what an arm bound, or a value of the state before, where clients have an identity",
    why: "a client's other socket, which was admitted with the first, begins in that state when it first speaks there. It took no arm, so there is nothing that was \
bound, and the state would run without its values",
    bad: r#"
entry lobby
room lobby public { doors club after 2m -> drop "nobody came in" }
room club {
    requires identity
    state naming { on { nick: text } as n -> admit inside(n.nick) }
    state inside(nick: text) { on { text: text } { post { said_by: nick } } }
}
lock identity gives text {
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check code(word) within 5s
        passed name { identify name -> resolve name }
        failed why -> fail why
    }
}
"#,
    good: r#"
entry lobby
room lobby public { doors club after 2m -> drop "nobody came in" }
room club {
    requires identity
    state naming { on { nick: text } -> admit inside(client.id) }
    state inside(nick: text) { on { text: text } { post { said_by: nick } } }
}
lock identity gives text {
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check code(word) within 5s
        passed name { identify name -> resolve name }
        failed why -> fail why
    }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let identifies = |machine: &Machine| {
        crate::lint::exprs::actions(machine).any(|action| matches!(action.kind, ActionKind::Identify(_)))
    };
    if !ruleset.machines().any(|(_, machine)| identifies(machine)) {
        return;
    }
    for (_, machine) in ruleset.machines() {
        let Some((arm, call)) = first_admitting(machine) else { continue };
        for missing in call.args.iter().filter_map(bound) {
            let state = machine.states.get(call.state.index()).map_or("", |state| &*state.name);
            found.push(
                RULE.at(missing.span, format!("a second socket of the client enters `{state}` without this"))
                    .label("known only to the socket that took this arm")
                    .other(arm.span, "the first arrow to `admit`, by which every socket that comes later begins")
                    .help("bring what every socket knows, such as a parameter, `client.id` or a constant, or let an earlier arrow to `admit` say where such sockets begin"),
            );
        }
    }
}

fn first_admitting(machine: &Machine) -> Option<(&Arm, &StateCall)> {
    machine.arms.iter().find_map(|arm| match arm.target.as_ref().map(|target| &target.kind) {
        Some(TargetKind::Admit(Some(call))) => Some((arm, call)),
        Some(_) | None => None,
    })
}

/// What is of an arm or of a state in an expression.
fn bound(expr: &Expr) -> Option<&Expr> {
    if matches!(expr.kind, ExprKind::Bind | ExprKind::BindTo | ExprKind::Local(_)) {
        return Some(expr);
    }
    parts(&expr.kind).into_iter().find_map(bound)
}
