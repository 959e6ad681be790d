//! An engine in the hands of a benchmark: every check passes, and whoever comes is a client of its own and stands in the hall.

use std::sync::Arc;
use std::time::{Duration, Instant};
use windlass::diagnostic::SourceMap;
use windlass::engine::{Engine, Input, Output, Settings};
use windlass::envelope::{Limits, decode};
use windlass::lint;
use windlass::machine::Program;
use windlass::value::Value;
use windlass::wind::{Handshake, Now, SocketId, Successor};

/// The lock by which somebody becomes a client: it says a code, and the check says whose it is.
pub const NAME: &str = r#"
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

/// Rules that may run.
pub fn program(text: String) -> Arc<Program> {
    let mut sources = SourceMap::default();
    sources.add("bench.room", text);
    let checked = lint::check(sources);
    checked.program.unwrap_or_else(|| panic!("{:?}", checked.diagnostics.first()))
}

/// The engine, and its clock.
#[derive(Clone)]
pub struct House {
    pub engine: Engine,
    pub now: u64,
}

impl House {
    pub fn new(program: Arc<Program>, settings: Settings) -> House {
        House { engine: Engine::new(program, settings, [7; 32]), now: 0 }
    }

    pub fn come(&mut self, number: usize) {
        self.input(number, Input::Connected { socket: socket(number), handshake: Arc::new(Handshake::default()) });
        self.say(number, r#"{"to":"room:hall"}"#);
        self.say(number, r#"{"code":"1234"}"#);
    }

    /// A frame comes, and everything that follows from it is done.
    pub fn say(&mut self, number: usize, frame: &str) {
        self.input(number, Input::Received { socket: socket(number), envelope: decode(frame, &Limits::default()) });
    }

    /// An input and its outputs. A check passes: the code is the one of this client.
    pub fn input(&mut self, number: usize, input: Input) {
        let now = self.time();
        self.engine.handle_input(now, input);
        while let Some(output) = self.engine.poll_output() {
            if let Output::Check { socket, ticket, .. } = output {
                let verdict = Ok(Value::Text(format!("client {number}").into()));
                self.engine.handle_input(now, Input::Verdict { socket, ticket, verdict });
            }
        }
    }

    /// Other rules take over, which were compared before; how long the engine stands still for that.
    pub fn take(&mut self, successor: Successor) -> Duration {
        let now = self.time();
        let began = Instant::now();
        assert!(self.engine.reload(now, successor).is_ok(), "nothing came between");
        began.elapsed()
    }

    fn time(&self) -> Now {
        Now { monotonic: self.now, wall: self.now }
    }
}

pub fn socket(number: usize) -> SocketId {
    SocketId(uuid::Uuid::from_u128(number as u128 + 1))
}
