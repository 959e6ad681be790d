//! The property: on random rules and random events both passes do the same, and no more than `lint` proved.

use super::event::{Address, Happening, Message};
use super::pair::{self, Pair};
use super::ruleset;
use super::shrink::Case;
use super::tape::Tape;
use super::world::{World, handshake};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value as Json, json};

/// Cases without `WINDLASS_CASES`. Which they are is the same every time, unless `WINDLASS_SEED` says another number.
const CASES: u64 = 200;
/// At least so many of a hundred rulesets must be valid, or the test tests too little.
const ACCEPTED_PERCENT: u64 = 30;
/// How long time passes in one go, in milliseconds.
const SPANS: [u64; 9] = [0, 500, 1_000, 5_000, 5_000, 10_000, 20_000, 61_000, 301_000];
/// No more failing cases than these are looked at.
const FAILURES_SHOWN: usize = 4;
/// Events of one case.
const EVENTS: usize = 50;

#[test]
fn random_rules_and_events_go_the_same_way() {
    // The naive pass recurses, and needs room for that where rules do not end.
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(all_cases).expect("a thread");
    if let Err(failed) = thread.join() {
        std::panic::resume_unwind(failed);
    }
}

fn all_cases() {
    let cases = number("WINDLASS_CASES").unwrap_or(CASES);
    let (mut accepted, mut events, mut failures) = (0, 0, Vec::new());
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("WINDLASS_SEED").unwrap_or(0).to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, random);
    let tapes = (vec(any::<u16>(), 60..900), vec(any::<u16>(), 50..600));
    for _ in 0..cases {
        let (rules, happenings) = tapes.new_tree(&mut runner).expect("numbers").current();
        match one_case(&rules, &happenings) {
            Ok(done) => {
                accepted += u64::from(done > 0);
                events += done;
            }
            Err(case) => failures.push(case),
        }
        if failures.len() == FAILURES_SHOWN {
            break;
        }
    }
    let failures: Vec<String> = failures.into_iter().map(|case| case.smallest()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n----\n\n"));
    let share = accepted * 100 / cases;
    eprintln!("{cases} rulesets, {share} % valid, {} events", events);
    assert!(share >= ACCEPTED_PERCENT, "only {share} % of the random rulesets are valid");
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// How many events were compared; 0 where the rules are not valid.
fn one_case(rules: &[u16], events: &[u16]) -> Result<usize, Box<Case>> {
    let text = ruleset::write(&mut Tape::new(rules));
    let (program, parsed) = match pair::read(&text) {
        Ok(read) => read,
        Err(found) => {
            if std::env::var_os("WINDLASS_SHOW_INVALID").is_some() {
                eprintln!("{found}");
            }
            return Ok(0);
        }
    };
    let mut tape = Tape::new(events);
    let named = [
        json!({}),
        json!({ "query": { "k": "v" } }),
        json!({ "query": { "k": "v" }, "certificate": { "common_name": "v", "names": ["a", "b"], "expires": 5 } }),
    ];
    let handshake = handshake(&tape.one_of(&named));
    let rooms: Vec<&str> = ROOMS.into_iter().filter(|room| text.contains(&format!("room {}", family(room)))).collect();
    let world = world(&mut tape, &rooms);
    let mut pair = Pair::new(program, parsed, world.clone(), handshake.clone());
    let mut events = Vec::new();
    let mut next = Happening::Connect;
    let mut asked = Vec::new();
    for done in 0..EVENTS {
        events.push(next.clone());
        let Ok(effects) = pair.step(&next) else {
            let case = Case { rules: text.clone(), world, handshake, events };
            return Err(Box::new(case));
        };
        if pair.is_closed() || !tape.goes_on() {
            return Ok(done + 1);
        }
        asked.extend(effects.into_iter().filter(|effect| effect.get("check").is_some()));
        next = happening(&mut tape, &asked, &pair, &rooms);
    }
    Ok(EVENTS)
}

/// Who is where before the socket comes.
fn world(tape: &mut Tape<'_>, rooms: &[&str]) -> World {
    let mut world = World::default();
    for _ in 0..tape.below(4) {
        let (room, client) = (tape.one_of(rooms), tape.one_of(&["bob", "ada", "cy"]));
        world.join(room, client);
        if tape.chance(60) {
            world.elsewhere.insert((room.to_owned(), client.to_owned()));
        }
    }
    world
}

const ROOMS: [&str; 5] = ["lobby", "hall", "vault", "table/1", "table/2"];

fn family(room: &str) -> &str {
    room.split('/').next().unwrap_or(room)
}

fn happening(tape: &mut Tape<'_>, asked: &[Json], pair: &Pair, rooms: &[&str]) -> Happening {
    let waited = asked.iter().rev().find(|asked| pair.naive.waits_for(asked["number"].as_u64()));
    if let Some(asked) = waited.filter(|_| tape.chance(40)) {
        return verdict(tape, asked);
    }
    let id = tape.chance(70).then(|| json!(tape.below(100)));
    if let Some(message) = tape.chance(55).then(|| welcome(tape, pair, rooms, &id)).flatten() {
        return Happening::Message(message);
    }
    match tape.below(20) {
        0 => Happening::Moved(tape.one_of(rooms).to_owned()),
        1..=10 => Happening::Message(Message { to: address(tape, pair, rooms), content: content(tape), id }),
        11 => Happening::Cancel(id),
        12 => Happening::Leave(tape.one_of(rooms).to_owned(), id),
        13 => Happening::Tick(tape.one_of(&SPANS)),
        14 => Happening::Later(tape.one_of(&SPANS[..6])),
        15 => {
            let value = tape.one_of(&[Json::Null, json!({ "b": 1 })]);
            let room = tape.chance(30).then(|| tape.one_of(rooms).to_owned());
            Happening::Signal { name: tape.one_of(&["ping", "pong"]).to_owned(), value, room }
        }
        16 => Happening::OtherJoins {
            room: tape.one_of(rooms).to_owned(),
            client: tape.one_of(&["bob", "ada"]).to_owned(),
        },
        17 => Happening::OtherParts {
            room: tape.one_of(rooms).to_owned(),
            client: tape.one_of(&["bob", "ada"]).to_owned(),
        },
        18 => {
            let room = tape.one_of(rooms).to_owned();
            let elsewhere = pair.real.world.elsewhere.contains(&(room.clone(), pair.real.member()));
            if elsewhere && pair.real.world.is_member(&room, &pair.real.member()) {
                Happening::Left(room)
            } else {
                Happening::Tick(1_000)
            }
        }
        _ if tape.chance(10) => Happening::Close,
        _ => Happening::Tick(5_000),
    }
}

/// The answer to the check, of its type, or to one of before.
fn verdict(tape: &mut Tape<'_>, asked: &Json) -> Happening {
    let passed = if asked["check"] == "yes" { json!(tape.chance(70)) } else { json!("found") };
    let verdict = if tape.chance(70) { Ok(passed) } else { Err("not found".to_owned()) };
    let number = asked["number"].as_u64().unwrap_or(1);
    let check = if tape.chance(10) { number + 1 } else { number };
    Happening::Verdict { check, verdict }
}

fn address(tape: &mut Tape<'_>, pair: &Pair, rooms: &[&str]) -> Address {
    match tape.below(12) {
        0..=5 => Address::Nowhere,
        6..=8 => Address::Room(tape.one_of(rooms).to_owned()),
        9 => {
            let locks: Vec<String> = pair.naive.rules.locks.keys().cloned().collect();
            Address::Lock(tape.one_of(&locks))
        }
        10 => tape.one_of(&[Address::Client("bob".to_owned()), Address::Group("audit".to_owned())]),
        _ => Address::Unknown,
    }
}

/// A message that leads on: a handler takes it, a choice has the lock, or a door leads there.
fn welcome(tape: &mut Tape<'_>, pair: &Pair, rooms: &[&str], id: &Option<Json>) -> Option<Message> {
    let chosen = pair.naive.choices();
    if !chosen.is_empty() {
        let to = Address::Lock(tape.one_of(&chosen));
        return Some(Message { to, content: json!({}), id: id.clone() });
    }
    let mut taken = Vec::new();
    let elsewhere = [Address::Nowhere, Address::Client("bob".to_owned()), Address::Group("audit".to_owned())];
    for to in elsewhere {
        for content in contents() {
            let message = Message { to: to.clone(), content, id: id.clone() };
            if pair.naive.takes(&message) {
                taken.push(message);
            }
        }
    }
    let doors = rooms.iter().filter(|room| pair.naive.a_door_leads_to(room));
    for room in doors {
        let content = if tape.chance(50) { json!({}) } else { content(tape) };
        let to = Address::Room((*room).to_owned());
        taken.extend([1, 2, 3].map(|_| Message { to: to.clone(), content: content.clone(), id: id.clone() }));
    }
    for lock in pair.naive.offered() {
        taken.extend([1, 2].map(|_| Message { to: Address::Lock(lock.clone()), content: json!({}), id: id.clone() }));
    }
    if taken.is_empty() { None } else { Some(tape.one_of(&taken)) }
}

fn content(tape: &mut Tape<'_>) -> Json {
    tape.one_of(&contents())
}

fn contents() -> [Json; 9] {
    [
        json!({ "text": "ada" }),
        json!({ "a": "ada" }),
        json!({ "a": "a" }),
        json!({ "b": 1 }),
        json!({ "kind": "x", "more": [1, null] }),
        json!({}),
        json!({ "a": "longer", "b": 7 }),
        json!({ "c": true }),
        json!({ "text": "bob", "a": "a" }),
    ]
}
