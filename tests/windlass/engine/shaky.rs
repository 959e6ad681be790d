//! An engine whose store lags behind, and a world that sees only what follows from what is kept. Now and then everything that
//! is not kept is lost.

use super::stage::{WALL, rules};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use windlass::engine::{Acted, Declined, Engine, Input, ListId, Output, Settings};
use windlass::envelope::{Limits, decode};
use windlass::machine::Program;
use windlass::store::{self, LogKey, Logs, Memory, Record, Store};
use windlass::value::Value;
use windlass::wind::{Handshake, Now, SocketId, Successor};

/// What the world sees.
pub enum Seen {
    Frame(SocketId, Arc<str>),
    Closed(SocketId, u16),
    /// A record is kept.
    Kept(Record),
    /// Whoever looks after the server is answered.
    Acted(Result<Acted, Declined>),
}

pub struct Shaky {
    pub engine: Engine,
    pub now: u64,
    program: Arc<Program>,
    store: Memory,
    pending: VecDeque<Output>,
    lists: BTreeMap<ListId, BTreeSet<SocketId>>,
    pub open: BTreeSet<SocketId>,
    lives: u8,
}

impl Shaky {
    pub fn new(text: &str, settings: Settings) -> Shaky {
        let program = rules(text);
        Shaky {
            engine: Engine::new(program.clone(), settings, [0; 32]),
            now: 0,
            program,
            store: Memory::new(),
            pending: VecDeque::new(),
            lists: BTreeMap::new(),
            open: BTreeSet::new(),
            lives: 0,
        }
    }

    fn time(&self) -> Now {
        Now { monotonic: self.now, wall: WALL + self.now }
    }

    pub fn input(&mut self, input: Input) {
        self.engine.handle_input(self.time(), input);
        self.gather();
    }

    fn gather(&mut self) {
        self.pending.extend(std::iter::from_fn(|| self.engine.poll_output()));
    }

    pub fn connect(&mut self, socket: SocketId) {
        self.open.insert(socket);
        self.input(Input::Connected { socket, handshake: Arc::new(Handshake::default()) });
    }

    pub fn say(&mut self, socket: SocketId, frame: &str) {
        self.input(Input::Received { socket, envelope: decode(frame, &Limits::default()) });
    }

    pub fn hang_up(&mut self, socket: SocketId) {
        if self.open.remove(&socket) {
            self.lists.values_mut().for_each(|list| list.retain(|listed| *listed != socket));
            self.input(Input::Closed { socket });
        }
    }

    /// The same rules once more; keys of some locks end.
    pub fn reload(&mut self, revoked: &[&str]) {
        let revoked = revoked.iter().map(|lock| (*lock).into()).collect();
        let successor = Successor::new(self.engine.epochs(), self.program.clone(), revoked);
        // too many at once are refused
        if self.engine.reload(self.time(), successor).is_ok() {
            self.gather();
        }
    }

    /// Time passes when all is done.
    pub fn pass_time(&mut self, milliseconds: u64) -> Vec<Seen> {
        let mut seen = self.carry(usize::MAX);
        let end = self.now + milliseconds;
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.input(Input::Tick);
            seen.extend(self.carry(usize::MAX));
        }
        self.now = end;
        seen
    }

    pub fn is_idle(&self) -> bool {
        self.pending.is_empty()
    }

    /// Does so much of what is to be done, in order.
    pub fn carry(&mut self, outputs: usize) -> Vec<Seen> {
        let mut seen = Vec::new();
        for _ in 0..outputs {
            let Some(output) = self.pending.pop_front() else { break };
            self.carry_one(output, &mut seen);
        }
        seen
    }

    fn carry_one(&mut self, output: Output, seen: &mut Vec<Seen>) {
        match output {
            Output::Hello { socket, frame } | Output::Send { socket, frame } => {
                seen.extend(self.open.contains(&socket).then_some(Seen::Frame(socket, frame)));
            }
            Output::Retired { .. } | Output::Identified { .. } | Output::Webhook { .. } => {}
            Output::Acted { outcome, .. } => seen.push(Seen::Acted(outcome)),
            Output::Join { list, socket } if self.open.contains(&socket) => {
                self.lists.entry(list).or_default().insert(socket);
            }
            Output::Join { .. } => {}
            Output::Leave { list, socket } => {
                self.lists.entry(list).or_default().remove(&socket);
            }
            Output::Fan { list, frame, except } => {
                let listed = self.lists.get(&list).into_iter().flatten().filter(|socket| Some(**socket) != except);
                seen.extend(listed.map(|socket| Seen::Frame(*socket, frame.clone())));
            }
            Output::Close { socket, code, .. } => {
                if self.open.remove(&socket) {
                    seen.push(Seen::Closed(socket, code.0));
                }
            }
            Output::Check { socket, ticket, .. } => {
                self.input(Input::Verdict { socket, ticket, verdict: Ok(Value::Text("passed".into())) });
            }
            Output::Store(record) => {
                self.store.commit(std::slice::from_ref(&record)).expect("a record that follows");
                seen.push(Seen::Kept(record));
            }
            Output::Read { socket, room, after, limit } => {
                let log = LogKey::Room(room.clone());
                let page = self.store.read(&log, after, limit, WALL + self.now).expect("a page");
                self.input(Input::Page { socket, room, page });
            }
        }
    }

    /// The server is killed: what was decided and not kept is lost. Another begins with the rest.
    pub fn crash(&mut self) {
        self.lives = self.lives.wrapping_add(1);
        self.pending.clear();
        self.lists.clear();
        self.open.clear();
        self.engine = Engine::new(self.program.clone(), self.engine.settings().clone(), [self.lives; 32]);
        let now = self.time();
        self.engine.restore(now, self.store.tables().expect("tables"));
        for (room, after) in self.engine.logs_to_restore() {
            let posts = store::latest(&self.store, &LogKey::Room(room.clone()), after, now.wall).expect("posts");
            self.engine.restore_posts(&room, &posts);
        }
        self.gather();
    }
}
