//! The wind stack: where a socket stands, and what it is in the middle of.

use super::{Handshake, Message, MessageId};
use crate::model::{ArmId, MachineId, StateId};
use crate::value::{Millis, RoomKey, Value};
use std::sync::Arc;

/// A socket, for as long as its connection lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub uuid::Uuid);

/// Names one check that a frame waits for. Never used twice by one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// One socket's place in the rules.
///
/// The stack reads, from the bottom: the room it stands in, then `frames`. Frames come in runs: a run begins
/// with a frame that the rules wound for the socket itself (a gate, an offered lock, a lock that a room's state
/// asked) and goes on with the locks that the frame below asked for. A run unwinds by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct WindStack {
    /// Whose stack.
    pub socket: SocketId,
    /// Who the socket is, once identified.
    pub client: Option<Arc<str>>,
    /// What came with the connection.
    pub handshake: Arc<Handshake>,
    /// The room it stands in; none before the entry room admitted it and after it was dropped.
    pub standing: Option<RoomKey>,
    /// One frame for every room it was admitted to or spoke in, role [`Role::Room`], in order of coming.
    pub rooms: Vec<Frame>,
    /// What is wound above the room it stands in: gates and locks.
    pub frames: Vec<Frame>,
    /// What it has proved.
    pub keys: Vec<Key>,
    /// Messages that wait until a gate opens, in order.
    pub parked: Vec<Parked>,
    /// The next sequence number for a frame or ticket.
    pub next: u64,
}

/// One machine at work for one socket. Everything a lock learns lives here and dies with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Which room or lock.
    pub machine: MachineId,
    /// Why it is there.
    pub role: Role,
    /// Parameters, then `let` values.
    pub args: Arc<[Value]>,
    /// Where it is.
    pub state: StateId,
    /// The state's parameters.
    pub locals: Arc<[Value]>,
    /// Unique on this socket.
    pub sequence: u64,
    /// What is armed, in the order of arming.
    pub timers: Vec<Timer>,
    /// What its state has asked for.
    pub waits: Waits,
    /// Tries left, the current one included; 0 where the machine counts none.
    pub attempts: u32,
    /// Start of the current window of its message limit, and messages in it.
    pub window: (Millis, u64),
    /// Nonces that a check has used up.
    pub spent: Vec<Arc<str>>,
}

/// Why a frame is there.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// A room that admitted the socket.
    Room(RoomKey),
    /// A room whose requirements are being met.
    Gate {
        /// Which room.
        room: RoomKey,
        /// What for.
        purpose: Purpose,
        /// How far.
        phase: Phase,
    },
    /// A lock.
    Lock(Asker),
}

/// What a gate is passed for.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    /// To stand in the room. The id is that of a message that asked for nothing else.
    Enter(Option<MessageId>),
    /// To deliver parked messages to a room that the client is in.
    Deliver,
}

/// How far a gate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Some requirement is not met yet.
    Requiring,
    /// The room's own states decide (`-> admit`).
    Deciding,
}

/// Who gets a lock's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Asker {
    /// The frame below.
    Below,
    /// The state of a room in `rooms`.
    Room(RoomKey),
    /// Nobody: the client asked for the key itself, with this message.
    Offer(Option<MessageId>),
}

/// What a frame's state has asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Waits {
    /// Nothing; it waits for events.
    Nothing,
    /// A lock that is wound.
    Lock,
    /// The client's choice among several locks.
    Choice,
    /// A check.
    Check(Ticket),
}

/// A deadline of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// When, on the monotonic clock.
    pub at: Millis,
    /// What then; none is the time to choose among several locks.
    pub arm: Option<ArmId>,
}

/// A lock's answer that the socket keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Which lock.
    pub lock: MachineId,
    /// Asked about what.
    pub args: Arc<[Value]>,
    /// The answer.
    pub value: Value,
    /// Until when, on the monotonic clock; none: as long as the socket lives.
    pub until: Option<Millis>,
}

/// A message that waits for a room's gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Parked {
    /// Which room.
    pub room: RoomKey,
    /// What.
    pub message: Message,
}
