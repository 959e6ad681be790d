//! R1001: a check that nothing answers.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(1001),
    name: "unbound-check",
    severity: Severity::Error,
    finds: "a check that the rules use, and that the settings (those of `--config`, or `windlass.yaml` beside the rules) do not bind",
    why: "the server does not start where nothing answers a check; without settings nothing is said about it",
    bad: r#"
// windlass.yaml, beside these rules, says nothing of `invited`
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
