//! What `docs/language.md` promises of proofs where other rules take over.

use super::super::engine::stage::{Stage, frames_to, rules};
use windlass::engine::Settings;

const LOBBY: &str = "entry lobby\nroom lobby public { doors hall after 2m -> drop \"idle\" }\n";
const PIN: &str = "lock pin gives text { on { b: true } -> resolve \"v\" after 30s -> fail \"late\" }\n";

fn with_hall(requires: &str, locks: &str) -> String {
    format!("{LOBBY}room hall public {{ {requires} on {{ a: true }} {{ say {{ here: true }} }} }}\n{locks}")
}

/// A socket in the hall, with what was to be passed on the way.
fn in_hall(text: &str, answers: &[&str]) -> Stage {
    let mut stage = Stage::new(rules(text), Settings::default());
    stage.connect(1);
    stage.say(1, r#"{"to":"room:hall"}"#);
    answers.iter().for_each(|answer| drop(stage.say(1, answer)));
    assert!(is_heard(&mut stage, r#"{"a":true}"#), "it is not in the hall");
    stage
}

fn is_heard(stage: &mut Stage, frame: &str) -> bool {
    frames_to(&stage.say(1, frame), 1).iter().any(|frame| frame.contains(r#""here":true"#))
}

#[test]
fn what_a_room_comes_to_require_is_asked_of_those_who_are_in_it() {
    let mut stage = in_hall(&with_hall("", ""), &[]);
    stage.reload(rules(&format!("{}prove hall behind pin\n", with_hall("requires pin", PIN))), &[]);
    assert!(!is_heard(&mut stage, r#"{"a":true}"#));
    assert!(is_heard(&mut stage, r#"{"b":true}"#), "what waited is delivered once the lock has resolved");
}

#[test]
fn a_key_says_what_its_lock_asked_when_it_resolved() {
    let asks_more = |gives: &str, value: &str| {
        let pin = format!(
            "lock pin gives {gives} {{ after 30s -> fail \"late\" state one {{ lock mat resolved _ -> resolve {value} failed why -> fail why }} }}\n"
        );
        let mat = "lock mat gives text { on { c: true } -> resolve \"v\" after 30s -> fail \"late\" }\n";
        format!("{}prove hall behind mat\n", with_hall("requires pin", &format!("{pin}{mat}")))
    };
    let old = with_hall("requires pin", PIN);
    let mut stage = in_hall(&old, &[r#"{"b":true}"#]);
    stage.reload(rules(&asks_more("text", "\"v\"")), &[]);
    assert!(is_heard(&mut stage, r#"{"a":true}"#), "the key from before is good still");

    let mut stage = in_hall(&old, &[r#"{"b":true}"#]);
    stage.reload(rules(&asks_more("text", "\"v\"")), &["pin"]);
    assert!(!is_heard(&mut stage, r#"{"a":true}"#), "its keys were revoked");
    assert!(is_heard(&mut stage, r#"{"c":true}"#));

    let mut stage = in_hall(&old, &[r#"{"b":true}"#]);
    stage.reload(rules(&asks_more("int", "1")), &[]);
    assert!(!is_heard(&mut stage, r#"{"a":true}"#), "a key of another type is void");
    assert!(is_heard(&mut stage, r#"{"c":true}"#));
}
