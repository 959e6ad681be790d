//! A scene: who does what, and what must come of it.

use super::node::{Field, Node, Position};
use super::pattern::Pattern;
use crate::model::HandshakePart;
use std::sync::Arc;

/// One scene of a file.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The file, as people should see it.
    pub path: Arc<str>,
    /// Where it begins.
    pub at: Position,
    /// What it is called; unique in a ruleset.
    pub name: String,
    /// The author's words about it.
    pub doc: Option<String>,
    /// The scene whose end is this one's beginning.
    pub continues: Option<(Position, String)>,
    /// Kinds of frames, and receivers, of which nothing need be expected.
    pub ignore: Vec<String>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One thing that happens, and what must come of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it begins.
    pub at: Position,
    /// What happens.
    pub act: Act,
    /// How many times in a row.
    pub times: u32,
    /// The same for this step alone.
    pub ignore: Vec<String>,
    /// The frames that each receiver must get, in order.
    pub frames: Vec<Frames>,
    /// What must hold afterwards.
    pub claims: Vec<Claim>,
}

/// What happens in a step.
#[derive(Clone, Debug)]
pub enum Act {
    /// Nothing; the step only looks.
    Look,
    /// Sockets connect, in this order.
    Connect(Vec<Connection>),
    /// A socket sends a frame.
    Send {
        /// Which socket.
        socket: String,
        /// A text goes as it is; everything else as JSON.
        frame: Node,
    },
    /// A check is answered.
    Verdict(Verdict),
    /// Time passes, in milliseconds.
    After(u64),
    /// Connections break, in this order.
    Disconnect(Vec<(Position, String)>),
    /// Clients have attributes that no rule gave them.
    Given(Vec<Given>),
    /// Whoever looks after the server takes keys away.
    Revoke(Vec<Revocation>),
}

/// A socket that connects.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Where its name stands.
    pub at: Position,
    /// What the scene calls it.
    pub socket: String,
    /// What it brings: the part, and its fields in order.
    pub brings: Vec<(HandshakePart, Vec<Field>)>,
}

/// An answer to a check.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The check's name.
    pub check: String,
    /// The socket whose check it is; none where only one asks.
    pub of: Option<String>,
    /// What it must have been asked: a list in order, or a record by parameter.
    pub args: Option<Pattern>,
    /// The value it passes with, or why it fails.
    pub verdict: Result<Node, Node>,
}

/// An attribute of a client.
#[derive(Clone, Debug)]
pub struct Given {
    /// Where its name stands.
    pub at: Position,
    /// Whose.
    pub client: String,
    /// Which.
    pub attribute: String,
    /// What.
    pub value: Node,
}

/// Keys that are taken away from a socket.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// Where its name stands.
    pub at: Position,
    /// What the scene calls it.
    pub socket: String,
    /// Of which locks, by name.
    pub locks: Vec<String>,
}

/// The socket that a claim is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The one that acts in this step.
    Acting,
    /// The one that the scene calls so; for frames also `webhook:NAME`.
    Named(String),
}

/// The frames that one receiver must get in a step.
#[derive(Clone, Debug)]
pub struct Frames {
    /// Where they stand.
    pub at: Position,
    /// Who must get them.
    pub who: Who,
    /// In order.
    pub frames: Vec<Pattern>,
}

/// Something that must hold after a step.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Where it stands.
    pub at: Position,
    /// What is looked at.
    pub about: About,
    /// How it must be.
    pub pattern: Pattern,
}

/// What a claim looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The names on a socket's wind stack, from the bottom.
    Stack(Who),
    /// The state of its top frame; null where the machine has no written states.
    State(Who),
    /// The locks whose keys it holds, by name, and what they resolved to.
    Keys(Who),
    /// The client it is; null before it is one.
    Client(Who),
    /// The rooms that its client is a member of, sorted.
    Rooms(Who),
    /// The members of a room, sorted; `socket:NAME` for one without an identity.
    Members(String),
    /// A client's attributes.
    Attributes(String),
    /// How many passes the step took.
    Passes,
}
