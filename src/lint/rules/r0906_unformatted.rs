//! R0906: a file that is not in the one style.

use super::prelude::*;
use crate::diagnostic::Span;
use crate::syntax::format_parsed;

pub(super) const RULE: Rule = Rule {
    code: Code(906),
    name: "unformatted",
    severity: Severity::Info,
    finds: "a file that `windlass fmt` would change. What no scene walks is not told here but by `windlass test`, which plays them",
    why: "rules in one style are read faster, and their changes are about what they say",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall public {
  presence }
"#,
    good: r#"entry lobby

room lobby public {
    doors hall
    after 2m -> drop "nobody came in"
}

room hall public {
    presence
}
"#,
    fix: Mending::Safe("lays the file out as `windlass fmt` does"),
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for file in ruleset.files {
        let id = file.source;
        let Some(source) = ruleset.sources.get(id) else { continue };
        let Ok(formatted) = format_parsed(ruleset.sources, file) else { continue };
        if *formatted == *source.text {
            continue;
        }
        let same = source.text.lines().zip(formatted.lines()).take_while(|(old, new)| old == new);
        let start: usize = same.map(|(old, _)| old.len() + 1).sum();
        let start = start.min(source.text.len());
        let line = source.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
        // A file has less than 4 GiB.
        let first = Span { source: id, start: start as u32, end: (start + line.len()) as u32 };
        let whole = Span { source: id, start: 0, end: source.text.len() as u32 };
        found.push(
            RULE.at(first, "this file is not in the one style")
                .label("the first line that is not")
                .help("run `windlass fmt`")
                .fix(Fix::safe("lay the file out").replace(whole, formatted)),
        );
    }
}
