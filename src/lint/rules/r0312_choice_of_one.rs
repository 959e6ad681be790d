//! R0312: a choice between a lock and itself.

use super::prelude::*;
use crate::model::{Call, LockCall};

pub(super) const RULE: Rule = Rule {
    code: Code(312),
    name: "choice-of-one",
    severity: Severity::Warning,
    finds: "a lock that stands in one `one of` more than once",
    why: "a client chooses by the name of a lock, so of those with one name it can choose only the first; the key of another still opens, \
but nobody gets it there",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires one of stamp("red"), stamp("blue") }
lock stamp(colour: text) gives text {
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check totp(colour, word) within 5s
        passed _ -> resolve colour
        failed why -> fail why
    }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires stamp("red") }
lock stamp(colour: text) gives text {
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check totp(colour, word) within 5s
        passed _ -> resolve colour
        failed why -> fail why
    }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines() {
        let required = machine.room().into_iter().flat_map(|room| &room.requires).map(|required| &required.locks);
        let asked = machine.states.iter().filter_map(|state| match &state.call {
            Some(Call::Lock(locks)) => Some(locks),
            Some(Call::Check(_)) | None => None,
        });
        for choice in required.chain(asked) {
            list(ruleset, choice, found);
        }
    }
}

fn list(ruleset: &Ruleset<'_>, choice: &[LockCall], found: &mut Vec<Diagnostic>) {
    for (at, later) in choice.iter().enumerate() {
        let Some(first) = choice.iter().take(at).find(|first| first.lock == later.lock) else { continue };
        let name = &ruleset.machine(later.lock).name;
        found.push(
            RULE.at(later.span, format!("nobody can choose this `{name}`"))
                .label("has the name of an earlier one")
                .other(first.span, format!("`lock:{name}` means this one"))
                .help("write two locks with names of their own, or two `requires` if both are needed"),
        );
    }
}
