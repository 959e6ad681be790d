//! R0904: a comment that lets nothing stand.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(904),
    name: "unused-suppression",
    severity: Severity::Warning,
    finds: "a comment `// lint: allow(R0302) because …` without a finding on its line, or, where it has a line of its own, on the next line of rules; \
one that does not say why, or names a rule that there is not; and one on an error",
    why: "what is let stand without need hides the next finding, and without a reason nobody knows whether it still holds. \
An error keeps the rules from being loaded whatever a comment says, so there it would only mislead",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" } // lint: allow(R0302) because everybody may come in
"#,
    good: r#"
entry lobby
// lint: allow(R0302) because everybody may come in
room lobby { after 2m -> drop "nobody came in" }
"#,
    fix: Mending::Safe("takes the code, or the comment, away"),
    by: By::Comments,
};
