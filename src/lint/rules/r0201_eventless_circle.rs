//! R0201: a circle that needs no event.

use super::prelude::*;
use crate::lint::story;
use crate::machine::{EdgeId, Event};

pub(super) const RULE: Rule = Rule {
    code: Code(201),
    name: "eventless-circle",
    severity: Severity::Error,
    finds: "arrows that lead round in a circle without anything having to happen: `when`, `else` and `match`, locks whose key may be held or that \
may fail at once, `on arrive … -> move`, gates whose `else -> move` leads on",
    why: "a pass that comes to it would never end. At run time it would be undone and the lock failed, but the circle is certain, so it is refused here. \
Guards are taken to hold: a circle that some guard is hoped to break is one",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall public {
    state open {
        when room.count < 10 -> quiet
        else -> busy
    }
    state quiet { else -> open }
    state busy { on _ { say { busy: true } } }
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall public {
    state open {
        when room.count < 10 -> quiet
        else -> busy
    }
    state quiet { after 10s -> open }
    state busy { on _ { say { busy: true } } }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for circle in &ruleset.analysis.eventless_circles {
        let edges: Vec<EdgeId> = circle.iter().copied().filter(|edge| says_something(ruleset, *edge)).collect();
        let Some((first, others)) = edges.split_first() else { continue };
        let composed = &ruleset.graphs.composed;
        let mut finding = RULE
            .at(composed.edge(*first).span, "these arrows lead round in a circle without an event")
            .label("a pass that comes here never ends");
        for edge in others.iter().filter(|edge| composed.edge(**edge).event != Event::Moved) {
            finding = finding.other(composed.edge(*edge).span, "and on from here");
        }
        finding = story::tell_edges(ruleset, &edges).into_iter().fold(finding, Diagnostic::note);
        for note in reasons(ruleset, &edges) {
            finding = finding.note(note);
        }
        found.push(finding.help("let one of the arrows wait for an event: a message, a deadline, a check"));
    }
}

fn says_something(ruleset: &Ruleset<'_>, edge: EdgeId) -> bool {
    ruleset.graphs.composed.edge(edge).event != Event::Follows
}

/// Why what looks like an event may need none.
fn reasons(ruleset: &Ruleset<'_>, edges: &[EdgeId]) -> Vec<String> {
    let mut reasons = Vec::new();
    for edge in edges {
        let event = ruleset.graphs.composed.edge(*edge).event;
        let name = event.lock().map_or("", |lock| &ruleset.machine(lock).name);
        let reason = if matches!(event, Event::Resolved(_)) {
            format!("`{name}` resolves at once where its key is held")
        } else if matches!(event, Event::LockFailed(_)) {
            format!("`{name}` can fail without an event")
        } else if matches!(event, Event::CheckFailed(_)) {
            "a check of a nonce that was used before fails at once".to_string()
        } else if !ruleset.graphs.composed.edge(*edge).is_arrow {
            "who leaves the room in which it stands comes to the entry room".to_string()
        } else {
            continue;
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}
