//! A key of a revoked lock opens nothing any more, whenever its holder comes, whatever has been looked at by then, and whatever a crash
//! took.

use super::shaky::{Seen, Shaky};
use super::stage::{NAME_LOCK, socket};
use windlass::engine::Settings;
use windlass::store::Record;

const RULES: &str = r#"
entry lobby
room lobby public { doors vault }
room vault { requires name requires pin on { text: text } as m { post m } }
lock pin gives bool held 1h {
    after 60s -> fail "too slow"
    ask { pin: "?" }
    on { pin: "1" } -> resolve true
}
"#;
/// So many left what they had before ann did.
const OTHERS: u128 = 20;

struct Ann {
    house: Shaky,
    sockets: u128,
    token: String,
}

/// Where ann is when she has come back.
#[derive(Debug, PartialEq, Eq)]
enum Back {
    InTheVault,
    AskedForThePin,
}

impl Ann {
    /// Ann is in the vault. Others were, and few are looked at in a tick.
    fn in_the_vault() -> Ann {
        let settings = Settings { moves_per_tick_max: 1, resume_ms: 600_000, ..Settings::default() };
        let mut ann =
            Ann { house: Shaky::new(&[RULES, NAME_LOCK].concat(), settings), sockets: 0, token: String::new() };
        for number in 0..OTHERS {
            ann.walk_in(&format!("other{number}"));
            ann.hang_up();
        }
        ann.walk_in("ann");
        ann
    }

    fn walk_in(&mut self, name: &str) {
        self.connect();
        for frame in [r#"{"to":"room:vault"}"#, &format!(r#"{{"name":"{name}"}}"#), r#"{"pin":"1"}"#] {
            self.say(frame);
        }
    }

    fn connect(&mut self) {
        self.sockets += 1;
        self.house.connect(socket(self.sockets));
    }

    fn hang_up(&mut self) {
        self.house.hang_up(socket(self.sockets));
        self.settle();
    }

    fn say(&mut self, frame: &str) -> Vec<String> {
        self.house.say(socket(self.sockets), frame);
        self.settle()
    }

    /// Everything that is wanted is done, and no time passes.
    fn settle(&mut self) -> Vec<String> {
        let mut frames = Vec::new();
        while !self.house.is_idle() {
            for seen in self.house.carry(usize::MAX) {
                let Seen::Frame(_, frame) = seen else { continue };
                let read: serde_json::Value = serde_json::from_str(&frame).expect("JSON");
                if let Some(token) = read["identified"]["resume"].as_str() {
                    self.token = token.to_owned();
                }
                frames.push(frame.to_string());
            }
        }
        frames
    }

    /// The reload alone: nobody has been looked at since.
    fn revoke(&mut self, locks: &[&str]) {
        self.house.reload(locks);
        self.settle();
    }

    /// All who are to be looked at have been.
    fn look_at_all(&mut self) {
        self.house.pass_time(0);
        assert!(!self.house.engine.is_moving());
    }

    fn come_back(&mut self) -> Back {
        self.connect();
        let token = self.token.clone();
        let frames = self.say(&format!(r#"{{"resume":{{"token":"{token}"}}}}"#));
        let has = |what: &str| frames.iter().any(|frame| frame.contains(what));
        assert!(has(r#""identified""#), "{frames:?}");
        match (has(r#""moved":{"room":"room:vault""#), has(r#""ask":{"pin""#)) {
            (true, false) => Back::InTheVault,
            (false, true) => Back::AskedForThePin,
            _ => panic!("{frames:?}"),
        }
    }
}

#[test]
fn who_comes_back_before_anybody_has_been_looked_at() {
    let mut ann = Ann::in_the_vault();
    ann.hang_up();
    ann.revoke(&["pin"]);
    assert!(ann.house.engine.is_moving());
    assert_eq!(ann.come_back(), Back::AskedForThePin);
}

#[test]
fn who_went_before_it_was_looked_at_and_comes_back_when_the_rules_of_then_are_gone() {
    let mut ann = Ann::in_the_vault();
    ann.revoke(&["pin"]);
    ann.hang_up();
    ann.look_at_all();
    for _ in 0..2 {
        ann.revoke(&[]);
        ann.look_at_all();
    }
    assert_eq!(ann.house.engine.epochs().live().count(), 1);
    assert_eq!(ann.come_back(), Back::AskedForThePin);
}

#[test]
fn who_was_away_when_the_rules_of_then_are_gone() {
    let mut ann = Ann::in_the_vault();
    ann.hang_up();
    ann.revoke(&["pin"]);
    ann.look_at_all();
    ann.revoke(&[]);
    ann.look_at_all();
    assert_eq!(ann.come_back(), Back::AskedForThePin);
}

#[test]
fn a_crash_at_any_moment_after_it() {
    for ticks in 0..2 * OTHERS as usize {
        for is_away in [true, false] {
            let mut ann = Ann::in_the_vault();
            if is_away {
                ann.hang_up();
            }
            ann.revoke(&["pin"]);
            for _ in 0..ticks {
                ann.house.input(windlass::engine::Input::Tick);
            }
            // not all of what was decided is kept
            ann.house.carry(ticks / 2);
            ann.house.crash();
            ann.settle();
            assert_eq!(ann.come_back(), Back::AskedForThePin, "after {ticks} ticks, away: {is_away}");
        }
    }
}

#[test]
fn a_key_that_was_given_since_survives_a_crash() {
    let mut ann = Ann::in_the_vault();
    ann.revoke(&["pin"]);
    ann.say(r#"{"to":"room:vault","text":"x"}"#);
    ann.say(r#"{"pin":"1"}"#);
    ann.hang_up();
    ann.house.crash();
    ann.settle();
    assert_eq!(ann.come_back(), Back::InTheVault);
    // and the next revocation is later than all before
    ann.hang_up();
    ann.revoke(&["pin"]);
    ann.house.crash();
    ann.settle();
    assert_eq!(ann.come_back(), Back::AskedForThePin);
}

#[test]
fn when_all_have_been_looked_at_the_store_forgets_the_revocation() {
    let mut ann = Ann::in_the_vault();
    ann.hang_up();
    ann.house.reload(&["pin"]);
    let kept: Vec<Record> = ann.house.pass_time(0).into_iter().filter_map(kept).collect();
    let tokens = kept.iter().filter(|record| matches!(record, Record::TokenIssued { .. })).count();
    assert_eq!(tokens as u128, OTHERS + 1, "each is written down without the key");
    assert!(matches!(kept.first(), Some(Record::KeysRevoked { number: 1, .. })), "before anything else");
    assert!(matches!(kept.last(), Some(Record::RevocationOver { number: 1 })), "after everything");
}

fn kept(seen: Seen) -> Option<Record> {
    match seen {
        Seen::Kept(record) => Some(record),
        Seen::Frame(..) | Seen::Closed(..) | Seen::Acted(_) => None,
    }
}
