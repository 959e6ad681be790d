//! What is still to do in a pass.

use super::super::Message;
use super::{Pass, Stepped};
use crate::model::ArmId;
use crate::value::{RoomKey, Value};

/// What is still to do, the last first. Messages wait in boxes: few do, and everything else is small.
#[derive(Debug)]
pub(super) enum Job {
    /// Look for the next unmet requirement of this gate.
    Advance(u64),
    /// Do what a state does on entry, for the frame with this sequence number.
    EnterState(u64),
    /// Look at the eventless arms, then ask what the state asks.
    Settle(u64),
    /// Take an arm of a frame.
    Take(Taken),
    /// Look for a handler of a message in the frame of a room.
    Handle(u64, Box<Message>),
    /// Hand a message to a room, in the frame that it has by then.
    Hand(RoomKey, Box<Message>),
    /// Hand what else was said to the lock that was wound for it, if that is on top.
    Tell(u64, Box<Message>),
    /// Deliver what is parked for a room.
    Deliver(RoomKey),
}

/// An arm that is about to be taken, and what it binds.
#[derive(Debug)]
pub(super) struct Taken {
    pub at: u64,
    pub arm: ArmId,
    pub bind: Value,
}

impl Pass<'_> {
    pub(super) fn do_next(&mut self, job: Job) -> Stepped {
        match job {
            Job::Advance(gate) => self.advance_gate(gate),
            Job::EnterState(at) => self.enter_state(at),
            Job::Settle(at) => self.settle_state(at),
            Job::Take(taken) => self.take_arm(taken),
            Job::Handle(at, message) => self.handle_message(at, &message),
            Job::Hand(room, message) => self.deliver(&room, &message),
            Job::Tell(at, message) => match self.socket().top() {
                Some(top) if top.sequence == at => self.handle_message(at, &message),
                Some(_) | None => Ok(()),
            },
            Job::Deliver(room) => {
                self.deliver_parked(&room);
                Ok(())
            }
        }
    }
}
