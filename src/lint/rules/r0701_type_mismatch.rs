//! R0701: a value of the wrong type.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(701),
    name: "type-mismatch",
    severity: Severity::Error,
    finds: "a value of one type where another is wanted",
    why: "on a socket it would be a failure of the rule; here it is a message to its author",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on { count: int } as m when m.count == "many" { say { many: true } } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on { count: int } as m when m.count == 100 { say { many: true } } }
"#,
    fix: Mending::ByHand,
    by: By::Model,
};
