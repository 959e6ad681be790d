//! One room or lock as a graph: states, and what the language does between them.
//!
//! An arm without a guard ends its list: what is written after it is never looked at, so it is no edge. Guards are
//! otherwise taken to hold or not to hold as chance will have it.

use super::actions::has_identify;
use super::graph::{EdgeId, Graph, NodeId};
use super::nodes::{Edge, Event, Node, Passing};
use crate::diagnostic::Span;
use crate::model::{
    Arm, ArmId, Call, LockCall, Machine, MachineId, MachineKind, Requirement, Room, StateCall, StateId, Target,
    TargetKind, Trigger, Type,
};
use std::collections::{BTreeMap, BTreeSet};

/// The graph of one room or lock.
#[derive(Clone, Debug, Default)]
pub struct MachineGraph {
    /// The nodes and edges.
    pub graph: Graph<Node, Edge>,
    /// Which nodes wind which locks, in the order of the text.
    pub winds: Vec<Winding>,
    by_node: BTreeMap<Node, NodeId>,
}

/// A node winds a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Winding {
    /// Which: a state or a gate's requirement.
    pub node: NodeId,
    /// What.
    pub lock: MachineId,
    /// Where it says so.
    pub span: Span,
}

impl MachineGraph {
    /// Builds the graph. Arrows to what the model does not have are left out.
    pub fn of(machine: &Machine) -> MachineGraph {
        let mut build = Build { machine, graph: MachineGraph::default() };
        match &machine.kind {
            MachineKind::Room(room) => build.room(room),
            MachineKind::Lock(_) => build.lock(),
        }
        build.graph
    }

    /// The id of a node, if the machine has it.
    pub fn find(&self, node: Node) -> Option<NodeId> {
        self.by_node.get(&node).copied()
    }

    /// The states to which a way leads from where the machine starts.
    pub fn reached_states(&self) -> BTreeSet<StateId> {
        let starts: Vec<_> = [Node::Entry, Node::Delivery].into_iter().filter_map(|node| self.find(node)).collect();
        let reach = self.graph.reach(&starts, |_| true);
        let reached = self.nodes().filter(|(id, _)| reach.contains(*id));
        reached.filter_map(|(_, node)| node.state()).collect()
    }

    /// Every node with its id, in the order of building.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, Node)> {
        self.graph.nodes().map(|id| (id, *self.graph.node(id)))
    }

    /// The edges that leave a node.
    pub fn outgoing(&self, node: NodeId) -> impl Iterator<Item = (EdgeId, &Edge)> {
        self.graph.outgoing(node).into_iter().map(|id| (id, self.graph.edge(id)))
    }

    fn put(&mut self, node: Node) -> NodeId {
        *self.by_node.entry(node).or_insert_with(|| self.graph.add_node(node))
    }
}

/// The state in which a room that decides by itself starts for a socket of a client that is already in it.
pub(super) fn first_admitted(machine: &Machine) -> StateId {
    let named = machine.arms.iter().find_map(|arm| match arm.target.as_ref().map(|target| &target.kind) {
        Some(TargetKind::Admit(Some(call))) => Some(call.state),
        Some(_) | None => None,
    });
    named.unwrap_or(StateId(0))
}

struct Build<'model> {
    machine: &'model Machine,
    graph: MachineGraph,
}

impl<'model> Build<'model> {
    fn lock(&mut self) {
        let span = self.machine.span;
        self.follow(Node::Entry, Node::State(StateId(0)), span);
        self.identify_may_fail(Node::Entry, &self.machine.enter, span);
        self.states(Node::State);
    }

    fn room(&mut self, room: &'model Room) {
        let span = self.machine.span;
        self.graph.put(Node::Entry);
        let decides = if room.admits_itself { Node::Deciding(StateId(0)) } else { Node::Admit(StateId(0)) };
        let admit_when = if room.admit.is_some() { Node::AdmitWhen } else { decides };
        self.gate(Passing::Enter, Node::Entry, &room.requires, admit_when);
        if let Some(admit) = &room.admit {
            self.edge(Node::AdmitWhen, decides, Event::Eventless, None, admit.span);
            self.refuse(Node::AdmitWhen, Event::Refused, admit.otherwise, admit.span);
        }
        if room.admits_itself {
            self.states(Node::Deciding);
        } else {
            self.admission(room, StateId(0));
        }
        self.graph.put(Node::Delivery);
        self.gate(Passing::Deliver, Node::Delivery, &room.requires, Node::Delivered);
        self.follow(Node::Delivered, Node::Beside(first_admitted(self.machine)), span);
        self.states(Node::State);
        self.states(Node::Beside);
        let admitted: Vec<Node> = self.graph.by_node.keys().copied().collect();
        for node in admitted {
            if let Node::Admit(state) = node {
                self.admission(room, state);
            }
        }
    }

    fn gate(&mut self, passing: Passing, from: Node, requires: &'model [Requirement], passed: Node) {
        let gate = |index: usize| u16::try_from(index).map_or(passed, |index| Node::Gate(passing, index));
        let first = if requires.is_empty() { passed } else { gate(0) };
        self.follow(from, first, self.machine.span);
        for (index, requirement) in requires.iter().enumerate() {
            let here = gate(index);
            let next = if index + 1 < requires.len() { gate(index + 1) } else { passed };
            for call in &requirement.locks {
                self.winds(here, call);
                self.edge(here, next, Event::Resolved(call.lock), None, call.span);
                self.refuse(here, Event::LockFailed(call.lock), requirement.otherwise, requirement.span);
            }
            if requirement.locks.len() > 1 {
                self.refuse(here, Event::NoChoice, requirement.otherwise, requirement.span);
            }
        }
    }

    /// From the room's yes to the state where its machine goes on.
    fn admission(&mut self, room: &Room, state: StateId) {
        let (admit, inside) = (Node::Admit(state), Node::In(state));
        if self.graph.find(inside).is_some() {
            return;
        }
        let span = self.machine.span;
        self.follow(admit, inside, span);
        if room.capacity.is_some() {
            self.edge(admit, Node::Fail, Event::Full, None, span);
        }
        if self.list(inside, &self.machine.arrive, Event::Arrive) {
            self.follow(inside, Node::State(state), span);
        }
    }

    /// A gate fails, by the `else` of what failed it or without one.
    fn refuse(&mut self, from: Node, event: Event, otherwise: Option<ArmId>, span: Span) {
        match otherwise.and_then(|id| self.arm(id).map(|arm| (id, arm))) {
            Some((id, arm)) => self.arm_edges(from, id, arm, event),
            None => self.edge(from, Node::Fail, event, None, span),
        }
    }

    /// Every state in one of its lives: before the room admits, while the socket stands there, and after.
    fn states(&mut self, life: fn(StateId) -> Node) {
        for index in 0..self.machine.states.len() {
            self.state(StateId(index as u32), life);
        }
    }

    fn state(&mut self, id: StateId, life: fn(StateId) -> Node) {
        let Some(state) = self.machine.states.get(id.index()) else { return };
        let here = life(id);
        self.graph.put(here);
        self.identify_may_fail(here, &state.enter, state.span);
        if !self.list(here, &state.eventless, Event::Eventless) {
            return;
        }
        if let Some(call) = &state.call {
            self.call(here, call, &state.handlers);
        }
        for handler in state.handlers.iter().chain(&self.machine.handlers) {
            self.handler(here, *handler);
        }
        // A room's own deadlines run while the socket stands there, those of its states also while it decides.
        let shared = if matches!(here, Node::State(_)) { &self.machine.timers[..] } else { &[] };
        let own = if matches!(here, Node::Beside(_)) { &[][..] } else { &state.timers[..] };
        for timer in own.iter().chain(shared) {
            self.labelled(here, *timer, Event::Time);
        }
        if let Some(arm) = self.machine.limit.as_ref().and_then(|limit| limit.otherwise) {
            self.labelled(here, arm, Event::Limit);
        }
    }

    fn handler(&mut self, here: Node, id: ArmId) {
        let event = match self.arm(id).map(|arm| &arm.trigger) {
            Some(Trigger::Message { .. }) => Event::Message,
            Some(Trigger::Cancel) => Event::Cancel,
            Some(Trigger::Signal { signal, .. }) => Event::Signal(*signal),
            // The ends of a call are the call's; the others are no handlers.
            Some(
                Trigger::Resolved
                | Trigger::LockFailed
                | Trigger::Passed
                | Trigger::CheckFailed
                | Trigger::Arrive
                | Trigger::Leave
                | Trigger::When
                | Trigger::Else
                | Trigger::Match { .. }
                | Trigger::After(_)
                | Trigger::Otherwise,
            )
            | None => return,
        };
        self.labelled(here, id, event);
    }

    fn call(&mut self, here: Node, call: &'model Call, handlers: &'model [ArmId]) {
        match call {
            Call::Lock(locks) => self.lock_call(here, locks, handlers),
            Call::Check(check) => {
                self.ends(here, handlers, |trigger| matches!(trigger, Trigger::Passed), Event::Passed(check.check));
                let failed = Event::CheckFailed(check.check);
                self.ends(here, handlers, |trigger| matches!(trigger, Trigger::CheckFailed), failed);
            }
        }
    }

    fn lock_call(&mut self, here: Node, locks: &'model [LockCall], handlers: &'model [ArmId]) {
        let failed = |trigger: &Trigger| matches!(trigger, Trigger::LockFailed);
        for call in locks {
            self.winds(here, call);
            let resolved = Event::Resolved(call.lock);
            self.ends(here, handlers, |trigger| matches!(trigger, Trigger::Resolved), resolved);
            self.ends(here, handlers, failed, Event::LockFailed(call.lock));
        }
        if locks.len() > 1 {
            self.ends(here, handlers, failed, Event::NoChoice);
        }
    }

    fn winds(&mut self, here: Node, call: &LockCall) {
        let node = self.graph.put(here);
        self.graph.winds.push(Winding { node, lock: call.lock, span: call.span });
    }

    fn ends(&mut self, here: Node, handlers: &'model [ArmId], is_end: fn(&Trigger) -> bool, event: Event) {
        let ends: Vec<ArmId> =
            handlers.iter().copied().filter(|id| self.arm(*id).is_some_and(|arm| is_end(&arm.trigger))).collect();
        self.list(here, &ends, event);
    }

    /// Arms of which the first that holds is taken. False if one is taken in any case and leads away for good.
    fn list(&mut self, here: Node, arms: &[ArmId], event: Event) -> bool {
        for id in arms {
            let Some(arm) = self.arm(*id) else { continue };
            self.arm_edges(here, *id, arm, event);
            if is_always_taken(arm) {
                return arm.target.as_ref().is_none_or(|target| self.may_stay(here, target));
            }
        }
        true
    }

    /// Whether the socket may be there still once the arrow was followed: it stands in a room until the next one's gate is passed.
    fn may_stay(&self, here: Node, target: &Target) -> bool {
        self.is_inside(here) && matches!(target.kind, TargetKind::Move(_))
    }

    /// Whether the room has admitted.
    fn is_inside(&self, here: Node) -> bool {
        self.machine.room().is_some() && matches!(here, Node::State(_) | Node::Beside(_) | Node::In(_))
    }

    fn labelled(&mut self, here: Node, id: ArmId, event: Event) {
        if let Some(arm) = self.arm(id) {
            self.arm_edges(here, id, arm, event);
        }
    }

    fn arm_edges(&mut self, here: Node, id: ArmId, arm: &'model Arm, event: Event) {
        let place = match &arm.target {
            None => None,
            Some(target) => self.place(here, target),
        };
        let (to, is_arrow) = place.map_or((here, false), |to| (to, true));
        let is_retry = matches!(arm.target, Some(Target { kind: TargetKind::Retry(_), .. }));
        let edge = Edge { event, arm: Some(id), is_arrow, is_retry, span: arm.span };
        self.put_edge(here, to, edge);
        if is_retry {
            self.put_edge(here, Node::Fail, Edge { is_retry: false, ..edge });
        }
        self.arm_may_fail(here, id, arm, event);
    }

    /// Where an arrow leads from here; none where it changes nothing.
    fn place(&self, here: Node, target: &Target) -> Option<Node> {
        match &target.kind {
            TargetKind::State(call) | TargetKind::Retry(call) => self.state_node(here, call),
            TargetKind::Resolve(..) => Some(Node::Resolve),
            // What has admitted already neither admits nor refuses.
            TargetKind::Admit(_) | TargetKind::Fail(_) if self.is_inside(here) => None,
            TargetKind::Fail(_) => Some(Node::Fail),
            TargetKind::Admit(Some(call)) => self.known(call.state).map(Node::Admit),
            TargetKind::Admit(None) => deciding(here).map(Node::Admit),
            TargetKind::Move(call) => Some(Node::Move(call.room)),
            TargetKind::Drop(_) => Some(Node::Drop),
        }
    }

    fn state_node(&self, here: Node, call: &StateCall) -> Option<Node> {
        let state = self.known(call.state)?;
        let is_beside = matches!(here, Node::Beside(_));
        let life = if is_beside { Node::Beside } else { Node::State };
        Some(if deciding(here).is_some() { Node::Deciding(state) } else { life(state) })
    }

    fn known(&self, state: StateId) -> Option<StateId> {
        (state.index() < self.machine.states.len()).then_some(state)
    }

    fn arm(&self, id: ArmId) -> Option<&'model Arm> {
        self.machine.arms.get(id.index())
    }

    /// A socket that is another client already fails the lock that would identify it, and so does a key that would have ended
    /// already.
    fn arm_may_fail(&mut self, here: Node, id: ArmId, arm: &Arm, event: Event) {
        let has_end = matches!(arm.target, Some(Target { kind: TargetKind::Resolve(_, Some(_)), .. }));
        if (has_identify(&arm.actions) || has_end) && self.machine.lock().is_some() {
            let edge = Edge { event, arm: Some(id), is_arrow: true, is_retry: false, span: arm.span };
            self.put_edge(here, Node::Fail, edge);
        }
    }

    fn identify_may_fail(&mut self, here: Node, actions: &[crate::model::Action], span: Span) {
        if has_identify(actions) && self.machine.lock().is_some() {
            self.edge(here, Node::Fail, Event::Eventless, None, span);
        }
    }

    fn follow(&mut self, from: Node, to: Node, span: Span) {
        self.edge(from, to, Event::Follows, None, span);
    }

    fn edge(&mut self, from: Node, to: Node, event: Event, arm: Option<ArmId>, span: Span) {
        self.put_edge(from, to, Edge { event, arm, is_arrow: true, is_retry: false, span });
    }

    fn put_edge(&mut self, from: Node, to: Node, edge: Edge) {
        let (from, to) = (self.graph.put(from), self.graph.put(to));
        self.graph.graph.add_edge(from, to, edge);
    }
}

/// The state of a room that has not admitted yet.
fn deciding(node: Node) -> Option<StateId> {
    if let Node::Deciding(state) = node { Some(state) } else { None }
}

/// Whether the arm is taken whenever it is looked at.
pub fn is_always_taken(arm: &Arm) -> bool {
    let matches_all = match &arm.trigger {
        Trigger::Match { pattern, .. } => *pattern == Type::Any,
        Trigger::When => false,
        Trigger::Message { .. }
        | Trigger::Arrive
        | Trigger::Leave
        | Trigger::Cancel
        | Trigger::Signal { .. }
        | Trigger::Else
        | Trigger::After(_)
        | Trigger::Resolved
        | Trigger::LockFailed
        | Trigger::Passed
        | Trigger::CheckFailed
        | Trigger::Otherwise => true,
    };
    arm.guard.is_none() && matches_all
}
