//! R0311: a secret that a rule compares.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(311),
    name: "secret-compared",
    severity: Severity::Error,
    finds: "a `secret` that a rule compares, instead of a check",
    why: "a comparison that stops at the first difference tells, by the time it takes, how much was right; and the right value would stand in the rules",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hall }
room hall { requires pass }
lock pass gives bool {
    after 30s -> fail "too slow"
    on { word: secret } as a when a.word == "sesame" -> resolve true
    on { word: secret } -> fail "wrong"
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
    fix: Mending::ByHand,
    by: By::Model,
};
