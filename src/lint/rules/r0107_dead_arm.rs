//! R0107: an arm that is never taken.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(107),
    name: "dead-arm",
    severity: Severity::Warning,
    finds: "an arm after one that is always taken, so that it never is",
    why: "what it does never happens, although it is written down",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" state waiting { on { ready: true } -> deciding }
    state deciding { else -> inside when room.count > 5 -> waiting }
    state inside { on _ { say { welcome: true } } } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" state waiting { on { ready: true } -> deciding }
    state deciding { else -> inside }
    state inside { on _ { say { welcome: true } } } }
"#,
    fix: Mending::Safe("takes the arm away, except from a `match`"),
    by: By::Model,
};
