//! What `lint` says of a claim, beside the plainest way to find it out: the whole graph is walked for each claim, and
//! which locks can resolve is tried until nothing changes. `lint` looks only where an answer may lie.

use super::super::wind::tape::Tape;
use super::claim::{self, Claim};
use super::{random, ruleset};
use std::collections::BTreeMap;
use windlass::machine::{Cut, Event, Graphs, Node, NodeId, Place, Reach, actions_of_edge, actions_of_node};
use windlass::model::{Action, ActionKind, Arm, MachineId, Model, TargetKind};

/// How many rulesets are judged both ways.
const CASES: usize = 120;

#[test]
fn lint_refuses_what_walking_everything_refuses() {
    let mut verdicts: BTreeMap<bool, usize> = BTreeMap::new();
    for tape in random::tapes(1).take(CASES) {
        let rules = ruleset::write(&mut Tape::new(&tape));
        let Ok(program) = claim::program(&rules.text) else { continue };
        let claims = claim::all(&rules.rooms, &rules.locks);
        let plain = Plain { model: &program.model, graphs: &Graphs::of(&program.model) };
        for (claim, refusal) in claims.iter().zip(claim::refusals(&rules.text, &claims)) {
            let Some(is_broken) = plain.is_broken(claim) else { continue };
            assert_eq!(refusal.is_some(), is_broken, "`{claim}` in\n{}", rules.text);
            *verdicts.entry(is_broken).or_default() += 1;
        }
        plain.judge_resolving();
    }
    assert!(verdicts.len() == 2 && verdicts.values().all(|count| *count > 100), "{verdicts:?}");
}

struct Plain<'model> {
    model: &'model Model,
    graphs: &'model Graphs,
}

struct Walked {
    reach: Reach,
    cut: Cut,
    resolves: Vec<bool>,
}

impl Plain<'_> {
    /// None where the claim is not about walks.
    fn is_broken(&self, claim: &Claim) -> Option<bool> {
        match claim {
            Claim::RoomBehind(room, locks) => Some(self.room_behind(self.named(room), locks)),
            Claim::SetBehind(locks) => Some(self.set_behind(locks)),
            Claim::NeverTo(from, to) => Some(self.never_to(self.named(from), self.named(to))),
            Claim::NeverSet | Claim::Depth(_) => None,
        }
    }

    fn named(&self, name: &str) -> MachineId {
        let at = self.model.machines.iter().position(|machine| &*machine.name == name);
        MachineId(at.expect("a machine of the ruleset") as u32)
    }

    fn without(&self, locks: &[String]) -> Cut {
        Cut { locks: locks.iter().map(|lock| self.named(lock)).collect(), ..Cut::default() }
    }

    /// Every lock alone, with and without checks, and all pairs.
    fn judge_resolving(&self) {
        for first in self.graphs.ids() {
            for second in self.graphs.ids() {
                for checks in [false, true] {
                    let cut = Cut { locks: [first, second].into(), checks, ..Cut::default() };
                    assert_eq!(self.graphs.resolving(&cut), self.resolving(&cut));
                }
            }
        }
    }

    fn resolving(&self, cut: &Cut) -> Vec<bool> {
        let mut resolves = vec![false; self.model.machines.len()];
        loop {
            let walked = resolves.clone();
            for id in self.graphs.ids() {
                let ends = self.graphs.find(id, Node::Entry).zip(self.graphs.find(id, Node::Resolve));
                resolves[id.index()] =
                    ends.is_some_and(|(entry, resolve)| self.inside(entry, cut, &walked).contains(resolve));
            }
            if resolves == walked {
                return resolves;
            }
        }
    }

    fn inside(&self, from: NodeId, cut: &Cut, resolves: &[bool]) -> Reach {
        let composed = &self.graphs.composed;
        composed.reach(&[from], |edge| {
            let event = composed.edge(edge).event;
            event.is_inside() && allows(event, cut, resolves)
        })
    }

    fn walk(&self, starts: &[NodeId], cut: Cut) -> Walked {
        let (composed, resolves) = (&self.graphs.composed, self.resolving(&cut));
        let reach = composed.reach(starts, |edge| allows(composed.edge(edge).event, &cut, &resolves));
        Walked { reach, cut, resolves }
    }

    fn walk_from(&self, others: &[NodeId], cut: Cut) -> Walked {
        let street: Vec<NodeId> = self.graphs.entry().into_iter().collect();
        let alone = self.walk(&street, Cut { members: true, ..cut.clone() });
        let is_identified = self.met(&alone).into_iter().any(|(id, arm, action)| {
            let target = arm.and_then(|arm| arm.target.as_ref()).map(|target| &target.kind);
            let resolves_itself = matches!(target, Some(TargetKind::Resolve(..))) && cut.locks.contains(&id);
            matches!(action.kind, ActionKind::Identify(_)) && !resolves_itself
        });
        if is_identified { self.walk(&[&street, others].concat(), cut) } else { alone }
    }

    fn walk_from_street(&self, cut: Cut) -> Walked {
        self.walk_from(&[], cut)
    }

    fn walk_from_anywhere(&self, cut: Cut) -> Walked {
        let entries: Vec<NodeId> = self.graphs.ids().filter_map(|id| self.graphs.find(id, Node::Entry)).collect();
        self.walk_from(&entries, cut)
    }

    fn met(&self, walked: &Walked) -> Vec<(MachineId, Option<&Arm>, &Action)> {
        let composed = &self.graphs.composed;
        let mut met = Vec::new();
        for node in composed.nodes().filter(|node| walked.reach.contains(*node)) {
            let Place::At(id, kind) = *composed.node(node) else { continue };
            let machine = &self.model.machines[id.index()];
            let edges = composed.outgoing(node).into_iter().map(|edge| composed.edge(edge));
            let open = edges.filter(|edge| allows(edge.event, &walked.cut, &walked.resolves));
            let actions = actions_of_node(machine, kind).into_iter();
            let all = actions.chain(open.flat_map(|edge| actions_of_edge(machine, edge)));
            met.extend(all.map(|(arm, action)| (id, arm, action)));
        }
        met
    }

    fn room_behind(&self, room: MachineId, locks: &[String]) -> bool {
        let (street, anywhere) =
            (self.walk_from_street(self.without(locks)), self.walk_from_anywhere(self.without(locks)));
        let leads = |walked: &Walked, from: Node, is_end: fn(Node) -> bool| {
            let from = self.graphs.find(room, from).expect("a node of every room");
            let inside = self.inside(from, &walked.cut, &walked.resolves);
            self.nodes(room).into_iter().any(|(id, node)| is_end(node) && inside.contains(id))
        };
        let is_heard = |walked: &Walked| {
            let gate = self.graphs.find(room, Node::Delivery).expect("a node of every room");
            walked.reach.contains(gate) && leads(walked, Node::Delivery, |node| node == Node::Delivered)
        };
        leads(&anywhere, Node::Entry, |node| matches!(node, Node::In(_))) || is_heard(&street) || is_heard(&anywhere)
    }

    fn nodes(&self, id: MachineId) -> Vec<(NodeId, Node)> {
        let composed = &self.graphs.composed;
        let own = |node: NodeId| match *composed.node(node) {
            Place::At(machine, kind) if machine == id => Some((node, kind)),
            Place::At(..) | Place::Member => None,
        };
        composed.nodes().filter_map(own).collect()
    }

    fn set_behind(&self, locks: &[String]) -> bool {
        let walks = [self.walk_from_street(self.without(locks)), self.walk_from_anywhere(self.without(locks))];
        let sets = |walked| self.met(walked).iter().any(|(.., action)| matches!(action.kind, ActionKind::Set(..)));
        walks.iter().any(sets)
    }

    fn never_to(&self, from: MachineId, to: MachineId) -> bool {
        let (composed, cut) = (&self.graphs.composed, Cut { leaving: true, ..Cut::default() });
        let mut starts = Vec::new();
        for (id, node) in self.nodes(from) {
            match node {
                Node::In(_) => starts.extend(composed.outgoing(id).into_iter().map(|edge| composed.target(edge))),
                Node::State(_) => starts.push(id),
                _ => {}
            }
        }
        let standing = self.walk(&starts, cut.clone());
        let is_remembered =
            |id: &MachineId| self.graphs.find(*id, Node::Delivered).is_some_and(|node| standing.reach.contains(node));
        let remembered = self.graphs.ids().filter(is_remembered).flat_map(|id| self.nodes(id));
        let beside: Vec<NodeId> =
            remembered.filter(|(_, node)| matches!(node, Node::Beside(_))).map(|(id, _)| id).collect();
        let is_admitted = |walked: &Walked| {
            self.nodes(to).into_iter().any(|(id, node)| matches!(node, Node::In(_)) && walked.reach.contains(id))
        };
        is_admitted(&standing) || is_admitted(&self.walk(&beside, cut))
    }
}

fn allows(event: Event, cut: &Cut, resolves: &[bool]) -> bool {
    match event {
        Event::Resolved(lock) => !cut.locks.contains(&lock) && resolves[lock.index()],
        Event::Passed(_) => !cut.checks,
        Event::Parked => !cut.members,
        Event::Left => !cut.leaving,
        _ => true,
    }
}
