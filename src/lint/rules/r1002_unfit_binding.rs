//! R1002: what is bound and does not fit.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(1002),
    name: "unfit-binding",
    severity: Severity::Error,
    finds: "what the settings bind to a declared check, and what cannot answer it: other parameters, another value, a setting that is missing, \
            a name that the rules do not declare; and what they bind to a webhook in the same way",
    why: "the check would fail each time, or nobody would be asked or told",
    bad: r#"
// windlass.yaml: checks: { declared: { invited: { code: { codes: { ada: "a word" } } } } }
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hall }
room hall { requires pass }
check invited(word: secret) gives bool
lock pass gives bool {
    after 30s -> fail "too slow"
    state waiting { on { word: secret } as a -> checking(a.word) }
    state checking(word: secret) {
        check invited(word) within 5s
        passed yes -> resolve yes
        failed why -> fail why
    }
}
"#,
    good: r#"
// windlass.yaml: checks: { declared: { invited: { code: { codes: { ada: "a word" } } } } }
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hall }
room hall { requires pass }
check invited(word: secret) gives text
lock pass gives text {
    after 30s -> fail "too slow"
    state waiting { on { word: secret } as a -> checking(a.word) }
    state checking(word: secret) {
        check invited(word) within 5s
        passed label -> resolve label
        failed why -> fail why
    }
}
"#,
    fix: Mending::ByHand,
    by: By::Settings,
};
