//! What only members may do, and what may be done only before somebody is one.
//!
//! A room that has an arrow to `admit` runs states before the socket is a member. Which ones is followed along the
//! arrows from its first state; a state may be both before and after.

use super::codes;
use super::report::Report;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Action, ActionKind, Arm, ArmId, Dest, Machine, StateId, Target, TargetKind, Trigger};

/// Checks one machine; locks have nobody to admit.
pub(super) fn check(machine: &Machine, report: &mut Report) {
    if machine.room().is_none() {
        return;
    }
    let before = states_before(machine);
    for (at, arm) in machine.arms.iter().enumerate() {
        let may_be_before = is_before(machine, ArmId(at as u32), arm, &before);
        if let Some(target) = &arm.target
            && !may_be_before
            && !matches!(arm.trigger, Trigger::Otherwise)
        {
            check_target(target, report);
        }
        if may_be_before {
            check_actions(&arm.actions, report);
        }
    }
    for state in machine.states.iter().zip(&before).filter_map(|(state, before)| before.then_some(state)) {
        check_actions(&state.enter, report);
    }
}

/// Whether the room decides by itself who may come in.
pub(super) fn admits_itself(machine: &Machine) -> bool {
    machine.arms.iter().filter_map(|arm| arm.target.as_ref()).any(|target| matches!(target.kind, TargetKind::Admit(_)))
}

/// Of every state whether the machine can be in it before the room admits.
fn states_before(machine: &Machine) -> Vec<bool> {
    let mut before = vec![false; machine.states.len()];
    if !admits_itself(machine) {
        return before;
    }
    let mut waiting = vec![StateId(0)];
    while let Some(at) = waiting.pop() {
        let Some(seen) = before.get_mut(at.index()).filter(|seen| !**seen) else {
            continue;
        };
        *seen = true;
        let leads_on = machine.arms.iter().filter(|arm| match arm.state {
            Some(state) => state == at,
            None => !matches!(arm.trigger, Trigger::Arrive | Trigger::Leave | Trigger::Otherwise),
        });
        waiting.extend(leads_on.filter_map(|arm| match arm.target.as_ref().map(|target| &target.kind) {
            Some(TargetKind::State(call)) => Some(call.state),
            Some(
                TargetKind::Resolve(..)
                | TargetKind::Fail(_)
                | TargetKind::Admit(_)
                | TargetKind::Retry(_)
                | TargetKind::Move(_)
                | TargetKind::Drop(_),
            )
            | None => None,
        }));
    }
    before
}

/// Whether an arm may be taken before the room admits.
fn is_before(machine: &Machine, id: ArmId, arm: &Arm, before: &[bool]) -> bool {
    match (arm.state, &arm.trigger) {
        (Some(state), _) => before.get(state.index()).copied().unwrap_or(false),
        (None, Trigger::Arrive | Trigger::Leave) => false,
        (None, Trigger::Otherwise) => !is_limit(machine, id) || before.contains(&true),
        (
            None,
            Trigger::Message { .. }
            | Trigger::Cancel
            | Trigger::Signal { .. }
            | Trigger::When
            | Trigger::Else
            | Trigger::Match { .. }
            | Trigger::After(_)
            | Trigger::Resolved
            | Trigger::LockFailed
            | Trigger::Passed
            | Trigger::CheckFailed,
        ) => before.contains(&true),
    }
}

/// The `else` of `limit` is taken by somebody who is in the room, those of `requires` and `admit` by somebody who is not.
fn is_limit(machine: &Machine, id: ArmId) -> bool {
    machine.limit.as_ref().and_then(|limit| limit.otherwise) == Some(id)
}

fn check_target(target: &Target, report: &mut Report) {
    match target.kind {
        TargetKind::Fail(_) => {
            let finding = Diagnostic::error(
                codes::MISPLACED,
                target.span,
                "the socket is in the room here, and cannot be refused any more",
            );
            report.push(finding.help(
                "write `-> drop why` or `-> move ROOM`; or decide earlier, with `admit when` or an arrow to `admit`",
            ));
        }
        TargetKind::Admit(_) => {
            let message = "the socket is in the room here, and cannot be admitted again";
            report.error(codes::MISPLACED, target.span, message);
        }
        TargetKind::State(_)
        | TargetKind::Resolve(..)
        | TargetKind::Retry(_)
        | TargetKind::Move(_)
        | TargetKind::Drop(_) => {}
    }
}

fn check_actions(actions: &[Action], report: &mut Report) {
    for action in actions {
        match &action.kind {
            ActionKind::Post(_) => not_yet("post", action.span, report),
            ActionKind::Tell(Dest::Members, _) => not_yet("tell members", action.span, report),
            ActionKind::Tell(Dest::Everyone, _) => not_yet("tell everyone", action.span, report),
            ActionKind::Tell(Dest::Room(_) | Dest::Group(_) | Dest::Value(_), _)
            | ActionKind::Ask(_)
            | ActionKind::Say(_)
            | ActionKind::Signal(_, _, _)
            | ActionKind::Identify(_)
            | ActionKind::Set(_, _)
            | ActionKind::Leave(_) => {}
        }
    }
}

fn not_yet(what: &str, span: Span, report: &mut Report) {
    let message = format!("the socket may not be in the room yet, and only members may `{what}`");
    let finding = Diagnostic::error(codes::MISPLACED, span, message);
    report.push(finding.help("do it in a state that only `admit` leads to, or on `on arrive`"));
}
