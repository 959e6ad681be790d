//! Who hears a room, sees who is in it, reads what was said there and speaks in it: whoever may at that very instant, and nobody else.
//!
//! A random walk of sockets, several of one client, that come, go, come back with any token that was ever given out, catch up, leave, are
//! moved and deprived by hand, and whose rules are replaced meanwhile. The oracle asks the engine nothing: it reads the frames of both
//! directions as somebody would who knows the rules by heart, and keeps the pairs of socket and room that are allowed.

mod oracle;

use super::hands;
use super::stage::{Done, Stage, rules, socket};
use oracle::{Oracle, Tried};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use std::cell::RefCell;
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
            self.oracle.meets(who);
            let done = self.stage.connect(who);
            self.oracle.sees(&done, None);
        }
    }

    fn say(&mut self, who: u128, frame: &str) {
        if !self.is_open(who) {
            return;
        }
        self.oracle.is_at(self.stage.now);
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
        self.oracle.is_at(self.stage.now);
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
                let Some(token) = self.oracle.token(*token) else { return };
                self.connect(*who);
                self.say(*who, &json!({"resume": {"token": token, "seen": self.oracle.seen()}}).to_string());
            }
            Act::CatchUp(who) => {
                self.connect(*who);
                self.say(*who, &json!({"resume": {"seen": self.oracle.seen()}}).to_string());
            }
            Act::Hand(hand) => {
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
                self.oracle.reloads(*to, revoked);
                let done = self.stage.reload(self.programs[*to].clone(), revoked);
                self.oracle.sees(&done, None);
            }
        }
    }

    fn leave(&mut self, who: u128, room: &str) {
        if !self.is_open(who) {
            return;
        }
        let room = format!("room:{room}");
        let done = self.stage.say(who, &json!({"leave": room, "id": "gone"}).to_string());
        self.oracle.leaves(&room);
        self.oracle.sees(&done, None);
    }

    /// One instant after the other, so that what is told at each is held against it.
    fn wait(&mut self, milliseconds: u64) {
        let end = self.stage.now + milliseconds;
        while let Some(at) = self.stage.engine.poll_timeout().filter(|at| *at <= end) {
            let done = self.stage.pass_time(at.saturating_sub(self.stage.now));
            self.oracle.is_at(self.stage.now);
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
        Walk {
            stage: Stage::new(programs[0].clone(), settings()),
            oracle: Oracle::new(tried),
            programs: programs.to_vec(),
        }
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
