//! R0903: a room or lock that nobody explains.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(903),
    name: "missing-doc",
    severity: Severity::Info,
    finds: "a room or lock without a line of `///` before it",
    why: "what a place is for, and what a question proves, is not in the arrows; whoever changes the rules next needs it",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" }
"#,
    good: r#"
entry lobby
/// Where everybody starts.
room lobby public { after 2m -> drop "nobody came in" }
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines().filter(|(_, machine)| machine.doc.trim().is_empty()) {
        let what = if machine.lock().is_some() { "lock" } else { "room" };
        found.push(
            RULE.at(machine.span, format!("nothing says what the {what} `{}` is for", machine.name))
                .label("no `///` before it")
                .help("write a line before it, as in `/// Where everybody starts.`"),
        );
    }
}
