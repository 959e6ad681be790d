//! R0001: what cannot be read.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(1),
    name: "syntax",
    severity: Severity::Error,
    finds: "a part of a file that cannot be read. The rest of the file is read all the same, so that one slip does not hide the next",
    why: "rules that are not understood cannot be run, and leaving a part of them out would open what it guards",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on _ { say { error: 'hello' } } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" on _ { say { error: "hello" } } }
"#,
    fix: Mending::Safe(
        "writes what the help says, where there is one way to read it; `--unsafe-fixes` also where it is a guess",
    ),
    by: By::Parser,
};
