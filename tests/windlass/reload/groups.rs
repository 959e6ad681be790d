//! What becomes of groups' lists, step by step, when the rules say otherwise who receives what: nobody is touched by the change
//! itself, and nobody misses what a group is told, gets it twice, or gets what is not for it any more.

use super::acts::{Act, SOCKETS};
use super::house::{Came, House, Ruleset};
use super::looking::{settle, written};
use crate::engine::stage::{Done, socket};
use windlass::engine::{Input, Settings};

const RULES: &str = r#"
entry lobby
group audit { webhook "archive" }
group news in audit
room lobby public { doors hall }
room hall public {
    receives news
    posts to members, news
    on { news: text } as m { tell news m }
    on { audit: text } as m { tell audit m }
    on { text: text } as m { post m }
    on { call: text } { signal news called }
    on signal called { say { heard: true } }
}
"#;

/// Everybody is in the hall and receives the news; rulesets with these changes, one after the other, are to follow.
fn gathered(changes: &[(&str, &str)]) -> (House, Vec<Ruleset>) {
    let mut rulesets = vec![Ruleset::read(RULES).expect("rules")];
    for (from, to) in changes {
        let changed = rulesets.last().expect("rules before").text.replace(from, to);
        rulesets.push(Ruleset::read(&changed).expect("changed rules"));
    }
    let settings = Settings { looks_per_frame_max: 1, moves_per_tick_max: 1, ..Settings::default() };
    let mut house = House::new(&rulesets[0], settings);
    for who in 1..=SOCKETS {
        perform(&mut house, &rulesets, Act::Connect(who));
        perform(&mut house, &rulesets, Act::Say(who, r#"{"to":"room:hall"}"#.to_owned()));
    }
    (house, rulesets)
}

fn perform(house: &mut House, rulesets: &[Ruleset], act: Act) -> Vec<Done> {
    let mut done = Vec::new();
    let note = &mut |_: &House, came: &Came| {
        done.clone_from(&came.done);
        Ok(())
    };
    house.perform(rulesets, &act, note).expect("an act");
    done
}

/// All changes have become active, and this is what the last did.
fn reloaded(changes: &[(&str, &str)]) -> (House, Vec<Done>) {
    let (mut house, rulesets) = gathered(changes);
    let done = (1..rulesets.len()).map(|at| perform(&mut house, &rulesets, Act::Reload(at, Vec::new()))).last();
    (house, done.unwrap_or_default())
}

#[test]
fn the_change_itself_touches_nobody() {
    let (house, done) = reloaded(&[("group news in audit", "group news")]);
    assert_eq!(done, []);
    assert!(house.stage.engine.is_moving());
    assert_eq!(house.stage.engine.group_sockets("news").len(), 0, "all have yet to be looked at");
}

#[test]
fn what_a_group_is_told_comes_once_and_in_order_to_all_who_receive_it() {
    for changes in [
        &[("group news in audit", "group news")][..],
        &[("group news in audit", "group news"), ("group news", "group news in audit")],
        &[("\"archive\"", "\"elsewhere\""), ("group audit", "group more in news\ngroup audit")],
    ] {
        let (mut house, _) = reloaded(changes);
        let said = ["one", "two"].map(|word| house.stage.say(2, &format!(r#"{{"news":"{word}"}}"#)));
        let reached: Vec<usize> = said.iter().map(|done| written(done, r#""message""#).len()).collect();
        assert_eq!(reached, [2, 3], "who speaks, and one is looked at before each");
        let later = settle(&mut house);
        let all: Vec<Done> = said.into_iter().flatten().chain(later).collect();
        let written = written(&all, r#""message""#);
        assert_eq!(written.len() as u128, SOCKETS);
        for frames in written.values() {
            let words: Vec<bool> = frames.iter().map(|frame| frame.contains("one")).collect();
            assert_eq!(words, [true, false], "{changes:?} {frames:?}");
        }
    }
}

#[test]
fn what_does_not_reach_a_group_any_more_reaches_none_of_it() {
    let (mut house, _) = reloaded(&[("group news in audit", "group news")]);
    let mut done = house.stage.say(2, r#"{"audit":"x"}"#);
    done.extend(settle(&mut house));
    assert_eq!(written(&done, r#""message""#).len(), 0);
    assert!(done.iter().any(|done| matches!(done, Done::Webhook(..))), "its webhook is told");
}

#[test]
fn what_was_not_for_somebody_when_it_was_said_is_not_under_rules_that_follow() {
    let (mut house, rulesets) =
        gathered(&[("group news in audit", "group news"), ("group news", "group news in audit")]);
    perform(&mut house, &rulesets, Act::Reload(1, Vec::new()));
    let mut done = house.stage.say(2, r#"{"audit":"x"}"#);
    done.extend(perform(&mut house, &rulesets, Act::Reload(2, Vec::new())));
    done.extend(settle(&mut house));
    assert_eq!(written(&done, r#""message""#).len(), 0);
    let written = written(&house.stage.say(2, r#"{"audit":"y"}"#), r#""message""#);
    assert_eq!(written.len() as u128, SOCKETS, "and what is said then is");
}

#[test]
fn what_goes_to_a_room_and_to_a_group_comes_once() {
    let (mut house, _) = reloaded(&[("group news in audit", "group news")]);
    let mut done = house.stage.say(2, r#"{"text":"x"}"#);
    done.extend(settle(&mut house));
    let written = written(&done, r#""message""#);
    assert_eq!(written.len() as u128, SOCKETS, "the sender receives the news, too");
    assert!(written.values().all(|frames| frames.len() == 1), "{written:?}");
}

#[test]
fn a_signal_reaches_all_who_receive_the_group() {
    let (mut house, _) = reloaded(&[("group news in audit", "group news")]);
    let done = house.stage.say(2, r#"{"call":"x"}"#);
    assert_eq!(written(&done, r#""heard""#).len() as u128, SOCKETS);
}

#[test]
fn who_goes_before_it_is_looked_at_is_on_no_list() {
    let (mut house, _) = reloaded(&[("group news in audit", "group news")]);
    house.stage.hang_up(4);
    let mut done = house.stage.say(2, r#"{"news":"x"}"#);
    done.extend(settle(&mut house));
    assert!(!written(&done, r#""message""#).contains_key(&socket(4)));
    assert_eq!(house.stage.engine.group_sockets("news").len() as u128, SOCKETS - 1);
    house.stage.input(Input::Tick);
    assert!(house.stage.lists.values().all(|list| !list.contains(&socket(4))));
}
