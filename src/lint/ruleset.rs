//! What a rule looks at: the model, its texts, its graphs, and what was computed of them once for all rules.

use super::exprs;
use crate::diagnostic::{SourceMap, Span};
use crate::machine::{Analysis, Cut, EdgeId, Graphs, Node, NodeId, Walk, actions_of_edge, actions_of_node};
use crate::model::{Action, ActionKind, Arm, Machine, MachineId, Model, StateId, TargetKind};
use crate::syntax::ast::File;
use std::cell::OnceCell;

/// One ruleset that parsed and lowered without an error.
pub(crate) struct Ruleset<'model> {
    pub model: &'model Model,
    /// As they are written.
    pub files: &'model [File],
    pub sources: &'model SourceMap,
    pub graphs: &'model Graphs,
    pub analysis: &'model Analysis,
    walks: Walks,
}

/// Walks that several rules ask for.
#[derive(Default)]
struct Walks {
    street: OnceCell<Walk>,
    unchecked: OnceCell<Walk>,
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
    pub(crate) fn of(
        model: &'model Model,
        files: &'model [File],
        sources: &'model SourceMap,
        (graphs, analysis): (&'model Graphs, &'model Analysis),
    ) -> Ruleset<'model> {
        Ruleset { model, files, sources, graphs, analysis, walks: Walks::default() }
    }

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

    /// The walk from where a socket begins, without a cut.
    pub(crate) fn street(&self) -> &Walk {
        self.walks.street.get_or_init(|| self.walk_from_street(Cut::default()))
    }

    /// The walk from where a socket begins, on which no check passes.
    pub(crate) fn unchecked(&self) -> &Walk {
        let cut = Cut { checks: true, ..Cut::default() };
        self.walks.unchecked.get_or_init(|| self.walk_from_street(cut))
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
        self.met(walk, |action| matches!(action.kind, ActionKind::Identify(_))).iter().any(|met| {
            let target = met.arm.and_then(|arm| arm.target.as_ref()).map(|target| &target.kind);
            !(matches!(target, Some(TargetKind::Resolve(..))) && walk.passage.does_without(met.machine))
        })
    }

    /// The actions of this kind that a walk comes to; those with the shortest way first.
    pub(crate) fn reached(&self, walk: &Walk, wanted: impl Fn(&Action) -> bool) -> Vec<Reached<'model>> {
        let mut found: Vec<Reached<'model>> = self.met(walk, wanted).into_iter().map(|met| met.reached(walk)).collect();
        found.sort_by_key(|reached| reached.way.len());
        found
    }

    /// The same in the order of the graph, and without the ways.
    fn met(&self, walk: &Walk, wanted: impl Fn(&Action) -> bool) -> Vec<Met<'model>> {
        let composed = &self.graphs.composed;
        let mut met = Vec::new();
        for (id, machine) in self.machines().filter(|(_, machine)| exprs::actions(machine).any(&wanted)) {
            for (node, kind) in self.graphs.nodes_of(id).filter(|(node, _)| walk.reach.contains(*node)) {
                let mut take = |(arm, action): (Option<&'model Arm>, &'model Action), last: Option<EdgeId>| {
                    if wanted(action) {
                        met.push(Met { machine: id, kind, arm, action, node, last });
                    }
                };
                for action in actions_of_node(machine, kind) {
                    take(action, None);
                }
                for edge in composed.outgoing(node).into_iter().filter(|edge| walk.passage.may_walk(self.graphs, *edge))
                {
                    for action in actions_of_edge(machine, composed.edge(edge)) {
                        take(action, Some(edge));
                    }
                }
            }
        }
        met
    }
}

/// An action that a walk comes to: at a node, or on an edge that leaves it.
struct Met<'model> {
    machine: MachineId,
    kind: Node,
    arm: Option<&'model Arm>,
    action: &'model Action,
    node: NodeId,
    last: Option<EdgeId>,
}

impl<'model> Met<'model> {
    fn reached(self, walk: &Walk) -> Reached<'model> {
        let way = walk.reach.way_to(self.node).into_iter().chain(self.last).collect();
        Reached { machine: self.machine, state: state_of(self.kind), arm: self.arm, action: self.action, way }
    }
}

/// The state of a node, if it is one.
pub(crate) fn state_of(node: Node) -> Option<StateId> {
    node.state()
}
