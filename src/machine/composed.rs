//! The composed graph: every machine's graph side by side, and what leads from one to another.
//!
//! A lock's answer is a summary edge of its asker (`Resolved`, `LockFailed`), so a walk never returns to an asker
//! that did not ask: because locks do not recurse, this is exact. What a summary stands for is found again by
//! walking the lock itself.

use super::graph::{EdgeId, Graph, NodeId, Reach};
use super::machine_graph::MachineGraph;
use super::nodes::{Edge, Event, Node};
use crate::diagnostic::Span;
use crate::model::{MachineId, MachineKind, Model, Room};
use std::collections::BTreeSet;

/// A node of the composed graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A node of a room or lock.
    At(MachineId, Node),
    /// Wherever a client is that may be in rooms which it does not stand in.
    Member,
}

/// All graphs of one model.
#[derive(Clone, Debug, Default)]
pub struct Graphs {
    /// By [`MachineId`].
    pub machines: Vec<MachineGraph>,
    /// All of them, and what leads from one to another.
    pub composed: Graph<Place, Edge>,
    first: Vec<u32>,
    entry: Option<NodeId>,
}

/// What a walk through the composed graph must do without.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    /// Nothing of these locks resolves.
    pub locks: BTreeSet<MachineId>,
    /// No check passes.
    pub checks: bool,
    /// Nobody sends to a room that it does not stand in.
    pub members: bool,
    /// Nobody leaves for the entry room.
    pub leaving: bool,
}

/// A walk through the composed graph.
#[derive(Clone, Debug)]
pub struct Walk {
    /// What was reached.
    pub reach: Reach,
    cut: Cut,
    resolves: Vec<bool>,
}

impl Graphs {
    /// Builds the graphs of a model. References to what the model does not have are left out.
    pub fn of(model: &Model) -> Graphs {
        let mut graphs =
            Graphs { machines: model.machines.iter().map(MachineGraph::of).collect(), ..Graphs::default() };
        graphs.add_machines();
        for (at, machine) in model.machines.iter().enumerate() {
            let id = MachineId(at as u32);
            graphs.add_windings(id);
            graphs.add_moves(id);
            if let MachineKind::Room(room) = &machine.kind {
                graphs.add_ways_out(model, id, room, machine.span);
            }
        }
        graphs.add_deliveries(model);
        graphs.entry = graphs.find(model.entry, Node::Entry);
        graphs
    }

    /// The graph of a room or lock.
    pub fn machine(&self, id: MachineId) -> Option<&MachineGraph> {
        self.machines.get(id.index())
    }

    /// Every room and lock.
    pub fn ids(&self) -> impl Iterator<Item = MachineId> + use<> {
        (0..self.machines.len() as u32).map(MachineId)
    }

    /// A node of a machine in the composed graph.
    pub fn find(&self, machine: MachineId, node: Node) -> Option<NodeId> {
        let local = self.machine(machine)?.find(node)?;
        Some(self.global(machine, local))
    }

    /// Where a socket begins: the gate of the entry room.
    pub fn entry(&self) -> Option<NodeId> {
        self.entry
    }

    pub(super) fn global(&self, machine: MachineId, local: NodeId) -> NodeId {
        NodeId(self.first.get(machine.index()).copied().unwrap_or(0) + local.0)
    }

    fn add_machines(&mut self) {
        let mut count = 0;
        for (at, machine) in self.machines.iter().enumerate() {
            self.first.push(count);
            for (_, node) in machine.nodes() {
                self.composed.add_node(Place::At(MachineId(at as u32), node));
                count += 1;
            }
        }
        for at in self.ids() {
            let Some(machine) = self.machines.get(at.index()) else { continue };
            for edge in machine.graph.edges() {
                let (from, to) = (machine.graph.source(edge), machine.graph.target(edge));
                let edge = *machine.graph.edge(edge);
                self.composed.add_edge(self.global(at, from), self.global(at, to), edge);
            }
        }
    }

    fn add_windings(&mut self, machine: MachineId) {
        let winds = self.machine(machine).map(|graph| graph.winds.clone()).unwrap_or_default();
        for winding in winds {
            let from = self.global(machine, winding.node);
            self.link(Some(from), self.find(winding.lock, Node::Entry), Event::Wound, winding.span);
        }
    }

    fn add_moves(&mut self, machine: MachineId) {
        let nodes: Vec<(NodeId, Node)> = self.machine(machine).map(|graph| graph.nodes().collect()).unwrap_or_default();
        for (local, node) in nodes {
            if let Node::Move(room) = node {
                let from = self.global(machine, local);
                let span = self.composed.incoming(from).first().map(|edge| self.composed.edge(*edge).span);
                let Some(span) = span else { continue };
                self.link(Some(from), self.find(room, Node::Entry), Event::Moved, span);
            }
        }
    }

    fn add_ways_out(&mut self, model: &Model, id: MachineId, room: &Room, span: Span) {
        for from in self.inside(id) {
            for door in &room.doors {
                self.link(Some(from), self.find(door.room, Node::Entry), Event::Door, door.span);
            }
            for offer in &room.offers {
                self.link(Some(from), self.find(offer.lock, Node::Entry), Event::Offer, offer.span);
            }
            if id != model.entry {
                self.link(Some(from), self.find(model.entry, Node::Entry), Event::Left, span);
            }
        }
    }

    /// A client may send to a room that it is in from wherever its socket is.
    fn add_deliveries(&mut self, model: &Model) {
        let member = self.composed.add_node(Place::Member);
        for (at, machine) in model.machines.iter().enumerate() {
            let id = MachineId(at as u32);
            let nodes: Vec<Node> =
                self.machine(id).into_iter().flat_map(MachineGraph::nodes).map(|(_, node)| node).collect();
            for node in nodes {
                let from = self.find(id, node);
                if matches!(node, Node::State(_) | Node::Beside(_) | Node::Deciding(_)) {
                    self.link(from, Some(member), Event::Follows, machine.span);
                }
                if let (Node::State(state), true) = (node, machine.room().is_some()) {
                    self.link(from, self.find(id, Node::Beside(state)), Event::GoneOn, machine.span);
                }
            }
            self.link(Some(member), self.find(id, Node::Delivery), Event::Parked, machine.span);
        }
    }

    /// The states of a lock, or of a room in which the socket stands.
    pub fn inside(&self, machine: MachineId) -> Vec<NodeId> {
        let nodes = self.machine(machine).into_iter().flat_map(MachineGraph::nodes);
        nodes.filter(|(_, node)| matches!(node, Node::State(_))).map(|(local, _)| self.global(machine, local)).collect()
    }

    /// The states of a room in which the client is, while the socket stands elsewhere.
    pub fn beside(&self, machine: MachineId) -> Vec<NodeId> {
        let nodes = self.machine(machine).into_iter().flat_map(MachineGraph::nodes);
        nodes
            .filter(|(_, node)| matches!(node, Node::Beside(_)))
            .map(|(local, _)| self.global(machine, local))
            .collect()
    }

    fn link(&mut self, from: Option<NodeId>, to: Option<NodeId>, event: Event, span: Span) {
        if let (Some(from), Some(to)) = (from, to) {
            self.composed.add_edge(from, to, Edge { event, arm: None, is_arrow: true, is_retry: false, span });
        }
    }

    /// Walks from the starts as far as the cut lets it.
    pub fn walk(&self, starts: &[NodeId], cut: Cut) -> Walk {
        let resolves = self.resolving(&cut);
        let reach = self.composed.reach(starts, |edge| cut.allows(self.composed.edge(edge).event, &resolves));
        Walk { reach, cut, resolves }
    }

    /// Which locks can resolve, by [`MachineId`]: the least solution, so that locks which ask each other in a circle
    /// do not hold each other up.
    pub fn resolving(&self, cut: &Cut) -> Vec<bool> {
        let mut resolves = vec![false; self.machines.len()];
        loop {
            let mut is_changed = false;
            for id in self.ids() {
                if !resolves[id.index()] && self.resolves_now(id, cut, &resolves) {
                    resolves[id.index()] = true;
                    is_changed = true;
                }
            }
            if !is_changed {
                return resolves;
            }
        }
    }

    fn resolves_now(&self, id: MachineId, cut: &Cut, resolves: &[bool]) -> bool {
        let Some(graph) = self.machine(id) else { return false };
        let (Some(entry), Some(resolve)) = (graph.find(Node::Entry), graph.find(Node::Resolve)) else { return false };
        graph.graph.reach(&[entry], |edge| cut.allows(graph.graph.edge(edge).event, resolves)).contains(resolve)
    }

    /// A shortest way inside one machine, as edges of the composed graph; none where there is none.
    pub fn way_inside(&self, machine: MachineId, from: Node, to: Node, walk: &Walk) -> Option<Vec<EdgeId>> {
        let (from, to) = (self.find(machine, from)?, self.find(machine, to)?);
        let is_inside = |edge| {
            let event = self.composed.edge(edge).event;
            event.is_inside() && walk.cut.allows(event, &walk.resolves)
        };
        let reach = self.composed.reach(&[from], is_inside);
        reach.contains(to).then(|| reach.way_to(to))
    }
}

impl Walk {
    /// Whether the walk went, or would have gone, over an edge from where it came.
    pub fn may_walk(&self, graphs: &Graphs, edge: EdgeId) -> bool {
        self.cut.allows(graphs.composed.edge(edge).event, &self.resolves)
    }

    /// Whether nothing of this lock resolves on the walk.
    pub fn does_without(&self, lock: MachineId) -> bool {
        self.cut.locks.contains(&lock)
    }
}

impl Cut {
    fn allows(&self, event: Event, resolves: &[bool]) -> bool {
        match event {
            Event::Resolved(lock) => {
                !self.locks.contains(&lock) && resolves.get(lock.index()).copied().unwrap_or(false)
            }
            Event::Passed(_) => !self.checks,
            Event::Parked => !self.members,
            Event::Left => !self.leaving,
            Event::Follows
            | Event::Arrive
            | Event::Message
            | Event::Cancel
            | Event::Signal(_)
            | Event::CheckFailed(_)
            | Event::LockFailed(_)
            | Event::NoChoice
            | Event::Time
            | Event::Eventless
            | Event::Refused
            | Event::Full
            | Event::Limit
            | Event::Wound
            | Event::Door
            | Event::Offer
            | Event::Moved
            | Event::GoneOn => true,
        }
    }
}
