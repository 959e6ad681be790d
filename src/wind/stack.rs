//! The wind stack: where a socket stands, and what it is in the middle of.

use super::{Epoch, Handshake, Key, Member, Message, MessageId};
use crate::machine::KeyKind;
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
    /// The room that it entered before it was identified, if it still stands there: its membership there ends when
    /// it moves on.
    pub unidentified_in: Option<RoomKey>,
    /// One frame for every room it was admitted to or spoke in, role [`Role::Room`], in order of coming.
    pub rooms: Vec<Frame>,
    /// What is wound above the room it stands in: gates and locks.
    pub frames: Vec<Frame>,
    /// What it has proved.
    pub keys: Vec<Key>,
    /// A key has ended that the room where it stands renews: the room asks as soon as nothing is wound.
    pub asks_again: bool,
    /// Messages that wait until a gate opens, in order.
    pub parked: Vec<Parked>,
    /// The next sequence number for a frame or ticket.
    pub next: u64,
    /// The epoch whose rooms it is in: the one that was active at its latest pass.
    pub epoch: Epoch,
    /// Locks that a reload has begun anew, and what they had used up. Taken over when they are wound again.
    pub carried: Vec<Carried>,
}

/// What a lock had used up when a reload began it anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// The lock's name.
    pub lock: Arc<str>,
    /// Asked about what.
    pub args: Arc<[Value]>,
    /// Tries left; 0 where it counts none.
    pub attempts: u32,
    /// The deadlines of the whole lock, in the order of its rules.
    pub deadlines: Vec<Millis>,
}

/// One machine at work for one socket. Everything a lock learns lives here and dies with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Whose rules it runs under. Rooms and gates are always of the stack's epoch.
    pub epoch: Epoch,
    /// Which room or lock of that epoch.
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
    /// This requirement (index into [`crate::model::Room::requires`]) is being met.
    Requiring(u16),
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
    /// What then.
    pub due: Due,
}

/// What a deadline is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// An arm of the frame's machine.
    Arm(ArmId),
    /// The time to choose among several locks.
    Choice,
    /// The time that is left to a lock which the active rules no longer have.
    Gone,
}

/// A message that waits for a room's gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Parked {
    /// Which room.
    pub room: RoomKey,
    /// What.
    pub message: Message,
}

/// The address of the room or lock that a frame is of, as the wire names it.
pub(crate) fn room_address(room: &RoomKey) -> Arc<str> {
    format!("room:{}", room.0).into()
}

impl Role {
    /// Whether a run of frames begins here.
    pub(crate) fn begins_run(&self) -> bool {
        match self {
            Role::Room(_) | Role::Gate { .. } | Role::Lock(Asker::Room(_) | Asker::Offer(_)) => true,
            Role::Lock(Asker::Below) => false,
        }
    }

    /// The room that the frame is in or at the door of, none for a lock.
    pub fn room(&self) -> Option<&RoomKey> {
        match self {
            Role::Room(room) | Role::Gate { room, .. } => Some(room),
            Role::Lock(_) => None,
        }
    }
}

impl WindStack {
    /// A socket that has just connected: it stands nowhere, until [`super::Event::Connect`].
    pub fn new(socket: SocketId, handshake: Arc<Handshake>, epoch: Epoch) -> WindStack {
        WindStack {
            socket,
            client: None,
            handshake,
            standing: None,
            unidentified_in: None,
            rooms: Vec::new(),
            frames: Vec::new(),
            keys: Vec::new(),
            asks_again: false,
            parked: Vec::new(),
            next: 0,
            epoch,
            carried: Vec::new(),
        }
    }

    /// Keeps no more memory than its parts take: most sockets have been through locks, and then only stand somewhere.
    pub(crate) fn give_back_spare_memory(&mut self) {
        if self.frames.is_empty() {
            self.frames = Vec::new();
        }
        self.rooms.shrink_to_fit();
        self.keys.shrink_to_fit();
        self.parked.shrink_to_fit();
    }

    /// Who the socket is to a room.
    pub fn member(&self) -> Member {
        match &self.client {
            Some(client) => Member::Client(client.clone()),
            None => Member::Socket(self.socket),
        }
    }

    /// The frame of a room that the socket was admitted to or spoke in.
    pub fn room(&self, room: &RoomKey) -> Option<&Frame> {
        self.rooms.iter().find(|frame| frame.role.room() == Some(room))
    }

    /// The frame of the room in which the socket stands.
    pub fn standing_frame(&self) -> Option<&Frame> {
        self.standing.as_ref().and_then(|room| self.room(room))
    }

    /// The stack from the bottom up: the room it stands in, then what is wound above it.
    pub fn from_bottom(&self) -> impl DoubleEndedIterator<Item = &Frame> {
        self.standing_frame().into_iter().chain(&self.frames)
    }

    /// The frame that a message without a destination goes to.
    pub fn top(&self) -> Option<&Frame> {
        self.frames.last().or_else(|| self.standing_frame())
    }

    /// The frame with this sequence number. What happens mostly happens at the top, so that is where one looks first.
    pub fn frame(&self, sequence: u64) -> Option<&Frame> {
        let is_it = |frame: &&Frame| frame.sequence == sequence;
        self.frames.iter().rfind(is_it).or_else(|| self.rooms.iter().find(is_it))
    }

    pub(crate) fn frame_mut(&mut self, sequence: u64) -> Option<&mut Frame> {
        let is_it = |frame: &&mut Frame| frame.sequence == sequence;
        self.frames.iter_mut().rfind(is_it).or_else(|| self.rooms.iter_mut().find(is_it))
    }

    /// Where in `frames` a frame stands; none for a room's.
    pub(crate) fn position(&self, sequence: u64) -> Option<usize> {
        self.frames.iter().rposition(|frame| frame.sequence == sequence)
    }

    /// One past the last frame of the run that the frame at `position` is in.
    pub(crate) fn run_end(&self, position: usize) -> usize {
        let above = self.frames.iter().skip(position + 1);
        position + 1 + above.take_while(|frame| !frame.role.begins_run()).count()
    }

    /// The key of a lock that was asked about this, whether it counts still or not.
    pub(crate) fn key(&self, kind: &Arc<KeyKind>, args: &[Value]) -> Option<&Key> {
        self.keys.iter().find(|key| key.kind == *kind && *key.args == *args)
    }

    /// When something happens by itself next: a deadline, or the end of a key. On the monotonic clock.
    pub fn next_timer(&self) -> Option<Millis> {
        let deadlines = self.from_bottom().flat_map(|frame| &frame.timers).map(|timer| timer.at);
        deadlines.chain(self.keys.iter().filter_map(|key| key.lasts.next_change())).min()
    }
}
