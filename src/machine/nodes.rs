//! What the nodes and edges of a machine's graph are.

use crate::diagnostic::Span;
use crate::model::{ArmId, CheckId, MachineId, SignalId, StateId};

/// A node of a room's or lock's graph: its states, and the places that the language has without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A lock is wound, or a room's gate to let a socket in.
    Entry,
    /// A room's gate is wound to deliver a message to a room that the client is in.
    Delivery,
    /// A requirement of a room, by index, is looked at.
    Gate(Passing, u16),
    /// `admit when` is looked at.
    AdmitWhen,
    /// A state of a room that decides by itself, before it admits.
    Deciding(StateId),
    /// The room would admit, and has to have a place left. The state is where it goes on.
    Admit(StateId),
    /// The socket was admitted. The state is where it goes on unless `on arrive` leads elsewhere.
    In(StateId),
    /// The gate for delivery was passed.
    Delivered,
    /// A state of a lock, or of a room that the socket stands in.
    State(StateId),
    /// A state of a room that the socket's client is in, while the socket stands elsewhere: messages and signals come
    /// here, but no deadline runs and no door is open.
    Beside(StateId),
    /// The lock has its answer.
    Resolve,
    /// The lock failed, or the room refuses.
    Fail,
    /// The socket is closed.
    Drop,
    /// The socket moves on to another room.
    Move(MachineId),
}

impl Node {
    /// The state, if it is one.
    pub fn state(self) -> Option<StateId> {
        match self {
            Node::State(state) | Node::Deciding(state) | Node::Beside(state) => Some(state),
            Node::Entry
            | Node::Delivery
            | Node::Gate(..)
            | Node::AdmitWhen
            | Node::Admit(_)
            | Node::In(_)
            | Node::Delivered
            | Node::Resolve
            | Node::Fail
            | Node::Drop
            | Node::Move(_) => None,
        }
    }
}

/// What a gate is passed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Passing {
    /// To stand in the room.
    Enter,
    /// To hand over a message.
    Deliver,
}

/// What makes a machine walk an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Nothing: it follows.
    Follows,
    /// `on arrive`.
    Arrive,
    /// A message from the client.
    Message,
    /// The client does not want to go on.
    Cancel,
    /// Another socket's rule.
    Signal(SignalId),
    /// The server's verifier said yes.
    Passed(CheckId),
    /// The verifier said no, was late, or could not be asked.
    CheckFailed(CheckId),
    /// A lock was answered, or its key was held.
    Resolved(MachineId),
    /// A lock failed.
    LockFailed(MachineId),
    /// The client chose none of several locks.
    NoChoice,
    /// A deadline.
    Time,
    /// A guard or a pattern on data at hand: `when`, `else`, `match`, `admit when`.
    Eventless,
    /// `admit when` does not hold.
    Refused,
    /// The room has no place left.
    Full,
    /// One message too many.
    Limit,
    /// What a state asks, or a gate requires, is wound. Only in the composed graph.
    Wound,
    /// The client asks for a room through a door. Only in the composed graph.
    Door,
    /// The client asks for a lock that is offered. Only in the composed graph.
    Offer,
    /// An arrow to `move` is followed. Only in the composed graph.
    Moved,
    /// The client sends to a room that it is in, and a key is missing. Only in the composed graph.
    Parked,
    /// The socket has gone on, and the client sends to the room that it is still in. Only in the composed graph.
    GoneOn,
    /// The client leaves the room, and stands in the entry room. Only in the composed graph.
    Left,
}

impl Event {
    /// The lock whose end it is.
    pub fn lock(self) -> Option<MachineId> {
        match self {
            Event::Resolved(lock) | Event::LockFailed(lock) => Some(lock),
            Event::Follows
            | Event::Arrive
            | Event::Message
            | Event::Cancel
            | Event::Signal(_)
            | Event::Passed(_)
            | Event::CheckFailed(_)
            | Event::NoChoice
            | Event::Time
            | Event::Eventless
            | Event::Refused
            | Event::Full
            | Event::Limit
            | Event::Wound
            | Event::Door
            | Event::Offer
            | Event::Moved
            | Event::Parked
            | Event::GoneOn
            | Event::Left => None,
        }
    }

    /// Whether it stays within one machine.
    pub fn is_inside(self) -> bool {
        match self {
            Event::Wound | Event::Door | Event::Offer | Event::Moved | Event::Parked | Event::GoneOn | Event::Left => {
                false
            }
            Event::Follows
            | Event::Arrive
            | Event::Message
            | Event::Cancel
            | Event::Signal(_)
            | Event::Passed(_)
            | Event::CheckFailed(_)
            | Event::Resolved(_)
            | Event::LockFailed(_)
            | Event::NoChoice
            | Event::Time
            | Event::Eventless
            | Event::Refused
            | Event::Full
            | Event::Limit => true,
        }
    }

    /// Whether it is a fault: nobody did what was to be done, or it failed.
    pub fn is_fault(self) -> bool {
        match self {
            Event::Time | Event::CheckFailed(_) | Event::LockFailed(_) | Event::NoChoice | Event::Limit => true,
            Event::Follows
            | Event::Arrive
            | Event::Message
            | Event::Cancel
            | Event::Signal(_)
            | Event::Passed(_)
            | Event::Resolved(_)
            | Event::Eventless
            | Event::Refused
            | Event::Full
            | Event::Wound
            | Event::Door
            | Event::Offer
            | Event::Moved
            | Event::Parked
            | Event::GoneOn
            | Event::Left => false,
        }
    }
}

/// An edge of a machine's graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// What makes the machine walk it.
    pub event: Event,
    /// Whose actions are done on the way.
    pub arm: Option<ArmId>,
    /// Whether it is an arrow; an arm without one does its actions and stays.
    pub is_arrow: bool,
    /// Whether it spends an attempt.
    pub is_retry: bool,
    /// What was written for it.
    pub span: Span,
}
