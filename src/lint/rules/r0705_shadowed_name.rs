//! R0705: a name that hides another.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(705),
    name: "shadowed-name",
    severity: Severity::Warning,
    finds: "a parameter, `let` or bound name that hides another one",
    why: "two things with one name are mixed up sooner or later, and in rules about access that is a hole",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" let word = "a"
    on { say: true } { say { word: word } }
    on { text: text } as word { say { word: "b" } } }
"#,
    good: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" let word = "a"
    on { say: true } { say { word: word } }
    on { text: text } as other { say { word: "b" } } }
"#,
    fix: Mending::ByHand,
    by: By::Model,
};
