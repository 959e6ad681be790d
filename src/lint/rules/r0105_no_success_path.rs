//! R0105: a lock that can never resolve.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(105),
    name: "no-success-path",
    severity: Severity::Error,
    finds: "a lock in which no way leads to `resolve`",
    why: "nobody ever passes it, so nobody enters a room that requires it, and what its asker does when it resolves never happens",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    after 30s -> fail "too slow"
    ask { accept: "our terms" }
    on { accept: false } -> fail "not accepted"
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    after 30s -> fail "too slow"
    ask { accept: "our terms" }
    on { accept: true } -> resolve true
    on { accept: false } -> fail "not accepted"
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (id, machine) in ruleset.locks() {
        let Some(graph) = ruleset.graphs.machine(id) else { continue };
        let reach = graph.find(Node::Entry).map(|entry| graph.graph.reach(&[entry], |_| true));
        let resolves = graph.find(Node::Resolve);
        if reach.zip(resolves).is_some_and(|(reach, resolve)| reach.contains(resolve)) {
            continue;
        }
        let label = if resolves.is_some() { "no way leads to its `resolve`" } else { "it has no arrow to `resolve`" };
        found.push(
            RULE.at(machine.span, format!("the lock `{}` can never resolve", machine.name))
                .label(label)
                .help("lead an arrow to `resolve`, with the answer, from the state in which the answer is known"),
        );
    }
}
