//! The stage: the real engine in virtual time, and around it what the server would be: connections, the shards' lists,
//! the checks that are on their way. It keeps the engine to its promises; a broken one ends the scene.

use super::coverage::Walked;
use super::log::Entry;
use super::node::Node;
use crate::engine::{Act, ActId, CloseCode, Engine, Input, ListId, Output, Services, Settings, TraceMode, Whom};
use crate::envelope::{self, Limits};
use crate::machine::Program;
use crate::store::{LogKey, Logs, Memory, Record, Store};
use crate::value::{Json, Millis, RoomKey, Value};
use crate::wind::{Handshake, Now, Revoked, SocketId, Ticket, Waits, WindStack};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Every scene begins on the first of January 2026, UTC, in milliseconds since 1970.
const BEGINNING_WALL_MS: Millis = 1_767_225_600_000;
/// Every scene has the same randomness.
const SEED: [u8; 32] = *b"the same seed for every scene, .";
/// Ids of sockets count from here.
const FIRST_SOCKET: u128 = 0x1111_0000_0000_4000_8000_0000_0000_0001;
/// Times that an engine may want to be woken in one step.
const WAKINGS_MAX: usize = 1_000_000;
/// Traces of one input.
const TRACES_MAX: usize = 1_000_000;

/// The engine broke a promise to the server.
#[derive(Debug)]
pub(super) struct Broken(pub String);

/// A socket of the scene.
#[derive(Debug)]
pub(super) struct Actor {
    pub id: SocketId,
    /// Neither side has closed it.
    pub is_open: bool,
}

/// A check that has not been answered.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub socket: SocketId,
    pub ticket: Ticket,
    pub check: Arc<str>,
    pub args: Vec<Value>,
    pub due: Millis,
}

/// The engine and its surroundings.
pub(super) struct Stage {
    pub engine: Engine,
    pub now: Millis,
    /// By the scene's names for them.
    pub actors: BTreeMap<String, Actor>,
    /// What each receiver got in this step.
    pub inbox: BTreeMap<String, Vec<Node>>,
    /// In the order in which they were asked.
    pub asked: Vec<Asked>,
    /// Passes in this step.
    pub passes: u64,
    pub walked: Walked,
    pub log: Vec<Entry>,
    store: Memory,
    names: BTreeMap<SocketId, String>,
    lists: BTreeMap<ListId, BTreeSet<SocketId>>,
}

impl Stage {
    pub(super) fn new(program: &Arc<Program>, services: &Services) -> Stage {
        let settings = Settings { traces_max: TRACES_MAX, services: services.clone(), ..Settings::default() };
        let mut engine = Engine::new(program.clone(), settings, SEED);
        engine.trace(TraceMode::All);
        Stage {
            engine,
            now: 0,
            actors: BTreeMap::new(),
            inbox: BTreeMap::new(),
            asked: Vec::new(),
            passes: 0,
            walked: Walked::default(),
            log: Vec::new(),
            store: Memory::default(),
            names: BTreeMap::new(),
            lists: BTreeMap::new(),
        }
    }

    pub(super) fn begin_step(&mut self) {
        self.inbox.clear();
        self.passes = 0;
    }

    pub(super) fn connect(&mut self, name: &str, handshake: Handshake) -> Result<(), Broken> {
        let id = SocketId(Uuid::from_u128(FIRST_SOCKET + self.names.len() as u128));
        self.names.insert(id, name.to_owned());
        self.actors.insert(name.to_owned(), Actor { id, is_open: true });
        self.input(Input::Connected { socket: id, handshake: Arc::new(handshake) })
    }

    /// Decodes a frame as the server would, and hands it in.
    pub(super) fn send(&mut self, socket: SocketId, text: &str) -> Result<(), Broken> {
        let envelope = envelope::decode(text, &Limits::default());
        self.input(Input::Received { socket, envelope })
    }

    pub(super) fn disconnect(&mut self, name: &str) -> Result<(), Broken> {
        let Some(actor) = self.actors.get_mut(name) else { return Ok(()) };
        actor.is_open = false;
        let socket = actor.id;
        self.input(Input::Closed { socket })?;
        self.expect_on_no_list(socket)
    }

    /// Takes keys away, as whoever looks after the server does.
    pub(super) fn revoke(&mut self, socket: SocketId, locks: &[String]) -> Result<(), Broken> {
        let keys = Revoked::Of(locks.iter().map(|lock| lock.as_str().into()).collect());
        let act = Act::Revoke { whom: Whom::Socket(socket), keys };
        self.input(Input::Act { id: ActId(0), act })
    }

    pub(super) fn answer(&mut self, asked: &Asked, verdict: Result<Value, Arc<str>>) -> Result<(), Broken> {
        self.asked.retain(|other| (other.socket, other.ticket) != (asked.socket, asked.ticket));
        self.input(Input::Verdict { socket: asked.socket, ticket: asked.ticket, verdict })
    }

    /// Lets everything happen that is due until so much time has passed.
    pub(super) fn advance(&mut self, length: Millis) -> Result<(), Broken> {
        let end = self.now.saturating_add(length);
        for _ in 0..WAKINGS_MAX {
            let check = self.asked.iter().min_by_key(|asked| asked.due).cloned();
            let check = check.filter(|asked| asked.due <= end);
            let timer = self.engine.poll_timeout().filter(|at| *at <= end);
            match (check, timer) {
                (Some(asked), timer) if timer.is_none_or(|at| asked.due <= at) => {
                    self.now = self.now.max(asked.due);
                    self.answer(&asked, Err("too slow".into()))?;
                }
                (_, Some(at)) => {
                    self.now = self.now.max(at);
                    self.input(Input::Tick)?;
                }
                (_, None) => {
                    self.now = end;
                    return Ok(());
                }
            }
        }
        Err(Broken(format!("the engine wanted to be woken more than {WAKINGS_MAX} times")))
    }

    /// The stack of a connected socket.
    pub(super) fn stack_of(&self, name: &str) -> Option<&WindStack> {
        let actor = self.actors.get(name)?;
        self.engine.socket(actor.id)
    }

    /// What the scene calls a socket.
    pub(super) fn name_of(&self, id: SocketId) -> &str {
        self.names.get(&id).map_or("?", String::as_str)
    }

    /// Whether a frame still waits for this check.
    pub(super) fn is_awaited(&self, asked: &Asked) -> bool {
        let Some(stack) = self.engine.socket(asked.socket) else { return false };
        stack.frames.iter().chain(&stack.rooms).any(|frame| frame.waits == Waits::Check(asked.ticket))
    }

    fn input(&mut self, input: Input) -> Result<(), Broken> {
        let now = Now { monotonic: self.now, wall: BEGINNING_WALL_MS + self.now };
        self.engine.handle_input(now, input);
        self.note_traces();
        while let Some(output) = self.engine.poll_output() {
            self.carry(output)?;
        }
        Ok(())
    }

    fn note_traces(&mut self) {
        while let Some((socket, trace)) = self.engine.poll_trace() {
            self.passes += 1;
            trace.steps.iter().for_each(|(_, step)| self.walked.note(*step));
            self.log.push(Entry::Pass { socket: self.name_of(socket).to_owned(), trace });
        }
    }

    /// Does what a shard would do.
    fn carry(&mut self, output: Output) -> Result<(), Broken> {
        match output {
            Output::Hello { socket, frame } | Output::Send { socket, frame } => self.deliver(socket, &frame),
            Output::Join { list, socket } => {
                let is_new = self.lists.entry(list).or_default().insert(socket);
                self.promise(is_new, "put a socket on a list that it is on")
            }
            Output::Leave { list, socket } => {
                let was_on = self.lists.entry(list).or_default().remove(&socket);
                self.promise(was_on, "took a socket off a list that it is not on")
            }
            Output::Fan { list, frame, except } => {
                let sockets = self.lists.get(&list).cloned().unwrap_or_default();
                sockets.into_iter().filter(|id| Some(*id) != except).try_for_each(|id| self.deliver(id, &frame))
            }
            Output::Close { socket, code, reason } => self.close(socket, code, &reason),
            Output::Check { socket, ticket, check, args, within } => {
                let args_shown = Node::list(args.iter().map(value_shown)).to_line();
                let socket_name = self.name_of(socket).to_owned();
                self.log.push(Entry::Asked { socket: socket_name, check: check.to_string(), args: args_shown });
                self.asked.push(Asked { socket, ticket, check, args, due: self.now.saturating_add(within) });
                Ok(())
            }
            Output::Store(record) => self.keep(record),
            Output::Read { socket, room, after, limit } => self.read(socket, room, after, limit),
            // what comes of an act is seen by the sockets
            Output::Retired { .. } | Output::Identified { .. } | Output::Acted { .. } => Ok(()),
            Output::Webhook { name, frame } => {
                self.receive(format!("webhook:{name}"), Node::from_json(&frame));
                Ok(())
            }
        }
    }

    fn keep(&mut self, record: Record) -> Result<(), Broken> {
        let kept = self.store.commit(&[record]);
        kept.map_err(|error| {
            Broken(format!("the engine kept what does not follow: {error}: this is a fault of windlass"))
        })
    }

    fn read(&mut self, socket: SocketId, room: RoomKey, after: u64, limit: usize) -> Result<(), Broken> {
        let wall = BEGINNING_WALL_MS + self.now;
        let page = self.store.read(&LogKey::Room(room.clone()), after, limit, wall);
        let page = page.map_err(|error| Broken(error.to_string()))?;
        self.input(Input::Page { socket, room, page })
    }

    fn deliver(&mut self, socket: SocketId, frame: &str) -> Result<(), Broken> {
        let name = self.name_of(socket).to_owned();
        let is_open = self.actors.values().any(|actor| actor.id == socket && actor.is_open);
        self.promise(is_open, "sent a frame to a socket that is gone")?;
        let json = Json::parse(frame).map_err(|error| Broken(format!("the engine sent no JSON: {error}")))?;
        self.receive(name, Node::from_json(&json));
        Ok(())
    }

    fn receive(&mut self, receiver: String, frame: Node) {
        self.log.push(Entry::Got { receiver: receiver.clone(), frame: frame.to_json() });
        self.inbox.entry(receiver).or_default().push(frame);
    }

    fn close(&mut self, socket: SocketId, code: CloseCode, reason: &str) -> Result<(), Broken> {
        let name = self.name_of(socket).to_owned();
        let last = self.inbox.get(&name).and_then(|frames| frames.last());
        let told = last.and_then(|frame| frame.field("bye")).and_then(|bye| bye.field("code").cloned());
        let is_told = told.is_some_and(|told| told.to_json() == code.0.to_string());
        self.promise(is_told, "closed a socket without a `bye` that has the same code")?;
        if let Some(actor) = self.actors.get_mut(&name) {
            actor.is_open = false;
        }
        self.log.push(Entry::Closed { socket: name, code: code.0, reason: reason.to_owned() });
        self.expect_on_no_list(socket)
    }

    fn expect_on_no_list(&self, socket: SocketId) -> Result<(), Broken> {
        let is_on_none = self.lists.values().all(|sockets| !sockets.contains(&socket));
        self.promise(is_on_none, "left a closed socket on a list")
    }

    fn promise(&self, kept: bool, otherwise: &str) -> Result<(), Broken> {
        if kept { Ok(()) } else { Err(Broken(format!("the engine {otherwise}: this is a fault of windlass"))) }
    }
}

/// A value as scenes see it: as on the wire, a secret by the word alone.
pub(super) fn value_shown(value: &Value) -> Node {
    match value {
        Value::Secret(_) => Node::text("(secret)"),
        Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Nonce(_)
        | Value::Duration(_)
        | Value::Time(_)
        | Value::Client(_)
        | Value::Room(_)
        | Value::Group(_)
        | Value::Json(_) => Node::from_json(&value.to_json()),
    }
}
