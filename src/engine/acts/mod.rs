//! What whoever looks after the server does, beside what clients do: each act is one input, tried as a whole, and its answer comes
//! out after everything that follows from it. So whoever waits for the answer waits until all of it is kept.

mod act;
mod attributes;
mod keys;
mod posts;
mod sockets;

pub use act::{Act, ActId, Acted, Against, Declined, Fared, Whom};
pub use attributes::AttributeNow;

use super::{Engine, Output};
use crate::wind::{Failure, SocketId};
use std::sync::Arc;

impl Engine {
    /// Does what is wanted, and what follows from it, and answers.
    pub(super) fn carry_out(&mut self, id: ActId, act: Act) {
        let outcome = match act {
            Act::Post { from, to, id, content } => self.post_by_hand(from, to, id.as_ref(), &content),
            Act::Move { whom, room } => self.move_by_hand(&whom, &room),
            Act::Wind { whom, lock, args } => self.wind_by_hand(&whom, &lock, &args),
            Act::Revoke { whom, keys } => self.revoke_by_hand(&whom, &keys),
            Act::Expel { client, reason } => self.expel(&client, &reason),
            Act::Drop { whom, reason } => self.drop_by_hand(&whom, &reason),
            Act::Set { client, attributes } => self.set_by_hand(&client, &attributes),
        };
        self.run_jobs();
        self.forget_empty_rooms();
        self.outbox.push_back(Output::Acted { act: id, outcome });
    }

    /// The connected sockets that are meant.
    fn sockets_meant(&self, whom: &Whom) -> Result<Vec<SocketId>, Declined> {
        match whom {
            Whom::Socket(socket) if self.house.sockets.contains(*socket) => Ok(vec![*socket]),
            Whom::Socket(socket) => Err(act::absent(format!("no socket `{}` is connected", socket.0))),
            Whom::Client(client) => match self.house.clients.get(client) {
                Some(known) => Ok(known.sockets.to_vec()),
                None => Err(act::absent(format!("nothing is known of a client `{client}`"))),
            },
        }
    }

    /// Notes what a socket is refused in an act under way.
    pub(super) fn note_refusal(&mut self, by: Option<&Arc<str>>, failure: &Failure) {
        if let (Some(refusals), Some(by)) = (&mut self.refusals, by) {
            refusals.push((by.clone(), failure.clone()));
        }
    }
}
