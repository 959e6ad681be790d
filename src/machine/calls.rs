//! Who winds whom: the call graph of rooms and locks, recursion in it, and the deepest wind stack.

use super::composed::Graphs;
use super::graph::{EdgeId, Graph, NodeId};
use super::nodes::Node;
use crate::diagnostic::Span;
use crate::model::{MachineId, Model};

/// The call graph: a node for each machine, by its id, and an edge for each place that winds a lock.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    graph: Graph<MachineId, Span>,
}

/// Locks that wind each other in a circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recursion {
    /// Who winds the next one, and where; the last winds the first.
    pub circle: Vec<(MachineId, Span)>,
}

/// The deepest run of a wind stack, with the room that the socket stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deepest {
    /// How many frames.
    pub frames: u32,
    /// The machines above the room it stands in, from the bottom, and where each is wound.
    pub wound: Vec<(MachineId, Span)>,
}

impl Calls {
    /// Collects every place that winds a lock.
    pub fn of(graphs: &Graphs) -> Calls {
        let mut calls = Calls::default();
        for id in graphs.ids() {
            calls.graph.add_node(id);
        }
        for id in graphs.ids() {
            for winding in graphs.machine(id).into_iter().flat_map(|graph| &graph.winds) {
                if winding.lock.index() < graphs.machines.len() {
                    calls.graph.add_edge(NodeId(id.0), NodeId(winding.lock.0), winding.span);
                }
            }
        }
        calls
    }

    /// Every circle of locks; a run of the stack could have no end.
    pub fn recursions(&self) -> Vec<Recursion> {
        let circle = |locks: &Vec<NodeId>| {
            let edges = self.graph.shortest_cycle(locks, |_| true);
            Recursion { circle: edges.into_iter().map(|edge| self.winding_from(edge)).collect() }
        };
        self.graph.cycles(|_| true).iter().map(circle).collect()
    }

    /// The machines, those that are wound before those that wind them; none where locks recurse.
    pub fn wound_first(&self) -> Option<Vec<MachineId>> {
        Some(self.graph.ends_first()?.into_iter().map(|node| *self.graph.node(node)).collect())
    }

    /// Whom a machine winds.
    pub fn wound_by(&self, machine: MachineId) -> impl Iterator<Item = MachineId> {
        self.graph.outgoing(NodeId(machine.0)).into_iter().map(|edge| *self.graph.node(self.graph.target(edge)))
    }

    /// Whether winding this machine may wind one of those, itself included.
    pub fn may_wind(&self, machine: MachineId, wanted: impl Fn(MachineId) -> bool) -> bool {
        let reach = self.graph.reach(&[NodeId(machine.0)], |_| true);
        self.graph.nodes().any(|node| reach.contains(node) && wanted(*self.graph.node(node)))
    }

    /// The costliest chain of locks from this one, where each costs what is said; none where locks recurse.
    pub fn costliest(&self, cost: impl Fn(MachineId) -> u64) -> Option<Vec<u64>> {
        let longest = self.graph.longest(|node| cost(*self.graph.node(node)), |_| Some(0))?;
        Some(self.graph.nodes().map(|node| longest.cost(node)).collect())
    }

    /// The deepest run, over every room; none where locks recurse. An administrator may move a client from any room to
    /// any other, and wind any lock for it.
    pub fn deepest(&self, model: &Model, graphs: &Graphs) -> Option<Deepest> {
        // Edges cost one frame each: the lock that they wind.
        let longest = self.graph.longest(|_| 0, |_| Some(1))?;
        let mut deepest = Deepest::default();
        for (at, machine) in model.machines.iter().enumerate() {
            let id = MachineId(at as u32);
            let Some(room) = machine.room() else { continue };
            let gate = (id, machine.span);
            deepest.take(vec![gate]);
            let windings = graphs.machine(id).into_iter().flat_map(|graph| {
                graph.winds.iter().map(|winding| {
                    (matches!(graph.graph.node(winding.node), Node::State(_) | Node::Beside(_)), winding)
                })
            });
            let wound = windings.map(|(is_inside, winding)| (is_inside, winding.lock, winding.span));
            let offered = room.on_request().map(|offer| (true, offer.lock, offer.span));
            for (is_inside, lock, span) in wound.chain(offered) {
                let above = longest.way(NodeId(lock.0)).into_iter().map(|edge| self.winding_to(edge));
                let gate = (!is_inside).then_some(gate);
                deepest.take(gate.into_iter().chain([(lock, span)]).chain(above).collect());
            }
        }
        for (at, lock) in model.machines.iter().enumerate().filter(|(_, machine)| machine.lock().is_some()) {
            let above = longest.way(NodeId(at as u32)).into_iter().map(|edge| self.winding_to(edge));
            deepest.take([(MachineId(at as u32), lock.span)].into_iter().chain(above).collect());
        }
        Some(deepest)
    }

    fn winding_from(&self, edge: EdgeId) -> (MachineId, Span) {
        (*self.graph.node(self.graph.source(edge)), *self.graph.edge(edge))
    }

    fn winding_to(&self, edge: EdgeId) -> (MachineId, Span) {
        (*self.graph.node(self.graph.target(edge)), *self.graph.edge(edge))
    }
}

impl Deepest {
    /// Takes what is wound above a room, if it is more.
    fn take(&mut self, wound: Vec<(MachineId, Span)>) {
        let frames = u32::try_from(wound.len()).unwrap_or(u32::MAX).saturating_add(1);
        if frames > self.frames {
            *self = Deepest { frames, wound };
        }
    }
}
