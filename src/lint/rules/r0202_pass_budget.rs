//! R0202: a pass that may need more steps than it has.

use super::prelude::*;
use crate::lint::story;
use crate::machine::PASS_STEPS_MAX;

/// So much of the way is told.
const TOLD_STEPS_MAX: usize = 12;

pub(super) const RULE: Rule = Rule {
    code: Code(202),
    name: "pass-budget",
    severity: Severity::Error,
    finds: "rules in which one event may need more than 1000 steps. A step is an arm taken, a state entered, or a frame wound or gone. The figure \
is an upper bound: the costliest way through what can follow without an event, with all that the event can cut",
    why: "one socket must not be able to hold up all others, and the server has to know beforehand how much a pass can cost",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires key }
lock key gives text {
    attempts 400
    let challenge = nonce()
    after 60s -> fail "too slow"
    state waiting {
        ask { sign: challenge }
        on { name: text, signature: text } as a -> checking(a.name, a.signature)
    }
    state checking(name: text, signature: text) {
        check ssh_signature(name, challenge, signature) within 5s
        passed fingerprint -> resolve fingerprint
        failed _ -> retry checking(name, signature) // the challenge is spent, so each retry fails at once
    }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires key }
lock key gives text {
    let challenge = nonce()
    after 60s -> fail "too slow"
    state waiting {
        ask { sign: challenge }
        on { name: text, signature: text } as a -> checking(a.name, a.signature)
    }
    state checking(name: text, signature: text) {
        check ssh_signature(name, challenge, signature) within 5s
        passed fingerprint -> resolve fingerprint
        failed why -> fail why
    }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let Some(longest) = ruleset.analysis.longest_pass.as_ref() else { return };
    if longest.steps <= u64::from(PASS_STEPS_MAX) {
        return;
    }
    let spans = longest.way.iter().map(|edge| ruleset.graphs.composed.edge(*edge).span);
    let entry = ruleset.machine(ruleset.model.entry).span;
    let message = format!("a pass may need {} steps, and has {PASS_STEPS_MAX}", longest.steps);
    let mut finding = RULE.at(spans.into_iter().next().unwrap_or(entry), message).label("the longest way begins here");
    let told = longest.way.iter().filter_map(|edge| Some((*edge, story::describe(ruleset, *edge)?)));
    for (edge, step) in told.take(TOLD_STEPS_MAX) {
        finding = finding.note(format!("{step} ({})", ruleset.place(ruleset.graphs.composed.edge(edge).span)));
    }
    found.push(finding.help("let some of these arrows wait for an event, or spend fewer attempts in one go"));
}
