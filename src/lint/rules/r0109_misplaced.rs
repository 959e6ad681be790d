//! R0109: what may not stand where it stands.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(109),
    name: "misplaced",
    severity: Severity::Error,
    finds: "something that may not stand where it stands: `resolve` in a room, `post` in a lock, `admit` after the room has admitted, a property of a lock in a room",
    why: "it has no meaning there, and ignoring it would surprise",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" attempts 3 }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in"  }
"#,
    fix: Mending::ByHand,
    by: By::Model,
};
