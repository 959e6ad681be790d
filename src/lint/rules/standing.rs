//! In which room a socket stands while a lock is on its stack: what R0402 has to know of other machines.

use crate::diagnostic::Span;
use crate::lint::exprs::actions;
use crate::lint::ruleset::Ruleset;
use crate::machine::{Node, NodeId, Place, Walk};
use crate::model::{ActionKind, Arm, Machine, MachineId, TargetKind, Trigger};
use std::collections::BTreeSet;

/// The deadline that ends whatever is wound above, in the room that waits longest.
pub(super) struct Standing {
    pub delay: u64,
    pub span: Span,
    pub room: MachineId,
}

/// What was walked once, to be asked about each lock.
pub(super) struct Below<'rules, 'model> {
    ruleset: &'rules Ruleset<'model>,
    walk: &'rules Walk,
    is_identified: bool,
}

impl<'rules, 'model> Below<'rules, 'model> {
    pub(super) fn of(ruleset: &'rules Ruleset<'model>) -> Below<'rules, 'model> {
        let identifies =
            |machine: &Machine| actions(machine).any(|found| matches!(found.kind, ActionKind::Identify(_)));
        let is_identified = ruleset.machines().any(|(_, machine)| identifies(machine));
        Below { ruleset, walk: ruleset.street(), is_identified }
    }

    /// The deadline by which a lock is cut at the latest, wherever it is wound; none where one room lets it wait, or where
    /// it is not certain in which the socket stands.
    pub(super) fn longest(&self, lock: MachineId) -> Option<Standing> {
        let rooms = self.rooms(lock)?;
        let ends = rooms.into_iter().map(|room| end_of(self.ruleset, room)).collect::<Option<Vec<Standing>>>()?;
        ends.into_iter().max_by_key(|standing| standing.delay)
    }

    /// Every room in which a socket may stand while the lock is wound.
    fn rooms(&self, lock: MachineId) -> Option<BTreeSet<MachineId>> {
        let (graphs, composed) = (self.ruleset.graphs, &self.ruleset.graphs.composed);
        let entry = graphs.find(lock, Node::Entry).filter(|node| self.walk.reach.contains(*node))?;
        let behind = composed.behind(&[entry], |edge| {
            let is_walked = self.walk.reach.contains(composed.source(edge)) && self.walk.passage.may_walk(graphs, edge);
            is_walked && self.room_at(composed.target(edge)).is_none() && !self.is_idle(composed.source(edge))
        });
        let mut rooms = BTreeSet::new();
        for node in behind {
            // Who has just come stands nowhere, and of a member is not known where it stands.
            if Some(node) == graphs.entry() || self.is_anywhere(node) {
                return None;
            }
            rooms.extend(self.room_at(node));
        }
        Some(rooms)
    }

    /// The room in which the socket stands at a node, where the node says it.
    fn room_at(&self, node: NodeId) -> Option<MachineId> {
        let Place::At(id, Node::State(_) | Node::In(_)) = *self.ruleset.graphs.composed.node(node) else { return None };
        self.ruleset.machine(id).room().map(|_| id)
    }

    fn is_anywhere(&self, node: NodeId) -> bool {
        matches!(self.ruleset.graphs.composed.node(node), Place::Member | Place::At(_, Node::Beside(_)))
    }

    /// Whether nobody comes to a node because nobody is a member of a room in which it does not stand.
    fn is_idle(&self, node: NodeId) -> bool {
        !self.is_identified && self.is_anywhere(node)
    }
}

/// When a room drops whoever stands in it, or sends it where everybody is let in.
fn end_of(ruleset: &Ruleset<'_>, room: MachineId) -> Option<Standing> {
    let machine = ruleset.machine(room);
    // Where no state is written, everything belongs to one that nothing leads from and back to.
    let only = machine.states.iter().filter(|state| state.name.is_empty()).flat_map(|state| &state.timers);
    let timers = machine.timers.iter().chain(only).filter_map(|id| machine.arms.get(id.index()));
    let ends =
        timers.filter(|arm| arm.guard.is_none() && leads_out(ruleset, arm)).filter_map(|arm| match arm.trigger {
            Trigger::After(delay) => Some(Standing { delay, span: arm.span, room }),
            Trigger::Message { .. }
            | Trigger::Arrive
            | Trigger::Leave
            | Trigger::Cancel
            | Trigger::Signal { .. }
            | Trigger::When
            | Trigger::Else
            | Trigger::Match { .. }
            | Trigger::Resolved
            | Trigger::LockFailed
            | Trigger::Passed
            | Trigger::CheckFailed
            | Trigger::Otherwise => None,
        });
    ends.min_by_key(|standing| standing.delay)
}

fn leads_out(ruleset: &Ruleset<'_>, arm: &Arm) -> bool {
    match arm.target.as_ref().map(|target| &target.kind) {
        Some(TargetKind::Drop(_)) => true,
        // Where it is not let in, it stays, and the deadline is gone.
        Some(TargetKind::Move(call)) => ruleset.machine(call.room).room().is_some_and(|room| {
            room.requires.is_empty() && room.admit.is_none() && room.capacity.is_none() && !room.admits_itself
        }),
        Some(
            TargetKind::State(_)
            | TargetKind::Resolve(..)
            | TargetKind::Fail(_)
            | TargetKind::Admit(_)
            | TargetKind::Retry(_),
        )
        | None => false,
    }
}
