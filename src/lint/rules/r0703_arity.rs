//! R0703: too many arguments, or too few.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(703),
    name: "arity",
    severity: Severity::Error,
    finds: "too many arguments, or too few, for a room, lock, state or check",
    why: "what the missing ones stand for would be anybody's guess",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors table(1, 2) }
room table(n: int(1..9)) public { on { text: text } as m { post m } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors table(1) }
room table(n: int(1..9)) public { on { text: text } as m { post m } }
"#,
    fix: Mending::ByHand,
    by: By::Model,
};
