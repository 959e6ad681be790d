//! R0205: questions that ask questions that ask questions.

use super::prelude::*;
use crate::model::MachineId;

/// Places that one room may come to, with each lock counted wherever it is wound.
const PLACES_MAX: u64 = 2_000;

pub(super) const RULE: Rule = Rule {
    code: Code(205),
    name: "fan-out",
    severity: Severity::Warning,
    finds: "a room that comes to more than 2,000 places if each lock is written out wherever it is asked: locks that ask locks in many of their states",
    why: "a socket may be in any of these places, one above the other, and nobody who changes a lock at the bottom can think of all of them",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires a(0) }
lock a(n: int) gives bool {
    after 30s -> fail "too slow"
    state asked {
        on { way: 1 } -> one
        on { way: 2 } -> two
        on { way: 3 } -> three
        on { way: 4 } -> four
    }
    state one { lock b(n + 1) resolved _ -> resolve true failed why -> fail why }
    state two { lock b(n + 2) resolved _ -> resolve true failed why -> fail why }
    state three { lock b(n + 3) resolved _ -> resolve true failed why -> fail why }
    state four { lock b(n + 4) resolved _ -> resolve true failed why -> fail why }
}
lock b(n: int) gives bool {
    after 30s -> fail "too slow"
    state asked {
        on { way: 1 } -> one
        on { way: 2 } -> two
        on { way: 3 } -> three
        on { way: 4 } -> four
    }
    state one { lock c(n + 10) resolved _ -> resolve true failed why -> fail why }
    state two { lock c(n + 20) resolved _ -> resolve true failed why -> fail why }
    state three { lock c(n + 30) resolved _ -> resolve true failed why -> fail why }
    state four { lock c(n + 40) resolved _ -> resolve true failed why -> fail why }
}
lock c(n: int) gives bool {
    after 30s -> fail "too slow"
    state asked {
        on { way: 1 } -> one
        on { way: 2 } -> two
        on { way: 3 } -> three
        on { way: 4 } -> four
    }
    state one { lock d(n + 100) resolved _ -> resolve true failed why -> fail why }
    state two { lock d(n + 200) resolved _ -> resolve true failed why -> fail why }
    state three { lock d(n + 300) resolved _ -> resolve true failed why -> fail why }
    state four { lock d(n + 400) resolved _ -> resolve true failed why -> fail why }
}
lock d(n: int) gives bool {
    after 30s -> fail "too slow"
    state asked {
        on { way: 1 } -> one
        on { way: 2 } -> two
        on { way: 3 } -> three
        on { way: 4 } -> four
    }
    state one { lock digit(n + 1000) resolved _ -> resolve true failed why -> fail why }
    state two { lock digit(n + 2000) resolved _ -> resolve true failed why -> fail why }
    state three { lock digit(n + 3000) resolved _ -> resolve true failed why -> fail why }
    state four { lock digit(n + 4000) resolved _ -> resolve true failed why -> fail why }
}
lock digit(n: int) gives bool {
    after 30s -> fail "too slow"
    on { digit: int } as a when a.digit == n -> resolve true
    on _ -> fail "wrong"
}
"#,
    good: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires a(0) }
lock a(n: int) gives bool {
    after 30s -> fail "too slow"
    state asked {
        on { way: 1 } -> one
        on { way: 2 } -> two
        on { way: 3 } -> three
        on { way: 4 } -> four
    }
    state one { lock digit(n + 1) resolved _ -> resolve true failed why -> fail why }
    state two { lock digit(n + 2) resolved _ -> resolve true failed why -> fail why }
    state three { lock digit(n + 3) resolved _ -> resolve true failed why -> fail why }
    state four { lock digit(n + 4) resolved _ -> resolve true failed why -> fail why }
}
lock digit(n: int) gives bool {
    after 30s -> fail "too slow"
    on { digit: int } as a when a.digit == n -> resolve true
    on _ -> fail "wrong"
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let Some(wound_first) = ruleset.analysis.calls.wound_first() else { return };
    let mut sizes = vec![0_u64; ruleset.model.machines.len()];
    for id in wound_first {
        let own = ruleset.graphs.machine(id).map_or(0, |graph| graph.nodes().count() as u64);
        let size = |lock: MachineId| sizes.get(lock.index()).copied().unwrap_or(0);
        let whole = ruleset.analysis.calls.wound_by(id).map(size).fold(own, u64::saturating_add);
        if let Some(size) = sizes.get_mut(id.index()) {
            *size = whole;
        }
    }
    for (id, machine) in ruleset.machines().filter(|(_, machine)| machine.room().is_some()) {
        let places = sizes.get(id.index()).copied().unwrap_or(0);
        if places > PLACES_MAX {
            found.push(
                RULE.at(
                    machine.span,
                    format!("`{}` comes to {places} places with all that its locks ask", machine.name),
                )
                .label(format!("more than {PLACES_MAX}"))
                .help("let a lock ask once and hand its value on, or require several locks one after the other"),
            );
        }
    }
}
