//! R0102: a room or lock to which nothing leads.

use super::prelude::*;
use crate::model::MachineId;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    code: Code(102),
    name: "unreachable-room-or-lock",
    severity: Severity::Warning,
    finds: "a room to which no door and no move leads, on any way from the entry room, and a lock that nothing on such a way requires, asks or offers",
    why: "nobody comes to it. A lock that guards nothing looks, to a reader, as if it did",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall public { on { text: text } as m { post m } }
lock terms gives bool {
    after 30s -> fail "too slow"
    on { accept: true } -> resolve true
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms on { text: text } as m { post m } }
lock terms gives bool {
    after 30s -> fail "too slow"
    on { accept: true } -> resolve true
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let walk = ruleset.street();
    let is_reached = |id: MachineId| ruleset.graphs.find(id, Node::Entry).is_some_and(|node| walk.reach.contains(node));
    let unreached: Vec<MachineId> = ruleset.machines().map(|(id, _)| id).filter(|id| !is_reached(*id)).collect();
    let wound_by = |id: &MachineId| {
        let id = *id;
        ruleset.analysis.calls.wound_by(id).filter(move |lock| *lock != id)
    };
    let wound: BTreeSet<MachineId> = unreached.iter().flat_map(wound_by).collect();
    for id in &unreached {
        let machine = ruleset.machine(*id);
        let is_lock = machine.lock().is_some();
        // What only an unreachable room or lock asks is mended with that one.
        if is_lock && wound.contains(id) {
            continue;
        }
        let (what, help) = if is_lock {
            ("nothing requires, asks or offers the lock", "require it where it is meant to guard, or take it away")
        } else {
            ("no door and no move leads to the room", "lead a door or a move to it, or take it away")
        };
        found.push(RULE.at(machine.span, format!("{what} `{}`", machine.name)).label("nobody comes here").help(help));
    }
}
