//! The wire format `windlass.v1.json`, and nothing else: what a client's frame says, and how the server's
//! frames are written. The server's own words and the client's content never share an object.
//!
//! [`decode`] reads; [`Outgoing`] writes. `docs/protocol.md` is the contract for both. Nothing here knows who
//! sent a frame or whether what it names exists.

mod address;
pub mod codes;
mod decode;
mod outgoing;
mod plain;
mod scan;
mod written;

pub use address::{CLIENT_ID_CHARACTERS_MAX, parse_address};
pub use decode::{ID_BYTES_MAX, decode};
pub use outgoing::{FIRST, OWN, Outgoing, PROTOCOL, Place, Who};

use crate::value::{Indexed, Json};
use std::sync::Arc;

/// What a client's frame may be at most. Anything larger is refused before a tree of it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a frame.
    pub bytes_max: usize,
    /// Objects and lists within each other, the frame's own object included.
    pub depth_max: usize,
    /// Keys of all objects of a frame together.
    pub keys_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes_max: 64 * 1024, depth_max: 32, keys_max: 4096 }
    }
}

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
        content: Indexed,
    },
    /// Not to go on with what is on top of the stack.
    Cancel,
    /// To leave a room, by its address without `room:`.
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
    /// `ticket:…`, a question that was put to a group
    Ticket(Arc<str>),
}

/// Why a frame could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The frame's id, if that much could be read.
    pub id: Option<Json>,
    /// A stable word of `docs/protocol.md`, one of [`codes`].
    pub code: &'static str,
    /// For people.
    pub message: String,
}
