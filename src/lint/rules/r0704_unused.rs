//! R0704: something that nobody uses.

use super::prelude::*;
use crate::diagnostic::Span;
use crate::lint::exprs::{actions, expressions};
use crate::lint::tokens;
use crate::model::{ActionKind, Call, Dest, ExprKind, GroupId, Machine, SignalId, Trigger, Type};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) const RULE: Rule = Rule {
    code: Code(704),
    name: "unused",
    severity: Severity::Warning,
    finds: "a parameter of a lock or state, a `let`, a constant, a shape, a check, or a group that nothing uses; a signal that is sent and never handled, or handled and \
never sent. What is meant to be unused has a name that begins with `_`. Parameters of rooms make the family, and need no other use",
    why: "a lock that never looks at whom it was asked about proves nothing about them, a signal that is not handled is forgotten, and the rest \
is what somebody meant to use",
    bad: r#"
entry lobby
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires code_of("anna") }
lock code_of(who: text) gives text {
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
room lobby public { doors hall after 2m -> drop "nobody came in" }
room hall { requires code_of("anna") }
lock code_of(who: text) gives text {
    after 30s -> fail "too slow"
    state waiting { on { code: text } as a -> checking(a.code) }
    state checking(word: text) {
        check totp(who, word) within 5s
        passed _ -> resolve who
        failed why -> fail why
    }
}
"#,
    fix: Mending::Unsafe("calls a parameter, a `let`, a constant or a shape `_name`"),
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    for (_, machine) in ruleset.machines() {
        values(machine, found);
    }
    checks(ruleset, found);
    groups(ruleset, found);
    signals(ruleset, found);
    for (what, name, span) in tokens::declared_and_named_once(ruleset.sources) {
        report(what, &name, span, found);
    }
}

fn report(what: &str, name: &str, span: Span, found: &mut Vec<Diagnostic>) {
    if !name.starts_with('_') {
        let help = format!("use it, take it away, or call it `_{name}` if that is meant");
        // What a configuration or a client may name keeps its name.
        let is_ours = !matches!(what, "check" | "group");
        let fix =
            is_ours.then(|| Fix::unsafe_to_apply(format!("call it `_{name}`")).insert(span.source, span.start, "_"));
        let finding = RULE.at(span, format!("nothing uses the {what} `{name}`")).label("never used");
        found.push(finding.help(help).fixes(fix));
    }
}

fn values(machine: &Machine, found: &mut Vec<Diagnostic>) {
    let mut args = BTreeSet::new();
    let mut locals = BTreeSet::new();
    for (state, expr) in expressions(machine) {
        if let ExprKind::Arg(at) = &expr.kind {
            args.insert(usize::from(*at));
        } else if let ExprKind::Local(at) = &expr.kind {
            locals.insert((state, usize::from(*at)));
        }
    }
    let params = machine.params.iter().enumerate().filter(|_| machine.lock().is_some());
    for (_, param) in params.filter(|(at, _)| !args.contains(at)) {
        report("parameter", &param.name, param.span, found);
    }
    let first = machine.params.len();
    for (_, binding) in machine.lets.iter().enumerate().filter(|(at, _)| !args.contains(&(first + at))) {
        report("value", &binding.name, binding.span, found);
    }
    for (at, state) in machine.states.iter().enumerate() {
        let at = Some(StateId(at as u32));
        for (_, param) in state.params.iter().enumerate().filter(|(local, _)| !locals.contains(&(at, *local))) {
            report("parameter", &param.name, param.span, found);
        }
    }
}

fn checks(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let states = ruleset.machines().flat_map(|(_, machine)| &machine.states);
    let asked: BTreeSet<usize> = states
        .filter_map(|state| match &state.call {
            Some(Call::Check(check)) => Some(check.check.index()),
            Some(Call::Lock(_)) | None => None,
        })
        .collect();
    for (_, check) in ruleset.model.checks.iter().enumerate().filter(|(at, _)| !asked.contains(at)) {
        if let Some(span) = check.span {
            report("check", &check.name, span, found);
        }
    }
}

/// A client may name any group where a message may be addressed to one.
fn groups(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let machines = || ruleset.machines().map(|(_, machine)| machine);
    let names_any = |arm: &crate::model::Arm| {
        let Trigger::Message { to: Some(to), .. } = &arm.trigger else { return false };
        *to == Type::Group || *to == Type::Optional(Box::new(Type::Group))
    };
    if machines().any(|machine| machine.arms.iter().any(names_any)) {
        return;
    }
    let mut used = BTreeSet::new();
    for machine in machines() {
        let posted = machine.room().into_iter().flat_map(|room| &room.posts_to);
        let told = actions(machine).filter_map(|action| {
            let (ActionKind::Tell(dest, _) | ActionKind::Signal(dest, ..)) = &action.kind else { return None };
            Some(dest)
        });
        used.extend(posted.chain(told).filter_map(|dest| if let Dest::Group(id) = dest { Some(*id) } else { None }));
        used.extend(machine.room().into_iter().flat_map(|room| room.receives.iter().copied()));
        let valued = expressions(machine).into_iter().map(|(_, expr)| &expr.kind);
        used.extend(valued.filter_map(|kind| if let ExprKind::Group(id) = kind { Some(*id) } else { None }));
    }
    used.extend(ruleset.model.groups.iter().flat_map(|group| group.parents.iter().copied()));
    for (at, group) in ruleset.model.groups.iter().enumerate() {
        if group.parents.is_empty() && !used.contains(&GroupId(at as u32)) {
            report("group", &group.name, group.span, found);
        }
    }
}

fn signals(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let mut sent: Vec<(SignalId, Span)> = Vec::new();
    let mut handled: Vec<(SignalId, Span)> = Vec::new();
    for (_, machine) in ruleset.machines() {
        let signals = actions(machine).filter_map(|action| {
            let ActionKind::Signal(_, signal, _) = &action.kind else { return None };
            Some((*signal, action.span))
        });
        sent.extend(signals);
        handled.extend(machine.arms.iter().filter_map(|arm| {
            let Trigger::Signal { signal, .. } = &arm.trigger else { return None };
            Some((*signal, arm.span))
        }));
    }
    let name = |signal: SignalId| ruleset.model.signals.get(signal.index()).cloned().unwrap_or_else(|| Arc::from(""));
    let mut one_sided = |these: &[(SignalId, Span)], others: &[(SignalId, Span)], message: &str, help: &str| {
        let mut known: BTreeSet<SignalId> = others.iter().map(|(signal, _)| *signal).collect();
        for (signal, span) in these {
            if known.insert(*signal) {
                found.push(RULE.at(*span, format!("the signal `{}` is {message}", name(*signal))).help(help));
            }
        }
    };
    one_sided(
        &sent,
        &handled,
        "sent and never handled",
        "write `on signal` for it where it is meant to arrive, or take it away",
    );
    one_sided(&handled, &sent, "handled and never sent", "send it with `signal`, or take the handler away");
}
