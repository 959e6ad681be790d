//! What becomes of a room's list, step by step: a few are looked at before each message, the rest when there is time.

use super::acts::{Act, SOCKETS};
use super::crowd;
use super::house::House;
use crate::engine::stage::{Done, socket};
use std::collections::BTreeMap;
use windlass::engine::{Input, Settings};
use windlass::value::RoomKey;
use windlass::wind::SocketId;

/// Rules of `crowd` by their place there.
const ONE_OF_TWO: usize = 3;
const ONE_OF_TWO_WITH_PRESENCE: usize = 4;
const BOTH_WITH_PRESENCE: usize = 5;

/// Everybody is in the hall, and then these rules become active.
fn reloaded(to: &[usize]) -> House {
    let rulesets = crowd::rulesets();
    let settings = Settings { looks_per_frame_max: 1, moves_per_tick_max: 1, ..Settings::default() };
    let mut house = House::new(&rulesets[0], settings);
    for act in crowd::gathers().into_iter().chain(to.iter().map(|to| Act::Reload(*to, Vec::new()))) {
        settle(&mut house);
        house.perform(&rulesets, &act, &mut |_, _| Ok(())).expect("an act");
    }
    house
}

/// What each socket was written that says this.
pub fn written(done: &[Done], what: &str) -> BTreeMap<SocketId, Vec<String>> {
    let mut written: BTreeMap<SocketId, Vec<String>> = BTreeMap::new();
    for done in done {
        if let Done::Wrote(to, frame) = done
            && frame.contains(what)
        {
            to.iter().for_each(|to| written.entry(*to).or_default().push(frame.to_string()));
        }
    }
    written
}

pub fn settle(house: &mut House) -> Vec<Done> {
    let mut done = Vec::new();
    while house.stage.engine.is_moving() {
        done.extend(house.stage.input(Input::Tick));
    }
    done
}

#[test]
fn a_message_does_not_wait_until_all_have_been_looked_at_and_none_misses_it() {
    let mut house = reloaded(&[ONE_OF_TWO]);
    let hall = RoomKey("hall".into());
    let said = ["one", "two"].map(|word| house.stage.say(2, &format!(r#"{{"to":"room:hall","text":"{word}"}}"#)));
    let reached: Vec<usize> = said.iter().map(|done| written(done, r#""message""#).len()).collect();
    assert_eq!(reached, [1, 2], "one is looked at before each");
    assert_eq!(house.stage.engine.doubted_sockets(&hall).len(), 1);
    let later = settle(&mut house);
    let all: Vec<Done> = said.into_iter().flatten().chain(later).collect();
    let written = written(&all, r#""message""#);
    assert_eq!(written.len() as u128, SOCKETS - 1);
    for frames in written.values() {
        let words: Vec<bool> = frames.iter().map(|frame| frame.contains("one")).collect();
        assert_eq!(words, [true, false], "{frames:?}");
    }
}

#[test]
fn who_stays_where_others_had_to_go_is_told_once_who_is_there() {
    let mut house = reloaded(&[ONE_OF_TWO_WITH_PRESENCE, BOTH_WITH_PRESENCE]);
    let told = written(&settle(&mut house), r#""presence""#);
    let here = r#"{"presence":{"room":"room:hall","here":["socket:00000000-0000-0000-0000-000000000002"],"count":1}}"#;
    assert_eq!(told, BTreeMap::from([(socket(2), vec![here.to_owned()])]));
}

#[test]
fn presence_that_begins_tells_everybody_who_is_there() {
    let mut house = reloaded(&[ONE_OF_TWO_WITH_PRESENCE]);
    let told = written(&settle(&mut house), r#""presence""#);
    assert_eq!(told.len() as u128, SOCKETS);
    assert!(told.values().all(|frames| frames.len() == 1 && frames[0].contains(r#""count":4"#)), "{told:?}");
}
