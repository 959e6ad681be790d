//! What a rule looks at: the model, its texts, its graphs, and what was computed of them once for all rules.

use crate::diagnostic::{SourceMap, Span};
use crate::machine::{Analysis, Cut, EdgeId, Graphs, Node, NodeId, Place, Walk, actions_of_edge, actions_of_node};
use crate::model::{Action, ActionKind, Arm, Machine, MachineId, Model, StateId, TargetKind};
use crate::syntax::ast::File;

/// One ruleset that parsed and lowered without an error.
pub(crate) struct Ruleset<'model> {
    pub model: &'model Model,
    /// As they are written.
    pub files: &'model [File],
    pub sources: &'model SourceMap,
    pub graphs: &'model Graphs,
    pub analysis: &'model Analysis,
}

/// An action that a walk comes to.
pub(crate) struct Reached<'model> {
    /// In which machine.
    pub machine: MachineId,
    /// In which state, if in one.
    pub state: Option<StateId>,
    /// In which arm, if in one.
    pub arm: Option<&'model Arm>,
    /// Which.
    pub action: &'model Action,
    /// The way to it.
    pub way: Vec<EdgeId>,
}

impl<'model> Ruleset<'model> {
    pub(crate) fn machine(&self, id: MachineId) -> &'model Machine {
        &self.model.machines[id.index()]
    }

    /// Every room and lock with its id.
    pub(crate) fn machines(&self) -> impl Iterator<Item = (MachineId, &'model Machine)> {
        self.model.machines.iter().enumerate().map(|(at, machine)| (MachineId(at as u32), machine))
    }

    /// Every lock with its id.
    pub(crate) fn locks(&self) -> impl Iterator<Item = (MachineId, &'model Machine)> {
        self.machines().filter(|(_, machine)| machine.lock().is_some())
    }

    /// `file:line` of a span.
    pub(crate) fn place(&self, span: Span) -> String {
        self.sources.locate(span).to_string()
    }

    /// Names in backticks, joined for reading: `` `a`, `b` or `c` ``.
    pub(crate) fn names(&self, machines: &[MachineId], last: &str) -> String {
        let names: Vec<String> = machines.iter().map(|id| format!("`{}`", self.machine(*id).name)).collect();
        match names.split_last() {
            None => String::new(),
            Some((only, [])) => only.clone(),
            Some((end, others)) => format!("{} {last} {end}", others.join(", ")),
        }
    }

    /// Walks from where a socket begins. Whether it can send to rooms that it is in depends on whether it can be
    /// identified on such a walk.
    pub(crate) fn walk_from_street(&self, cut: Cut) -> Walk {
        let starts: Vec<NodeId> = self.graphs.entry().into_iter().collect();
        let alone = self.graphs.walk(&starts, Cut { members: true, ..cut.clone() });
        if self.is_identified_on(&alone) { self.graphs.walk(&starts, cut) } else { alone }
    }

    /// The same, and from wherever the server's administrator may put a client: before any room, into any lock. Who
    /// is no client is nobody whom an administrator could name.
    pub(crate) fn walk_from_anywhere(&self, cut: Cut) -> Walk {
        let starts = self.graphs.entry().into_iter();
        let alone = self.graphs.walk(&starts.clone().collect::<Vec<_>>(), Cut { members: true, ..cut.clone() });
        if !self.is_identified_on(&alone) {
            return alone;
        }
        let all = self.graphs.ids().filter_map(|id| self.graphs.find(id, Node::Entry));
        self.graphs.walk(&starts.chain(all).collect::<Vec<_>>(), cut)
    }

    /// Whether a walk comes to an `identify`. One in the very arm that resolves a lock which the walk has to do without is
    /// none: who is identified by it has passed that lock.
    fn is_identified_on(&self, walk: &Walk) -> bool {
        let identifies = |action: &Action| matches!(action.kind, ActionKind::Identify(_));
        self.reached(walk, identifies).iter().any(|reached| {
            let target = reached.arm.and_then(|arm| arm.target.as_ref()).map(|target| &target.kind);
            !(matches!(target, Some(TargetKind::Resolve(_))) && walk.does_without(reached.machine))
        })
    }

    /// The actions of this kind that a walk comes to; those with the shortest way first.
    pub(crate) fn reached(&self, walk: &Walk, wanted: impl Fn(&Action) -> bool) -> Vec<Reached<'model>> {
        let composed = &self.graphs.composed;
        let mut found = Vec::new();
        for node in composed.nodes().filter(|node| walk.reach.contains(*node)) {
            let Place::At(id, kind) = *composed.node(node) else { continue };
            let machine = self.machine(id);
            let mut take = |(arm, action): (Option<&'model Arm>, &'model Action), last: Option<EdgeId>| {
                if wanted(action) {
                    let way = walk.reach.way_to(node).into_iter().chain(last).collect();
                    found.push(Reached { machine: id, state: state_of(kind), arm, action, way });
                }
            };
            for action in actions_of_node(machine, kind) {
                take(action, None);
            }
            for edge in composed.outgoing(node).into_iter().filter(|edge| walk.may_walk(self.graphs, *edge)) {
                for action in actions_of_edge(machine, composed.edge(edge)) {
                    take(action, Some(edge));
                }
            }
        }
        found.sort_by_key(|reached| reached.way.len());
        found
    }
}

/// The state of a node, if it is one.
pub(crate) fn state_of(node: Node) -> Option<StateId> {
    node.state()
}
