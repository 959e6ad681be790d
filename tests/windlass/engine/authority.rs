//! Who hears a room, sees who is in it, reads what was said there and speaks in it: whoever may at that very instant, and nobody else.
//!
//! A random walk of sockets, several of one client, that come, go, come back with any token that was ever given out, catch up, leave, are
//! moved and deprived by hand, and whose rules are replaced meanwhile. The oracle asks the engine nothing: it reads the frames of both
//! directions as somebody would who knows the rules by heart, and keeps the pairs of socket and room that are allowed.

use super::hands;
use super::stage::{Done, Stage, rules, socket};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use windlass::engine::Settings;
use windlass::machine::Program;

const RULES: &str = r#"
entry lobby
room lobby public { doors hall, vault on { text: text } as m { post m } }
room hall {
    requires name OTHERS
    presence
    history 5
    doors vault, lobby
    on { text: text } as m { post m }
}
room vault {
    requires name
    requires pin
    renews pin
    presence
    history 5
    doors hall, lobby
    on { text: text } as m { post m }
}
lock name gives client {
    after 20s -> fail "too slow"
    state asked {
        ask { name: "who" }
        on { name: text(1..8) } as a -> checking(a.name)
    }
    state checking(name: text(1..8)) {
        check code(name) within 5s
        passed _ { identify name -> resolve name }
        failed why -> fail why
    }
}
lock pin gives bool held 7s grace 3s {
    after 20s -> fail "too slow"
    ask { pin: "?" }
    on { pin: "1" } -> resolve true
    on { pin: text } -> fail "wrong"
}
"#;
const HELD_MS: u64 = 7_000;
const GRACE_MS: u64 = 3_000;

/// With more rulesets that live, time passes before there is another one, so that none is refused.
const LIVE_EPOCHS_MAX: usize = 6;
const REST_MS: u64 = 30_000;

/// What the hall requires besides, in each of the rulesets that take turns.
const OTHERS: [&str; 2] = ["", "requires pin"];

const FRAMES: [&str; 14] = [
    r#"{"text":"here"}"#,
    r#"{"text":"here too","id":1}"#,
    r#"{"to":"room:hall","text":"for the hall"}"#,
    r#"{"to":"room:vault","text":"for the vault"}"#,
    r#"{"to":"room:vault","text":"for the vault","id":2}"#,
    r#"{"to":"room:hall"}"#,
    r#"{"to":"room:vault"}"#,
    r#"{"to":"room:lobby"}"#,
    r#"{"to":"lock:pin"}"#,
    r#"{"to":"lock:pin","pin":"1"}"#,
    r#"{"pin":"1"}"#,
    r#"{"pin":"0"}"#,
    r#"{"name":"ada"}"#,
    r#"{"cancel":true}"#,
];

const HANDS: [&str; 9] = [
    r#"post {"to":"room:hall","text":"by hand"}"#,
    r#"post {"to":"room:vault","text":"by hand"}"#,
    "move client:ada vault",
    "move 2 hall",
    "revoke client:ada pin",
    "revoke 1 pin",
    "revoke client:bob all",
    "drop 3 enough",
    "expel bob enough",
];

#[derive(Clone, Debug)]
enum Act {
    /// Whatever it takes to get into a room.
    Come(u128, &'static str, &'static str),
    HangUp(u128),
    Say(u128, usize),
    Leave(u128, &'static str),
    /// On a new connection, with a token that was given out at some time.
    Back(u128, usize),
    CatchUp(u128),
    Hand(usize),
    Wait(u64),
    Reload(usize, &'static [&'static str]),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let who = 1_u128..6;
    let room = prop::sample::select(vec!["hall", "vault"]);
    let name = prop::sample::select(vec!["ada", "ada", "bob"]);
    let revoked: Vec<&'static [&'static str]> = vec![&[], &[], &["pin"], &["name"]];
    let act = prop_oneof![
        8 => (who.clone(), name, room.clone()).prop_map(|(who, name, room)| Act::Come(who, name, room)),
        2 => who.clone().prop_map(Act::HangUp),
        20 => (who.clone(), 0..FRAMES.len()).prop_map(|(who, frame)| Act::Say(who, frame)),
        1 => (who.clone(), room).prop_map(|(who, room)| Act::Leave(who, room)),
        4 => (who.clone(), 0..8_usize).prop_map(|(who, token)| Act::Back(who, token)),
        3 => who.prop_map(Act::CatchUp),
        4 => (0..HANDS.len()).prop_map(Act::Hand),
        5 => (0_u64..8_000).prop_map(Act::Wait),
        2 => (0..OTHERS.len(), prop::sample::select(revoked)).prop_map(|(to, revoked)| Act::Reload(to, revoked)),
    ];
    prop::collection::vec(act, 0..80)
}

/// The keys of a socket, or of one that went.
#[derive(Clone, Debug, Default)]
struct Keys {
    name: bool,
    /// When the key of `pin` ends.
    pin: Option<u64>,
}

impl Keys {
    fn lose(&mut self, lock: &str) {
        match lock {
            "name" => self.name = false,
            "pin" => self.pin = None,
            _ => *self = Keys::default(),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Known {
    client: Option<String>,
    keys: Keys,
    /// What it was asked, and has not answered. A lock that has ended meanwhile is not taken off: more is allowed then, never less.
    asked: Vec<&'static str>,
    /// What it has answered in this input. If something else was on top, it is still asked.
    answered: Option<&'static str>,
}

impl Known {
    /// Whether an answer to this is one to a question.
    fn answers(&mut self, what: &str) -> bool {
        let at = self.asked.iter().position(|asked| *asked == what);
        self.answered = at.map(|at| self.asked.remove(at));
        self.answered.is_some()
    }

    fn proves(&mut self, what: &str, answer: &str, now: u64) {
        match what {
            "pin" if answer == "1" => self.keys.pin = Some(now + HELD_MS),
            "name" => self.keys.name |= self.client.as_deref().is_none_or(|client| client == answer),
            _ => {}
        }
    }
}

#[derive(Clone, Debug)]
enum Place {
    Held(u128),
    Left(String, Keys),
    Spent,
}

/// What happened so often that the walk can be said to have tried it.
#[derive(Debug, Default)]
struct Tried {
    heard: usize,
    lists: usize,
    histories: usize,
    lingering: usize,
    silenced: usize,
}

/// What is known of everybody at one moment.
#[derive(Clone, Default)]
struct Facts {
    rules: usize,
    sockets: BTreeMap<u128, Known>,
    /// Rooms by client. A socket that is nobody is a member of nothing but the lobby.
    members: BTreeMap<String, BTreeSet<String>>,
    now: u64,
}

impl Facts {
    fn needs_pin(&self, room: &str) -> bool {
        room == "room:vault" || self.rules == 1
    }

    /// With keys that linger so long.
    fn holds(&self, who: u128, room: &str, grace: u64) -> bool {
        let Some(known) = self.sockets.get(&who) else { return false };
        // of what happens at the very instant in which keys end, some happens before
        let pin = known.keys.pin.is_some_and(|ends| self.now < ends + grace || grace > 0 && self.now == ends + grace);
        known.keys.name && (pin || !self.needs_pin(room))
    }

    fn may_hear(&self, who: u128, room: &str) -> bool {
        let client = self.sockets.get(&who).and_then(|known| known.client.as_ref());
        let rooms = client.and_then(|client| self.members.get(client));
        self.holds(who, room, GRACE_MS) && rooms.is_some_and(|rooms| rooms.contains(room))
    }
}

struct Oracle<'tried> {
    facts: Facts,
    /// How it was before whoever looks after the server did something: what was due until then may be told first.
    before: Option<Facts>,
    /// In the order in which they were given out.
    tokens: Vec<(String, Place)>,
    epochs: BTreeMap<String, String>,
    /// The room that somebody asks to leave in this input.
    leaves: Option<String>,
    /// The keys of the token that was shown in this input.
    brought: Option<Keys>,
    /// What was said in this input without having been asked: a socket that is brought to other rules may be asked for it first.
    early: Option<(u128, &'static str, String)>,
    tried: &'tried RefCell<Tried>,
}

impl Oracle<'_> {
    fn may_hear(&self, who: u128, room: &str) -> bool {
        self.facts.may_hear(who, room) || self.before.as_ref().is_some_and(|before| before.may_hear(who, room))
    }

    /// Before the engine is told: what the client is about to prove.
    fn says(&mut self, who: u128, frame: &str) {
        let said: Value = serde_json::from_str(frame).expect("JSON");
        let now = self.facts.now;
        if let Some(token) = said["resume"]["token"].as_str() {
            self.brought = self.place_of(token);
        }
        let known = self.facts.sockets.entry(who).or_default();
        known.answered = None;
        for what in ["pin", "name"] {
            let Some(answer) = said[what].as_str() else { continue };
            // an answer in one frame with what it answers
            if (what == "pin" && said["to"] == "lock:pin") || known.answers(what) {
                known.proves(what, answer, now);
            } else {
                self.early = Some((who, what, answer.to_owned()));
            }
        }
    }

    fn place_of(&self, token: &str) -> Option<Keys> {
        match &self.tokens.iter().find(|(known, _)| known == token)?.1 {
            Place::Held(who) => Some(self.facts.sockets.get(who)?.keys.clone()),
            Place::Left(_, keys) => Some(keys.clone()),
            Place::Spent => None,
        }
    }

    fn is_gone(&mut self, who: u128, is_final: bool) {
        let Some(Known { client, keys, .. }) = self.facts.sockets.remove(&who) else { return };
        for (_, place) in &mut self.tokens {
            if matches!(place, Place::Held(holder) if *holder == who) {
                *place = match client.clone() {
                    Some(client) if !is_final => Place::Left(client, keys.clone()),
                    Some(_) | None => Place::Spent,
                };
            }
        }
    }

    /// Keys that are taken away, of one socket, of a client, or of everybody.
    fn lose(&mut self, lock: &str, whom: &str) {
        for (who, known) in &mut self.facts.sockets {
            let is_meant =
                whom.is_empty() || whom == who.to_string() || whom.strip_prefix("client:") == known.client.as_deref();
            if is_meant && (known.client.is_some() || !whom.starts_with("client:")) {
                known.keys.lose(lock);
            }
        }
        for (_, place) in &mut self.tokens {
            if let Place::Left(client, keys) = place
                && (whom.is_empty() || whom.strip_prefix("client:") == Some(client))
            {
                keys.lose(lock);
            }
        }
    }

    /// Before the engine does what somebody does by hand.
    fn hand(&mut self, hand: &str) {
        let words: Vec<&str> = hand.split(' ').collect();
        match words[..] {
            ["revoke", whom, lock] => self.lose(lock, whom),
            ["expel", client, ..] => {
                self.facts.members.remove(client);
                for (_, place) in &mut self.tokens {
                    if matches!(place, Place::Left(of, _) if of == client) {
                        *place = Place::Spent;
                    }
                }
            }
            _ => {}
        }
    }

    /// Everything that the engine did, in its order.
    fn sees(&mut self, done: &[Done], speaker: Option<u128>) {
        for done in done {
            match done {
                Done::Wrote(to, frame) => {
                    let frame: Value = serde_json::from_str(frame).expect("JSON");
                    for id in to {
                        self.is_told(id.0.as_u128(), &frame, speaker);
                    }
                }
                Done::Closed(id, code, _) => self.is_gone(id.0.as_u128(), *code == 4000),
                Done::Joined(..)
                | Done::Left(..)
                | Done::Asked(..)
                | Done::Webhook(..)
                | Done::Acted(_)
                | Done::Retired => {}
            }
        }
        (self.leaves, self.brought, self.before, self.early) = (None, None, None, None);
    }

    fn is_told(&mut self, who: u128, frame: &Value, speaker: Option<u128>) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if frame.get("ask").is_some() {
            let asked = if frame["ask"].get("pin").is_some() { "pin" } else { "name" };
            let (now, known) = (self.facts.now, self.facts.sockets.entry(who).or_default());
            known.asked.push(asked);
            if let Some((_, _, answer)) = self.early.as_ref().filter(|early| (early.0, early.1) == (who, asked)) {
                known.proves(asked, answer, now);
            }
        }
        if frame.get("ok").is_some() && frame["id"] == "gone" {
            self.is_out(who);
        }
        if frame["error"]["code"] == "no_handler" {
            let known = self.facts.sockets.entry(who).or_default();
            known.asked.extend(known.answered.take());
        }
        if let Some(identified) = frame.get("identified") {
            let (brought, known) = (self.brought.take(), self.facts.sockets.entry(who).or_default());
            known.client =
                identified["client"].as_str().and_then(|client| client.strip_prefix("client:")).map(str::to_owned);
            known.keys = brought.unwrap_or_else(|| known.keys.clone());
            self.tokens.push((text(&identified["resume"]), Place::Held(who)));
        }
        if let Some(moved) = frame.get("moved") {
            let room = text(&moved["room"]);
            self.epochs.insert(room.clone(), text(&moved["epoch"]));
            self.comes_into(who, room);
        }
        let rooms = [&frame["room"], &frame["presence"]["room"], &frame["resumed"]["room"]];
        let Some(room) = rooms.into_iter().find_map(Value::as_str).filter(|room| *room != "room:lobby") else { return };
        assert!(
            self.may_hear(who, room),
            "{who} is told {frame}, and may not hear {room}: {:?}",
            self.facts.sockets.get(&who)
        );
        self.speaks_there(frame, room, speaker);
        let mut tried = self.tried.borrow_mut();
        tried.heard += usize::from(frame.get("message").is_some());
        tried.lists += usize::from(frame["presence"].get("here").is_some());
        tried.histories += usize::from(frame.get("resumed").is_some());
        tried.lingering += usize::from(!self.facts.holds(who, room, 0));
    }

    /// What is told before is told to a member; and another socket of the client may come in afterwards.
    fn is_out(&mut self, who: u128) {
        let client = self.facts.sockets.get(&who).and_then(|known| known.client.as_ref());
        if let (Some(rooms), Some(room)) = (client.and_then(|client| self.facts.members.get_mut(client)), &self.leaves)
        {
            rooms.remove(room);
        }
    }

    fn comes_into(&mut self, who: u128, room: String) {
        if room == "room:lobby" {
            return;
        }
        assert!(self.facts.holds(who, &room, 0), "{who} comes into {room} with {:?}", self.facts.sockets.get(&who));
        let client =
            self.facts.sockets.get(&who).and_then(|known| known.client.clone()).expect("whoever comes in is somebody");
        self.facts.members.entry(client).or_default().insert(room);
    }

    /// Whoever is heard has the keys at this moment, unless it is history, or was said by hand.
    fn speaks_there(&self, frame: &Value, room: &str, speaker: Option<u128>) {
        let Some(speaker) = speaker.filter(|_| frame.get("message").is_some()) else { return };
        assert!(
            self.facts.holds(speaker, room, 0),
            "{frame} is said by {speaker}: {:?}",
            self.facts.sockets.get(&speaker)
        );
    }
}

fn settings() -> Settings {
    Settings {
        socket_frames_per_second: 0,
        unidentified_frames_per_second: 0,
        client_frames_per_second: 0,
        resume_ms: 30_000,
        moves_per_tick_max: 1,
        ..Settings::default()
    }
}

struct Walk<'tried> {
    stage: Stage,
    oracle: Oracle<'tried>,
    programs: Vec<Arc<Program>>,
}

impl Walk<'_> {
    fn is_open(&self, who: u128) -> bool {
        self.stage.open.contains(&socket(who))
    }

    fn connect(&mut self, who: u128) {
        if !self.is_open(who) {
            self.oracle.facts.sockets.insert(who, Known::default());
            let done = self.stage.connect(who);
            self.oracle.sees(&done, None);
        }
    }

    fn say(&mut self, who: u128, frame: &str) {
        if !self.is_open(who) {
            return;
        }
        self.oracle.facts.now = self.stage.now;
        self.oracle.says(who, frame);
        let mut done = self.stage.say(who, frame);
        while self.stage.asked.iter().any(|(asked, _)| *asked == socket(who)) {
            done.extend(self.stage.verdict(who, Ok(windlass::value::Value::Text("theirs".into()))));
        }
        // what is read of a history was said by others, at another time
        let speaker = (!frame.contains("resume") && !tells_history(&done)).then_some(who);
        self.oracle.sees(&done, speaker);
        let mut tried = self.oracle.tried.borrow_mut();
        let is_asked = |done: &Done| matches!(done, Done::Wrote(_, frame) if frame.contains("\"ask\""));
        tried.silenced += usize::from(frame.contains("text") && done.iter().any(is_asked));
    }

    fn perform(&mut self, act: &Act) {
        self.oracle.facts.now = self.stage.now;
        match act {
            Act::Come(who, name, room) => {
                self.connect(*who);
                for frame in [json!({"to": format!("room:{room}")}), json!({ "name": name }), json!({"pin": "1"})] {
                    self.say(*who, &frame.to_string());
                }
            }
            Act::HangUp(who) if self.is_open(*who) => {
                // other rules may let it in where it waits, which would be told to nobody once it is gone
                self.say(*who, r#"{"resume":{"seen":{}}}"#);
                let done = self.stage.hang_up(*who);
                self.oracle.is_gone(*who, false);
                self.oracle.sees(&done, None);
            }
            Act::HangUp(_) => {}
            Act::Say(who, frame) => self.say(*who, FRAMES[*frame]),
            Act::Leave(who, room) => self.leave(*who, room),
            Act::Back(who, token) => {
                let Some((token, _)) = self.oracle.tokens.iter().rev().nth(*token).cloned() else { return };
                self.connect(*who);
                self.say(*who, &json!({"resume": {"token": token, "seen": self.seen()}}).to_string());
            }
            Act::CatchUp(who) => {
                self.connect(*who);
                self.say(*who, &json!({"resume": {"seen": self.seen()}}).to_string());
            }
            Act::Hand(hand) => {
                self.oracle.before = Some(self.oracle.facts.clone());
                self.oracle.hand(HANDS[*hand]);
                let act = hands::read(HANDS[*hand], |number| socket(number.parse().expect("a number")));
                let done = self.stage.act(act);
                self.oracle.sees(&done, None);
            }
            Act::Wait(time) => self.wait(*time),
            Act::Reload(to, revoked) => {
                // too many at once are refused
                if self.stage.engine.epochs_in_use().len() > LIVE_EPOCHS_MAX {
                    self.wait(REST_MS);
                }
                self.oracle.before = Some(self.oracle.facts.clone());
                self.oracle.facts.rules = *to;
                revoked.iter().for_each(|lock| self.oracle.lose(lock, ""));
                let done = self.stage.reload(self.programs[*to].clone(), revoked);
                self.oracle.sees(&done, None);
            }
        }
    }

    /// Whoever lies says to have seen nothing of rooms of which others were told.
    fn seen(&self) -> Value {
        let rooms = self.oracle.epochs.iter().filter(|(room, _)| *room != "room:lobby");
        rooms.map(|(room, epoch)| (room.clone(), json!([epoch, 0]))).collect::<serde_json::Map<_, _>>().into()
    }

    fn leave(&mut self, who: u128, room: &str) {
        if !self.is_open(who) {
            return;
        }
        let room = format!("room:{room}");
        let done = self.stage.say(who, &json!({"leave": room, "id": "gone"}).to_string());
        self.oracle.leaves = Some(room);
        self.oracle.sees(&done, None);
    }

    /// One instant after the other, so that what is told at each is held against it.
    fn wait(&mut self, milliseconds: u64) {
        let end = self.stage.now + milliseconds;
        while let Some(at) = self.stage.engine.poll_timeout().filter(|at| *at <= end) {
            let done = self.stage.pass_time(at.saturating_sub(self.stage.now));
            self.oracle.facts.now = self.stage.now;
            self.oracle.sees(&done, None);
        }
        self.stage.pass_time(end - self.stage.now);
    }
}

fn tells_history(done: &[Done]) -> bool {
    done.iter().any(|done| matches!(done, Done::Wrote(_, frame) if frame.starts_with("{\"resumed\"")))
}

impl<'tried> Walk<'tried> {
    fn new(programs: &[Arc<Program>], tried: &'tried RefCell<Tried>) -> Walk<'tried> {
        let oracle = Oracle {
            facts: Facts::default(),
            before: None,
            tokens: Vec::new(),
            epochs: BTreeMap::new(),
            leaves: None,
            brought: None,
            early: None,
            tried,
        };
        Walk { stage: Stage::new(programs[0].clone(), settings()), oracle, programs: programs.to_vec() }
    }
}

fn programs() -> Vec<Arc<Program>> {
    OTHERS.iter().map(|others| rules(&RULES.replace("OTHERS", others))).collect()
}

#[test]
fn who_may_not_hears_sees_reads_and_says_nothing() {
    let (programs, tried) = (programs(), RefCell::new(Tried::default()));
    let config = ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() };
    // the same walks each time, unless another seed is given
    let rng = match std::env::var("WINDLASS_SEED").ok().and_then(|seed| seed.parse::<u64>().ok()) {
        Some(seed) => TestRng::from_seed(RngAlgorithm::ChaCha, &seed.to_le_bytes().repeat(4)),
        None => TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    };
    let walked = TestRunner::new_with_rng(config, rng).run(&acts(), |acts| {
        let mut walk = Walk::new(&programs, &tried);
        acts.iter().for_each(|act| walk.perform(act));
        Ok(())
    });
    walked.unwrap_or_else(|why| panic!("{why}"));
    let Tried { heard, lists, histories, lingering, silenced } = tried.into_inner();
    for (what, count) in [
        ("heard", heard),
        ("lists", lists),
        ("histories", histories),
        ("in the grace", lingering),
        ("silenced", silenced),
    ] {
        assert!(count > 10, "{what}: only {count}");
    }
}

/// Other rules want a pin that ada has not shown, and she asks for what was said before anybody has looked at her.
#[test]
fn a_history_is_told_under_the_rules_that_are_active() {
    let tried = RefCell::new(Tried::default());
    let mut walk = Walk::new(&programs(), &tried);
    for act in [Act::Come(1, "ada", "hall"), Act::Come(2, "bob", "hall"), Act::Say(2, 0), Act::CatchUp(1)] {
        walk.perform(&act);
    }
    let before = tried.borrow().histories;
    walk.perform(&Act::Reload(1, &[]));
    walk.perform(&Act::CatchUp(1));
    assert_eq!((before, tried.borrow().histories), (1, 1));
}
