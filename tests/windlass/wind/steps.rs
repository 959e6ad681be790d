//! Cases written down: a ruleset and, beside it, what happens and what comes of it.
//!
//! A `.steps` file has comments (`#`), events (`>`), and under each event what was sent and the stack after it. The
//! latter are what is expected; `UPDATE_EXPECT=1` writes them. Both passes run every case.

use super::event::{Address, Happening, Message};
use super::pair::{self, Pair};
use super::world::{World, handshake};
use crate::fixtures;
use serde_json::{Value as Json, json};
use std::path::Path;

#[test]
fn every_case_goes_as_written() {
    for rules in fixtures::files("wind", "room") {
        let steps = rules.with_extension("steps");
        let played = play(&rules, &steps);
        expect_test::expect_file![steps].assert_eq(&played);
    }
}

#[test]
fn no_steps_are_without_rules() {
    for steps in fixtures::files("wind", "steps") {
        assert!(steps.with_extension("room").exists(), "{} has no ruleset", steps.display());
    }
}

/// Plays a file's events; what comes back is the file as it should be.
fn play(rules: &Path, steps: &Path) -> String {
    let text = std::fs::read_to_string(rules).expect("a readable ruleset");
    let name = rules.display();
    let (program, parsed) = pair::read(&text).unwrap_or_else(|found| panic!("{name}:\n{found}"));
    let fresh = || Pair::new(program.clone(), parsed.clone(), World::default(), handshake(&json!({})));
    let mut pair = fresh();
    let mut played = String::new();
    for line in std::fs::read_to_string(steps).unwrap_or_default().lines() {
        if let Some(named) = line.strip_prefix("> connect ") {
            pair = Pair::new(program.clone(), parsed.clone(), World::default(), handshake(&parse_json(named)));
        } else if line == "> connect" {
            pair = fresh();
        }
        if let Some(event) = line.strip_prefix("> ") {
            let effects = pair.step(&parse_event(event)).unwrap_or_else(|differs| panic!("{name}: {line}\n{differs}"));
            played.push_str(&format!("{line}\n"));
            effects.iter().for_each(|effect| played.push_str(&format!("  {}\n", tell(effect))));
            played.push_str(&format!("  = {}\n", pair.stack_line()));
        } else if line.is_empty() || line.starts_with('#') {
            played.push_str(&format!("{line}\n"));
        }
    }
    played
}

/// An effect in words: what, of whom or to whom, with what.
fn tell(effect: &Json) -> String {
    let fields = effect.as_object().expect("an effect is a record");
    let verbs = [
        "ask", "say", "post", "tell", "signal", "check", "set", "error", "identify", "enter", "depart", "quit",
        "receive", "ok",
    ];
    let verb = verbs.into_iter().find(|verb| fields.contains_key(*verb)).unwrap_or("drop");
    let bare = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut told = format!("{verb} {}", bare(&fields[verb]));
    for (name, value) in fields {
        let is_usual = value.is_null() || *value == json!([]) || (name == "members" && *value == json!(true));
        if name != verb && !is_usual {
            told.push_str(&format!(" {name} {}", bare(value)));
        }
    }
    told
}

/// `#7 to room:hall {"text": "hi"}`, `wait 30s`, `passes 1 true`.
fn parse_event(written: &str) -> Happening {
    let (id, rest) = match written.strip_prefix('#') {
        Some(rest) => {
            let (id, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            (Some(parse_json(id)), rest)
        }
        None => (None, written),
    };
    let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
    match verb {
        "connect" => Happening::Connect,
        "say" => Happening::Message(Message { to: Address::Nowhere, content: parse_json(rest), id }),
        "to" => {
            let content = if second.is_empty() { json!({}) } else { parse_json(second) };
            Happening::Message(Message { to: parse_address(first), content, id })
        }
        "cancel" => Happening::Cancel(id),
        "leave" => Happening::Leave(rest.to_owned(), id),
        "left" => Happening::Left(rest.to_owned()),
        "signal" => parse_signal(first, second),
        "passes" => Happening::Verdict { check: parse_number(first), verdict: Ok(parse_json(second)) },
        "fails" => Happening::Verdict { check: parse_number(first), verdict: Err(second.to_owned()) },
        "wait" => Happening::Tick(parse_span(rest)),
        "later" => Happening::Later(parse_span(rest)),
        "moved" => Happening::Moved(rest.to_owned()),
        "close" => Happening::Close,
        "joins" => Happening::OtherJoins { room: first.to_owned(), client: second.to_owned() },
        "parts" => Happening::OtherParts { room: first.to_owned(), client: second.to_owned() },
        other => panic!("`{other}` is no event"),
    }
}

/// `full`, `full in hall`, `full {"by": 1}`
fn parse_signal(name: &str, rest: &str) -> Happening {
    let name = name.to_owned();
    match rest.strip_prefix("in ") {
        Some(room) => Happening::Signal { name, value: Json::Null, room: Some(room.to_owned()) },
        None if rest.is_empty() => Happening::Signal { name, value: Json::Null, room: None },
        None => Happening::Signal { name, value: parse_json(rest), room: None },
    }
}

fn parse_address(written: &str) -> Address {
    match written.split_once(':') {
        Some(("room", room)) => Address::Room(room.to_owned()),
        Some(("client", client)) => Address::Client(client.to_owned()),
        Some(("group", group)) => Address::Group(group.to_owned()),
        Some(("lock", lock)) => Address::Lock(lock.to_owned()),
        Some(_) | None => Address::Unknown,
    }
}

fn parse_json(written: &str) -> Json {
    serde_json::from_str(written).unwrap_or_else(|error| panic!("`{written}`: {error}"))
}

fn parse_number(written: &str) -> u64 {
    written.parse().unwrap_or_else(|error| panic!("`{written}`: {error}"))
}

fn parse_span(written: &str) -> u64 {
    let digits = written.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let scale = match &written[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        unit => panic!("`{unit}` is no unit of time"),
    };
    parse_number(digits) * scale
}
