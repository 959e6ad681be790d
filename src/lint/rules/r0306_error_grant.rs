//! R0306: a fault that lets in.

use super::prelude::*;
use crate::lint::story;
use crate::machine::{EdgeId, Event, NodeId, Place, Reach};
use crate::model::{Claim, MachineId};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    code: Code(306),
    name: "error-grant",
    severity: Severity::Error,
    finds: "a deadline, a failed check, a failed lock or an exceeded limit that leads, without anything that a client or a verifier did in between, to the \
admission of a room, or to the resolving of a lock that a room requires or a `prove` rests on",
    why: "an attacker can always be late, fail, or send too much. Rules fail closed: what is missing, late or broken is never a pass. \
A lock that nobody requires may answer by itself in the end; that is a default, and no fault",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    after 30s -> resolve true
    ask { accept: "our terms" }
    on { accept: true } -> resolve true
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires terms }
lock terms gives bool {
    after 30s -> fail "too slow"
    ask { accept: "our terms" }
    on { accept: true } -> resolve true
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let composed = &ruleset.graphs.composed;
    let (proved, begun) = (proved(ruleset), begun(ruleset));
    let mut known = BTreeSet::new();
    for edge in composed.edges().filter(|edge| composed.edge(*edge).event.is_fault() && composed.edge(*edge).is_arrow) {
        let fault = composed.edge(edge);
        if !begun.contains(composed.source(edge)) || known.contains(&fault.span) {
            continue;
        }
        let Some((way, opened)) = follow(ruleset, &proved, edge) else { continue };
        known.insert(fault.span);
        let mut finding = RULE
            .at(fault.span, format!("{} lets a socket in", fault_in_words(fault.event)))
            .label("leads on as if all were well");
        for step in story::tell_edges(ruleset, &way) {
            finding = finding.note(step);
        }
        finding = match opened {
            Opened::Room(room) => finding.note(format!("so it opens `{}`", ruleset.machine(room).name)),
            Opened::Proved(lock) => {
                finding.note(format!("so it resolves `{}`, on which a proof rests", ruleset.machine(lock).name))
            }
        };
        found.push(finding.help("let it lead to `fail`, or to a state in which the client has to do something"));
    }
}

enum Opened {
    Room(MachineId),
    Proved(MachineId),
}

fn proved(ruleset: &Ruleset<'_>) -> BTreeSet<MachineId> {
    let locks = ruleset.model.proofs.iter().filter_map(|proof| match &proof.claim {
        Claim::RoomBehind(_, locks) | Claim::SetBehind(_, locks) => Some(locks),
        Claim::NeverSet(_) | Claim::NeverTo(..) | Claim::Depth(_) => None,
    });
    locks.flatten().copied().collect()
}

/// Where machines come to that have begun, each by itself: there its faults may happen.
fn begun(ruleset: &Ruleset<'_>) -> Reach {
    let (graphs, composed) = (ruleset.graphs, &ruleset.graphs.composed);
    let starts = graphs.ids().flat_map(|id| [Node::Entry, Node::Delivery].map(|node| graphs.find(id, node)));
    let starts: Vec<NodeId> = starts.flatten().collect();
    composed.reach(&starts, |edge| composed.edge(edge).event.is_inside())
}

/// Follows a fault as far as what follows needs no event, and unwinds to whoever asked. A further fault on the way is
/// followed by itself.
fn follow(ruleset: &Ruleset<'_>, proved: &BTreeSet<MachineId>, fault: EdgeId) -> Option<(Vec<EdgeId>, Opened)> {
    let composed = &ruleset.graphs.composed;
    let mut open = vec![(composed.target(fault), vec![fault])];
    let mut known = BTreeSet::new();
    while let Some((node, way)) = open.pop() {
        if !known.insert(node) {
            continue;
        }
        let Place::At(id, kind) = *composed.node(node) else { continue };
        match kind {
            Node::Admit(_) => return Some((way, Opened::Room(id))),
            Node::Resolve if proved.contains(&id) => return Some((way, Opened::Proved(id))),
            Node::Resolve => {
                for &edge in ruleset.graphs.answers(id) {
                    let way: Vec<EdgeId> = way.iter().copied().chain([edge]).collect();
                    if let Place::At(room, Node::Gate(..)) = *composed.node(composed.source(edge)) {
                        return Some((way, Opened::Room(room)));
                    }
                    if composed.edge(edge).is_arrow {
                        open.push((composed.target(edge), way));
                    }
                }
            }
            Node::State(_) | Node::Deciding(_) | Node::Beside(_) => {
                for edge in
                    composed.outgoing(node).into_iter().filter(|edge| composed.edge(*edge).event == Event::Eventless)
                {
                    if composed.edge(edge).is_arrow && *composed.node(composed.target(edge)) != Place::Member {
                        open.push((composed.target(edge), way.iter().copied().chain([edge]).collect()));
                    }
                }
            }
            Node::Entry
            | Node::Delivery
            | Node::Gate(..)
            | Node::AdmitWhen
            | Node::In(_)
            | Node::Delivered
            | Node::Fail
            | Node::Drop
            | Node::Move(_) => {}
        }
    }
    None
}

fn fault_in_words(event: Event) -> &'static str {
    match event {
        Event::Time => "a deadline",
        Event::CheckFailed(_) => "a failed check",
        Event::LockFailed(_) => "a failed lock",
        Event::NoChoice => "a choice that nobody made",
        Event::Limit => "an exceeded limit",
        Event::Follows
        | Event::Arrive
        | Event::Message
        | Event::Cancel
        | Event::Signal(_)
        | Event::Passed(_)
        | Event::Resolved(_)
        | Event::Eventless
        | Event::Refused
        | Event::Full
        | Event::Wound
        | Event::Door
        | Event::Offer
        | Event::Moved
        | Event::Parked
        | Event::GoneOn
        | Event::Left => "a fault",
    }
}
