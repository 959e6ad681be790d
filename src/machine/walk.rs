//! Walks through the composed graph that have to do without something.
//!
//! Which edges may be walked depends on which locks can still resolve, and that only on what each of them asks: a cut
//! changes nothing for a lock that asks, through however many others, none of the locks that are cut.

use super::composed::Graphs;
use super::graph::{EdgeId, NodeId, Reach};
use super::nodes::{Event, Node};
use crate::model::MachineId;
use std::collections::BTreeSet;

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

/// Which edges a cut lets be walked.
#[derive(Clone, Debug)]
pub struct Passage {
    cut: Cut,
    resolves: Vec<bool>,
}

/// A walk through the composed graph.
#[derive(Clone, Debug)]
pub struct Walk {
    /// What was reached.
    pub reach: Reach,
    /// Over which edges.
    pub passage: Passage,
}

impl Graphs {
    /// Walks from the starts as far as the cut lets it.
    pub fn walk(&self, starts: &[NodeId], cut: Cut) -> Walk {
        let passage = self.passage(cut);
        let reach = self.composed.reach(starts, |edge| passage.may_walk(self, edge));
        Walk { reach, passage }
    }

    /// What a cut leaves open.
    pub fn passage(&self, cut: Cut) -> Passage {
        Passage { resolves: self.resolving(&cut), cut }
    }

    /// Which locks can resolve, by [`MachineId`]: the least solution, so that locks which ask each other in a circle
    /// do not hold each other up.
    pub fn resolving(&self, cut: &Cut) -> Vec<bool> {
        if cut.checks {
            return self.all_resolving(cut);
        }
        let mut resolves = self.resolves.clone();
        let asking = self.asking(&cut.locks);
        for lock in &asking {
            resolves[lock.index()] = false;
        }
        self.settle(cut, asking, &mut resolves);
        resolves
    }

    pub(super) fn all_resolving(&self, cut: &Cut) -> Vec<bool> {
        let mut resolves = vec![false; self.machines.len()];
        self.settle(cut, self.ids().collect(), &mut resolves);
        resolves
    }

    /// Whoever asks one of these locks, through however many others.
    fn asking(&self, locks: &BTreeSet<MachineId>) -> Vec<MachineId> {
        let mut open: Vec<MachineId> = locks.iter().copied().collect();
        let mut asking = BTreeSet::new();
        while let Some(lock) = open.pop() {
            open.extend(self.askers(lock).iter().filter(|asker| asking.insert(**asker)));
        }
        asking.into_iter().collect()
    }

    /// Finds which of these can resolve, given the others. Whoever asks a lock that does is looked at again.
    fn settle(&self, cut: &Cut, mut open: Vec<MachineId>, resolves: &mut [bool]) {
        while let Some(id) = open.pop() {
            if !resolves[id.index()] && self.resolves_now(id, cut, resolves) {
                resolves[id.index()] = true;
                open.extend(self.askers(id));
            }
        }
    }

    fn resolves_now(&self, id: MachineId, cut: &Cut, resolves: &[bool]) -> bool {
        let Some(graph) = self.machine(id) else { return false };
        let (Some(entry), Some(resolve)) = (graph.find(Node::Entry), graph.find(Node::Resolve)) else { return false };
        graph.graph.reach(&[entry], |edge| cut.allows(graph.graph.edge(edge).event, resolves)).contains(resolve)
    }

    /// A shortest way inside one machine, as edges of the composed graph; none where there is none.
    pub fn way_inside(&self, machine: MachineId, from: Node, to: Node, passage: &Passage) -> Option<Vec<EdgeId>> {
        let graph = self.machine(machine)?;
        let (from, to) = (graph.find(from)?, graph.find(to)?);
        let reach = graph.graph.reach(&[from], |edge| passage.allows(graph.graph.edge(edge).event));
        let way = || reach.way_to(to).into_iter().map(|edge| self.global_edge(machine, edge)).collect();
        reach.contains(to).then(way)
    }
}

impl Passage {
    /// Whether an edge of the composed graph is open.
    pub fn may_walk(&self, graphs: &Graphs, edge: EdgeId) -> bool {
        self.allows(graphs.composed.edge(edge).event)
    }

    /// Whether nothing of this lock resolves.
    pub fn does_without(&self, lock: MachineId) -> bool {
        self.cut.locks.contains(&lock)
    }

    fn allows(&self, event: Event) -> bool {
        self.cut.allows(event, &self.resolves)
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
