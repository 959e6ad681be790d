//! R0503: a try that may follow the last one at once.

use super::prelude::*;
use crate::model::{Call, TargetKind, Trigger};

pub(super) const RULE: Rule = Rule {
    code: Code(503),
    name: "no-pause",
    severity: Severity::Info,
    finds: "a failed check that leads by `retry` to a state which asks again at once",
    why: "`attempts` bounds how many tries a lock gives; a pause between them also slows down who opens many sockets",
    bad: r#"
/// Where sockets start.
entry lobby
/// Everybody.
room lobby public { doors hall after 2m -> drop "nobody came in" }
/// Who knows a code.
room hall { requires code_word }
/// Asks for a code.
lock code_word gives text {
    attempts 3
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
        failed _ -> retry waiting
    }
}
"#,
    good: r#"
/// Where sockets start.
entry lobby
/// Everybody.
room lobby public { doors hall after 2m -> drop "nobody came in" }
/// Who knows a code.
room hall { requires code_word }
/// Asks for a code.
lock code_word gives text {
    attempts 3
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
        failed _ -> pausing
    }
    state pausing { after 2s -> retry waiting }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.locks() {
        for arm in machine.arms.iter().filter(|arm| matches!(arm.trigger, Trigger::CheckFailed)) {
            let again = match arm.target.as_ref().map(|target| &target.kind) {
                Some(TargetKind::Retry(call)) => machine.states.get(call.state.index()),
                Some(_) | None => None,
            };
            if again.is_some_and(|state| !state.handlers.is_empty() || matches!(state.call, Some(Call::Check(_)))) {
                found.push(
                    RULE.at(arm.span, format!("`{}` may be tried again at once", machine.name))
                        .label("without a pause")
                        .help("lead to a state that pauses, as in `state pausing { after 2s -> retry waiting }`"),
                );
            }
        }
    }
}
