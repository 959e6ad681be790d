//! Keys are taken away, and clients with all that they have.

use super::act::absent;
use super::{Acted, Declined, Whom};
use crate::engine::{CloseCode, Engine};
use crate::value::RoomKey;
use crate::wind::{Event, Member, Revoked};
use std::sync::Arc;

impl Engine {
    /// Nobody who is meant holds such a key from here on, or comes back with one.
    pub(super) fn revoke_by_hand(&mut self, whom: &Whom, keys: &Revoked) -> Result<Acted, Declined> {
        self.locks_meant(keys)?;
        let mut sockets = self.sockets_meant(whom)?;
        if let Whom::Client(client) = whom {
            self.revoke_in_places_of(client, keys);
        }
        sockets
            .retain(|id| self.socket(*id).is_some_and(|stack| stack.keys.iter().any(|key| keys.names(&key.kind.lock))));
        for socket in &sockets {
            self.run(*socket, Event::Revoked(keys.clone()));
        }
        Ok(Acted::Sockets(sockets.len()))
    }

    fn locks_meant(&self, keys: &Revoked) -> Result<(), Declined> {
        let named: &[Arc<str>] = match keys {
            Revoked::All => &[],
            Revoked::Of(locks) => locks,
        };
        match named.iter().find(|lock| self.program().lock_by_name(lock).is_none()) {
            Some(lock) => Err(absent(format!("the rules have no lock `{lock}`"))),
            None => Ok(()),
        }
    }

    /// The client is in no room any more, receives nothing but what the rules say of its id, and has no connection and no token to
    /// take one up. Whatever its rules do then, it is out at the end.
    pub(super) fn expel(&mut self, client: &Arc<str>, reason: &Arc<str>) -> Result<Acted, Declined> {
        let sockets = self.sockets_meant(&Whom::Client(client.clone()))?;
        self.forget_places_of(client);
        if let Some(known) = self.house.clients.get_mut(client)
            && !std::mem::take(&mut known.receives).is_empty()
        {
            self.store_client(client);
        }
        if let Some(first) = sockets.first() {
            self.run(*first, Event::Expelled(reason.clone()));
        }
        for socket in &sockets {
            self.close(*socket, CloseCode::DROPPED, reason, None);
        }
        self.run_jobs();
        let member = Member::Client(client.clone());
        let rooms: Vec<RoomKey> = self.client_rooms(client);
        for room in &rooms {
            self.end_membership(&member, room);
        }
        self.house.clients.forget_if_blank(client);
        Ok(Acted::Sockets(sockets.len()))
    }
}
