//! R0206: signals that answer each other without end.

use super::prelude::*;
use crate::model::{Action, ActionKind, Arm, Dest, Machine, SignalId, Trigger};

pub(super) const RULE: Rule = Rule {
    code: Code(206),
    name: "signal-storm",
    severity: Severity::Warning,
    finds: "a room in which the handler of a signal, which has no guard and leads nowhere else, sends that signal to the members again, directly \
or by way of other such handlers",
    why: "with two members in the room each signal is answered by the other for ever, and with more they grow in number; \
every pass ends, and the server is busy all the same",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall public {
    on { ping: true } { signal members ping }
    on signal ping { signal members pong }
    on signal pong { signal members ping }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall public {
    on { ping: true } { signal members ping }
    on signal ping { signal members pong }
    on signal pong { say { pong: true } }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

/// One arm that answers a signal with another.
struct Answer<'model> {
    heard: SignalId,
    sent: SignalId,
    action: &'model Action,
}

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines().filter(|(_, machine)| machine.room().is_some()) {
        let answers = answers(machine);
        let mut known = Vec::new();
        for first in &answers {
            let Some(way) = way_back(&answers, first) else { continue };
            if way.iter().any(|answer| known.contains(&answer.heard)) {
                continue;
            }
            known.extend(way.iter().map(|answer| answer.heard));
            let name = ruleset.model.signals.get(first.heard.index()).map_or("", |name| name);
            let mut finding = RULE
                .at(first.action.span, format!("the signal `{name}` brings itself about again in `{}`", machine.name))
                .label("sent to every other member, and so on");
            for answer in way.iter().skip(1) {
                finding = finding.other(answer.action.span, "answered by this");
            }
            found.push(
                finding.help(
                    "let the circle end: take one of these signals away, or give its handler a guard or an arrow",
                ),
            );
        }
    }
}

/// What handlers that hold in every state answer; of one signal the first handler is the one that is taken.
fn answers(machine: &Machine) -> Vec<Answer<'_>> {
    let mut heard = Vec::new();
    let mut answers = Vec::new();
    // A machine that writes no states has one, to which its handlers belong.
    let only = if let [state] = &machine.states[..] { &state.handlers[..] } else { &[] };
    let hides = |signal: SignalId| {
        let own = machine.arms.iter().filter(|arm| arm.state.is_some() && only.is_empty());
        own.into_iter().any(|arm| matches!(arm.trigger, Trigger::Signal { signal: other, .. } if other == signal))
    };
    for arm in only.iter().chain(&machine.handlers).filter_map(|id| machine.arms.get(id.index())) {
        let Trigger::Signal { signal, pattern } = &arm.trigger else { continue };
        if heard.contains(signal) || hides(*signal) {
            continue;
        }
        heard.push(*signal);
        if pattern.is_none() && stays(arm) {
            let sent = arm.actions.iter().filter_map(|action| Some((sent_to_all(action)?, action)));
            answers.extend(sent.map(|(sent, action)| Answer { heard: *signal, sent, action }));
        }
    }
    answers
}

fn stays(arm: &Arm) -> bool {
    arm.guard.is_none() && arm.target.is_none()
}

fn sent_to_all(action: &Action) -> Option<SignalId> {
    match &action.kind {
        ActionKind::Signal(Dest::Members | Dest::Everyone, signal, None) => Some(*signal),
        ActionKind::Signal(..)
        | ActionKind::Ask(_)
        | ActionKind::Say(_)
        | ActionKind::Post(_)
        | ActionKind::Tell(..)
        | ActionKind::Identify(_)
        | ActionKind::Set(..)
        | ActionKind::Leave(_) => None,
    }
}

/// From an answer, over others, to the signal that it answered.
fn way_back<'answers, 'model>(
    answers: &'answers [Answer<'model>],
    first: &'answers Answer<'model>,
) -> Option<Vec<&'answers Answer<'model>>> {
    let mut ways = std::collections::VecDeque::from([vec![first]]);
    let mut known = vec![first.sent];
    while let Some(way) = ways.pop_front() {
        let sent = way.last()?.sent;
        if sent == first.heard {
            return Some(way);
        }
        for next in answers.iter().filter(|answer| answer.heard == sent) {
            if next.sent == first.heard || !known.contains(&next.sent) {
                known.push(next.sent);
                ways.push_back(way.iter().copied().chain([next]).collect());
            }
        }
    }
    None
}
