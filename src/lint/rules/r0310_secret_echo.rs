//! R0310: a secret that would be seen.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(310),
    name: "secret-echo",
    severity: Severity::Error,
    finds: "a `secret` that is sent, kept, resolved with or handed to something that wants no secret",
    why: "what a client typed as its password would be seen by others, or stand in a log",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hall }
room hall { requires pass }
lock pass gives bool {
    after 30s -> fail "too slow"
    state waiting { on { name: text, word: secret } as a -> checking(a.name, a.word) }
    state checking(name: text, word: secret) {
        say { you_said: word }
        check password(name, word) within 5s
        passed _ -> resolve true
        failed why -> fail why
    }
}
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hall }
room hall { requires pass }
lock pass gives bool {
    after 30s -> fail "too slow"
    state waiting { on { name: text, word: secret } as a -> checking(a.name, a.word) }
    state checking(name: text, word: secret) {
        check password(name, word) within 5s
        passed _ -> resolve true
        failed why -> fail why
    }
}
"#,
    fix: Mending::ByHand,
    by: By::Model,
};
