//! The engine's two doors: what comes in, what goes out.

use super::acts::{Act, ActId, Acted, Declined};
use crate::envelope::{Envelope, Refusal};
use crate::machine::Program;
use crate::store::{Page, Record, Space};
use crate::value::{Json, RoomKey, Value};
use crate::wind::{Handshake, SocketId, Ticket};
use std::sync::Arc;

/// What the world tells the engine.
#[derive(Clone, Debug)]
pub enum Input {
    /// A connection is up.
    Connected {
        /// A fresh id.
        socket: SocketId,
        /// What came with it.
        handshake: Arc<Handshake>,
    },
    /// A frame came, already decoded; or it could not be, and its sender must be told.
    Received {
        /// From whom.
        socket: SocketId,
        /// What.
        envelope: Result<Envelope, Refusal>,
    },
    /// The connection is gone, whoever ended it.
    Closed {
        /// Which.
        socket: SocketId,
    },
    /// A check came back.
    Verdict {
        /// Whose.
        socket: SocketId,
        /// Which.
        ticket: Ticket,
        /// The value it passed with, or why it failed.
        verdict: Result<Value, Arc<str>>,
    },
    /// A page of a room's log came, that [`Output::Read`] asked for.
    Page {
        /// For whom.
        socket: SocketId,
        /// Of which room.
        room: RoomKey,
        /// The page; none where it cannot be had.
        page: Option<Page>,
    },
    /// Whoever looks after the server wants something done. It is answered with [`Output::Acted`], when all of it has been done.
    Act {
        /// For the answer.
        id: ActId,
        /// What.
        act: Act,
    },
    /// The store has space again, or has none.
    Space(Space),
    /// Nothing but time has passed.
    Tick,
    /// The server stops: every socket is told to come back, and closed.
    Stop {
        /// In how many milliseconds clients may come back.
        reconnect_in: u64,
    },
}

/// A list of sockets that the shards keep for the engine: the subscribers of one room or group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListId(pub u32);

/// What the engine wants done, in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Write the first text frame to a socket that has connected. It tells nothing that is kept, so it waits for nothing.
    Hello {
        /// To whom.
        socket: SocketId,
        /// The JSON text.
        frame: Arc<str>,
    },
    /// Write a text frame to one socket.
    Send {
        /// To whom.
        socket: SocketId,
        /// The JSON text.
        frame: Arc<str>,
    },
    /// Put a socket on a list. It is not on it yet.
    Join {
        /// Which list.
        list: ListId,
        /// Whom.
        socket: SocketId,
    },
    /// Take a socket off a list. It is on it. A socket is taken off every list before `Close`, and after
    /// [`Input::Closed`].
    Leave {
        /// Which list.
        list: ListId,
        /// Whom.
        socket: SocketId,
    },
    /// Write a text frame to everybody on a list.
    Fan {
        /// Which list.
        list: ListId,
        /// The JSON text.
        frame: Arc<str>,
        /// Who does not get it.
        except: Option<SocketId>,
    },
    /// The socket is a client's from here on: who it is was proved.
    Identified {
        /// Which.
        socket: SocketId,
    },
    /// Write what is left, then close. `bye` was sent before. The engine has forgotten the socket.
    Close {
        /// Whom.
        socket: SocketId,
        /// The close code.
        code: CloseCode,
        /// The reason, at most 123 bytes.
        reason: Arc<str>,
    },
    /// Ask a verifier, and come back with [`Input::Verdict`], in any case and in any order.
    Check {
        /// Whose.
        socket: SocketId,
        /// Which.
        ticket: Ticket,
        /// The verifier's name.
        check: Arc<str>,
        /// About what.
        args: Vec<Value>,
        /// How long it may take, in milliseconds.
        within: u64,
    },
    /// Keep a record. No output after it may be done before it is kept: what is seen outside has happened for good.
    Store(Record),
    /// Read a page of a room's log, and come back with [`Input::Page`].
    Read {
        /// For whom.
        socket: SocketId,
        /// Which room.
        room: RoomKey,
        /// The messages after this `seq`.
        after: u64,
        /// At most so many.
        limit: usize,
    },
    /// What came of an act.
    Acted {
        /// Which.
        act: ActId,
        /// Or why nothing was done.
        outcome: Result<Acted, Declined>,
    },
    /// A ruleset that nothing runs under any more. Dropping a large one takes time: do it elsewhere.
    Retired {
        /// Which.
        program: Arc<Program>,
    },
    /// Deliver to a webhook, by the name that the rules use.
    Webhook {
        /// Which.
        name: Arc<str>,
        /// The message, as a client would get it.
        frame: Json,
    },
}

/// A WebSocket close code. 4000–4099: do not come back unchanged; 4100–4199: after a pause; 4200–4299: at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// A rule, or whoever looks after the server, dropped the socket.
    pub const DROPPED: CloseCode = CloseCode(4000);
    /// Too many malformed or refused frames.
    pub const MISBEHAVED: CloseCode = CloseCode(4001);
    /// Its client has as many sockets as it may, and a newer one came.
    pub const CROWDED: CloseCode = CloseCode(4002);
    /// Its client took up where it was by another connection.
    pub const REPLACED: CloseCode = CloseCode(4003);
    /// It read too slowly.
    pub const SLOW_CONSUMER: CloseCode = CloseCode(4100);
    /// It sent too fast.
    pub const TOO_FAST: CloseCode = CloseCode(4101);
    /// Nothing was heard of it for too long.
    pub const SILENT: CloseCode = CloseCode(4200);
    /// The rules changed under it, and say that it begins anew.
    pub const RULES_CHANGED: CloseCode = CloseCode(4201);
    /// The server stops or restarts.
    pub const RESTART: CloseCode = CloseCode(1012);
    /// The server is full.
    pub const TRY_LATER: CloseCode = CloseCode(1013);
}

impl CloseCode {
    /// Whether whoever is closed so is not to take up where it was.
    pub(super) fn is_final(self) -> bool {
        (4000..4100).contains(&self.0)
    }
}
