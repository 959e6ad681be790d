//! R0208: what is made of itself.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(208),
    name: "recursive-definition",
    severity: Severity::Error,
    finds: "a shape or constant that is made of itself, or that grows beyond what a ruleset may hold",
    why: "it would have no end",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in"  }
shape a { inner: a }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on a { say { a: true } } }
shape a { inner: text }
"#,
    fix: Mending::ByHand,
    by: By::Model,
};
