//! R0604: an end that is not written.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(604),
    name: "missing-end",
    severity: Severity::Error,
    finds: "a lock or check that is asked without an arm for both of its ends, or whose last arm for an end has a guard; an end without a call",
    why: "a machine that asked would stand still when the answer comes that nobody wrote down",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hall }
room hall { requires pass }
lock pass gives text {
    after 30s -> fail "too slow"
    state waiting { on { word: text } as a -> checking(a.word) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
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
    fix: Mending::Unsafe("lets a lock fail where nothing says what follows a failure"),
    by: By::Model,
};
