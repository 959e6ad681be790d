//! R0004: a name that nothing has.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(4),
    name: "unknown-name",
    severity: Severity::Error,
    finds: "a name that nothing has: a room, lock, state, group, check, shape, attribute, field or value. If something is called nearly so, it is proposed",
    why: "mostly it is a slip of the pen, and the rule would never do what it says",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hal }
room hall public { on { text: text } as m { post m } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" doors hall }
room hall public { on { text: text } as m { post m } }
"#,
    fix: Mending::Unsafe("writes the name that is nearly the same, where there is one"),
    by: By::Model,
};
