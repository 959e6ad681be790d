//! What one socket is in the middle of, as the page tells it: a standing room, and runs of frames above it.

use super::super::event::Message;
use serde_json::{Value as Json, json};
use windlass::syntax::ast::{Apply, Arm};

/// Everything about the socket that a pass may change.
#[derive(Clone, Debug, Default)]
pub struct Socket {
    pub client: Option<String>,
    pub standing: Option<String>,
    /// The room that it entered before anybody knew who it is.
    pub entered_unknown: Option<String>,
    pub rooms: Vec<Frame>,
    /// Each run begins with a gate, an offered lock, or a lock that a room's state asked.
    pub runs: Vec<Vec<Frame>>,
    pub keys: Vec<Key>,
    /// The room where it stands is to ask again for what it requires.
    pub asks_again: bool,
    pub parked: Vec<(String, Message)>,
    pub frames_made: u64,
    pub checks_asked: u64,
    pub nonces: Vec<String>,
    pub spent: Vec<String>,
    /// Frames that went during this pass: what follows in an arm may still read their values.
    pub ghosts: Vec<Frame>,
}

/// A room or a lock at work.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Which frame; only to find it again.
    pub born: u64,
    pub machine: String,
    pub role: Role,
    /// The parameters, then the `let`s.
    pub args: Vec<(String, Json)>,
    /// None before the machine has begun.
    pub state: Option<String>,
    pub values: Vec<(String, Json)>,
    pub timers: Vec<Timer>,
    pub waits: Waits,
    pub attempts: u64,
    pub window: Option<(u64, u64)>,
    /// Its state has been left, and what comes after is not yet entered.
    pub left: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// By its address.
    Room(String),
    Gate {
        room: String,
        delivers: bool,
        /// The message that asked for nothing but to enter.
        id: Option<Json>,
        /// Which requirement is being met.
        requirement: usize,
        /// Its own states run.
        decides: bool,
    },
    Lock(Asker),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Asker {
    Below,
    Room(String),
    Offer(Option<Json>),
}

#[derive(Clone, Debug)]
pub enum Waits {
    Nothing,
    Lock,
    Choice(Vec<Apply>),
    Check(u64),
}

#[derive(Clone, Debug)]
pub struct Timer {
    pub at: u64,
    pub of_state: bool,
    /// None: the time to choose.
    pub arm: Option<Arm>,
}

#[derive(Clone, Debug)]
pub struct Key {
    pub lock: String,
    pub args: Vec<Json>,
    pub value: Json,
    pub until: Option<u64>,
    /// How long it lets the socket listen after that.
    pub grace: u64,
    /// It was seen that it has ended.
    pub ended: bool,
}

impl Key {
    pub fn opens(&self, now: u64) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    pub fn listens(&self, now: u64) -> bool {
        self.until.is_none_or(|until| now < until + self.grace)
    }

    fn told(&self, now: u64) -> Json {
        let lasts = match self.until {
            None => json!("always"),
            Some(until) if now < until => json!({ "until": until, "grace": self.grace }),
            Some(until) => json!({ "lingers": until + self.grace }),
        };
        json!({ "key": self.lock, "args": self.args, "value": self.value, "lasts": lasts })
    }
}

impl Frame {
    /// The room that it is of, or at the door of.
    pub fn room(&self) -> Option<&str> {
        match &self.role {
            Role::Room(room) | Role::Gate { room, .. } => Some(room),
            Role::Lock(_) => None,
        }
    }

    /// How the client is told who speaks: the room's address or the lock's name.
    pub fn called(&self) -> &str {
        self.room().unwrap_or(&self.machine)
    }

    fn told(&self) -> Json {
        let role = match &self.role {
            Role::Room(_) => "room",
            Role::Gate { delivers: true, .. } => "delivery gate",
            Role::Gate { decides: true, .. } => "deciding gate",
            Role::Gate { .. } => "gate",
            Role::Lock(Asker::Below) => "lock",
            Role::Lock(Asker::Room(_)) => "lock of a room",
            Role::Lock(Asker::Offer(_)) => "offered lock",
        };
        let waits = match &self.waits {
            Waits::Nothing => json!("nothing"),
            Waits::Lock => json!("lock"),
            Waits::Choice(_) => json!("choice"),
            Waits::Check(check) => json!(check),
        };
        let values = |values: &[(String, Json)]| values.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>();
        let mut due: Vec<u64> = self.timers.iter().map(|timer| timer.at).collect();
        due.sort_unstable();
        json!({
            "frame": self.called(), "role": role, "args": values(&self.args), "state": self.state.as_deref().unwrap_or(""),
            "values": values(&self.values), "due": due, "waits": waits, "attempts": self.attempts,
        })
    }
}

impl Socket {
    /// Everything that can be compared.
    pub fn told(&self, now: u64) -> Json {
        let frames = |frames: &[Frame]| frames.iter().map(Frame::told).collect::<Vec<_>>();
        let mut rooms = frames(&self.rooms);
        rooms.sort_by_key(|frame| frame["frame"].to_string());
        json!({
            "client": self.client, "standing": self.standing, "rooms": rooms, "stack": frames(&self.runs.concat()),
            "keys": self.keys.iter().filter(|key| key.listens(now)).map(|key| key.told(now)).collect::<Vec<_>>(),
            "asks_again": self.asks_again,
            "parked": self.parked.iter().map(|(room, _)| room).collect::<Vec<_>>(),
        })
    }

    /// The frames that take events, from the bottom: the standing room, then the runs.
    pub fn stack_up(&self) -> impl DoubleEndedIterator<Item = &Frame> {
        self.standing_frame().into_iter().chain(self.runs.iter().flatten())
    }

    pub fn room(&self, room: &str) -> Option<&Frame> {
        self.rooms.iter().find(|frame| frame.room() == Some(room))
    }

    pub fn standing_frame(&self) -> Option<&Frame> {
        self.standing.as_deref().and_then(|room| self.room(room))
    }

    pub fn top(&self) -> Option<&Frame> {
        self.stack_up().next_back()
    }

    /// A frame, also one that went during this pass.
    pub fn frame(&self, born: u64) -> Option<&Frame> {
        let frames = self.rooms.iter().chain(self.runs.iter().flatten()).chain(&self.ghosts);
        frames.into_iter().find(|frame| frame.born == born)
    }

    pub fn lives(&self, born: u64) -> bool {
        self.rooms.iter().chain(self.runs.iter().flatten()).any(|frame| frame.born == born)
    }

    pub fn frame_mut(&mut self, born: u64) -> Option<&mut Frame> {
        self.rooms.iter_mut().chain(self.runs.iter_mut().flatten()).find(|frame| frame.born == born)
    }

    pub fn remove(&mut self, born: u64) {
        if self.lives(born) {
            self.ghosts.extend(self.frame(born).cloned());
        }
        self.rooms.retain(|frame| frame.born != born);
        self.runs.iter_mut().for_each(|run| run.retain(|frame| frame.born != born));
        self.runs.retain(|run| !run.is_empty());
    }

    /// The run of a frame, and its place in it.
    pub fn place(&self, born: u64) -> Option<(usize, usize)> {
        let in_run = |run: &Vec<Frame>| run.iter().position(|frame| frame.born == born);
        self.runs.iter().enumerate().find_map(|(at, run)| in_run(run).map(|place| (at, place)))
    }

    pub fn gate_of(&self, wanted: &str) -> Option<&Frame> {
        let gates = self.runs.iter().flatten().filter(|frame| matches!(frame.role, Role::Gate { .. }));
        gates.into_iter().find(|frame| frame.room() == Some(wanted))
    }

    pub fn held(&self, lock: &str, args: &[Json], now: u64) -> Option<&Json> {
        let fits = |key: &&Key| key.lock == lock && key.args == args;
        self.keys.iter().filter(|key| key.opens(now)).find(fits).map(|key| &key.value)
    }
}
