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
room lobby public { after 2m -> drop "nobody came in"  }
group socket
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" receives sockets }
group sockets
"#,
    fix: Mending::ByHand,
    by: By::Parser,
};
