//! Which actions belong to which nodes and edges of a graph.

use super::nodes::{Edge, Node};
use crate::model::{Action, ActionKind, Arm, Machine};

/// Whether one of the actions names the socket's client.
pub(super) fn has_identify(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action.kind, ActionKind::Identify(_)))
}

/// What is done in a node: on entry, and when it is left or cut. Each with the arm whose names it may use.
pub fn actions_of_node(machine: &Machine, node: Node) -> Vec<(Option<&Arm>, &Action)> {
    match node {
        Node::State(id) | Node::Deciding(id) | Node::Beside(id) => {
            let Some(state) = machine.states.get(id.index()) else { return Vec::new() };
            let enter = state.enter.iter().map(|action| (None, action));
            let leaving = state.leave.iter().chain(&machine.leave);
            let leave = leaving.filter_map(|id| machine.arms.get(id.index()));
            enter.chain(leave.flat_map(|arm| arm.actions.iter().map(move |action| (Some(arm), action)))).collect()
        }
        // A lock's entry actions are done when it is wound, a room's when it has admitted.
        Node::Entry if machine.lock().is_some() => machine.enter.iter().map(|action| (None, action)).collect(),
        Node::In(_) => machine.enter.iter().map(|action| (None, action)).collect(),
        Node::Entry
        | Node::Delivery
        | Node::Gate(..)
        | Node::AdmitWhen
        | Node::Admit(_)
        | Node::Delivered
        | Node::Resolve
        | Node::Fail
        | Node::Drop
        | Node::Move(_) => Vec::new(),
    }
}

/// What is done on an edge, with the arm whose names it may use.
pub fn actions_of_edge<'model>(machine: &'model Machine, edge: &Edge) -> Vec<(Option<&'model Arm>, &'model Action)> {
    let arm = edge.arm.and_then(|id| machine.arms.get(id.index()));
    arm.map_or_else(Vec::new, |arm| arm.actions.iter().map(|action| (Some(arm), action)).collect())
}
