//! Floods, storms and crowds: what many of something may cost.

use super::stage::{Done, Stage, frames_to, rules, shipped, socket};
use std::sync::Arc;
use windlass::engine::{Input, Settings, TraceMode};
use windlass::value::{RoomKey, Value};
use windlass::wind::Handshake;

const OPEN: &str = r#"
entry lobby
group watchers
room lobby public {
    posts to members, watchers
    on { text: text } as m { post m }
    on { ring: text } { signal everyone echo }
    on signal echo { signal everyone echo }
}
"#;

fn unlimited() -> Settings {
    Settings {
        socket_frames_per_second: 0,
        unidentified_frames_per_second: 0,
        client_frames_per_second: 0,
        ..Settings::default()
    }
}

#[test]
fn a_post_is_one_output_however_many_hear_it() {
    let mut stage = Stage::new(rules(OPEN), unlimited());
    (1..=500).for_each(|number| drop(stage.connect(number)));
    let done = stage.say(1, r#"{"text":"hi"}"#);
    assert_eq!((done.len(), stage.fans), (1, 1));
    let Done::Wrote(to, _) = &done[0] else { panic!("{done:?}") };
    assert_eq!(to.len(), 499);
    assert_eq!((stage.engine.statistics().messages, stage.engine.statistics().deliveries), (1, 499));
}

#[test]
fn a_signal_storm_ends_and_is_counted() {
    let mut stage = Stage::new(rules(OPEN), Settings { signals_per_input_max: 1_000, ..unlimited() });
    (1..=10).for_each(|number| drop(stage.connect(number)));
    stage.say(1, r#"{"ring":"x"}"#);
    let statistics = stage.engine.statistics();
    assert_eq!((statistics.signals, statistics.signals_dropped), (1_000, 10_000 - 990));
    // The next input has an allowance of its own.
    stage.say(2, r#"{"ring":"x"}"#);
    assert_eq!(stage.engine.statistics().signals, 2_000);
}

#[test]
fn sockets_that_chase_each_other_round_in_circles_are_stopped() {
    // Whoever comes into its room takes the client's other socket out of the other room, and that one comes back.
    let program = rules(
        r#"
        entry lobby
        room lobby public {
            after 1h -> drop "nobody came in"
            state standing {
                match handshake.query
                    { side: "left" } -> move left,
                    { side: "right" } -> move right,
                    else -> waiting
            }
            state waiting { }
        }
        room left { requires name on arrive { leave right } }
        room right { requires name on arrive { leave left } }
        lock name gives client {
            after 60s -> fail "too slow"
            state asking { on { name: text } as a -> checking(a.name) }
            state checking(name: text) {
                check code(name) within 5s
                passed _ { identify name -> resolve name }
                failed why -> fail why
            }
        }
        "#,
    );
    let mut stage = Stage::new(program, Settings { departures_per_input_max: 50, ..unlimited() });
    for (number, side) in [(1, "left"), (2, "right")] {
        stage.connect_with(number, &format!(r#"{{"side":"{side}"}}"#));
        stage.say(number, r#"{"name":"ada"}"#);
        let done = stage.verdict(number, Ok(Value::Bool(true)));
        let closed = done.iter().filter(|done| matches!(done, Done::Closed(_, 4000, _))).count();
        assert_eq!(closed as u128, number - 1, "{done:?}");
    }
    assert_eq!(stage.engine.census().sockets, 1);
}

#[test]
fn a_flood_is_refused_then_closed_and_neighbours_are_unharmed() {
    let mut stage = Stage::new(rules(OPEN), Settings::default());
    (1..=3).for_each(|number| drop(stage.connect(number)));
    let mut heard = 0;
    for at in 0..10_000 {
        if stage.open.contains(&socket(1)) {
            heard += frames_to(&stage.say(1, r#"{"text":"flood"}"#), 3).len();
        }
        if at % 100 == 0 {
            stage.pass_time(50);
            let done = stage.say(2, r#"{"text":"calm"}"#);
            assert_eq!(frames_to(&done, 3).len(), 1, "at {at}");
        }
    }
    assert!(!stage.open.contains(&socket(1)));
    assert!((40..=42).contains(&heard), "{heard}");
    assert_eq!(stage.engine.statistics().closes.get(&4101), Some(&1));
}

#[test]
fn nothing_overtakes_a_lock() {
    let mut stage = Stage::new(shipped("front-of-house"), unlimited());
    stage.connect(1);
    stage.connect(2);
    let mut parked = 0;
    stage.say(1, r#"{"to":"room:hall"}"#);
    for at in 0..100 {
        let done = stage.say(1, &format!(r#"{{"to":"room:hall","text":"{at}","id":{at}}}"#));
        assert!(frames_to(&done, 2).is_empty());
        parked += usize::from(done.is_empty());
        let done = stage.say(1, r#"{"text":"no room would take it","to":"room:vault"}"#);
        assert!(
            done.iter().all(|done| matches!(done, Done::Wrote(_, frame) if frame.contains("unreachable"))),
            "{done:?}"
        );
    }
    assert_eq!(parked, 8);
    assert_eq!(stage.engine.room_seq(&RoomKey("hall".into())), 0);
}

#[test]
fn what_is_unknown_and_what_is_forbidden_get_the_same_answer() {
    let mut stage = Stage::new(shipped("front-of-house"), unlimited());
    stage.connect(1);
    let answer = |stage: &mut Stage, address: &str| {
        let to = frames_to(&stage.say(1, &format!(r#"{{"to":"{address}","id":1,"text":"x"}}"#)), 1);
        let leave = match address.strip_prefix("room:") {
            Some(_) => frames_to(&stage.say(1, &format!(r#"{{"leave":"{address}","id":1}}"#)), 1),
            None => Vec::new(),
        };
        stage.pass_time(1_000);
        (to, leave)
    };
    // Nobody else is anywhere, then somebody is in a room that the first may not go to.
    let unknown = answer(&mut stage, "room:nowhere");
    assert_eq!(unknown.0.len(), 1);
    for room in ["room:table/1000", "room:hall/1", "room:99", "room:00000000-0000-0000-0000-000000000000"] {
        assert_eq!(answer(&mut stage, room), unknown, "{room}");
    }
    let nobody = answer(&mut stage, "client:nobody").0;
    assert_eq!(nobody, unknown.0);
    assert_eq!(answer(&mut stage, "group:audit").0, answer(&mut stage, "group:nowhere").0);
}

#[test]
fn a_room_behind_no_door_is_like_no_room() {
    let program = rules(
        "entry lobby\nroom lobby public { doors hall }\nroom hall public { doors vault }\nroom vault public { doors lobby }",
    );
    let mut stage = Stage::new(program, unlimited());
    (1..=2).for_each(|number| drop(stage.connect(number)));
    stage.say(2, r#"{"to":"room:hall"}"#);
    stage.say(2, r#"{"to":"room:vault"}"#);
    let told = |stage: &mut Stage, frame: &str| frames_to(&stage.say(1, frame), 1);
    let forbidden = told(&mut stage, r#"{"to":"room:vault","id":1}"#);
    assert_eq!(forbidden.len(), 1);
    assert_eq!(forbidden, told(&mut stage, r#"{"to":"room:nowhere","id":1}"#));
    let forbidden = told(&mut stage, r#"{"leave":"room:vault","id":1}"#);
    assert_eq!(forbidden, told(&mut stage, r#"{"leave":"room:nowhere","id":1}"#));
}

#[test]
fn deadlines_go_in_order_and_a_late_driver_does_not_matter() {
    let program = rules("entry lobby\nroom lobby public { after 3s -> drop \"late\" }");
    let mut stage = Stage::new(program, Settings { due_per_input_max: 2, ..unlimited() });
    for number in [3, 1, 2, 5, 4] {
        stage.connect(number);
        stage.now += 10;
    }
    assert_eq!(stage.engine.poll_timeout(), Some(3_000));
    stage.now = 10_000;
    let mut closed = Vec::new();
    for _ in 0..3 {
        assert!(stage.engine.poll_timeout().is_some_and(|at| at <= stage.now), "due at once");
        let done = stage.input(Input::Tick);
        closed.extend(done.iter().filter_map(|done| match done {
            Done::Closed(socket, ..) => Some(socket.0.as_u128()),
            _ => None,
        }));
    }
    assert_eq!(closed, [3, 1, 2, 5, 4]);
    assert_eq!(stage.engine.poll_timeout(), None);
}

#[test]
fn a_clock_that_goes_back_stands_still() {
    let program = rules("entry lobby\nroom lobby public { after 3s -> drop \"late\" }");
    let mut stage = Stage::new(program, unlimited());
    stage.now = 5_000;
    stage.connect(1);
    stage.now = 0;
    stage.connect(2);
    assert_eq!(stage.engine.poll_timeout(), Some(8_000));
}

#[test]
fn traces_come_only_when_wanted_and_only_so_many_wait() {
    let mut stage = Stage::new(rules(OPEN), Settings { traces_max: 2, ..unlimited() });
    stage.connect(1);
    stage.connect(2);
    assert!(stage.engine.poll_trace().is_none());
    stage.engine.trace(TraceMode::Sockets(std::sync::Arc::new([socket(2)].into())));
    stage.say(1, r#"{"text":"1"}"#);
    assert!(stage.engine.poll_trace().is_none());
    (0..3).for_each(|_| drop(stage.say(2, r#"{"text":"2"}"#)));
    let waiting: Vec<_> = std::iter::from_fn(|| stage.engine.poll_trace()).map(|(id, _)| id).collect();
    assert_eq!(waiting, [socket(2), socket(2)]);
}

#[test]
fn inputs_about_nobody_do_nothing() {
    let mut stage = Stage::new(rules(OPEN), unlimited());
    stage.connect(1);
    assert!(stage.say(9, r#"{"text":"who"}"#).is_empty());
    assert!(stage.input(Input::Closed { socket: socket(9) }).is_empty());
    let twice = Input::Connected { socket: socket(1), handshake: Arc::new(Handshake::default()) };
    assert!(stage.input(twice).is_empty());
    stage.hang_up(1);
    assert!(stage.input(Input::Closed { socket: socket(1) }).is_empty());
    assert_eq!(stage.engine.census().rooms, 0);
}
