//! Whatever happens in whatever order, some things hold. Checked after every single input, against the plainest
//! reading of the rules.

use super::hands;
use super::stage::{Done, Stage, rules, socket};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use windlass::engine::{Acted, Settings};
use windlass::machine::Program;
use windlass::value::{RoomKey, Value};
use windlass::wind::{Lasts, Member, SocketId};

/// A little of everything; its signals make sockets only `say`, so whoever is heard has spoken in this very input.
const RULES: &str = r#"
entry lobby
client { mood: text = "fair" }
group news
group sport in news { client "cy" webhook "paper" }
room lobby public {
    doors lobby, hall, desk, table, den
    receives news
    on { text: text } as m { post m }
    on { all: text } as m { tell everyone m }
}
room hall {
    requires name
    presence
    capacity 3
    posts to members, sport
    doors lobby, desk, table, den
    offers pin
    on { text: text } as m { post m }
    on { news: text } as m { tell news m }
    on { call: text } { signal everyone called }
    on { mood: text } as m { set client.mood = m.mood }
    on { to: client, text: text } as m { tell m.to m }
    on { out: text } -> drop "as wished"
    on signal called { say { heard: true } }
    on leave { tell members { gone: true } }
}
room desk {
    requires name
    requires pin
    renews pin
    presence
    doors lobby, hall, table
    on { text: text } as m { post m }
    on { quit: text } { leave hall }
}
room table(n: int(1..3)) public {
    transient
    capacity 2
    presence
    receives sport
    doors lobby, hall, desk, table
    after 9s -> move lobby
    on { text: text } as m { post m }
}
room den public {
    doors lobby, hall
    admit when room.count < 2
    on { text: text } as m { post m }
}
lock name gives client {
    attempts 2
    after 20s -> fail "too slow"
    state ask_name {
        ask { name: "who" }
        on { name: text(1..8) } as a -> checking(a.name)
        on cancel -> fail "cancelled"
    }
    state checking(name: text) {
        check code(name) within 5s
        passed _ { identify name -> resolve name }
        failed _ -> retry ask_name
    }
}
lock pin gives bool held 7s grace 3s {
    after 30s -> fail "no pin"
    ask { pin: "?" }
    on { pin: "1" } -> resolve true
    on { pin: text } -> fail "wrong"
}
"#;

const FRAMES: [&str; 35] = [
    r#"{"to":"room:lobby","id":1}"#,
    r#"{"to":"room:hall","id":2}"#,
    r#"{"to":"room:hall","text":"parked"}"#,
    r#"{"to":"room:desk","id":3}"#,
    r#"{"to":"room:desk","text":"parked","id":4}"#,
    r#"{"to":"room:table/1"}"#,
    r#"{"to":"room:table/2","text":"hi"}"#,
    r#"{"to":"room:table/3"}"#,
    r#"{"to":"room:table/4"}"#,
    r#"{"to":"room:den"}"#,
    r#"{"to":"lock:pin","id":5}"#,
    r#"{"to":"lock:pin","pin":"1","id":11}"#,
    r#"{"to":"lock:nothing","id":6}"#,
    r#"{"name":"ada"}"#,
    r#"{"name":"ada"}"#,
    r#"{"name":"bob"}"#,
    r#"{"name":"cy"}"#,
    r#"{"pin":"1"}"#,
    r#"{"pin":"1","id":7}"#,
    r#"{"pin":"0"}"#,
    r#"{"cancel":true,"id":8}"#,
    r#"{"text":"x","from":"client:root","seq":9}"#,
    r#"{"text":"y","message":{"from":"client:root"}}"#,
    r#"{"text":"z","id":9}"#,
    r#"{"all":"x","from":"socket:root"}"#,
    r#"{"news":"x","room":"room:root"}"#,
    r#"{"call":"x"}"#,
    r#"{"mood":"bright"}"#,
    r#"{"to":"client:ada","text":"psst","from":"client:root"}"#,
    r#"{"to":"group:news","text":"no"}"#,
    r#"{"out":"x"}"#,
    r#"{"quit":"x"}"#,
    r#"{"leave":"room:hall","id":10}"#,
    r#"{"leave":"room:desk"}"#,
    r#"{"broken""#,
];

/// What whoever looks after the server does.
const HANDS: [&str; 17] = [
    r#"post {"to":"room:hall","text":"hand"}"#,
    r#"post {"to":"room:table/2","text":"hand"}"#,
    r#"post {"to":"client:ada","text":"hand"}"#,
    r#"post {"to":"group:sport","text":"hand"}"#,
    "move client:ada hall",
    "move client:bob desk",
    "move 1 table/1",
    "move 2 den",
    "move 3 lobby",
    "wind client:ada pin",
    "wind 2 pin",
    "revoke client:ada name",
    "revoke 1 pin",
    "revoke 2 all",
    "drop 3 enough",
    "expel bob enough",
    r#"set cy {"mood":"set"}"#,
];

#[derive(Clone, Debug)]
enum Act {
    Hand(usize),
    Connect(u128),
    HangUp(u128),
    Say(u128, usize),
    Verdict(u128, bool),
    /// Whatever it takes to get into a room.
    Come(u128, &'static str, &'static str),
    Wait(u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let who = 1_u128..7;
    let name = prop::sample::select(vec!["ada", "bob", "cy"]);
    let room = prop::sample::select(vec!["hall", "desk", "desk", "den", "table/1", "table/2"]);
    let act = prop_oneof![
        8 => (who.clone(), name, room).prop_map(|(who, name, room)| Act::Come(who, name, room)),
        3 => who.clone().prop_map(Act::Connect),
        1 => who.clone().prop_map(Act::HangUp),
        20 => (who.clone(), 0..FRAMES.len()).prop_map(|(who, frame)| Act::Say(who, frame)),
        6 => (who, prop::bool::weighted(0.8)).prop_map(|(who, passes)| Act::Verdict(who, passes)),
        2 => (0_u64..6_000).prop_map(Act::Wait),
        4 => (0..HANDS.len()).prop_map(Act::Hand),
    ];
    prop::collection::vec(act, 0..100)
}

fn settings() -> Settings {
    Settings {
        sockets_max: 6,
        sockets_per_client_max: 2,
        rooms_max: 6,
        rooms_per_client_max: 4,
        absent_clients_max: 1,
        socket_frames_per_second: 0,
        unidentified_frames_per_second: 0,
        client_frames_per_second: 0,
        ..Settings::default()
    }
}

/// Does an act, if it can be done.
fn perform(stage: &mut Stage, act: &Act) -> Vec<Done> {
    match act {
        Act::Connect(who) if !stage.open.contains(&socket(*who)) => stage.connect(*who),
        Act::HangUp(who) if stage.open.contains(&socket(*who)) => stage.hang_up(*who),
        Act::Say(who, frame) if stage.open.contains(&socket(*who)) => stage.say(*who, FRAMES[*frame]),
        Act::Verdict(who, passes) if stage.asked.iter().any(|(asked, _)| *asked == socket(*who)) => {
            stage.verdict(*who, if *passes { Ok(Value::Text("label".into())) } else { Err("no".into()) })
        }
        Act::Wait(time) => stage.pass_time(*time),
        Act::Hand(hand) => stage.act(hands::read(HANDS[*hand], |number| socket(number.parse().expect("a number")))),
        Act::Come(who, name, room) => come(stage, *who, name, room),
        Act::Connect(_) | Act::HangUp(_) | Act::Say(..) | Act::Verdict(..) => Vec::new(),
    }
}

fn come(stage: &mut Stage, who: u128, name: &str, room: &str) -> Vec<Done> {
    let mut done = perform(stage, &Act::Connect(who));
    let frames = [format!(r#"{{"to":"room:{room}"}}"#), format!(r#"{{"name":"{name}"}}"#), r#"{"pin":"1"}"#.into()];
    for frame in frames {
        if stage.open.contains(&socket(who)) {
            done.extend(stage.say(who, &frame));
        }
        done.extend(perform(stage, &Act::Verdict(who, true)));
    }
    done
}

fn rooms() -> Vec<RoomKey> {
    ["lobby", "hall", "desk", "den", "table/1", "table/2", "table/3"].map(|room| RoomKey(room.into())).into()
}

fn member(stage: &Stage, id: SocketId) -> Member {
    let client = stage.engine.socket(id).and_then(|stack| stack.client.clone());
    client.map_or(Member::Socket(id), Member::Client)
}

/// Whether a socket should be on a room's list, read plainly: its client is a member, and it holds the keys.
fn belongs(stage: &Stage, id: SocketId, room: &RoomKey) -> bool {
    let Some(stack) = stage.engine.socket(id) else { return false };
    let holds = |lock: &str| stack.keys.iter().any(|key| *key.kind.lock == *lock && listens(key.lasts, stage.now));
    let needed: &[&str] = match &*room.0 {
        "hall" => &["name"],
        "desk" => &["name", "pin"],
        _ => &[],
    };
    stage.engine.room_members(room).contains(&member(stage, id)) && needed.iter().all(|lock| holds(lock))
}

/// Read plainly, too: until its end, and for the grace after it.
fn listens(lasts: Lasts, now: u64) -> bool {
    match lasts {
        Lasts::Always => true,
        Lasts::Until(end, grace) => now < end + grace,
        Lasts::Lingers(end) => now < end,
    }
}

fn check(stage: &Stage) {
    let mut lists: Vec<BTreeSet<SocketId>> = Vec::new();
    for room in rooms() {
        let belonging: BTreeSet<SocketId> =
            stage.open.iter().copied().filter(|id| belongs(stage, *id, &room)).collect();
        let listed: BTreeSet<SocketId> = stage.engine.room_sockets(&room).into_iter().collect();
        assert_eq!(listed, belonging, "the list of {room:?}");
        lists.push(listed);
        check_members(stage, &room);
    }
    // What the shards were told comes to the same. The first two lists are the groups'.
    let told = |list: u32| stage.lists.iter().filter(move |(id, _)| id.0 >= list).map(|(_, sockets)| sockets.clone());
    let mut told: Vec<_> = told(2).filter(|sockets| !sockets.is_empty()).collect();
    lists.retain(|sockets| !sockets.is_empty());
    told.sort();
    lists.sort();
    assert_eq!(told, lists, "the shards' lists");
    let census = stage.engine.census();
    assert_eq!(census.sockets, stage.open.len());
    assert!(census.absent_clients <= 1 && census.rooms <= 7, "{census:?}");
    assert_eq!(census.rooms, rooms().iter().filter(|room| !stage.engine.room_members(room).is_empty()).count());
}

/// When each connection last said a pin that is right. Whether it was asked for one is not looked at.
type Pins = BTreeMap<SocketId, u64>;

fn remember_pins(stage: &Stage, act: &Act, pins: &mut Pins) {
    let is_open = |who: &u128| stage.open.contains(&socket(*who));
    match act {
        Act::HangUp(who) if is_open(who) => drop(pins.remove(&socket(*who))),
        Act::Connect(who) if !is_open(who) => drop(pins.remove(&socket(*who))),
        Act::Say(who, frame) if FRAMES[*frame].contains(r#""pin":"1""#) => drop(pins.insert(socket(*who), stage.now)),
        Act::Come(who, ..) => drop(pins.insert(socket(*who), stage.now)),
        Act::HangUp(_) | Act::Connect(_) | Act::Say(..) | Act::Verdict(..) | Act::Wait(_) | Act::Hand(_) => {}
    }
}

/// What is said at the desk is said by a socket that has said a right pin less than seven seconds ago: one whose key lingers is not heard.
fn check_speaks(stage: &Stage, act: &Act, done: &[Done], pins: &Pins) {
    let (Act::Say(who, _) | Act::Verdict(who, _)) = act else { return };
    let is_said = |done: &Done| matches!(done, Done::Wrote(_, frame) if frame.starts_with(r#"{"message""#) && frame.contains(r#""room":"room:desk""#));
    if done.iter().any(is_said) {
        let opens = pins.get(&socket(*who)).is_some_and(|given| stage.now < given + 7_000);
        assert!(opens, "{act:?} {pins:?}");
    }
}

fn check_members(stage: &Stage, room: &RoomKey) {
    let members = stage.engine.room_members(room);
    let capacity = match &*room.0 {
        "hall" => 3,
        "den" => 2,
        "lobby" | "desk" => usize::MAX,
        _ => 2,
    };
    assert!(members.len() <= capacity, "{room:?} holds {members:?}");
    for member in &members {
        match member {
            Member::Client(client) => assert!(stage.engine.client_rooms(client).contains(room), "{client} in {room:?}"),
            Member::Socket(id) => {
                let stack = stage.engine.socket(*id).expect("a connected socket");
                assert!(stack.client.is_none() && stack.standing.as_ref() == Some(room), "{room:?} {stack:?}");
            }
        }
    }
    for client in ["ada", "bob", "cy"] {
        let sockets = stage.engine.client_sockets(client);
        assert!(sockets.len() <= 2 && stage.engine.client_rooms(client).len() <= 5, "{client}");
        let is_in = stage.engine.client_rooms(client).contains(room);
        assert_eq!(is_in, members.contains(&Member::Client(client.into())));
    }
}

/// Who a message may be from: who the acting socket was before, or is after.
fn speakers(stage: &Stage, act: &Act) -> Vec<String> {
    let who = match act {
        Act::Connect(who) | Act::HangUp(who) | Act::Say(who, _) | Act::Verdict(who, _) | Act::Come(who, ..) => *who,
        Act::Wait(_) | Act::Hand(_) => return Vec::new(),
    };
    match member(stage, socket(who)) {
        Member::Client(client) => vec![format!("client:{client}")],
        Member::Socket(id) => vec![format!("socket:{}", id.0)],
    }
}

/// The epoch of each room that somebody was told of, and the latest `seq` under it. A room that nobody is in begins anew.
type Orders = BTreeMap<String, (String, u64)>;

fn check_messages(done: &[Done], speakers: &[String], orders: &mut Orders) {
    for done in done {
        // a service posts where nobody is, too
        if let Done::Acted(Ok(Acted::Posted { room, epoch, .. })) = done {
            begin_anew(orders, format!("\"room:{}\"", room.0), format!("\"{epoch:016x}\""));
        }
    }
    for done in done {
        let Done::Wrote(_, frame) = done else { continue };
        let frame: serde_json::Value = serde_json::from_str(frame).expect("JSON");
        if let Some(moved) = frame.get("moved") {
            begin_anew(orders, moved["room"].to_string(), moved["epoch"].to_string());
        }
        if frame.get("message").is_none() {
            continue;
        }
        let from = frame["from"].as_str().expect("a sender").to_string();
        assert!(speakers.is_empty() || speakers.contains(&from), "{from} is none of {speakers:?}");
        if let Some(seq) = frame["seq"].as_u64() {
            let (_, last) = orders.entry(frame["room"].to_string()).or_default();
            assert!(seq >= *last, "{seq} after {last}");
            *last = seq;
        }
    }
}

fn begin_anew(orders: &mut Orders, room: String, epoch: String) {
    let order = orders.entry(room).or_default();
    if order.0 != epoch {
        *order = (epoch, 0);
    }
}

fn play(program: &Arc<Program>, acts: &[Act]) -> Vec<Done> {
    let mut stage = Stage::new(program.clone(), settings());
    let (mut orders, mut pins) = (BTreeMap::new(), Pins::new());
    let mut all = Vec::new();
    for act in acts {
        let mut known = speakers(&stage, act);
        remember_pins(&stage, act, &mut pins);
        let done = perform(&mut stage, act);
        known.extend(speakers(&stage, act));
        // Others may leave in the same input: one who is crowded out, and who goes on because its client left.
        if done.iter().any(|done| matches!(done, Done::Closed(..))) {
            known.clear();
        }
        check_messages(&done, &known, &mut orders);
        check_speaks(&stage, act, &done, &pins);
        check(&stage);
        all.extend(done);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn what_must_hold_holds_after_every_input_and_again_the_same(acts in acts()) {
        let program = rules(RULES);
        let first = play(&program, &acts);
        let again = play(&program, &acts);
        prop_assert_eq!(first, again);
    }
}
