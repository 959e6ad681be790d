//! An engine with a hall that any number of clients stand in, under rules of any size.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use windlass::diagnostic::SourceMap;
use windlass::engine::{Engine, Input, Output, Settings};
use windlass::envelope::{Limits, decode};
use windlass::lint;
use windlass::machine::Program;
use windlass::value::Value;
use windlass::wind::{Handshake, Now, SocketId, Successor};

/// What is said in the hall.
pub const SAID: &str = r#"{"text":"hello, is there anybody?"}"#;
/// So long after each other messages come, in milliseconds: nobody comes near a limit.
const PAUSE_MS: u64 = 1_000;

const FRONT: &str = r#"
entry lobby
room lobby public {
    doors hall
    after 24h -> drop "nobody came in"
}
lock name gives client {
    after 24h -> fail "too slow"
    state asking {
        ask { code: "your code, please" }
        on { code: text(1..64) } as m -> checking(m.code)
    }
    state checking(shown: text(1..64)) {
        check code(shown) within 5s
        passed who { identify who -> resolve who }
        failed why -> fail why
    }
}
"#;
const HALL: &str = "room hall { requires name  on { text: text(1..1000) } as m when m.text != \"hush\" { post m } }\n";
/// The same hall says something else.
const OTHER: &str = "room hall { requires name  on { text: text(1..1000) } as m when m.text != \"shh\" { post m } }\n";

/// So many rooms of rules, the hall among them; the others lead on from each other.
fn program(hall: &str, rooms: usize) -> Arc<Program> {
    let mut text = format!("{FRONT}{hall}");
    for number in 1..rooms {
        let _ = writeln!(
            text,
            "room room_{number} {{ requires name  doors room_{}  on {{ text: text(1..1000) }} as m {{ post m }} }}",
            (number + 1) % rooms.max(2)
        );
    }
    let text = text
        .replace("room_0", "hall")
        .replace("doors hall\n", &format!("doors hall{}\n", if rooms > 1 { ", room_1" } else { "" }));
    let mut sources = SourceMap::default();
    sources.add("growth.room", text);
    let checked = lint::check(sources);
    checked.program.unwrap_or_else(|| panic!("{:?}", checked.diagnostics.first()))
}

/// The engine, and its clock.
pub struct House {
    engine: Engine,
    now: u64,
}

impl House {
    /// So many in the hall, each a client of its own, under rules of so many rooms.
    pub fn full(sockets: usize, rooms: usize) -> House {
        let settings = Settings { sockets_max: sockets, ..Settings::default() };
        let mut house = House { engine: Engine::new(program(HALL, rooms), settings, [7; 32]), now: 0 };
        for number in 0..sockets {
            house.input(Input::Connected { socket: socket(number), handshake: Arc::new(Handshake::default()) }, number);
            house.say(number, r#"{"to":"room:hall"}"#);
            house.say(number, r#"{"code":"1234"}"#);
        }
        house
    }

    /// A frame comes, and everything that follows from it is done.
    pub fn say(&mut self, number: usize, frame: &str) {
        self.now += if number == 0 { PAUSE_MS } else { 0 };
        self.input(Input::Received { socket: socket(number), envelope: decode(frame, &Limits::default()) }, number);
    }

    pub fn tick(&mut self) {
        self.input(Input::Tick, 0);
    }

    pub fn is_moving(&self) -> bool {
        self.engine.is_moving()
    }

    /// Other rules take over, which were compared before; how long the engine stands still for that.
    pub fn reload(&mut self) -> Duration {
        let successor = Successor::new(self.engine.epochs(), program(OTHER, 1), Vec::new());
        let now = Now { monotonic: self.now, wall: self.now };
        let began = Instant::now();
        assert!(self.engine.reload(now, successor).is_ok(), "nothing came between");
        began.elapsed()
    }

    /// An input and its outputs. A check passes: the code is the one of this client.
    fn input(&mut self, input: Input, number: usize) {
        let now = Now { monotonic: self.now, wall: self.now };
        self.engine.handle_input(now, input);
        while let Some(output) = self.engine.poll_output() {
            if let Output::Check { socket, ticket, .. } = output {
                let verdict = Ok(Value::Text(format!("client {number}").into()));
                self.engine.handle_input(now, Input::Verdict { socket, ticket, verdict });
            }
        }
    }
}

fn socket(number: usize) -> SocketId {
    SocketId(uuid::Uuid::from_u128(number as u128 + 1))
}
