//! What can follow within one pass: the composed graph without events.
//!
//! Locks stand in it twice. A frame that was there before the pass unwinds to whoever may have asked ([`Life::Before`]); one that
//! is wound within the pass answers over the summary edge of its asker and otherwise only leads out of the
//! stack, by `move` ([`Life::Within`]). So no way goes down into a lock from one asker and comes up to another.

use super::actions;
use super::calls::Calls;
use super::composed::{Graphs, Place};
use super::flow::{Flow, Origin, Standing, Streams};
use super::graph::{EdgeId, Graph, NodeId};
use super::nodes::{Edge, Event, Node};
use crate::model::{Action, ActionKind, Call, Machine, MachineId, Model, Trigger};
use std::collections::BTreeSet;

/// Since when a frame is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Life {
    Before,
    Within,
}

/// An edge of the pass graph.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// The edge of the composed graph that it stands for.
    pub composed: EdgeId,
    /// Whether it is the unwinding of a frame that was there before.
    pub is_return: bool,
    /// Whether an arm is taken.
    pub has_arm: bool,
}

/// The graph of what follows without an event.
#[derive(Clone, Debug)]
pub(super) struct PassGraph {
    pub graph: Graph<(Place, Life), Step>,
    /// By machine: how often what is eventless in it can happen, more than once only by way of `retry`.
    pub rounds: Vec<u32>,
    /// By machine: whether the lock can fail in the pass that winds it.
    pub fails_at_once: Vec<bool>,
}

struct Build<'model> {
    model: &'model Model,
    graphs: &'model Graphs,
    nonces: Flow<'model>,
    fails_at_once: Vec<bool>,
    bounded_retries: BTreeSet<EdgeId>,
    recursive: BTreeSet<MachineId>,
}

impl PassGraph {
    pub(super) fn of(model: &Model, graphs: &Graphs, calls: &Calls) -> PassGraph {
        let recursive = calls.recursions().into_iter().flat_map(|found| found.circle).map(|(lock, _)| lock).collect();
        let mut build = Build {
            model,
            graphs,
            nonces: Streams::of(model).flow(Origin::Nonce),
            fails_at_once: vec![false; model.machines.len()],
            bounded_retries: BTreeSet::new(),
            recursive,
        };
        build.find_failures();
        let rounds = build.find_retries();
        let graph = build.graph();
        PassGraph { graph, rounds, fails_at_once: build.fails_at_once }
    }

    /// The node of a place.
    pub(super) fn node(&self, composed: NodeId, life: Life) -> NodeId {
        node(self.graph.nodes().len() / 2, composed, life)
    }
}

fn node(places: usize, composed: NodeId, life: Life) -> NodeId {
    match life {
        Life::Before => composed,
        Life::Within => NodeId(composed.0 + places as u32),
    }
}

impl Build<'_> {
    /// The least solution: a lock fails at once if it comes to failure without an event.
    fn find_failures(&mut self) {
        let mut open: Vec<MachineId> = self.graphs.ids().collect();
        while let Some(id) = open.pop() {
            if !self.fails_at_once[id.index()] && self.fails_now(id) {
                self.fails_at_once[id.index()] = true;
                open.extend(self.graphs.askers(id));
            }
        }
    }

    fn fails_now(&self, id: MachineId) -> bool {
        let (Some(entry), Some(fail)) = (self.graphs.find(id, Node::Entry), self.graphs.find(id, Node::Fail)) else {
            return false;
        };
        let may_walk = |edge| self.is_inside(edge) && self.is_eventless(edge);
        self.graphs.composed.ahead(&[entry], may_walk).any(|node| node == fail)
    }

    fn is_inside(&self, edge: EdgeId) -> bool {
        self.graphs.composed.edge(edge).event.is_inside()
            && *self.graphs.composed.node(self.graphs.composed.target(edge)) != Place::Member
    }

    /// `retry` edges that close an eventless circle: their attempts bound it.
    fn find_retries(&mut self) -> Vec<u32> {
        let composed = &self.graphs.composed;
        let mut rounds = vec![1; self.model.machines.len()];
        let retries = composed.edges().filter(|edge| composed.edge(*edge).is_retry && self.is_eventless(*edge));
        for retry in retries.collect::<Vec<_>>() {
            let may_walk = |edge| self.is_inside(edge) && self.is_eventless(edge);
            let mut back = composed.ahead(&[composed.target(retry)], may_walk);
            let Place::At(machine, _) = *composed.node(composed.source(retry)) else { continue };
            let attempts = self.model.machines.get(machine.index()).and_then(|found| found.lock()?.attempts);
            if let (true, Some(attempts)) = (back.any(|node| node == composed.source(retry)), attempts) {
                self.bounded_retries.insert(retry);
                rounds[machine.index()] = attempts.max(1);
            }
        }
        rounds
    }

    fn graph(&self) -> Graph<(Place, Life), Step> {
        let composed = &self.graphs.composed;
        let places = composed.nodes().len();
        let mut graph = Graph::default();
        for life in [Life::Before, Life::Within] {
            for place in composed.nodes() {
                graph.add_node((*composed.node(place), life));
            }
        }
        for edge in composed.edges().filter(|edge| !self.bounded_retries.contains(edge)) {
            let (from, to) = (composed.source(edge), composed.target(edge));
            let found = composed.edge(edge);
            let step = Step { composed: edge, is_return: false, has_arm: found.arm.is_some() };
            if self.is_eventless(edge) {
                for &life in self.lives(from) {
                    graph.add_edge(node(places, from, life), node(places, to, self.life_of(to, life, found)), step);
                }
            }
            if let Some(end) = self.end_of(found.event).filter(|_| found.is_arrow) {
                graph.add_edge(end, to, Step { is_return: true, ..step });
            }
            if let (Some(entry), true) = (self.graphs.entry(), self.leaves_its_room(edge)) {
                for &life in self.lives(from) {
                    graph.add_edge(node(places, from, life), entry, step);
                }
            }
        }
        graph
    }

    fn lives(&self, composed: NodeId) -> &'static [Life] {
        if self.is_lock(composed) { &[Life::Before, Life::Within] } else { &[Life::Before] }
    }

    fn life_of(&self, to: NodeId, life: Life, edge: &Edge) -> Life {
        match (edge.event, self.is_lock(to)) {
            (Event::Wound, _) => Life::Within,
            (_, true) => life,
            (_, false) => Life::Before,
        }
    }

    fn is_lock(&self, composed: NodeId) -> bool {
        self.machine_at(composed).is_some_and(|(machine, _)| machine.lock().is_some())
    }

    fn machine_at(&self, composed: NodeId) -> Option<(&Machine, Node)> {
        match *self.graphs.composed.node(composed) {
            Place::At(machine, node) => Some((self.model.machines.get(machine.index())?, node)),
            Place::Member => None,
        }
    }

    /// The end of the lock whose frame, there before, goes when this edge is walked.
    fn end_of(&self, event: Event) -> Option<NodeId> {
        let end = if matches!(event, Event::Resolved(_)) { Node::Resolve } else { Node::Fail };
        self.graphs.find(event.lock()?, end)
    }

    fn is_eventless(&self, edge: EdgeId) -> bool {
        let composed = &self.graphs.composed;
        let found = composed.edge(edge);
        found.is_arrow && *composed.node(composed.target(edge)) != Place::Member && self.happens_at_once(edge)
    }

    /// Whether what the edge waits for may be there already.
    fn happens_at_once(&self, edge: EdgeId) -> bool {
        let composed = &self.graphs.composed;
        match composed.edge(edge).event {
            Event::Follows | Event::Arrive | Event::Eventless | Event::Refused | Event::Full | Event::Moved => true,
            // Its key may be held.
            Event::Resolved(_) => true,
            Event::LockFailed(lock) => self.fails_at_once.get(lock.index()).copied().unwrap_or(false),
            Event::CheckFailed(_) => self.may_be_spent(composed.source(edge)),
            Event::Time => self.is_due_at_once(edge),
            Event::Wound => !self.is_recursion(edge),
            Event::Message
            | Event::Cancel
            | Event::Signal(_)
            | Event::Passed(_)
            | Event::NoChoice
            | Event::Limit
            | Event::Door
            | Event::Offer
            | Event::Parked
            | Event::GoneOn
            | Event::Left => false,
        }
    }

    /// Locks that recurse are reported as such, not as circles of a pass.
    fn is_recursion(&self, edge: EdgeId) -> bool {
        let composed = &self.graphs.composed;
        let is_recursive = |node| match composed.node(node) {
            Place::At(machine, _) => self.recursive.contains(machine),
            Place::Member => false,
        };
        is_recursive(composed.source(edge)) && is_recursive(composed.target(edge))
    }

    fn is_due_at_once(&self, edge: EdgeId) -> bool {
        let composed = &self.graphs.composed;
        let arm = composed.edge(edge).arm;
        let machine = self.machine_at(composed.source(edge)).map(|(machine, _)| machine);
        let arm = machine.zip(arm).and_then(|(machine, arm)| machine.arms.get(arm.index()));
        arm.is_some_and(|arm| matches!(arm.trigger, Trigger::After(0)))
    }

    /// A check of a nonce that was used before fails in the pass that asks.
    fn may_be_spent(&self, composed: NodeId) -> bool {
        let Place::At(id, node) = *self.graphs.composed.node(composed) else { return false };
        let (Some(machine), Some(state)) = (self.model.machines.get(id.index()), node.state()) else { return false };
        let standing = Standing { machine: id, state: Some(state), arm: None };
        match machine.states.get(state.index()).and_then(|state| state.call.as_ref()) {
            Some(Call::Check(check)) => check.args.iter().any(|arg| self.nonces.carries(standing, arg)),
            Some(Call::Lock(_)) | None => false,
        }
    }

    /// Whether walking on from here leaves the room where the socket stands, which leads to the entry room: the
    /// edge's own actions if it needs no event, or the entry actions of the node that it leads from. A lock may leave
    /// whichever room is below it.
    fn leaves_its_room(&self, edge: EdgeId) -> bool {
        let composed = &self.graphs.composed;
        let Place::At(id, node) = *composed.node(composed.source(edge)) else { return false };
        let Some(machine) = self.model.machines.get(id.index()) else { return false };
        let is_lock = machine.lock().is_some();
        let is_left = |room: MachineId| if is_lock { room != self.model.entry } else { room == id };
        let leaves = |action: &Action| matches!(&action.kind, ActionKind::Leave(call) if is_left(call.room));
        let is_inside = is_lock || matches!(node, Node::State(_) | Node::In(_));
        let on_way = actions::actions_of_edge(machine, composed.edge(edge)).iter().any(|(_, action)| leaves(action));
        let on_entry = match node {
            Node::State(state) => machine.states.get(state.index()).is_some_and(|state| state.enter.iter().any(leaves)),
            Node::In(_) => machine.enter.iter().any(leaves),
            Node::Entry => is_lock && machine.enter.iter().any(leaves),
            Node::Delivery
            | Node::Gate(..)
            | Node::AdmitWhen
            | Node::Deciding(_)
            | Node::Beside(_)
            | Node::Admit(_)
            | Node::Delivered
            | Node::Resolve
            | Node::Fail
            | Node::Drop
            | Node::Move(_) => false,
        };
        (on_way && is_inside && self.happens_at_once(edge)) || on_entry
    }
}
