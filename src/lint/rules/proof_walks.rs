//! The walks on which R0301 decides.

use super::prelude::*;
use crate::machine::{Cut, NodeId, Walk};
use crate::model::MachineId;

/// Nothing of these locks resolves.
pub(super) fn cut(locks: &[MachineId]) -> Cut {
    Cut { locks: locks.iter().copied().collect(), ..Cut::default() }
}

/// The walks of the last proof, because the next one often asks for the same.
#[derive(Default)]
pub(super) struct Walks {
    without: Option<Without>,
    onward: Option<Onward>,
}

/// Walks without some locks.
pub(super) struct Without {
    locks: Vec<MachineId>,
    pub street: Walk,
    pub anywhere: Walk,
}

/// Walks from where a socket is that was admitted to a room.
pub(super) struct Onward {
    from: MachineId,
    pub standing: Walk,
    /// In the rooms that it has been in before it may have got to any state, and be there still.
    pub beside: Walk,
}

impl Walks {
    pub(super) fn without(&mut self, ruleset: &Ruleset<'_>, locks: &[MachineId]) -> &Without {
        if self.without.as_ref().is_some_and(|walks| walks.locks != locks) {
            self.without = None;
        }
        self.without.get_or_insert_with(|| Without {
            locks: locks.to_vec(),
            street: ruleset.walk_from_street(cut(locks)),
            anywhere: ruleset.walk_from_anywhere(cut(locks)),
        })
    }

    pub(super) fn onward(&mut self, ruleset: &Ruleset<'_>, from: MachineId) -> &Onward {
        if self.onward.as_ref().is_some_and(|walks| walks.from != from) {
            self.onward = None;
        }
        self.onward.get_or_insert_with(|| {
            let graphs = ruleset.graphs;
            let cut = Cut { leaving: true, ..Cut::default() };
            let standing = graphs.walk(&standing(ruleset, from), cut.clone());
            let is_remembered = |id: &MachineId| {
                graphs.find(*id, Node::Delivered).is_some_and(|delivered| standing.reach.contains(delivered))
            };
            let beside: Vec<NodeId> = graphs.ids().filter(is_remembered).flat_map(|id| graphs.beside(id)).collect();
            let beside = graphs.walk(&beside, cut);
            Onward { from, standing, beside }
        })
    }
}

/// Where a socket is that was admitted to a room: its states, and where `on arrive` leads.
fn standing(ruleset: &Ruleset<'_>, room: MachineId) -> Vec<NodeId> {
    let graphs = ruleset.graphs;
    let nodes = graphs.machine(room).into_iter().flat_map(|graph| graph.nodes());
    let arrived = nodes.filter(|(_, node)| matches!(node, Node::In(_))).filter_map(|(_, node)| graphs.find(room, node));
    let arrows = arrived.flat_map(|node| graphs.composed.outgoing(node));
    arrows.map(|edge| graphs.composed.target(edge)).chain(graphs.inside(room)).collect()
}
