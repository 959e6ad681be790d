//! R0108: no place to begin.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(108),
    name: "missing-initial",
    severity: Severity::Error,
    finds: "a ruleset without `entry`, with two of them, or whose entry room has parameters; a first state with parameters",
    why: "there would be no place to begin, or no values to begin with",
    bad: r#"
room lobby public { after 2m -> drop "nobody came in" }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in"  }
"#,
    fix: Mending::ByHand,
    by: By::Model,
};
