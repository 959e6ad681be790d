//! The server's frames. Each is one object whose first key says what it is; content stands below a key of its
//! own, so nothing that a client or a rule writes can look like a word of the server.

use crate::value::{Json, Millis, RoomKey};
use uuid::Uuid;

/// The WebSocket subprotocol that these frames are.
pub const PROTOCOL: &str = "windlass.v1.json";
/// How subprotocols begin that are not for the rules.
pub const OWN: &str = "windlass.";
/// How the subprotocol begins that brings a client's first frame, in base64url without padding.
pub const FIRST: &str = "windlass.first.";

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    /// A client, by its id; written `client:ID`.
    Client(&'a str),
    /// A socket without an identity; written `socket:UUID`.
    Socket(Uuid),
    /// A service, by the name of its token; written `service:NAME`.
    Service(&'a str),
}

/// Where a message was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In a room; `seq` is its place in the room's order, none for what was told outside of it.
    Room {
        /// Which.
        room: &'a RoomKey,
        /// From 1, without gaps.
        seq: Option<u64>,
    },
    /// To a group, by its name.
    Group(&'a str),
    /// To the client itself.
    Direct,
}

/// One frame of the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outgoing<'a> {
    /// The first frame on every connection.
    Hello {
        /// The socket's id.
        socket: Uuid,
        /// A heartbeat comes at least so often.
        heartbeat_ms: u64,
        /// Clients that lose the connection come back after a random part of this.
        reconnect_jitter_ms: u64,
    },
    /// A prompt.
    Ask {
        /// What the rules ask.
        content: &'a Json,
        /// `lock:NAME` or `room:NAME`.
        by: &'a str,
        /// Index of the asking frame on the stack, the standing room being 0.
        depth: u32,
    },
    /// A rule speaks to the socket.
    Say {
        /// What it says.
        content: &'a Json,
        /// `lock:NAME` or `room:NAME`.
        by: &'a str,
    },
    /// The socket is this client from here on.
    Identified {
        /// Its id.
        client: &'a str,
        /// What it is a member of.
        rooms: &'a [RoomKey],
        /// With this, another connection can take up where this one was.
        resume: Option<&'a str>,
    },
    /// How a room has gone on since a position that the client told.
    Resumed {
        /// Which.
        room: &'a RoomKey,
        /// Names the run of the room's `seq`.
        epoch: u64,
        /// The `seq` of the room's latest message.
        offset: u64,
        /// Whether all that the client missed follows; if not, nothing of it does.
        recovered: bool,
    },
    /// The socket was admitted and stands there now.
    Moved {
        /// Where.
        room: &'a RoomKey,
        /// The room's id, the same on every server.
        uuid: Uuid,
        /// Names one run of the room's `seq`.
        epoch: u64,
        /// The `seq` of the room's latest message, 0 before the first.
        offset: u64,
        /// How often this socket has been admitted anywhere, this time included.
        join: u64,
    },
    /// A delivery.
    Message {
        /// What was said.
        content: &'a Json,
        /// Where.
        place: Place<'a>,
        /// By whom, as the server knows it.
        from: Option<Who<'a>>,
        /// When, in milliseconds since 1970.
        at: Millis,
        /// Its number in the client's mailbox; none if it did not wait there.
        mail: Option<u64>,
    },
    /// Mail of the client is gone that it has not acknowledged.
    Lost {
        /// Its first number.
        first: u64,
        /// Its last number.
        last: u64,
    },
    /// A check that the receiver's group may answer.
    Question {
        /// What it is about: a record of the check's arguments.
        args: &'a Json,
        /// Which check.
        check: &'a str,
        /// What its answer goes to.
        ticket: &'a str,
        /// Who is asked.
        group: &'a str,
        /// Whose rules ask.
        from: Who<'a>,
        /// When it was asked, in milliseconds since 1970.
        at: Millis,
        /// For so long it can be answered, from now on.
        within_ms: u64,
    },
    /// A question is over.
    Settled {
        /// Which.
        ticket: &'a str,
        /// A stable word of `docs/protocol.md`.
        outcome: &'a str,
        /// Whose answer counted.
        by: Option<Who<'a>>,
    },
    /// The message with this id was handled.
    Ok {
        /// As the client wrote it.
        id: &'a Json,
        /// The room that it was posted to, and its place there.
        post: Option<(&'a RoomKey, u64)>,
    },
    /// Something that the client wanted did not work.
    Error {
        /// A stable word of `docs/protocol.md`.
        code: &'a str,
        /// For people.
        message: &'a str,
        /// After so many milliseconds it may work; none: not by waiting.
        retry_after_ms: Option<u64>,
        /// Of the message that it answers.
        id: Option<&'a Json>,
        /// `lock:NAME` or `room:NAME` that refused.
        by: Option<&'a str>,
    },
    /// A member is there.
    Joined {
        /// In which room.
        room: &'a RoomKey,
        /// Who.
        who: Who<'a>,
    },
    /// A member is no longer there.
    Left {
        /// In which room.
        room: &'a RoomKey,
        /// Who.
        who: Who<'a>,
    },
    /// Who is there, for a socket that has just come.
    Here {
        /// In which room.
        room: &'a RoomKey,
        /// The first of them.
        who: &'a [Who<'a>],
        /// How many there are in all.
        count: u64,
    },
    /// The connection is alive.
    Heartbeat {
        /// When, in milliseconds since 1970.
        at: Millis,
    },
    /// The last frame before the server closes.
    Bye {
        /// The close code.
        code: u16,
        /// Why, for people.
        reason: &'a str,
        /// When to come back; none where the code says it all.
        reconnect_in_ms: Option<u64>,
    },
}

impl Who<'_> {
    /// As it is written on the wire.
    pub fn address(&self) -> String {
        match self {
            Who::Client(id) => format!("client:{id}"),
            Who::Socket(uuid) => format!("socket:{uuid}"),
            Who::Service(name) => format!("service:{name}"),
        }
    }

    /// Whom an address of that kind means.
    pub fn parse(address: &str) -> Option<Who<'_>> {
        let (kind, name) = address.split_once(':')?;
        match kind {
            "client" => Some(Who::Client(name)),
            "socket" => Uuid::try_parse(name).ok().map(Who::Socket),
            "service" => Some(Who::Service(name)),
            _ => None,
        }
    }
}
