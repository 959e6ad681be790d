//! R0905: what clients would miss after a reload.

use super::prelude::*;
use crate::machine::Program;
use crate::machine::plan::Plan;

pub(super) const RULE: Rule = Rule {
    code: Code(905),
    name: "reload-breaking",
    severity: Severity::Warning,
    finds: "what is gone or has other types than in the rules that serve now, which `windlass lint --against` names: a room or lock that is not there, a \
lock whose keys become void, a room that lost a state or its alias, or whose parameters are others, an attribute that is gone or has another type, a group that is gone. A comment \
cannot let it stand, for it is over once the new rules serve",
    why: "who is connected when the new rules come is in the middle of the old ones: keys are asked for anew, states begin again, and what clients call by a \
name is not there. Often that is meant; then it is accepted with `--allow R0905`, or spread over two reloads",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires ticket }
lock ticket gives int {
    after 30s -> fail "too slow"
    on { seat: int } as m -> resolve m.seat
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires ticket }
lock ticket gives text {
    after 1m -> fail "too slow"
    on { seat: text } as m -> resolve m.seat
}
"#,
    fix: Mending::ByHand,
    by: By::Against(
        r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires ticket }
lock ticket gives text {
    after 30s -> fail "too slow"
    on { seat: text } as m -> resolve m.seat
}
"#,
    ),
};

/// What the new rules break of the old. What is gone is told where the entry room stands.
pub(in crate::lint) fn find(old: &Program, new: &Program) -> Vec<Diagnostic> {
    let nowhere = new.machine(new.model.entry).span;
    let breaking = Plan::of(old, new).breaking.into_iter();
    let finding = |found: crate::machine::plan::Breaking| {
        let note = format!("in the rules that serve now it stands at {}", found.was);
        RULE.at(found.now.unwrap_or(nowhere), found.message).note(note)
    };
    breaking.map(finding).collect()
}
