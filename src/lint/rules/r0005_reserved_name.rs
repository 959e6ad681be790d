//! R0005: a word of the language as a name.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(5),
    name: "reserved-name",
    severity: Severity::Error,
    finds: "a word of the language used as a name. Fields of records may use them all the same",
    why: "the reader, and the next version of the language, would take it for the word that it is",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors room }
room hall public { on _ as m { post m } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hall }
room hall public { on _ as m { post m } }
"#,
    by: By::Parser,
};
