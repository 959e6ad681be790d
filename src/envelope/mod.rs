//! The wire format `windlass.v1.json`, and nothing else: what a client's frame says, and how the server's
//! frames are written. The server's own words and the client's content never share an object.

use crate::value::Json;
use std::sync::Arc;

/// One frame of a client.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// The client's own name for it: a number or a text, which comes back in the answer.
    pub id: Option<Json>,
    /// What it wants.
    pub request: Request,
}

/// What a client's frame wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// To say something.
    Message {
        /// To whom; none leaves it to where the socket stands.
        to: Option<Address>,
        /// A record without the reserved keys.
        content: Json,
    },
    /// Not to go on with what is on top of the stack.
    Cancel,
    /// To leave a room.
    Leave(Arc<str>),
    /// To acknowledge positions, by room.
    Ack(Json),
    /// To take up an earlier connection.
    Resume(Json),
}

/// Where a message wants to go, as the client wrote it, its kind split off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `room:NAME[/ARG…]`, `room:ALIAS`, `room:UUID`
    Room(Arc<str>),
    /// `client:ID`
    Client(Arc<str>),
    /// `group:NAME`
    Group(Arc<str>),
    /// `lock:NAME`
    Lock(Arc<str>),
}

/// Why a frame could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The frame's id, if that much could be read.
    pub id: Option<Json>,
    /// A stable word of `docs/protocol.md`.
    pub code: &'static str,
    /// For people.
    pub message: String,
}
