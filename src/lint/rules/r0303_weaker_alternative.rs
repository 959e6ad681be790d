//! R0303: of two ways in, one is a part of the other.

use super::prelude::*;
use crate::machine::Cut;
use crate::model::{Call, LockCall, MachineId};

pub(super) const RULE: Rule = Rule {
    code: Code(303),
    name: "weaker-alternative",
    severity: Severity::Warning,
    finds: "`one of A, B` where nobody can resolve A without having resolved B, which has no parameters",
    why: "B alone is enough, so what A asks beyond it protects nothing: whoever cannot answer that takes the other way. \
This is how a second factor is skipped by trying another way",
    bad: r#"
entry lobby
room lobby public { doors vault after 10m -> drop "nobody came in" }
room vault { requires one of both, code_word }
lock both gives bool {
    after 2m -> fail "too slow"
    state first {
        lock code_word
        resolved _ -> second
        failed why -> fail why
    }
    state second { on { accept: true } -> resolve true }
}
lock code_word gives text held 10m {
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
        failed why -> fail why
    }
}
"#,
    good: r#"
entry lobby
room lobby public { doors vault after 10m -> drop "nobody came in" }
room vault { requires both }
lock both gives bool {
    after 2m -> fail "too slow"
    state first {
        lock code_word
        resolved _ -> second
        failed why -> fail why
    }
    state second { on { accept: true } -> resolve true }
}
lock code_word gives text held 10m {
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check code(word) within 5s
        passed label -> resolve label
        failed why -> fail why
    }
}
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines() {
        let required = machine.room().into_iter().flat_map(|room| &room.requires).map(|found| &found.locks[..]);
        let asked = machine.states.iter().filter_map(|state| match &state.call {
            Some(Call::Lock(locks)) => Some(&locks[..]),
            Some(Call::Check(_)) | None => None,
        });
        for locks in required.chain(asked).filter(|locks| locks.len() > 1) {
            alternatives(ruleset, locks, found);
        }
    }
}

fn alternatives(ruleset: &Ruleset<'_>, locks: &[LockCall], found: &mut Vec<Diagnostic>) {
    // With arguments it may be asked about somebody else here than there.
    for weaker in locks.iter().filter(|weaker| weaker.args.is_empty()) {
        let without = ruleset.graphs.resolving(&Cut { locks: [weaker.lock].into(), ..Cut::default() });
        let needs_it = |lock: MachineId| lock != weaker.lock && !without.get(lock.index()).copied().unwrap_or(true);
        let Some(stronger) = locks.iter().find(|other| needs_it(other.lock)) else { continue };
        let (weak, strong) = (&ruleset.machine(weaker.lock).name, &ruleset.machine(stronger.lock).name);
        found.push(
            RULE.at(weaker.span, format!("`{weak}` is enough, and `{strong}` asks for it and more"))
                .label("the weaker way in")
                .other(stronger.span, "what this asks beyond it protects nothing")
                .help(format!("require `{strong}` alone, or `{weak}` alone if that is enough")),
        );
    }
}
