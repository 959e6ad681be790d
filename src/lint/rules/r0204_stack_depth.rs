//! R0204: a wind stack that may grow too deep.

use super::prelude::*;
use crate::machine::STACK_FRAMES_MAX;

pub(super) const RULE: Rule = Rule {
    code: Code(204),
    name: "stack-depth",
    severity: Severity::Error,
    finds: "rules in which a run of the wind stack, with the room that the socket stands in, may have more than 32 frames",
    why: "every socket's memory is bounded, and so is what unwinds in one pass. Nobody can follow a stack that deep",
    bad: r#"
entry lobby
room lobby public { doors hall after 10m -> drop "nobody came in" }
room hall { requires l1 }
lock l1 gives bool { after 9m -> fail "slow" lock l2 resolved _ -> resolve true failed why -> fail why }
lock l2 gives bool { after 9m -> fail "slow" lock l3 resolved _ -> resolve true failed why -> fail why }
lock l3 gives bool { after 9m -> fail "slow" lock l4 resolved _ -> resolve true failed why -> fail why }
lock l4 gives bool { after 9m -> fail "slow" lock l5 resolved _ -> resolve true failed why -> fail why }
lock l5 gives bool { after 9m -> fail "slow" lock l6 resolved _ -> resolve true failed why -> fail why }
lock l6 gives bool { after 9m -> fail "slow" lock l7 resolved _ -> resolve true failed why -> fail why }
lock l7 gives bool { after 9m -> fail "slow" lock l8 resolved _ -> resolve true failed why -> fail why }
lock l8 gives bool { after 9m -> fail "slow" lock l9 resolved _ -> resolve true failed why -> fail why }
lock l9 gives bool { after 9m -> fail "slow" lock l10 resolved _ -> resolve true failed why -> fail why }
lock l10 gives bool { after 9m -> fail "slow" lock l11 resolved _ -> resolve true failed why -> fail why }
lock l11 gives bool { after 9m -> fail "slow" lock l12 resolved _ -> resolve true failed why -> fail why }
lock l12 gives bool { after 9m -> fail "slow" lock l13 resolved _ -> resolve true failed why -> fail why }
lock l13 gives bool { after 9m -> fail "slow" lock l14 resolved _ -> resolve true failed why -> fail why }
lock l14 gives bool { after 9m -> fail "slow" lock l15 resolved _ -> resolve true failed why -> fail why }
lock l15 gives bool { after 9m -> fail "slow" lock l16 resolved _ -> resolve true failed why -> fail why }
lock l16 gives bool { after 9m -> fail "slow" lock l17 resolved _ -> resolve true failed why -> fail why }
lock l17 gives bool { after 9m -> fail "slow" lock l18 resolved _ -> resolve true failed why -> fail why }
lock l18 gives bool { after 9m -> fail "slow" lock l19 resolved _ -> resolve true failed why -> fail why }
lock l19 gives bool { after 9m -> fail "slow" lock l20 resolved _ -> resolve true failed why -> fail why }
lock l20 gives bool { after 9m -> fail "slow" lock l21 resolved _ -> resolve true failed why -> fail why }
lock l21 gives bool { after 9m -> fail "slow" lock l22 resolved _ -> resolve true failed why -> fail why }
lock l22 gives bool { after 9m -> fail "slow" lock l23 resolved _ -> resolve true failed why -> fail why }
lock l23 gives bool { after 9m -> fail "slow" lock l24 resolved _ -> resolve true failed why -> fail why }
lock l24 gives bool { after 9m -> fail "slow" lock l25 resolved _ -> resolve true failed why -> fail why }
lock l25 gives bool { after 9m -> fail "slow" lock l26 resolved _ -> resolve true failed why -> fail why }
lock l26 gives bool { after 9m -> fail "slow" lock l27 resolved _ -> resolve true failed why -> fail why }
lock l27 gives bool { after 9m -> fail "slow" lock l28 resolved _ -> resolve true failed why -> fail why }
lock l28 gives bool { after 9m -> fail "slow" lock l29 resolved _ -> resolve true failed why -> fail why }
lock l29 gives bool { after 9m -> fail "slow" lock l30 resolved _ -> resolve true failed why -> fail why }
lock l30 gives bool { after 9m -> fail "slow" lock l31 resolved _ -> resolve true failed why -> fail why }
lock l31 gives bool { after 9m -> fail "slow" on { ok: true } -> resolve true }
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 10m -> drop "nobody came in" }
room hall { requires l1 }
lock l1 gives bool { after 9m -> fail "slow" lock l2 resolved _ -> resolve true failed why -> fail why }
lock l2 gives bool { after 9m -> fail "slow" lock l3 resolved _ -> resolve true failed why -> fail why }
lock l3 gives bool { after 9m -> fail "slow" lock l4 resolved _ -> resolve true failed why -> fail why }
lock l4 gives bool { after 9m -> fail "slow" lock l5 resolved _ -> resolve true failed why -> fail why }
lock l5 gives bool { after 9m -> fail "slow" lock l6 resolved _ -> resolve true failed why -> fail why }
lock l6 gives bool { after 9m -> fail "slow" lock l7 resolved _ -> resolve true failed why -> fail why }
lock l7 gives bool { after 9m -> fail "slow" lock l8 resolved _ -> resolve true failed why -> fail why }
lock l8 gives bool { after 9m -> fail "slow" lock l9 resolved _ -> resolve true failed why -> fail why }
lock l9 gives bool { after 9m -> fail "slow" lock l10 resolved _ -> resolve true failed why -> fail why }
lock l10 gives bool { after 9m -> fail "slow" lock l11 resolved _ -> resolve true failed why -> fail why }
lock l11 gives bool { after 9m -> fail "slow" lock l12 resolved _ -> resolve true failed why -> fail why }
lock l12 gives bool { after 9m -> fail "slow" lock l13 resolved _ -> resolve true failed why -> fail why }
lock l13 gives bool { after 9m -> fail "slow" lock l14 resolved _ -> resolve true failed why -> fail why }
lock l14 gives bool { after 9m -> fail "slow" lock l15 resolved _ -> resolve true failed why -> fail why }
lock l15 gives bool { after 9m -> fail "slow" lock l16 resolved _ -> resolve true failed why -> fail why }
lock l16 gives bool { after 9m -> fail "slow" lock l17 resolved _ -> resolve true failed why -> fail why }
lock l17 gives bool { after 9m -> fail "slow" lock l18 resolved _ -> resolve true failed why -> fail why }
lock l18 gives bool { after 9m -> fail "slow" lock l19 resolved _ -> resolve true failed why -> fail why }
lock l19 gives bool { after 9m -> fail "slow" lock l20 resolved _ -> resolve true failed why -> fail why }
lock l20 gives bool { after 9m -> fail "slow" lock l21 resolved _ -> resolve true failed why -> fail why }
lock l21 gives bool { after 9m -> fail "slow" lock l22 resolved _ -> resolve true failed why -> fail why }
lock l22 gives bool { after 9m -> fail "slow" lock l23 resolved _ -> resolve true failed why -> fail why }
lock l23 gives bool { after 9m -> fail "slow" lock l24 resolved _ -> resolve true failed why -> fail why }
lock l24 gives bool { after 9m -> fail "slow" lock l25 resolved _ -> resolve true failed why -> fail why }
lock l25 gives bool { after 9m -> fail "slow" lock l26 resolved _ -> resolve true failed why -> fail why }
lock l26 gives bool { after 9m -> fail "slow" lock l27 resolved _ -> resolve true failed why -> fail why }
lock l27 gives bool { after 9m -> fail "slow" lock l28 resolved _ -> resolve true failed why -> fail why }
lock l28 gives bool { after 9m -> fail "slow" lock l29 resolved _ -> resolve true failed why -> fail why }
lock l29 gives bool { after 9m -> fail "slow" lock l30 resolved _ -> resolve true failed why -> fail why }
lock l30 gives bool { after 9m -> fail "slow" on { ok: true } -> resolve true }
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let Some(deepest) = ruleset.analysis.deepest.as_ref().filter(|deepest| deepest.frames > STACK_FRAMES_MAX) else {
        return;
    };
    let Some((first, span)) = deepest.wound.first() else { return };
    let message =
        format!("a wind stack may have {} frames, and at most {STACK_FRAMES_MAX} are allowed", deepest.frames);
    let finding = RULE
        .at(*span, message)
        .label(format!("the run begins with `{}`", ruleset.machine(*first).name))
        .note(format!("the stack would read: a room, {}", super::stack_in_words(ruleset, deepest)));
    found.push(finding.help("ask in fewer locks: one lock can ask several things, one state after the other"));
}
