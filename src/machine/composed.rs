//! The composed graph: every machine's graph side by side, and what leads from one to another.
//!
//! A lock's answer is a summary edge of its asker (`Resolved`, `LockFailed`), so a walk never returns to an asker
//! that did not ask: because locks do not recurse, this is exact. What a summary stands for is found again by
//! walking the lock itself.

use super::graph::{EdgeId, Graph, NodeId};
use super::machine_graph::MachineGraph;
use super::nodes::{Edge, Event, Node};
use super::walk::Cut;
use crate::diagnostic::Span;
use crate::model::{MachineId, MachineKind, Model, Room};

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
    /// By [`MachineId`]: the first of its nodes and of its edges in the composed graph, where they lie in their order.
    first: Vec<(u32, u32)>,
    /// By [`MachineId`]: the edges over which a lock answers whoever asked it.
    answers: Vec<Vec<EdgeId>>,
    /// By [`MachineId`]: who winds a lock.
    askers: Vec<Vec<MachineId>>,
    entry: Option<NodeId>,
    /// By [`MachineId`]: whether it resolves where nothing is cut.
    pub(super) resolves: Vec<bool>,
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
        graphs.resolves = graphs.all_resolving(&Cut::default());
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
        NodeId(self.first.get(machine.index()).map_or(0, |first| first.0) + local.0)
    }

    pub(super) fn global_edge(&self, machine: MachineId, local: EdgeId) -> EdgeId {
        EdgeId(self.first.get(machine.index()).map_or(0, |first| first.1) + local.0)
    }

    /// The nodes of a machine in the composed graph.
    pub fn nodes_of(&self, machine: MachineId) -> impl Iterator<Item = (NodeId, Node)> {
        let nodes = self.machine(machine).into_iter().flat_map(MachineGraph::nodes);
        nodes.map(move |(local, node)| (self.global(machine, local), node))
    }

    /// The edges over which a lock answers whoever asked it, in the order of adding.
    pub fn answers(&self, lock: MachineId) -> &[EdgeId] {
        self.answers.get(lock.index()).map_or(&[], Vec::as_slice)
    }

    /// Who winds a lock, each once.
    pub fn askers(&self, lock: MachineId) -> &[MachineId] {
        self.askers.get(lock.index()).map_or(&[], Vec::as_slice)
    }

    fn add_machines(&mut self) {
        let (mut nodes, mut edges) = (0, 0);
        for (at, machine) in self.machines.iter().enumerate() {
            self.first.push((nodes, edges));
            for (_, node) in machine.nodes() {
                self.composed.add_node(Place::At(MachineId(at as u32), node));
            }
            nodes += machine.graph.nodes().len() as u32;
            edges += machine.graph.edges().len() as u32;
        }
        self.answers = vec![Vec::new(); self.machines.len()];
        self.askers = vec![Vec::new(); self.machines.len()];
        for at in self.ids() {
            let Some(machine) = self.machines.get(at.index()) else { continue };
            for edge in machine.graph.edges() {
                let (from, to) = (machine.graph.source(edge), machine.graph.target(edge));
                let found = *machine.graph.edge(edge);
                let edge = self.composed.add_edge(self.global(at, from), self.global(at, to), found);
                if let Event::Resolved(lock) = found.event {
                    self.answers.get_mut(lock.index()).into_iter().for_each(|edges| edges.push(edge));
                }
            }
            for winding in &machine.winds {
                let askers = self.askers.get_mut(winding.lock.index()).filter(|askers| askers.last() != Some(&at));
                askers.into_iter().for_each(|askers| askers.push(at));
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
            for offer in room.on_request() {
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
        self.nodes_of(machine).filter(|(_, node)| matches!(node, Node::State(_))).map(|(id, _)| id).collect()
    }

    /// The states of a room in which the client is, while the socket stands elsewhere.
    pub fn beside(&self, machine: MachineId) -> Vec<NodeId> {
        self.nodes_of(machine).filter(|(_, node)| matches!(node, Node::Beside(_))).map(|(id, _)| id).collect()
    }

    fn link(&mut self, from: Option<NodeId>, to: Option<NodeId>, event: Event, span: Span) {
        if let (Some(from), Some(to)) = (from, to) {
            self.composed.add_edge(from, to, Edge { event, arm: None, is_arrow: true, is_retry: false, span });
        }
    }
}
