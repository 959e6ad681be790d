//! R0802: a stranger's word that reaches everybody.

use super::prelude::*;
use crate::lint::places::at_top;
use crate::model::{Action, ActionKind, Arm, Dest, Trigger, Type};
use std::cell::LazyCell;

pub(super) const RULE: Rule = Rule {
    code: Code(802),
    name: "amplification",
    severity: Severity::Warning,
    finds: "a handler that sends a client's message on to members or a group, in a `public` room without `limit` and without `capacity`, where the room is the \
entry room or the handler takes any message",
    why: "who connects and is nobody yet makes the server send as often as there are sockets. One message in, thousands out, costs the attacker nothing",
    bad: r#"
entry lobby
room lobby public {
    after 2m -> drop "nobody came in"
    on _ as m { post m }
}
"#,
    good: r#"
entry lobby
room lobby public {
    limit 5 per 1s
    after 2m -> drop "nobody came in"
    on _ as m { post m }
}
"#,
    fix: Mending::Unsafe("gives the room `limit 5 per 1s`"),
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (id, machine) in ruleset.machines() {
        let Some(room) = machine.room() else { continue };
        let is_open = room.public && room.requires.is_empty() && room.admit.is_none() && !room.admits_itself;
        if !is_open || room.capacity.is_some() || machine.limit.is_some() {
            continue;
        }
        // many arms may be found, and all are mended in one place
        let fix = LazyCell::new(|| {
            at_top(ruleset, Fix::unsafe_to_apply("give the room a limit"), machine.span, "limit 5 per 1s")
        });
        for arm in machine.arms.iter().filter(|arm| hears(arm, id == ruleset.model.entry)) {
            let Some(action) = arm.actions.iter().find(|action| reaches_many(action)) else { continue };
            found.push(
                RULE.at(
                    action.span,
                    format!("anybody in `{}` can make this go to everybody, as often as they like", machine.name),
                )
                .label("one message in, many out")
                .other(arm.span, "on any message of a socket that passed no lock")
                .help("give the room a `limit`, as in `limit 5 per 1s`, or a `capacity`, or let it require a lock")
                .fixes((*fix).clone()),
            );
        }
    }
}

fn hears(arm: &Arm, is_entry: bool) -> bool {
    matches!(&arm.trigger, Trigger::Message { pattern, .. } if is_entry || *pattern == Type::Any)
}

fn reaches_many(action: &Action) -> bool {
    match &action.kind {
        ActionKind::Post(_) => true,
        ActionKind::Tell(dest, _) => matches!(dest, Dest::Members | Dest::Everyone | Dest::Group(_)),
        ActionKind::Signal(dest, ..) => matches!(dest, Dest::Members | Dest::Everyone | Dest::Group(_)),
        ActionKind::Ask(_)
        | ActionKind::Say(_)
        | ActionKind::Identify(_)
        | ActionKind::Set(..)
        | ActionKind::Leave(_) => false,
    }
}
