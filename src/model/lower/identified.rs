//! `client.*` stands only where every path has passed `identify`.
//!
//! A must-analysis in three steps. First, within each machine, where it can be without having identified by itself,
//! which depends on the locks it asks: a lock identifies unless some path through it resolves without. Second, which
//! locks can be wound for a socket that is not identified. Third, a use is wrong where both come together. An identity
//! is never lost, so a fact only ever goes from false to true along a path.

use super::codes;
use super::identified_walk::{Found, Node, walk_machine, walk_state};
use super::report::Report;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Attribute, Machine, MachineId, StateId};
use std::collections::{BTreeMap, BTreeSet};

/// So many steps of the way are shown; a longer one loses its beginning.
const SHOWN_STEPS_MAX: usize = 8;
/// So many further uses are shown beside the first.
const SHOWN_USES_MAX: usize = 4;

/// What is known of one machine by itself.
struct Local {
    found: Found,
    /// How a state is reached without an identity: from where, by which arrow.
    reached: BTreeMap<StateId, (Node, Span)>,
}

/// Reports every use of `client.*` that some path reaches without an identity.
pub(super) fn check(
    machines: &[Machine],
    attributes: &[Attribute],
    doubtful: &BTreeSet<MachineId>,
    report: &mut Report,
) {
    let identifies = identifying_locks(machines, doubtful);
    let locals: Vec<Local> = machines
        .iter()
        .enumerate()
        .map(|(at, machine)| solve(machine, doubtful.contains(&MachineId(at as u32)), &identifies))
        .collect();
    let entered = entered_without(machines, &locals);
    let ways = Ways { machines, locals: &locals, entered: &entered };
    for (at, local) in locals.iter().enumerate() {
        if entered.contains_key(&MachineId(at as u32)) {
            report_uses(MachineId(at as u32), local, attributes, &ways, report);
        }
    }
}

/// Greatest fixpoint: every lock identifies until a path shows that it does not.
fn identifying_locks(machines: &[Machine], doubtful: &BTreeSet<MachineId>) -> Vec<bool> {
    let mut identifies: Vec<bool> = machines.iter().map(|machine| machine.lock().is_some()).collect();
    loop {
        let refuted: Vec<usize> = machines
            .iter()
            .enumerate()
            .filter(|(at, _)| identifies.get(*at).copied().unwrap_or(false))
            .filter(|(at, machine)| {
                solve(machine, doubtful.contains(&MachineId(*at as u32)), &identifies).found.resolves
            })
            .map(|(at, _)| at)
            .collect();
        if refuted.is_empty() {
            return identifies;
        }
        for at in refuted {
            if let Some(flag) = identifies.get_mut(at) {
                *flag = false;
            }
        }
    }
}

/// Where a machine that is entered without an identity can be without one.
fn solve(machine: &Machine, doubtful: bool, identifies: &[bool]) -> Local {
    let mut found = Found::default();
    walk_machine(machine, doubtful, identifies, &mut found);
    let mut reached: BTreeMap<StateId, (Node, Span)> = BTreeMap::new();
    while let Some((state, from, span)) = found.arrows.pop() {
        if let std::collections::btree_map::Entry::Vacant(place) = reached.entry(state) {
            place.insert((from, span));
            walk_state(machine, state, identifies, &mut found);
        }
    }
    Local { found, reached }
}

/// Every machine that can be entered without an identity: rooms, locks that nothing winds, and locks that are wound
/// where there may be none; with the place that winds it.
fn entered_without(machines: &[Machine], locals: &[Local]) -> BTreeMap<MachineId, Option<(MachineId, Node, Span)>> {
    let mut wound: BTreeSet<MachineId> = BTreeSet::new();
    for machine in machines {
        super::identified_walk::each_lock_call(machine, &mut |call| {
            wound.insert(call.lock);
        });
    }
    let mut entered = BTreeMap::new();
    let mut waiting = Vec::new();
    for (at, machine) in machines.iter().enumerate() {
        let id = MachineId(at as u32);
        if machine.room().is_some() || !wound.contains(&id) {
            entered.insert(id, None);
            waiting.push(id);
        }
    }
    while let Some(id) = waiting.pop() {
        for (lock, node, span) in locals.get(id.index()).iter().flat_map(|local| &local.found.winds) {
            if let std::collections::btree_map::Entry::Vacant(place) = entered.entry(*lock) {
                place.insert(Some((id, *node, *span)));
                waiting.push(*lock);
            }
        }
    }
    entered
}

/// What is needed to tell how a socket gets somewhere.
struct Ways<'w> {
    machines: &'w [Machine],
    locals: &'w [Local],
    entered: &'w BTreeMap<MachineId, Option<(MachineId, Node, Span)>>,
}

impl Ways<'_> {
    /// The steps that lead to a place without an identity, first step first.
    fn to(&self, machine: MachineId, node: Node) -> Vec<(Span, String)> {
        let mut steps = Vec::new();
        let mut at = Some((machine, node));
        while let Some((id, node)) = at {
            let reached = match node {
                Node::State(state) => self.locals.get(id.index()).and_then(|local| local.reached.get(&state)),
                Node::Entry | Node::Body => None,
            };
            at = match (reached, node, self.entered.get(&id)) {
                (Some((from, span)), Node::State(state), _) => {
                    self.add_arrow(&mut steps, id, state, *from, *span);
                    Some((id, *from))
                }
                (_, _, Some(Some((winder, from, span)))) => {
                    steps.push((*span, format!("`{}` is wound here", self.name(id))));
                    Some((*winder, *from))
                }
                (_, _, Some(None) | None) => {
                    steps.push((self.span(id, machine), self.beginning(id)));
                    None
                }
            };
        }
        steps.truncate(SHOWN_STEPS_MAX);
        steps.reverse();
        steps
    }

    fn add_arrow(&self, steps: &mut Vec<(Span, String)>, id: MachineId, state: StateId, from: Node, span: Span) {
        let name = self.machines.get(id.index()).and_then(|machine| machine.states.get(state.index()));
        let name = name.map_or("", |state| &*state.name);
        // A machine starts in its first state, which needs no arrow.
        let starts = matches!(from, Node::Body | Node::Entry) && state == StateId(0);
        if !starts && !name.is_empty() {
            steps.push((span, format!("this leads to `{name}`")));
        }
    }

    fn name(&self, id: MachineId) -> &str {
        self.machines.get(id.index()).map_or("", |machine| &*machine.name)
    }

    fn span(&self, id: MachineId, otherwise: MachineId) -> Span {
        let machine = self.machines.get(id.index()).or(self.machines.get(otherwise.index()));
        machine.map_or(Span { source: crate::diagnostic::SourceId(0), start: 0, end: 0 }, |machine| machine.span)
    }

    fn beginning(&self, id: MachineId) -> String {
        let is_room = self.machines.get(id.index()).is_some_and(|machine| machine.room().is_some());
        if is_room {
            format!("`{}` can be entered without an identity", self.name(id))
        } else {
            format!("no rule winds `{}`, so nothing is known of its socket", self.name(id))
        }
    }
}

/// One finding for each state, with its first use as the place.
fn report_uses(id: MachineId, local: &Local, attributes: &[Attribute], ways: &Ways, report: &mut Report) {
    let mut by_node: BTreeMap<Node, Vec<(Span, Option<crate::model::AttributeId>)>> = BTreeMap::new();
    for (node, span, attribute) in &local.found.uses {
        by_node.entry(*node).or_default().push((*span, *attribute));
    }
    for (node, mut uses) in by_node {
        uses.sort();
        uses.dedup();
        let mut uses = uses.into_iter();
        let Some((span, attribute)) = uses.next() else {
            continue;
        };
        let name = attribute.and_then(|id| attributes.get(id.index())).map_or("id", |attribute| &*attribute.name);
        let message = format!("the socket may have no identity here, so there may be no `client.{name}`");
        let mut finding = Diagnostic::error(codes::MAYBE_UNSET, span, message);
        for (other, _) in uses.take(SHOWN_USES_MAX) {
            finding = finding.other(other, "nor is it known here");
        }
        for (step, words) in ways.to(id, node) {
            finding = finding.other(step, words);
        }
        let in_room = ways.machines.get(id.index()).is_some_and(|machine| machine.room().is_some());
        report.push(finding.help(if in_room {
            "let the room require a lock that identifies, before this is used"
        } else {
            "`identify` before this, or give the lock what it needs as an argument"
        }));
    }
}
