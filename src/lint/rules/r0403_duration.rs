//! R0403: a length of time that cannot be meant.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(403),
    name: "duration",
    severity: Severity::Error,
    finds: "a length of time that is zero, or longer than a year",
    why: "a deadline of nothing is no deadline but an arrow, and one of years is a slip in the unit",
    bad: r#"
entry lobby
room lobby public { after 0s -> drop "nobody came in" }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in"  }
"#,
    fix: Mending::Unsafe("writes the least or the greatest that is likely, `1s` or `365d`"),
    by: By::Model,
};
