//! Whoever is told in pieces what it missed is told all of it, whatever is posted and however much time passes meanwhile.

use super::stage::{WALL, rules, socket};
use serde_json::Value;
use std::sync::Arc;
use windlass::engine::{Act, ActId, Engine, Input, Output, Settings};
use windlass::envelope::{Address, Limits, decode};
use windlass::store::{LogKey, Logs, Memory, Store};
use windlass::value::{Json, RoomKey};
use windlass::wind::{Handshake, Now};

const RULES: &str = r#"
entry lobby
room lobby public { history 600 for 1m on { text: text } as m { post m } }
"#;

/// A house in which pages of the log come when they are asked for.
struct Slow {
    engine: Engine,
    store: Memory,
    now: u64,
    /// What one socket got, and what it waits for.
    heard: Vec<Value>,
    read: Option<(u64, usize)>,
}

impl Slow {
    fn new() -> Slow {
        let engine = Engine::new(rules(RULES), Settings::default(), [0; 32]);
        Slow { engine, store: Memory::new(), now: 0, heard: Vec::new(), read: None }
    }

    fn input(&mut self, input: Input) {
        self.engine.handle_input(Now { monotonic: self.now, wall: WALL + self.now }, input);
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Store(record) => self.store.commit(&[record]).expect("a record that follows"),
                Output::Read { after, limit, .. } => self.read = Some((after, limit)),
                Output::Hello { frame, .. } | Output::Send { frame, .. } | Output::Fan { frame, .. } => {
                    self.heard.push(serde_json::from_str(&frame).expect("JSON"));
                }
                _ => {}
            }
        }
    }

    fn post(&mut self, count: u64) {
        for _ in 0..count {
            let content = Json::parse(r#"{"text":"x"}"#).expect("JSON");
            let to = Address::Room("lobby".into());
            self.input(Input::Act { id: ActId(1), act: Act::Post { from: "ops".into(), to, id: None, content } });
        }
    }

    fn page(&mut self) {
        let (after, limit) = self.read.take().expect("a page is wanted");
        let room = RoomKey("lobby".into());
        let page = self.store.read(&LogKey::Room(room.clone()), after, limit, WALL + self.now).expect("a page");
        self.input(Input::Page { socket: socket(1), room, page });
    }

    /// Somebody comes who has the first so many.
    fn resume(&mut self, offset: u64) {
        self.input(Input::Connected { socket: socket(1), handshake: Arc::new(Handshake::default()) });
        let moved = self.heard.iter().find_map(|frame| frame.get("moved")).expect("it was admitted").clone();
        self.heard.clear();
        let frame = format!(r#"{{"resume":{{"seen":{{"room:lobby":[{},{offset}]}}}}}}"#, moved["epoch"]);
        self.input(Input::Received { socket: socket(1), envelope: decode(&frame, &Limits::default()) });
    }

    /// What `resumed` said, and which messages came.
    fn told(&self) -> (Vec<bool>, Vec<u64>) {
        let resumed = self.heard.iter().filter_map(|frame| frame["resumed"]["recovered"].as_bool());
        (resumed.collect(), self.heard.iter().filter_map(|frame| frame["seq"].as_u64()).collect())
    }

    fn first_kept(&self) -> u64 {
        self.store.tables().expect("tables").logs[&LogKey::Room(RoomKey("lobby".into()))].first
    }
}

#[test]
fn neither_posts_nor_time_overtake_who_is_told_in_pieces() {
    let mut house = Slow::new();
    house.post(600);
    house.resume(10);
    // as much is posted as the rules keep, and all that was missed is too old, before the second page is read
    house.page();
    house.now += 50_000;
    house.post(600);
    house.now += 50_000;
    while house.read.is_some() {
        house.page();
    }
    assert_eq!(house.told(), (vec![true], (11..=1200).collect()));
    house.post(1);
    assert_eq!((house.first_kept(), house.told().1.last().copied()), (602, Some(1201)), "then as the rules say again");
}

#[test]
fn what_the_rules_keep_no_more_is_told_to_nobody_new() {
    let mut house = Slow::new();
    house.post(600);
    house.resume(10);
    house.now += 60_001;
    house.page();
    assert_eq!((house.told(), house.read), ((vec![false], Vec::new()), None), "too old when the first page came");
    let mut house = Slow::new();
    house.post(600);
    house.resume(10);
    house.post(300);
    house.page();
    assert_eq!((house.told(), house.read), ((vec![false], Vec::new()), None), "too many by then");
}

#[test]
fn who_goes_holds_nothing() {
    let mut house = Slow::new();
    house.post(600);
    house.resume(10);
    house.page();
    house.input(Input::Closed { socket: socket(1) });
    house.post(1);
    assert_eq!(house.first_kept(), 2);
}
