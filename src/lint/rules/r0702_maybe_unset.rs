//! R0702: what may not be there.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(702),
    name: "maybe-unset",
    severity: Severity::Error,
    finds: "something that is used where it may not be there: `client.…` before every path has identified the client, an optional value that was not matched, the key of a lock that is not required",
    why: "a rule must not guess what is missing",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on _ { say { you: client.id } } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on _ { say { you: socket.id } } }
"#,
    fix: Mending::ByHand,
    by: By::Model,
};
