//! R0203: locks that wind each other in a circle.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(203),
    name: "lock-recursion",
    severity: Severity::Error,
    finds: "a lock that asks for itself, or locks that ask for each other in a circle",
    why: "a wind stack could grow without end, and no proof about a path would hold",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires first }
lock first gives bool {
    after 30s -> fail "too slow"
    state asking { on { easy: true } -> resolve true on { hard: true } -> deeper }
    state deeper { lock second resolved _ -> resolve true failed why -> fail why }
}
lock second gives bool {
    after 20s -> fail "too slow"
    state asking { on { easy: true } -> resolve true on { hard: true } -> deeper }
    state deeper { lock first resolved _ -> resolve true failed why -> fail why }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires first }
lock first gives bool {
    after 30s -> fail "too slow"
    state asking { on { easy: true } -> resolve true on { hard: true } -> deeper }
    state deeper { lock second resolved _ -> resolve true failed why -> fail why }
}
lock second gives bool {
    after 20s -> fail "too slow"
    on { easy: true } -> resolve true
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for recursion in ruleset.analysis.calls.recursions() {
        let Some(((first, span), others)) = recursion.circle.split_first() else { continue };
        let name = |id| &ruleset.machine(id).name;
        let message = match others {
            [] => format!("the lock `{}` asks for itself", name(*first)),
            _ => {
                let locks: Vec<_> = recursion.circle.iter().map(|(id, _)| *id).collect();
                format!("the locks {} ask for each other", ruleset.names(&locks, "and"))
            }
        };
        let mut finding = RULE.at(*span, message).label(format!("`{}` asks here", name(*first)));
        for (id, span) in others {
            finding = finding.other(*span, format!("`{}` asks here", name(*id)));
        }
        found.push(finding.help("let one of them resolve by itself, or fail, instead of asking"));
    }
}
