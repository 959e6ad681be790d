//! R0003: two things with one name.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(3),
    name: "duplicate-name",
    severity: Severity::Error,
    finds: "two rooms, locks, groups or constants with one name, two states of one machine, two handlers of what can be handled once, or a property that is said twice",
    why: "one of the two would be ignored, and nobody could say which",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in"  }
room lobby public { on _ { say { again: true } } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in"  }
"#,
    fix: Mending::ByHand,
    by: By::Model,
};
