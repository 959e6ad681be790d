//! R0901: a name in another hand.

use super::prelude::*;
use crate::diagnostic::Span;
use crate::model::Machine;

pub(super) const RULE: Rule = Rule {
    code: Code(901),
    name: "naming",
    severity: Severity::Info,
    finds: "a name of a room, lock, group, state, parameter or value with capital letters",
    why: "words of the language are small, and so are names on the wire: `room:Hall` and `room:hall` are two rooms, and clients guess",
    bad: r#"
entry frontHall
room frontHall public { after 2m -> drop "nobody came in" }
"#,
    good: r#"
entry front_hall
room front_hall public { after 2m -> drop "nobody came in" }
"#,
    fix: Mending::ByHand,
    by: By::Graphs(check),
};

fn check(ruleset: &Ruleset<'_>, found: &mut Vec<Diagnostic>) {
    let mut look = |what: &str, name: &str, span: Span| {
        if name.contains(|letter: char| letter.is_ascii_uppercase()) {
            let help = format!("call it `{}`, wherever it is named", small(name));
            found.push(RULE.at(span, format!("the {what} `{name}` has capital letters")).help(help));
        }
    };
    for group in &ruleset.model.groups {
        look("group", &group.name, group.span);
    }
    for (_, machine) in ruleset.machines() {
        names(machine, &mut look);
    }
}

fn names(machine: &Machine, look: &mut impl FnMut(&str, &str, Span)) {
    look(if machine.lock().is_some() { "lock" } else { "room" }, &machine.name, machine.span);
    for binding in &machine.lets {
        look("value", &binding.name, binding.span);
    }
    for state in &machine.states {
        look("state", &state.name, state.span);
    }
    for param in machine.params.iter().chain(machine.states.iter().flat_map(|state| &state.params)) {
        look("parameter", &param.name, param.span);
    }
}

/// `frontHall` as `front_hall`.
fn small(name: &str) -> String {
    let mut small = String::with_capacity(name.len() + 4);
    let mut before = '_';
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            small.push('_');
        }
        small.push(letter.to_ascii_lowercase());
        before = letter;
    }
    small
}
