//! An engine with what stands around it: virtual time, and the lists that shards keep for it. Every output is held to
//! what `Output` promises.

use crate::fixtures;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use uuid::Uuid;
use windlass::diagnostic::{Severity, SourceMap};
use windlass::engine::{Act, ActId, Acted, Declined, Engine, Input, ListId, Output, Settings};
use windlass::envelope::{Limits, decode};
use windlass::machine::Program;
use windlass::store::{self, LogKey, Logs, Memory, Store};
use windlass::value::{Json, Value};
use windlass::wind::{Handshake, Now, SocketId, Successor, Ticket};

/// Where the wall clock begins, in milliseconds since 1970.
pub const WALL: u64 = 1_760_000_000_000;

/// A lock that makes whoever says a name and passes a check the client with that name.
pub const NAME_LOCK: &str = r#"
lock name gives client held 10m {
    after 60s -> fail "too slow"
    state who {
        ask { name: "Who?" }
        on { name: text(1..16) } as said -> checking(said.name)
    }
    state checking(wanted: text(1..16)) {
        check code(wanted) within 5s
        passed _ { identify wanted -> resolve wanted }
        failed why -> fail why
    }
}
"#;

/// Something that the engine did, as a shard sees it.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// One frame, to these sockets.
    Wrote(Vec<SocketId>, Arc<str>),
    Joined(ListId, SocketId),
    Left(ListId, SocketId),
    Closed(SocketId, u16, Arc<str>),
    Asked(SocketId, Ticket, Arc<str>, Vec<String>),
    Webhook(Arc<str>, String),
    Acted(Result<Acted, Declined>),
    Retired,
}

#[derive(Clone)]
pub struct Stage {
    pub engine: Engine,
    /// Milliseconds since the beginning.
    pub now: u64,
    pub lists: BTreeMap<ListId, BTreeSet<SocketId>>,
    /// Connections that neither side has closed.
    pub open: BTreeSet<SocketId>,
    /// Checks that have not been answered.
    pub asked: Vec<(SocketId, Ticket)>,
    /// Sockets of which it was proved whose they are.
    pub identified: BTreeSet<SocketId>,
    pub fans: u64,
    pub store: Memory,
}

pub fn socket(number: u128) -> SocketId {
    SocketId(Uuid::from_u128(number))
}

/// A ruleset from its text.
pub fn rules(text: &str) -> Arc<Program> {
    let mut sources = SourceMap::default();
    sources.add("test.room", text);
    program(sources)
}

/// The shipped ruleset of this name.
pub fn shipped(name: &str) -> Arc<Program> {
    let mut sources = SourceMap::default();
    let folder = fixtures::root().join("rooms").join(name);
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a ruleset").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    for file in files.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "room")) {
        sources.add(file.display().to_string(), fs::read_to_string(&file).expect("rules"));
    }
    program(sources)
}

fn program(sources: SourceMap) -> Arc<Program> {
    let checked = windlass::lint::check(sources);
    checked.program.unwrap_or_else(|| {
        let errors = checked.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let told = errors.map(|found| format!("{}: {}\n", checked.sources.locate(found.primary.span), found.message));
        panic!("the rules do not run\n{}", told.collect::<String>())
    })
}

impl Stage {
    pub fn new(program: Arc<Program>, settings: Settings) -> Stage {
        Stage {
            engine: Engine::new(program, settings, [7; 32]),
            now: 0,
            lists: BTreeMap::new(),
            open: BTreeSet::new(),
            asked: Vec::new(),
            identified: BTreeSet::new(),
            fans: 0,
            store: Memory::new(),
        }
    }

    /// One input, and everything that the engine does then.
    pub fn input(&mut self, input: Input) -> Vec<Done> {
        self.engine.handle_input(Now { monotonic: self.now, wall: WALL + self.now }, input);
        self.drain()
    }

    pub fn drain(&mut self) -> Vec<Done> {
        let mut done = Vec::new();
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Store(record) => self.store.commit(&[record]).expect("a record that follows"),
                Output::Read { socket, room, after, limit } => {
                    let page =
                        self.store.read(&LogKey::Room(room.clone()), after, limit, WALL + self.now).expect("a page");
                    let now = Now { monotonic: self.now, wall: WALL + self.now };
                    self.engine.handle_input(now, Input::Page { socket, room, page });
                }
                Output::Identified { socket } => assert!(self.identified.insert(socket), "identified twice"),
                output => done.push(self.carry(output)),
            }
        }
        done
    }

    pub fn connect(&mut self, number: u128) -> Vec<Done> {
        self.connect_with(number, "{}")
    }

    /// With a query in the URL.
    pub fn connect_with(&mut self, number: u128, query: &str) -> Vec<Done> {
        let query = Json::parse(query).expect("JSON");
        let handshake = Arc::new(Handshake { query, ..Handshake::default() });
        self.open.insert(socket(number));
        self.identified.remove(&socket(number));
        self.input(Input::Connected { socket: socket(number), handshake })
    }

    pub fn say(&mut self, number: u128, frame: &str) -> Vec<Done> {
        self.input(Input::Received { socket: socket(number), envelope: decode(frame, &Limits::default()) })
    }

    /// Whoever looks after the server does something.
    pub fn act(&mut self, act: Act) -> Vec<Done> {
        self.input(Input::Act { id: ActId(1), act })
    }

    pub fn hang_up(&mut self, number: u128) -> Vec<Done> {
        self.open.remove(&socket(number));
        self.asked.retain(|(asked, _)| *asked != socket(number));
        self.input(Input::Closed { socket: socket(number) })
    }

    /// The server is killed, and another begins with what the store kept. Every connection is gone.
    pub fn restart(&mut self) {
        let (program, settings) = (self.engine.program().clone(), self.engine.settings().clone());
        self.engine = Engine::new(program, settings, [8; 32]);
        let now = Now { monotonic: self.now, wall: WALL + self.now };
        self.engine.restore(now, self.store.tables().expect("tables"));
        for (room, after) in self.engine.logs_to_restore() {
            let posts = store::latest(&self.store, &LogKey::Room(room.clone()), after, now.wall).expect("posts");
            self.engine.restore_posts(&room, &posts);
        }
        self.lists.clear();
        self.open.clear();
        self.identified.clear();
        self.asked.clear();
    }

    /// Another ruleset takes over; everybody is brought to it when the engine next gets to it.
    pub fn reload(&mut self, program: Arc<Program>, revoked: &[&str]) -> Vec<Done> {
        let revoked = revoked.iter().map(|lock| (*lock).into()).collect();
        let successor = Successor::new(self.engine.epochs(), program, revoked);
        let now = Now { monotonic: self.now, wall: WALL + self.now };
        self.engine.reload(now, successor).expect("nothing came between");
        self.drain()
    }

    /// Answers the oldest check of a socket.
    pub fn verdict(&mut self, number: u128, verdict: Result<Value, Arc<str>>) -> Vec<Done> {
        let at = self.asked.iter().position(|(asked, _)| *asked == socket(number)).expect("a check");
        let (socket, ticket) = self.asked.remove(at);
        self.input(Input::Verdict { socket, ticket, verdict })
    }

    /// Lets time pass, waking the engine whenever it wants to be.
    pub fn pass_time(&mut self, milliseconds: u64) -> Vec<Done> {
        let end = self.now + milliseconds;
        let mut done = Vec::new();
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= end) {
            assert!(at >= self.now, "the engine lives in the past");
            self.now = at;
            done.extend(self.input(Input::Tick));
        }
        self.now = end;
        done
    }

    fn carry(&mut self, output: Output) -> Done {
        match output {
            Output::Hello { socket, frame } | Output::Send { socket, frame } => self.write(vec![socket], frame),
            Output::Join { list, socket } => {
                assert!(self.open.contains(&socket), "joined a closed socket");
                assert!(self.lists.entry(list).or_default().insert(socket), "joined twice");
                Done::Joined(list, socket)
            }
            Output::Leave { list, socket } => {
                assert!(self.lists.entry(list).or_default().remove(&socket), "left without being there");
                Done::Left(list, socket)
            }
            Output::Fan { list, frame, except } => {
                self.fans += 1;
                let listed = self.lists.get(&list).cloned().unwrap_or_default();
                assert!(except.is_none_or(|except| listed.contains(&except)), "excepted a stranger");
                let to: Vec<_> = listed.into_iter().filter(|socket| Some(*socket) != except).collect();
                assert!(!to.is_empty(), "fanned to nobody");
                self.write(to, frame)
            }
            Output::Close { socket, code, reason } => {
                assert!(self.open.remove(&socket), "closed twice");
                assert!(self.lists.values().all(|list| !list.contains(&socket)), "closed on a list");
                assert!(reason.len() <= 123);
                self.asked.retain(|(asked, _)| *asked != socket);
                Done::Closed(socket, code.0, reason)
            }
            Output::Check { socket, ticket, check, args, within: _ } => {
                self.asked.push((socket, ticket));
                let args = args.iter().map(|arg| arg.to_json().as_str().to_string()).collect();
                Done::Asked(socket, ticket, check, args)
            }
            Output::Webhook { name, frame } => Done::Webhook(name, frame.as_str().to_string()),
            Output::Acted { outcome, .. } => Done::Acted(outcome),
            Output::Retired { .. } => Done::Retired,
            Output::Store(_) | Output::Read { .. } | Output::Identified { .. } => unreachable!("it is drained"),
        }
    }

    fn write(&mut self, to: Vec<SocketId>, frame: Arc<str>) -> Done {
        for socket in &to {
            assert!(self.open.contains(socket), "wrote to a closed socket: {frame}");
        }
        Done::Wrote(to, frame)
    }
}

/// The frames among what was done that reached a socket.
pub fn frames_to(done: &[Done], number: u128) -> Vec<String> {
    let reached = done.iter().filter_map(|done| match done {
        Done::Wrote(to, frame) if to.contains(&socket(number)) => Some(frame.to_string()),
        _ => None,
    });
    reached.collect()
}
