//! One socket: its wind stack, its keys, and the evaluation pass.
//!
//! [`pass`] takes one event and does everything that follows from it at once: it is atomic (all of it happens
//! or none), deterministic (time, randomness and the rest of the house are arguments), and it sends nothing
//! itself: what is to be sent comes out as an ordered list of [`Effect`]s.

mod answer;
mod by_socket;
mod effect;
mod epochs;
mod eval;
mod event;
mod facts;
mod key;
mod pass;
mod stack;
mod trace;

pub use answer::read_answer;
pub use by_socket::{BySocket, SocketHasher};
pub use effect::{Effect, Failure, Receiver};
pub use epochs::{Epoch, Epochs, Rules, Successor};
pub use event::{Event, Message, MessageId, Revoked, To};
pub use facts::{Entropy, Facts, Handshake, Member, Now};
pub use key::{Key, Lasts};
pub(crate) use pass::default_value;
pub use pass::{
    CHOICE_WITHIN_MS, Ended, GONE_WITHIN_MS, KEYS_MAX, Outcome, PARKED_MESSAGES_MAX, Workspace, meets, pass,
    pass_traced,
};
pub(crate) use stack::room_address;
pub use stack::{Asker, Carried, Due, Frame, Parked, Phase, Purpose, Role, SocketId, Ticket, Timer, Waits, WindStack};
pub use trace::{Step, Trace, frame_names};
