//! What may be written at the cursor, as far as the tokens before it tell.

use super::fields::of_handshake;
use super::open::{Inside, Open, head, innermost, is_value_next, list_head};
use super::tokens::Before;
use crate::lsp::words::Stands;

/// Something that may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Words(Stands),
    /// One word.
    Word(&'static str),
    Rooms,
    Locks,
    Groups,
    Checks,
    Shapes,
    Signals,
    Attributes,
    /// States of the machine that the cursor is in.
    States,
    /// Whatever is a value, or may be part of one.
    Values,
    /// Fields of a value: its name, then the fields up to the cursor.
    Fields(Vec<String>),
}

/// What may stand at the cursor.
pub(super) fn wanted(before: &Before<'_>) -> Vec<Wanted> {
    innermost(&before.tokens).map(|open| at(&open, before)).unwrap_or_default()
}

fn at(open: &Open<'_>, before: &Before<'_>) -> Vec<Wanted> {
    if open.back(1) == "." {
        return fields(open);
    }
    match open.inside {
        Inside::Top => at_item(open, before),
        Inside::Client | Inside::Types => match open.back(1) {
            ":" => types(),
            "=" => vec![Wanted::Values],
            _other => Vec::new(),
        },
        Inside::Group => vec![Wanted::Word("client"), Wanted::Word("webhook")],
        Inside::Record => {
            if open.back(1) == ":" || is_value_next(open) {
                values(open)
            } else {
                Vec::new()
            }
        }
        Inside::Values => values(open),
        Inside::Nothing => Vec::new(),
        Inside::Room | Inside::Lock | Inside::State | Inside::Block => at_statement(open, before),
    }
}

fn types() -> Vec<Wanted> {
    vec![Wanted::Words(Stands::Type), Wanted::Shapes]
}

fn values(open: &Open<'_>) -> Vec<Wanted> {
    let mut wanted = vec![Wanted::Values];
    if open.back(1) == "in" {
        wanted.insert(0, Wanted::Word("members"));
    }
    wanted
}

fn dests() -> Vec<Wanted> {
    vec![Wanted::Words(Stands::Dest), Wanted::Groups, Wanted::Rooms, Wanted::Values]
}

/// `a.b.`: the name and the fields before the cursor.
fn fields(open: &Open<'_>) -> Vec<Wanted> {
    let mut path = Vec::new();
    let mut at = 1;
    while open.back(at) == "." {
        path.push(open.back(at + 1).to_owned());
        at += 2;
    }
    path.reverse();
    match path.first().map(String::as_str) {
        Some("client") if open.back(3) == "set" => vec![Wanted::Attributes],
        Some("client") if path.len() == 1 => vec![Wanted::Word("id"), Wanted::Attributes],
        Some("room") => vec![Wanted::Word("count"), Wanted::Word("name")],
        Some("socket") => vec![Wanted::Word("id")],
        Some("handshake") => of_handshake(path.get(1)).into_iter().map(Wanted::Word).collect(),
        Some(_) => vec![Wanted::Fields(path)],
        None => Vec::new(),
    }
}

fn at_item(open: &Open<'_>, before: &Before<'_>) -> Vec<Wanted> {
    let found = match open.back(1) {
        "entry" | "to" => vec![Wanted::Rooms],
        "prove" => vec![Wanted::Rooms, Wanted::Words(Stands::Claim)],
        "never" => vec![Wanted::Rooms, Wanted::Word("set")],
        "set" => vec![Wanted::Word("client")],
        "behind" | "or" => vec![Wanted::Locks],
        "in" => vec![Wanted::Groups],
        "," if list_head(open) == "in" => vec![Wanted::Groups],
        "gives" => types(),
        "=" | "+" => vec![Wanted::Values],
        "room" | "lock" | "check" | "shape" | "let" | "group" | "client" => return Vec::new(),
        _other => Vec::new(),
    };
    if !found.is_empty() {
        return found;
    }
    if before.begins_line {
        return vec![Wanted::Words(Stands::Item)];
    }
    let head = open
        .tail
        .iter()
        .rev()
        .map(|token| token.text)
        .find(|word| matches!(*word, "room" | "lock" | "prove" | "shape" | "check" | "group"));
    match head {
        Some("room") => vec![Wanted::Words(Stands::RoomHead)],
        Some("lock") => vec![Wanted::Word("gives"), Wanted::Word("held"), Wanted::Word("grace")],
        Some("check") => vec![Wanted::Word("gives")],
        Some("prove") => vec![Wanted::Word("behind"), Wanted::Word("to"), Wanted::Word("or")],
        Some("group") => vec![Wanted::Word("in")],
        Some("shape") => types(),
        Some(_) | None => vec![Wanted::Words(Stands::Item)],
    }
}

fn at_statement(open: &Open<'_>, before: &Before<'_>) -> Vec<Wanted> {
    let after = match open.back(1) {
        "," => list_head(open),
        other => other,
    };
    let on = open.back(2) == "on";
    match after {
        "->" if open.back(1) == "," => pattern(),
        "}" | "match" if open.back(1) == "," => pattern(),
        "->" if open.is_lock => vec![Wanted::States, Wanted::Words(Stands::LockArrow), Wanted::Words(Stands::Arrow)],
        "->" => vec![Wanted::States, Wanted::Words(Stands::RoomArrow), Wanted::Words(Stands::Arrow)],
        "retry" => vec![Wanted::States],
        "admit" if open.back(2) == "->" => vec![Wanted::States],
        "admit" => vec![Wanted::Word("when")],
        "move" | "doors" => vec![Wanted::Rooms],
        "leave" if !on => vec![Wanted::Rooms],
        "on" => [vec![Wanted::Words(Stands::Event)], pattern()].concat(),
        "reload" => vec![Wanted::Words(Stands::Reload)],
        "signal" if on => vec![Wanted::Signals],
        "signal" | "tell" | "to" => dests(),
        "requires" | "lock" => vec![Wanted::Locks, Wanted::Word("one")],
        "one" => vec![Wanted::Word("of")],
        "of" | "offers" | "renews" => vec![Wanted::Locks],
        "check" => vec![Wanted::Checks],
        "receives" => vec![Wanted::Groups],
        "posts" => vec![Wanted::Word("to")],
        "mailbox" => vec![Wanted::Word("latest")],
        "set" => vec![Wanted::Word("client")],
        "as" | "state" | "let" | "resolved" | "passed" | "failed" | "after" | "within" | "per" | "for" | "capacity"
        | "history" | "latest" | "attempts" | "limit" => Vec::new(),
        _other if is_value_next(open) => values(open),
        _other if !before.begins_line && head(open) == "tell" => values(open),
        _other if !before.begins_line && head(open) == "signal" => vec![Wanted::Signals],
        _other => statements(open, before),
    }
}

fn pattern() -> Vec<Wanted> {
    vec![Wanted::Words(Stands::Type), Wanted::Shapes]
}

/// Where a statement may begin, or go on.
fn statements(open: &Open<'_>, before: &Before<'_>) -> Vec<Wanted> {
    let words: &[Stands] = match open.inside {
        Inside::Room => &[Stands::Room, Stands::Machine, Stands::Body, Stands::State, Stands::Action],
        Inside::Lock => &[Stands::Lock, Stands::Machine, Stands::Body, Stands::State, Stands::Action],
        Inside::State => &[Stands::Body, Stands::State, Stands::Action],
        Inside::Block => &[Stands::Action],
        Inside::Top
        | Inside::Client
        | Inside::Group
        | Inside::Types
        | Inside::Record
        | Inside::Values
        | Inside::Nothing => &[],
    };
    let mut wanted: Vec<Wanted> = words.iter().map(|stands| Wanted::Words(*stands)).collect();
    if !before.begins_line && !matches!(open.back(1), "" | "}") {
        let goes_on = ["when", "else", "as", "within", "per", "for", "and", "or", "in"];
        wanted = goes_on.into_iter().map(Wanted::Word).chain(wanted).collect();
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lsp::complete::tokens::before;

    fn at(text: &str) -> Vec<Wanted> {
        wanted(&before(text))
    }

    #[test]
    fn tokens_say_what_is_wanted() {
        let room = "entry a room a(n: int(1..9)) { ";
        let cases: Vec<(String, Wanted)> = vec![
            ("".to_owned(), Wanted::Words(Stands::Item)),
            ("entry ".to_owned(), Wanted::Rooms),
            ("prove a behind ".to_owned(), Wanted::Locks),
            ("lock l(a: ".to_owned(), Wanted::Words(Stands::Type)),
            ("client { role: text = \"a\"\n terms: ".to_owned(), Wanted::Shapes),
            (format!("{room}requires "), Wanted::Locks),
            (format!("{room}doors b, "), Wanted::Rooms),
            (format!("{room}receives b, "), Wanted::Groups),
            (format!("{room}posts to members, "), Wanted::Words(Stands::Dest)),
            (format!("{room}mailbox "), Wanted::Word("latest")),
            (format!("{room}cap"), Wanted::Words(Stands::Room)),
            (format!("{room}on "), Wanted::Words(Stands::Event)),
            (format!("{room}on signal "), Wanted::Signals),
            (format!("{room}on {{ x: "), Wanted::Words(Stands::Type)),
            (format!("{room}on {{ x: text }} as m {{ "), Wanted::Words(Stands::Action)),
            (format!("{room}on {{ x: text }} as m {{ say {{ x: "), Wanted::Values),
            (format!("{room}on _ as m {{ say {{ x: m."), Wanted::Fields(vec!["m".to_owned()])),
            (format!("{room}on _ {{ tell "), Wanted::Words(Stands::Dest)),
            (format!("{room}on _ {{ signal members "), Wanted::Signals),
            (format!("{room}on _ {{ set client."), Wanted::Attributes),
            (format!("{room}on _ -> "), Wanted::Words(Stands::RoomArrow)),
            (format!("{room}state s(x: int) {{ match x {{ y: "), Wanted::Words(Stands::Type)),
            ("lock l gives client { state s { check ".to_owned(), Wanted::Checks),
            ("lock l gives client { on _ -> ".to_owned(), Wanted::Words(Stands::LockArrow)),
        ];
        for (text, expected) in cases {
            let found = at(&text);
            assert!(found.contains(&expected), "{text}| wants {expected:?}, not {found:?}");
        }
    }

    #[test]
    fn nothing_is_offered_in_words_and_where_names_are_given() {
        assert!(
            before("// a ").is_in_words && before("say \"a ").is_in_words && !before("say \"a\" // b\n").is_in_words
        );
        for text in ["room ", "lock l gives text { state ", "room a { on _ as ", "room a { capacity ", "shape s text("]
        {
            assert_eq!(at(text), [], "{text}");
        }
    }
}
