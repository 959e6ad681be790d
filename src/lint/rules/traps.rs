//! States without a way to an end: what R0103, R0104 and R0401 share.

use crate::lint::ruleset::{Ruleset, state_of};
use crate::machine::{MachineGraph, Node};
use crate::model::{Machine, MachineId, State, StateId};

/// States from which no end can be reached, and which lead to no others.
pub(super) struct Trap {
    pub states: Vec<StateId>,
    /// Whether they lead round; otherwise it is one state from which nothing leads.
    pub is_circle: bool,
}

/// The traps of a lock, or of a room before it admits. A socket may always leave a room that has admitted it.
pub(super) fn traps(ruleset: &Ruleset<'_>, id: MachineId) -> Vec<Trap> {
    let Some(graph) = ruleset.graphs.machine(id) else { return Vec::new() };
    let is_lock = ruleset.machine(id).lock().is_some();
    let Some(entry) = graph.find(Node::Entry) else { return Vec::new() };
    let reach = graph.graph.reach(&[entry], |_| true);
    let ends: Vec<_> = graph.nodes().filter(|(_, node)| is_end(*node)).map(|(at, _)| at).collect();
    let ending = graph.graph.reach_back(&ends, |_| true);
    let is_stuck = |node| reach.contains(node) && !ending.contains(node) && waits(*graph.graph.node(node), is_lock);
    let inside = |edge| {
        let edge_is_arrow = graph.graph.edge(edge).is_arrow;
        edge_is_arrow && is_stuck(graph.graph.source(edge)) && is_stuck(graph.graph.target(edge))
    };
    let circles = graph.graph.cycles(inside);
    let mut traps = Vec::new();
    for circle in &circles {
        let leads_out = |node: &_| {
            graph
                .graph
                .outgoing(*node)
                .into_iter()
                .any(|edge| inside(edge) && !circle.contains(&graph.graph.target(edge)))
        };
        if !circle.iter().any(leads_out) {
            traps.push(Trap { states: states(graph, circle), is_circle: true });
        }
    }
    for node in graph.graph.nodes().filter(|node| is_stuck(*node)) {
        if !graph.graph.outgoing(node).into_iter().any(inside) {
            traps.push(Trap { states: states(graph, &[node]), is_circle: false });
        }
    }
    traps
}

fn states(graph: &MachineGraph, nodes: &[crate::machine::NodeId]) -> Vec<StateId> {
    nodes.iter().filter_map(|node| state_of(*graph.graph.node(*node))).collect()
}

fn waits(node: Node, is_lock: bool) -> bool {
    if is_lock { matches!(node, Node::State(_)) } else { matches!(node, Node::Deciding(_)) }
}

fn is_end(node: Node) -> bool {
    match node {
        Node::Resolve | Node::Fail | Node::Drop | Node::Move(_) | Node::Admit(_) => true,
        Node::Entry
        | Node::Delivery
        | Node::Gate(..)
        | Node::AdmitWhen
        | Node::Deciding(_)
        | Node::In(_)
        | Node::Delivered
        | Node::State(_)
        | Node::Beside(_) => false,
    }
}

pub(super) fn way_out(machine: &Machine) -> &'static str {
    if machine.lock().is_some() {
        "give it an arrow to `resolve` or `fail`, such as `after 30s -> fail \"too slow\"`"
    } else {
        "give it an arrow to `admit`, `fail` or `move`, such as `after 30s -> fail \"too slow\"`"
    }
}

/// `` the state `x` of `lock` ``, or the lock itself where its only state has no name.
pub(super) fn state_in_words(machine: &Machine, state: &State) -> String {
    if state.name.is_empty() {
        format!("`{}`", machine.name)
    } else {
        format!("the state `{}` of `{}`", state.name, machine.name)
    }
}

pub(super) fn names(states: &[&State]) -> String {
    let names: Vec<String> = states.iter().map(|state| format!("`{}`", state.name)).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}
