//! What a pass wants done, in order. The engine does it after the pass, all or nothing. It speaks of groups,
//! attributes, checks and signals by their names, which mean the same in every epoch.

use super::{MessageId, Ticket};
use crate::model::MailTerms;
use crate::value::{Json, RoomKey, Value};
use std::sync::Arc;

/// Who is to receive something.
#[derive(Clone, Debug, PartialEq)]
pub enum Receiver {
    /// Everybody in the room but the sending socket.
    Members(RoomKey),
    /// Everybody in the room, the sending socket too.
    Everyone(RoomKey),
    /// All sockets of a client.
    Client(Arc<str>),
    /// Whatever the group's graph reaches.
    Group(Arc<str>),
}

/// Why something did not work, as the client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A stable word of `docs/protocol.md`.
    pub code: &'static str,
    /// For people: lower case, no full stop.
    pub message: Arc<str>,
    /// Milliseconds after which it may work; none: not by waiting.
    pub retry_after: Option<u64>,
}

/// What a pass wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Prompt the socket's client.
    Ask {
        /// What the rules ask.
        content: Json,
        /// The lock, or the room at whose door the client must choose.
        by: Arc<str>,
        /// Index of the asking frame on the stack, the standing room being 0.
        depth: u32,
    },
    /// Speak to the socket's client.
    Say {
        /// What the rules say.
        content: Json,
        /// `room:NAME` or `lock:NAME`.
        by: Arc<str>,
    },
    /// A message of the room, in its order and its log. Goes to everybody in it but the sending socket.
    Post {
        /// Which room.
        room: RoomKey,
        /// What.
        content: Json,
        /// Where else it goes (`posts to`).
        also: Vec<Receiver>,
        /// Whether the room's own members get it.
        members: bool,
        /// The client's own name for the message that it is posted for, by which a repeated one is known.
        id: Option<MessageId>,
    },
    /// A message outside any room's log.
    Tell {
        /// Who.
        receiver: Receiver,
        /// What.
        content: Json,
        /// How it waits for a client that has no socket; none: it does not.
        mail: Option<MailTerms>,
    },
    /// An event for other sockets' machines, each in a pass of its own after this one.
    Signal {
        /// Whose sockets.
        receiver: Receiver,
        /// Which.
        signal: Arc<str>,
        /// What it carries; [`Value::None`] for nothing.
        value: Value,
    },
    /// The socket is this client from here on. Its rooms as an unidentified socket become the client's.
    Identify(Arc<str>),
    /// The client's attribute.
    Set(Arc<str>, Value),
    /// The socket was admitted and stands there now; its client (or itself) is a member.
    Enter(RoomKey),
    /// The socket no longer stands there; membership is as it was.
    Depart(RoomKey),
    /// The membership of the client (or of the unidentified socket) ends.
    Quit(RoomKey),
    /// The socket (its client, once identified) receives what is sent to the group.
    Receive(Arc<str>),
    /// Ask a verifier.
    Check {
        /// To come back with the verdict.
        ticket: Ticket,
        /// Which.
        check: Arc<str>,
        /// About what.
        args: Vec<Value>,
        /// How long it may take, in milliseconds; then the verdict is `too slow`.
        within: u64,
    },
    /// The message with this id was handled.
    Ok(MessageId),
    /// Something that the client wanted did not work: the message with this id, if it has one.
    Error {
        /// What it answers.
        id: Option<MessageId>,
        /// Why.
        failure: Failure,
        /// `room:NAME` or `lock:NAME` that refused, where one did.
        by: Option<Arc<str>>,
    },
    /// Close the socket, with this reason. Nothing follows it.
    Drop(Arc<str>),
    /// Close the socket, with this reason: its client is to come back at once. Nothing follows it.
    ComeBack(Arc<str>),
}
