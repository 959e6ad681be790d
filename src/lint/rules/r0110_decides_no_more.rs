//! R0110: a refusal that comes when the socket is in already.

use super::prelude::*;
use super::traps;
use crate::model::{Arm, Machine, State, Target, TargetKind, Trigger};

pub(super) const RULE: Rule = Rule {
    code: Code(110),
    name: "decides-no-more",
    severity: Severity::Warning,
    finds: "an arrow to `fail` or `admit` that holds in a state of a room where another arrow is an `admit` that names no state, so that the room goes on \
in this one. Arms that are not waited for, such as `when`, are none",
    why: "a room that has admitted refuses nobody and admits nobody again: the deadline that was to end the waiting comes about in the room, and does nothing",
    bad: r#"
entry lobby
room lobby public { doors club after 2m -> drop "nobody came in" }
room club public {
    state knocking {
        after 30s -> fail "nobody opened"
        on { word: "mellon" } -> admit
    }
}
"#,
    good: r#"
entry lobby
room lobby public { doors club after 2m -> drop "nobody came in" }
room club public {
    state knocking {
        after 30s -> fail "nobody opened"
        on { word: "mellon" } -> admit inside
    }
    state inside { on { text: text } as m { post m } }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (id, machine) in ruleset.machines().filter(|(_, machine)| !arrival_leads_elsewhere(machine)) {
        let Some(graph) = ruleset.graphs.machine(id) else { continue };
        for (at, state) in machine.states.iter().enumerate() {
            let at = StateId(at as u32);
            let is_decided_in = graph.find(Node::Deciding(at)).is_some() && graph.find(Node::In(at)).is_some();
            if is_decided_in {
                state_that_stays(machine, at, state, found);
            }
        }
    }
}

fn state_that_stays(machine: &Machine, at: StateId, state: &State, found: &mut Vec<Diagnostic>) {
    let own = || machine.arms.iter().filter(|arm| arm.state.is_none_or(|own| own == at));
    let Some(admitting) = own().find(|arm| matches!(kind(arm), Some(TargetKind::Admit(None)))) else { return };
    for arm in own().filter(|arm| !std::ptr::eq(*arm, admitting) && is_waited_for(arm)) {
        if found.iter().any(|known| known.code == RULE.code && known.primary.span == arm.span) {
            continue;
        }
        let what = match kind(arm) {
            Some(TargetKind::Fail(_)) => "refuse",
            Some(TargetKind::Admit(_)) => "admit",
            Some(
                TargetKind::State(_)
                | TargetKind::Resolve(..)
                | TargetKind::Retry(_)
                | TargetKind::Move(_)
                | TargetKind::Drop(_),
            )
            | None => continue,
        };
        let place = traps::state_in_words(machine, state);
        found.push(
            RULE.at(arm.span, format!("this cannot {what} any more who is in {place} after admission"))
                .label("does nothing in the room")
                .other(admitting.span, "admits, and stays in this state")
                .help("let the `admit` name a state in which there is nothing to decide, as in `-> admit inside`"),
        );
    }
}

fn kind(arm: &Arm) -> Option<&TargetKind> {
    arm.target.as_ref().map(|Target { kind, .. }| kind)
}

/// Whether it can still come about when the state has been entered and what it asked has ended.
fn is_waited_for(arm: &Arm) -> bool {
    match arm.trigger {
        Trigger::Message { .. } | Trigger::Cancel | Trigger::Signal { .. } | Trigger::After(_) => true,
        Trigger::Arrive
        | Trigger::Leave
        | Trigger::When
        | Trigger::Else
        | Trigger::Match { .. }
        | Trigger::Resolved
        | Trigger::LockFailed
        | Trigger::Passed
        | Trigger::CheckFailed
        | Trigger::Otherwise => false,
    }
}

fn arrival_leads_elsewhere(machine: &Machine) -> bool {
    let arriving = machine.arrive.iter().filter_map(|id| machine.arms.get(id.index()));
    arriving.into_iter().any(|arm| arm.guard.is_none() && arm.target.is_some())
}
