//! R0106: a question that cannot be answered wrongly.

use super::prelude::*;
use crate::model::MachineId;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    code: Code(106),
    name: "no-failure-path",
    severity: Severity::Warning,
    finds: "a lock that a room requires, or a `prove` rests on, in which no way leads to `fail`, `drop` or `move`",
    why: "whoever is asked passes, so the room is as open as a `public` one, and does not look so",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires ticket }
lock ticket gives text {
    state giving { else -> resolve socket.id }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires ticket }
lock ticket gives text {
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
        failed why -> fail why
    }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for id in super::guarding(ruleset) {
        let Some(graph) = ruleset.graphs.machine(id) else { continue };
        let Some(entry) = graph.find(Node::Entry) else { continue };
        let reach = graph.graph.reach(&[entry], |edge| graph.graph.edge(edge).is_arrow);
        let refuses = |node| matches!(node, Node::Fail | Node::Drop | Node::Move(_));
        let can_refuse = graph.nodes().any(|(at, node)| refuses(node) && reach.contains(at));
        let resolves = graph.find(Node::Resolve).is_some_and(|node| reach.contains(node));
        if resolves && !can_refuse && !answers_by_time(ruleset, id) {
            let machine = ruleset.machine(id);
            found.push(
                RULE.at(machine.span, format!("the lock `{}` cannot fail", machine.name))
                    .label("everybody passes")
                    .help("ask something in it that can be answered wrongly, or write `public` at the rooms that require it"),
            );
        }
    }
}

/// That is R0306, an error.
fn answers_by_time(ruleset: &Ruleset<'_>, id: MachineId) -> bool {
    let Some(graph) = ruleset.graphs.machine(id) else { return false };
    let faults: BTreeSet<bool> = graph.graph.edges().map(|edge| graph.graph.edge(edge).event.is_fault()).collect();
    faults.contains(&true)
}
