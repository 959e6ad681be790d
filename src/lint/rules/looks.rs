//! Whether any check, or any comparison, looks at a part of what a client said.

use crate::lint::exprs;
use crate::lint::ruleset::{Reached, Ruleset};
use crate::machine::{Part, Slot, Standing, Streams};
use crate::model::{
    ActionKind, Arm, ArmId, Call, Comparison, Expr, ExprKind, Machine, MachineId, StateId, Trigger, Type,
};
use std::collections::BTreeSet;

/// What all checks and comparisons look at, by whatever path it comes to them.
pub(super) struct Looks<'rules, 'model> {
    ruleset: &'rules Ruleset<'model>,
    streams: Streams<'model>,
    seen: BTreeSet<Slot<'model>>,
}

impl<'rules, 'model> Looks<'rules, 'model> {
    pub(super) fn of(ruleset: &'rules Ruleset<'model>) -> Looks<'rules, 'model> {
        let streams = Streams::of(ruleset.model);
        let machines = ruleset.machines();
        let seen = streams
            .sources(machines.flat_map(|(id, machine)| checked(machine, id).into_iter().chain(compared(machine, id))));
        Looks { ruleset, streams, seen }
    }

    /// The part of a message by which a client is identified although nothing looks at it: the arm that takes the
    /// message, and the part. None where every part is looked at somewhere.
    pub(super) fn unseen(&self, identified: &Reached<'model>) -> Option<(&'model Arm, &'model str)> {
        let ActionKind::Identify(value) = &identified.action.kind else { return None };
        let state = identified.arm.map_or(identified.state, |arm| arm.state);
        let standing = Standing { machine: identified.machine, state, arm: identified.arm };
        let sources = self.streams.sources([(standing, value)]);
        let arms: BTreeSet<(MachineId, ArmId)> = sources.iter().copied().filter_map(arm_of).collect();
        arms.into_iter().find_map(|(machine, id)| {
            let arm = self.ruleset.machine(machine).arms.get(id.index())?;
            let is_unseen = |part: &&str| holds(&sources, machine, id, part) && !holds(&self.seen, machine, id, part);
            parts_of(arm).into_iter().find(is_unseen).map(|part| (arm, part))
        })
    }
}

fn arm_of(slot: Slot<'_>) -> Option<(MachineId, ArmId)> {
    match slot {
        Slot::Said(machine, arm, _) => Some((machine, arm)),
        Slot::Arg(..) | Slot::Local(..) | Slot::Answer(_) | Slot::Handshake(_) | Slot::Nonce => None,
    }
}

/// Whether a part of an arm's messages, or all of them, is in one of the slots.
fn holds(slots: &BTreeSet<Slot<'_>>, machine: MachineId, arm: ArmId, part: &str) -> bool {
    let has = |part| slots.contains(&Slot::Said(machine, arm, part));
    has(Part::Whole) || has(Part::Field(part)) || (part == "to" && has(Part::To))
}

/// What a rule may name of the messages that an arm takes.
fn parts_of(arm: &Arm) -> Vec<&str> {
    match &arm.trigger {
        Trigger::Message { pattern: Type::Record(fields), .. } => {
            fields.iter().map(|field| &*field.name).chain(["to"]).collect()
        }
        Trigger::Message { .. } => vec!["to"],
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
