//! R0606: a condition that never holds.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(606),
    name: "constant-condition",
    severity: Severity::Warning,
    finds: "a comparison or a pattern that can never hold, because no value of that type is ever so",
    why: "the rule looks as if it guarded or handled something, and does not",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on { side: "white" | "black" } as m when m.side == "grey" { say { grey: true } } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on { side: "white" | "black" } as m when m.side == "white" { say { white: true } } }
"#,
    by: By::Model,
};
