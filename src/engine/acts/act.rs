//! Acts: what may be wanted, what comes of it, and why it is not done.

use crate::envelope::Address;
use crate::value::{Json, RoomKey};
use crate::wind::{MessageId, Revoked, SocketId};
use std::fmt;
use std::sync::Arc;

/// Names one act, for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActId(pub u64);

/// Whom an act is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// One socket.
    Socket(SocketId),
    /// A client; all of its sockets.
    Client(Arc<str>),
}

/// What whoever looks after the server wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// To say something, to a room, a client or a group.
    Post {
        /// The service that says it.
        from: Arc<str>,
        /// To whom.
        to: Address,
        /// The service's own name for the post: a text of 16 characters or more, by which a repeated one is known. Only for
        /// rooms with a history.
        id: Option<MessageId>,
        /// A record.
        content: Json,
    },
    /// To bring somebody to a room, as far as its gate lets them in.
    Move {
        /// Whom. They must be identified.
        whom: Whom,
        /// Where, by its address without `room:`.
        room: Arc<str>,
    },
    /// To have somebody asked for a lock's key.
    Wind {
        /// Whom. They must be identified.
        whom: Whom,
        /// Which, by name.
        lock: Arc<str>,
        /// Asked about what, as JSON of the types that the lock says.
        args: Vec<Json>,
    },
    /// To take away keys that somebody holds, or could come back with.
    Revoke {
        /// Whose.
        whom: Whom,
        /// Which.
        keys: Revoked,
    },
    /// To end all that a client has and is in, but its attributes and its mail.
    Expel {
        /// Whom.
        client: Arc<str>,
        /// Why, as its sockets are told.
        reason: Arc<str>,
    },
    /// To close somebody's connections.
    Drop {
        /// Whose.
        whom: Whom,
        /// Why, as they are told.
        reason: Arc<str>,
    },
    /// To write attributes of a client, all or none.
    Set {
        /// Whose.
        client: Arc<str>,
        /// By name, as JSON of the types that the rules say.
        attributes: Vec<(Arc<str>, Json)>,
    },
}

/// What came of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acted {
    /// It stands in a room's order.
    Posted {
        /// Which room.
        room: RoomKey,
        /// Names the run of `seq`.
        epoch: u64,
        /// Its place.
        seq: u64,
        /// Whether it stood there before.
        is_repeated: bool,
    },
    /// It was told to so many sockets.
    Told(u64),
    /// It waits for a client, under this number.
    Mailed(u64),
    /// How each socket fared.
    Went(Vec<(SocketId, Fared)>),
    /// So many sockets were concerned.
    Sockets(usize),
}

/// How a socket fared that was to go somewhere, or to get a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fared {
    /// It was let in, or holds the key.
    Done,
    /// It is being asked for something first.
    Waits,
    /// It was refused, for this reason.
    Refused(Arc<str>),
    /// It was closed.
    Closed,
}

/// What stands against an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// Whom or what it is about is not there.
    Absence,
    /// How things are at the moment.
    Circumstance,
    /// What is asked can never be done under these rules.
    Nature,
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declined {
    /// In what way.
    pub against: Against,
    /// A stable word of `docs/api.md`.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl fmt::Display for Declined {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Declined {}

pub(super) fn absent(message: String) -> Declined {
    Declined { against: Against::Absence, code: "not_found", message }
}

pub(super) fn hindered(code: &'static str, message: impl Into<String>) -> Declined {
    Declined { against: Against::Circumstance, code, message: message.into() }
}

pub(super) fn unfit(code: &'static str, message: impl Into<String>) -> Declined {
    Declined { against: Against::Nature, code, message: message.into() }
}
