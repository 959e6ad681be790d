//! The clock on the wall is set to another day: deadlines go by the clock that only goes forward, and a room's order goes on.

use super::stage::{WALL, rules, socket};
use std::sync::Arc;
use windlass::engine::{Engine, Input, Output, Settings};
use windlass::envelope::{Limits, decode};
use windlass::store::{LogKey, Logs, Memory, Store};
use windlass::value::RoomKey;
use windlass::wind::{Handshake, Now};

const RULES: &str = r#"
entry lobby
room lobby public {
    history 100
    after 10s -> drop "over"
    on { text: text } as m { post m }
}
"#;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// How far the clock on the wall is set at once, in milliseconds.
const JUMPS: [i64; 5] = [0, DAY, -DAY, 3_650 * DAY, -3_650 * DAY];

struct House {
    engine: Engine,
    store: Memory,
    wall: i64,
}

impl House {
    /// The frames that are written, and the codes of what is closed.
    fn input(&mut self, monotonic: u64, input: Input) -> (Vec<String>, Vec<u16>) {
        let wall = u64::try_from(self.wall).expect("after 1970") + monotonic;
        self.engine.handle_input(Now { monotonic, wall }, input);
        let (mut frames, mut closed) = (Vec::new(), Vec::new());
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Hello { frame, .. } | Output::Send { frame, .. } | Output::Fan { frame, .. } => {
                    frames.push(frame.to_string())
                }
                Output::Close { code, .. } => closed.push(code.0),
                Output::Store(record) => self.store.commit(&[record]).expect("a record that follows"),
                _ => {}
            }
        }
        (frames, closed)
    }
}

#[test]
fn a_clock_on_the_wall_that_is_set_moves_no_deadline_and_no_order() {
    for jump in JUMPS {
        let (engine, store) = (Engine::new(rules(RULES), Settings::default(), [0; 32]), Memory::new());
        let mut house = House { engine, store, wall: WALL as i64 };
        let say = |number: u64| {
            let frame = format!(r#"{{"text":"{number}","id":"a-post-with-number-{number}"}}"#);
            Input::Received { socket: socket(1), envelope: decode(&frame, &Limits::default()) }
        };
        house.input(0, Input::Connected { socket: socket(1), handshake: Arc::new(Handshake::default()) });
        house.input(1_000, say(1));
        house.wall += jump;
        let (frames, closed) = house.input(5_000, say(2));
        assert!(frames.iter().any(|frame| frame.contains(r#""seq":2"#)), "{jump}: {frames:?}");
        assert_eq!((closed, house.engine.poll_timeout()), (vec![], Some(10_000)), "{jump}");
        let (frames, _) = house.input(6_000, say(1));
        assert!(frames.iter().any(|frame| frame.contains(r#""seq":1"#)), "it is known again: {frames:?}");
        assert!(house.input(9_999, Input::Tick).1.is_empty(), "{jump}: it is not due");
        assert_eq!(house.input(10_000, Input::Tick).1, [4000], "{jump}: it is due");
        let log = LogKey::Room(RoomKey("lobby".into()));
        let page = house.store.read(&log, 0, 10, house.wall as u64 + 10_000).expect("a page").expect("a log");
        let offsets: Vec<u64> = page.messages.iter().map(|message| message.offset).collect();
        assert_eq!((offsets, page.is_complete), (vec![1, 2], true), "{jump}");
    }
}
