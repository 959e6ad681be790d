//! R0902: a file that is called after something else.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(902),
    name: "file-name",
    severity: Severity::Info,
    finds: "a file with one room or lock that is not called like it, and a file that is called like a room or lock of another file. What holds several may be called \
as you like",
    why: "a file is looked for by the name of what it holds. Here the example is a file `rules.room`",
    bad: r#"
entry lobby
room lobby public { after 2m -> drop "nobody came in" }
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall public { presence }
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (id, source) in ruleset.sources.iter() {
        let stem = stem(&source.path);
        let here: Vec<_> =
            ruleset.machines().map(|(_, machine)| machine).filter(|machine| machine.span.source == id).collect();
        let Some(first) = here.first() else { continue };
        if here.iter().any(|machine| *machine.name == *stem) {
            continue;
        }
        let elsewhere = ruleset.machines().map(|(_, machine)| machine).find(|machine| *machine.name == *stem);
        let finding = match (elsewhere, here.len()) {
            (Some(other), _) => RULE
                .at(first.span, format!("this file is called like `{stem}`, which is somewhere else"))
                .other(other.span, format!("`{stem}` stands here"))
                .help(format!("move `{stem}` into this file, or give the file another name")),
            (None, 1) => RULE
                .at(first.span, format!("the file of `{}` is called `{stem}`", first.name))
                .help(format!("call the file `{}.room`", first.name)),
            (None, _) => continue,
        };
        found.push(finding);
    }
}

/// A path's last part without its ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}
