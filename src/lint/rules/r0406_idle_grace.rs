//! R0406: a grace that never begins, or that is no grace.

use super::prelude::*;
use crate::model::{Machine, TargetKind};

pub(super) const RULE: Rule = Rule {
    code: Code(406),
    name: "idle-grace",
    severity: Severity::Warning,
    finds: "a lock with a `grace` whose keys have no end, neither by `held` nor by `until`; and a `grace` that is as long as the key is `held`",
    why: "a grace begins when a key ends, and where no key ends, nobody is ever asked again; one that is as long as the key lets whoever has \
lost it listen for as long again, which is more often a slip in the unit than meant",
    bad: r#"
entry lobby
room lobby public { doors hall after 10m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool grace 30s {
    after 30s -> fail "too slow"
    on { accept: true } -> resolve true
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 10m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool held 8h grace 30s {
    after 30s -> fail "too slow"
    on { accept: true } -> resolve true
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines() {
        let Some(lock) = machine.lock() else { continue };
        let name = &machine.name;
        match (lock.grace, lock.held) {
            (Some(grace), Some(held)) if grace >= held => found.push(
                RULE.at(machine.span, format!("the grace of `{name}` is as long as its key"))
                    .label("lets its socket listen for as long again")
                    .help("make it shorter than `held`: long enough to answer"),
            ),
            (Some(_), None) if !has_end(machine) => found.push(
                RULE.at(machine.span, format!("the grace of `{name}` never begins"))
                    .label("gives keys that have no end")
                    .help("give the key an end, with `held 8h`, say, or with `-> resolve v until t`"),
            ),
            (Some(_) | None, Some(_) | None) => {}
        }
    }
}

fn has_end(machine: &Machine) -> bool {
    let targets = machine.arms.iter().filter_map(|arm| arm.target.as_ref());
    targets.into_iter().any(|target| matches!(target.kind, TargetKind::Resolve(_, Some(_))))
}
