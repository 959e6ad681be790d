//! R0706: what lies outside of what there is.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(706),
    name: "out-of-range",
    severity: Severity::Error,
    finds: "a number, text or range that lies outside of what there is, such as a least value above the greatest",
    why: "nothing would ever match it, or it would silently become something else",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on { n: int(9..1) } { say { ok: true } } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on { n: int(1..9) } { say { ok: true } } }
"#,
    fix: Mending::ByHand,
    by: By::Model,
};
