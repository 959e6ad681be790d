//! What is remembered of each client, with and without a socket.

use super::chance::Keyed;
use super::limits::{Bucket, Rate};
use super::mailbox::Mailbox;
use crate::value::{Few, Millis, RoomKey, Value};
use crate::wind::SocketId;
use indexmap::IndexMap;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

/// One client.
#[derive(Clone)]
pub(super) struct Client {
    /// Its sockets, in the order in which they were identified.
    pub sockets: SmallVec<[SocketId; 1]>,
    /// What it is a member of.
    pub rooms: Few<RoomKey>,
    /// What it receives beside what the rules say of its id.
    pub receives: Few<Arc<str>>,
    /// What the rules have set.
    pub attributes: Few<Arc<str>, Value>,
    /// What was told to it while it had no socket; none where nothing ever was.
    pub mailbox: Option<Box<Mailbox>>,
    pub bucket: Bucket,
    /// Its place in the queue of the absent.
    away: Option<NonZeroU64>,
}

impl Client {
    fn new(rate: Rate, now: Millis) -> Self {
        Client {
            sockets: SmallVec::new(),
            rooms: Few::default(),
            receives: Few::default(),
            attributes: Few::default(),
            mailbox: None,
            bucket: Bucket::full(rate, now),
            away: None,
        }
    }

    /// Forgetting it would change nothing.
    fn is_blank(&self) -> bool {
        let knows_nothing = self.rooms.is_empty() && self.receives.is_empty() && self.attributes.is_empty();
        self.sockets.is_empty() && knows_nothing && self.mailbox.is_none()
    }
}

/// All clients that are remembered.
#[derive(Clone)]
pub(super) struct Clients {
    known: IndexMap<Arc<str>, Client, Keyed>,
    /// Who has no socket, longest away first.
    absent: BTreeMap<NonZeroU64, Arc<str>>,
    /// What whoever goes next has in that queue.
    next_away: NonZeroU64,
}

impl Clients {
    pub(super) fn new(keyed: Keyed) -> Self {
        Clients { known: IndexMap::with_hasher(keyed), absent: BTreeMap::new(), next_away: NonZeroU64::MIN }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Client> {
        self.known.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Client> {
        self.known.get_mut(id)
    }

    pub(super) fn present(&self) -> usize {
        self.known.len() - self.absent.len()
    }

    pub(super) fn absent(&self) -> usize {
        self.absent.len()
    }

    /// The client has one more socket.
    pub(super) fn add_socket(&mut self, id: &Arc<str>, socket: SocketId, rate: Rate, now: Millis) -> &mut Client {
        let client = self.known.entry(id.clone()).or_insert_with(|| Client::new(rate, now));
        if let Some(away) = client.away.take() {
            self.absent.remove(&away);
        }
        client.sockets.push(socket);
        client
    }

    /// What is known of a client. One that is not known yet is remembered as absent from here on.
    pub(super) fn remember(&mut self, id: &Arc<str>, rate: Rate, now: Millis) -> &mut Client {
        let (next_away, absent) = (&mut self.next_away, &mut self.absent);
        self.known.entry(id.clone()).or_insert_with(|| {
            let away = Some(queue_up(next_away, absent, id));
            Client { away, ..Client::new(rate, now) }
        })
    }

    /// The client has one socket fewer. Without any it is absent, or, if there is nothing to remember, forgotten.
    pub(super) fn remove_socket(&mut self, id: &Arc<str>, socket: SocketId) {
        let Some(client) = self.known.get_mut(id) else { return };
        client.sockets.retain(|other| *other != socket);
        if client.is_blank() {
            self.known.swap_remove(id);
        } else if client.sockets.is_empty() {
            client.away = Some(queue_up(&mut self.next_away, &mut self.absent, id));
        }
    }

    /// Forgets a client of whom there is nothing to remember.
    pub(super) fn forget_if_blank(&mut self, id: &str) {
        if self.known.get(id).is_some_and(|client| client.is_blank())
            && let Some(away) = self.known.swap_remove(id).and_then(|client| client.away)
        {
            self.absent.remove(&away);
        }
    }

    /// Forgets the one that has been away longest, if more are away than may be.
    pub(super) fn forget_one(&mut self, absent_max: usize) -> Option<(Arc<str>, Client)> {
        if self.absent.len() <= absent_max {
            return None;
        }
        let (_, id) = self.absent.pop_first()?;
        let client = self.known.swap_remove(&id)?;
        Some((id, client))
    }
}

/// Puts a client at the end of the queue of the absent.
fn queue_up(next: &mut NonZeroU64, absent: &mut BTreeMap<NonZeroU64, Arc<str>>, id: &Arc<str>) -> NonZeroU64 {
    let away = *next;
    absent.insert(away, id.clone());
    *next = away.saturating_add(1);
    away
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_takes_little() {
        assert!(size_of::<Client>() <= 104);
    }
}
