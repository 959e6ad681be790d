//! R0302: a room that requires nothing and does not say so.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(302),
    name: "unguarded-room",
    severity: Severity::Warning,
    finds: "a room that requires no lock and is not `public`. `admit when`, and states that decide by themselves, guard who comes in, \
but not which of a member's sockets may speak, so they do not count",
    why: "a room is open because somebody meant it to be, or because somebody forgot. `public` says which",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { on { text: text } as m { post m } }
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall public { on { text: text } as m { post m } }
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines() {
        let Some(room) = machine.room().filter(|room| !room.public && room.requires.is_empty()) else { continue };
        let mut finding = RULE
            .at(machine.span, format!("the room `{}` requires nothing", machine.name))
            .label("anybody who gets here may come in")
            .help("require a lock, or write `public` after its name if that is meant");
        if room.admits_itself || room.admit.is_some() {
            finding = finding.note(
                "it decides who is admitted, but another socket of a member may speak in it without having been asked",
            );
        }
        found.push(finding);
    }
}
