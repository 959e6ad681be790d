//! R0207: groups in a circle.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(207),
    name: "group-circle",
    severity: Severity::Error,
    finds: "groups that are `in` each other in a circle",
    why: "what is sent to one of them would be passed on without end",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in"  }
group a in b
group b in a
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in"  }
group a in b
group b
"#,
    fix: Mending::ByHand,
    by: By::Model,
};
