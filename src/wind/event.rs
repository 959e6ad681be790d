//! What can happen to a socket.

use super::{Key, Ticket};
use crate::value::{Indexed, Json, RoomKey, Value};
use std::sync::Arc;

/// The client's own name for a message: a JSON number or text, which comes back in the answer.
pub type MessageId = Json;

/// Where a message wants to go, its address already looked up.
#[derive(Clone, Debug, PartialEq)]
pub enum To {
    /// It names nothing.
    Nowhere,
    /// A room that the rules know.
    Room(RoomKey),
    /// A client.
    Client(Arc<str>),
    /// A group that the rules know.
    Group(Arc<str>),
    /// A lock that the rules know.
    Lock(Arc<str>),
    /// Something that the rules do not know. It gets the same answer as something that may not be reached.
    Unknown,
}

/// A message from the socket's client.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Where it wants to go.
    pub to: To,
    /// A record, without the reserved keys.
    pub content: Indexed,
    /// What to answer to.
    pub id: Option<MessageId>,
}

/// Keys that are taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// All of them.
    All,
    /// Those of these locks, by name.
    Of(Arc<[Arc<str>]>),
}

impl Revoked {
    /// Whether keys of this lock are among them.
    pub fn names(&self, lock: &Arc<str>) -> bool {
        match self {
            Revoked::All => true,
            Revoked::Of(locks) => locks.contains(lock),
        }
    }
}

/// What can happen to a socket.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// It connected: it enters the entry room.
    Connect,
    /// Its client sent a message.
    Message(Message),
    /// Its client does not want to go on with what is on top of the stack.
    Cancel(Option<MessageId>),
    /// Its client leaves a room.
    Leave(RoomKey, Option<MessageId>),
    /// Its client left a room through another socket, or was made to.
    Left(RoomKey),
    /// Another socket's rule, or its own, sent a signal.
    Signal {
        /// Which.
        signal: Arc<str>,
        /// What it carries; [`Value::None`] for nothing.
        value: Value,
        /// Sent to a room: only that room's frame takes it. None: the stack takes it, from the top.
        room: Option<RoomKey>,
    },
    /// A check came back.
    Verdict {
        /// Which.
        ticket: Ticket,
        /// The value it passed with, or why it failed.
        verdict: Result<Value, Arc<str>>,
    },
    /// Time has passed; whatever is due happens.
    Tick,
    /// It proved that it takes up where another socket of a client was.
    Resume {
        /// Which client.
        client: Arc<str>,
        /// What that socket had proved.
        keys: Vec<Key>,
        /// Where it stood.
        room: Option<RoomKey>,
    },
    /// Another ruleset is active: the stack moves to it.
    Reloaded,
    /// Whoever looks after the server moves it to a room: what it requires is asked for.
    Moved(RoomKey),
    /// Whoever looks after the server has it asked for a key.
    Wound {
        /// The lock, by name.
        lock: Arc<str>,
        /// Asked about what.
        args: Arc<[Value]>,
    },
    /// Whoever looks after the server takes keys away.
    Revoked(Revoked),
    /// Whoever looks after the server ends everything that its client is in, and closes it, with this reason.
    Expelled(Arc<str>),
    /// Its connection is gone.
    Close,
}

impl Event {
    /// What kind of thing happened, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Event::Connect => "connected",
            Event::Message(_) => "a message came",
            Event::Cancel(_) => "the client cancelled",
            Event::Leave(..) => "the client left a room",
            Event::Left(_) => "the client left a room elsewhere",
            Event::Signal { .. } => "a signal came",
            Event::Verdict { .. } => "a check came back",
            Event::Tick => "time passed",
            Event::Resume { .. } => "the client came back",
            Event::Reloaded => "other rules became active",
            Event::Moved(_) => "it was moved by hand",
            Event::Wound { .. } => "a lock was wound by hand",
            Event::Revoked(_) => "keys were taken away by hand",
            Event::Expelled(_) => "its client was revoked by hand",
            Event::Close => "the connection is gone",
        }
    }
}
