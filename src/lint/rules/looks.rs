//! Whether any check, or any comparison, looks at a part of what a client said.

use crate::lint::exprs;
use crate::lint::ruleset::{Reached, Ruleset};
use crate::machine::{Flow, Origin, Standing};
use crate::model::{ActionKind, Arm, Call, Comparison, Expr, ExprKind, Machine, MachineId, StateId, Trigger, Type};

/// The part of a message by which a client is identified although nothing looks at it: the arm that takes the message,
/// and the part. None where every part is looked at somewhere, by whatever path.
pub(super) fn unseen<'model>(
    ruleset: &Ruleset<'model>,
    identified: &Reached<'model>,
) -> Option<(&'model Arm, &'model str)> {
    let ActionKind::Identify(value) = &identified.action.kind else { return None };
    let state = identified.arm.map_or(identified.state, |arm| arm.state);
    let standing = Standing { machine: identified.machine, state, arm: identified.arm };
    let arms = ruleset.machines().flat_map(|(_, machine)| &machine.arms);
    arms.flat_map(parts_of).find(|(arm, part)| {
        let origin = Origin::Said(arm, part);
        let flow = Flow::of(ruleset.model, origin);
        flow.carries(ruleset.model, standing, value, origin) && !is_looked_at(ruleset, &flow, origin)
    })
}

/// What a rule may name of the messages that an arm takes.
fn parts_of(arm: &Arm) -> Vec<(&Arm, &str)> {
    match &arm.trigger {
        Trigger::Message { pattern: Type::Record(fields), .. } => {
            fields.iter().map(|field| &*field.name).chain(["to"]).map(|name| (arm, name)).collect()
        }
        Trigger::Message { .. } => vec![(arm, "to")],
        Trigger::Arrive
        | Trigger::Leave
        | Trigger::Cancel
        | Trigger::Signal { .. }
        | Trigger::When
        | Trigger::Else
        | Trigger::Match { .. }
        | Trigger::After(_)
        | Trigger::Resolved
        | Trigger::LockFailed
        | Trigger::Passed
        | Trigger::CheckFailed
        | Trigger::Otherwise => Vec::new(),
    }
}

fn is_looked_at(ruleset: &Ruleset<'_>, flow: &Flow, origin: Origin<'_>) -> bool {
    ruleset.machines().any(|(id, machine)| {
        checked(machine, id)
            .into_iter()
            .chain(compared(machine, id))
            .any(|(standing, expr)| flow.carries(ruleset.model, standing, expr, origin))
    })
}

/// What a machine hands to checks.
fn checked(machine: &Machine, id: MachineId) -> Vec<(Standing<'_>, &Expr)> {
    let mut found = Vec::new();
    for (at, state) in machine.states.iter().enumerate() {
        let standing = Standing { machine: id, state: Some(StateId(at as u32)), arm: None };
        if let Some(Call::Check(check)) = &state.call {
            found.extend(check.args.iter().map(|arg| (standing, arg)));
        }
    }
    found
}

/// What a machine compares with something else before it goes on.
fn compared(machine: &Machine, id: MachineId) -> Vec<(Standing<'_>, &Expr)> {
    let mut found = Vec::new();
    for arm in &machine.arms {
        let standing = Standing { machine: id, state: arm.state, arm: Some(arm) };
        if let Trigger::Match { subject, .. } = &arm.trigger {
            found.push((Standing { arm: None, ..standing }, subject));
        }
        let mut open: Vec<&Expr> = arm.guard.iter().collect();
        while let Some(expr) = open.pop() {
            let parts = exprs::parts(&expr.kind);
            if matches!(
                expr.kind,
                ExprKind::Compare(_, Comparison::Equal, _) | ExprKind::InList(..) | ExprKind::InMembers(_)
            ) {
                found.extend(parts.iter().map(|part| (standing, *part)));
            }
            open.extend(parts);
        }
    }
    found
}
