//! How long a pass can be, and circles that would make it endless.
//!
//! The bound is safe, not tight: it takes the costliest way through what can follow without an event, begun
//! anywhere, and adds what one event may cut and deliver before that.

use super::Bounds;
use super::calls::{Calls, Deepest};
use super::composed::{Graphs, Place};
use super::graph::{EdgeId, NodeId};
use super::nodes::Node;
use super::pass_graph::{Life, PassGraph, Step};
use crate::diagnostic::Span;
use crate::model::{Action, ActionKind, Machine, MachineId, Model};
use std::collections::{BTreeMap, BTreeSet};

/// Steps that a pass may need at most; [`crate::lint`] refuses rules that need more.
pub const PASS_STEPS_MAX: u32 = 1000;
/// Frames that a run of a wind stack may have at most, with the room it stands in.
pub const STACK_FRAMES_MAX: u32 = 32;
/// Runs that can be wound at one time: what the socket asked for, and a gate for each message that may be parked.
pub const WOUND_RUNS_MAX: u32 = 9;

/// Steps of a room's frame that goes where another one comes: two `on leave`, the frame, and for a new one `on arrive`
/// that leads out, the state that is entered before.
const MOVING_STEPS: u64 = 5;
/// Steps of a frame that is wound and goes.
const FRAME_STEPS: u64 = 2;

/// The longest pass.
#[derive(Clone, Debug, Default)]
pub struct LongestPass {
    /// How many steps.
    pub steps: u64,
    /// The part of it that follows from one to the next, as edges of the composed graph.
    pub way: Vec<EdgeId>,
}

/// What follows from the graphs about passes and stacks.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Who winds whom.
    pub calls: Calls,
    /// Circles that need no event, as edges of the composed graph.
    pub eventless_circles: Vec<Vec<EdgeId>>,
    /// None where there are circles or recursion.
    pub longest_pass: Option<LongestPass>,
    /// None where there is recursion.
    pub deepest: Option<Deepest>,
    /// By [`MachineId`]: whether the lock can fail in the pass that winds it.
    pub fails_at_once: Vec<bool>,
}

impl Analysis {
    /// Analyses the graphs of a model.
    pub fn of(model: &Model, graphs: &Graphs) -> Analysis {
        let calls = Calls::of(graphs);
        let pass = PassGraph::of(model, graphs, &calls);
        let deepest = calls.deepest(model, graphs);
        let longest_pass = longest_pass(model, graphs, &calls, &pass);
        let eventless_circles = eventless_circles(graphs, &pass);
        Analysis { calls, eventless_circles, longest_pass, deepest, fails_at_once: pass.fails_at_once }
    }

    /// The bounds of rules in which nothing is endless.
    pub fn bounds(&self) -> Option<Bounds> {
        let pass = u32::try_from(self.longest_pass.as_ref()?.steps).unwrap_or(u32::MAX);
        Some(Bounds { pass, depth: self.deepest.as_ref()?.frames })
    }
}

fn eventless_circles(graphs: &Graphs, pass: &PassGraph) -> Vec<Vec<EdgeId>> {
    let is_forward = |edge| !pass.graph.edge(edge).is_return;
    let mut known: BTreeSet<BTreeSet<Span>> = BTreeSet::new();
    let mut circles = Vec::new();
    for nodes in pass.graph.cycles(is_forward) {
        let edges = pass.graph.shortest_cycle(&nodes, is_forward);
        let edges: Vec<EdgeId> = edges.into_iter().map(|edge| pass.graph.edge(edge).composed).collect();
        // A circle is found in every life of its frame, and is written once.
        if known.insert(edges.iter().map(|edge| graphs.composed.edge(*edge).span).collect()) {
            circles.push(edges);
        }
    }
    circles
}

fn longest_pass(model: &Model, graphs: &Graphs, calls: &Calls, pass: &PassGraph) -> Option<LongestPass> {
    let costs = Costs { model, graphs, pass, winding: winding_costs(model, graphs, calls, pass)? };
    let longest = pass.graph.longest(|node| costs.node(node), |edge| Some(costs.edge(pass.graph.edge(edge))))?;
    let start = pass.graph.nodes().max_by_key(|node| (longest.cost(*node), std::cmp::Reverse(*node)))?;
    let from = |place: NodeId| longest.cost(pass.node(place, Life::Before));
    let delivery = graphs.ids().filter_map(|id| graphs.find(id, Node::Delivered)).map(from).max().unwrap_or(0);
    let leaving = if leaves_from_locks(model) { graphs.entry().map_or(0, from) } else { 0 };
    // The arm that the event takes, and the `on leave` of the state that it leaves.
    let event = 2;
    let steps = event + cut_cost(model, graphs, calls)? + delivery + leaving + longest.cost(start);
    let way = longest.way(start).into_iter().map(|edge| pass.graph.edge(edge).composed).collect();
    Some(LongestPass { steps, way })
}

struct Costs<'model> {
    model: &'model Model,
    graphs: &'model Graphs,
    pass: &'model PassGraph,
    winding: Vec<u64>,
}

impl Costs<'_> {
    fn node(&self, node: NodeId) -> u64 {
        let (Place::At(id, kind), life) = *self.pass.graph.node(node) else { return 0 };
        let Some(machine) = self.model.machines.get(id.index()) else { return 0 };
        own_cost(machine, kind, life).saturating_mul(self.rounds(id))
    }

    /// An edge over which a lock answers costs what winding that lock does; without it, the lock's own nodes do.
    fn edge(&self, step: &Step) -> u64 {
        let composed = &self.graphs.composed;
        let answers = composed.edge(step.composed).event.lock().filter(|_| !step.is_return);
        let wound = answers.and_then(|lock| self.winding.get(lock.index())).copied().unwrap_or(0);
        let Place::At(id, _) = *composed.node(composed.source(step.composed)) else { return 0 };
        (wound + u64::from(step.has_arm)).saturating_mul(self.rounds(id))
    }

    fn rounds(&self, id: MachineId) -> u64 {
        u64::from(self.pass.rounds.get(id.index()).copied().unwrap_or(1))
    }
}

fn own_cost(machine: &Machine, kind: Node, life: Life) -> u64 {
    let leaving = u64::from(!machine.leave.is_empty());
    match kind {
        Node::State(state) | Node::Deciding(state) | Node::Beside(state) => {
            let leaves = machine.states.get(state.index()).is_some_and(|state| !state.leave.is_empty());
            1 + u64::from(leaves)
        }
        Node::Entry if machine.lock().is_some() => FRAME_STEPS + leaving,
        Node::Entry | Node::Delivery => FRAME_STEPS,
        Node::In(_) => MOVING_STEPS,
        Node::Resolve | Node::Fail if life == Life::Before => 1 + leaving,
        Node::Resolve
        | Node::Fail
        | Node::Gate(..)
        | Node::AdmitWhen
        | Node::Admit(_)
        | Node::Delivered
        | Node::Drop
        | Node::Move(_) => 0,
    }
}

/// By machine: what winding it costs within one pass, until it and what it winds wait or have gone again.
fn winding_costs(model: &Model, graphs: &Graphs, calls: &Calls, pass: &PassGraph) -> Option<Vec<u64>> {
    let mut costs = Costs { model, graphs, pass, winding: vec![0; model.machines.len()] };
    let is_within = |node| pass.graph.node(node).1 == Life::Within;
    // no way leads up, so what a lock comes to that was looked at before costs what it did
    let mut known = BTreeMap::new();
    for id in calls.wound_first()? {
        let Some(entry) = graphs.find(id, Node::Entry).filter(|_| is_lock(model, id)) else { continue };
        let edge_cost = |edge: EdgeId| {
            let inside = is_within(pass.graph.source(edge)) && is_within(pass.graph.target(edge));
            inside.then(|| costs.edge(pass.graph.edge(edge)))
        };
        let start = pass.node(entry, Life::Within);
        costs.winding[id.index()] = pass.graph.longest_from(start, |node| costs.node(node), edge_cost, &mut known)?;
    }
    Some(costs.winding)
}

fn is_lock(model: &Model, id: MachineId) -> bool {
    model.machines.get(id.index()).is_some_and(|machine| machine.lock().is_some())
}

/// What cutting everything that can be wound at one time costs.
fn cut_cost(model: &Model, graphs: &Graphs, calls: &Calls) -> Option<u64> {
    let frame = |id: MachineId| {
        let machine = model.machines.get(id.index());
        machine.map_or(0, |machine| {
            let states = machine.states.iter().any(|state| !state.leave.is_empty());
            1 + u64::from(states) + u64::from(!machine.leave.is_empty())
        })
    };
    let runs = calls.costliest(frame)?;
    let deepest = graphs.ids().filter_map(|id| runs.get(id.index())).max().copied().unwrap_or(0);
    Some(deepest.saturating_mul(u64::from(WOUND_RUNS_MAX)))
}

/// Whether something that does not stand in a room of its own leaves one, so that the entry room may follow.
fn leaves_from_locks(model: &Model) -> bool {
    let leaves = |action: &Action| matches!(action.kind, ActionKind::Leave(_));
    model.machines.iter().any(|machine| {
        let arms = machine.arms.iter().flat_map(|arm| &arm.actions);
        let states = machine.states.iter().flat_map(|state| &state.enter);
        arms.chain(states).chain(&machine.enter).any(leaves)
    })
}
