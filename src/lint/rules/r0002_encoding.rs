//! R0002: letters that mislead.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(2),
    name: "encoding",
    severity: Severity::Error,
    finds: "letters that look like others or turn the direction of the text outside of texts and comments, and names with letters beyond `a` to `z`, `0` to `9` and `_`",
    why: "two names that look the same would be two things, and a reviewer would see another rule than the one that runs",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in"  }
group grüsse
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" receives gruesse }
group gruesse
"#,
    fix: Mending::ByHand,
    by: By::Parser,
};
