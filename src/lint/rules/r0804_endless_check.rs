//! R0804: a check without an end.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(804),
    name: "endless-check",
    severity: Severity::Error,
    finds: "a `check` without `within`",
    why: "a verifier that never answers would keep the socket waiting for ever",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hall }
room hall { requires pass }
lock pass gives text {
    after 30s -> fail "too slow"
    state waiting { on { word: text } as a -> checking(a.word) }
    state checking(word: text) {
        check code(word)
        passed label -> resolve label
        failed why -> fail why
    }
}
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hall }
room hall { requires pass }
lock pass gives text {
    after 30s -> fail "too slow"
    state waiting { on { word: text } as a -> checking(a.word) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
        failed why -> fail why
    }
}
"#,
    fix: Mending::Unsafe("gives the check five seconds"),
    by: By::Model,
};
