//! What is known of each connected socket, its wind stack included.

use super::limits::{Bucket, Rate};
use super::log::{Reading, Seen};
use crate::store::TokenHash;
use crate::value::{Few, Millis, RoomKey};
use crate::wind::{BySocket, SocketId, WindStack};
use indexmap::IndexMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One connected socket.
#[derive(Clone)]
pub(super) struct Socket {
    pub stack: WindStack,
    /// Who it is, once identified. What `from` is written from.
    pub client: Option<Arc<str>>,
    /// What it is a member of by itself, until it is identified.
    pub rooms: Few<RoomKey>,
    /// What it receives by itself, until it is identified.
    pub receives: Few<Arc<str>>,
    /// When it is in the queue of deadlines.
    pub queued: Option<Millis>,
    /// The hash of the token by which another connection can take up where this one is.
    pub token: Option<TokenHash>,
    /// Positions that the client told, of rooms whose list it is not on yet.
    pub seen: Few<RoomKey, Seen>,
    /// Rooms of which it is being told what it missed; it is not on their lists.
    pub reading: Few<RoomKey, Reading>,
    pub bucket: Bucket,
    /// When it connected, until it has come into another room than the entry room.
    pub in_lobby_since: Option<Millis>,
    /// Frames refused because they came too fast.
    pub rate_refusals: u32,
    /// Frames in a row that could not be read.
    pub malformed_frames: u32,
    /// How often it has been admitted anywhere.
    pub joins: u64,
    /// It has been told `bye`, or its connection is gone: it is on no list any more and gets nothing.
    pub is_closing: bool,
}

impl Socket {
    fn new(stack: WindStack, rate: Rate, now: Millis) -> Self {
        Socket {
            stack,
            client: None,
            rooms: Few::default(),
            receives: Few::default(),
            queued: None,
            token: None,
            seen: Few::default(),
            reading: Few::default(),
            bucket: Bucket::full(rate, now),
            in_lobby_since: Some(now),
            rate_refusals: 0,
            malformed_frames: 0,
            joins: 0,
            is_closing: false,
        }
    }
}

/// All connected sockets.
#[derive(Clone, Default)]
pub(super) struct Sockets(IndexMap<SocketId, Socket, BySocket>);

impl Sockets {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The socket at a place of the table. Places change when a socket goes: the last takes its place.
    pub(super) fn id_at(&self, place: usize) -> Option<SocketId> {
        self.0.get_index(place).map(|(id, _)| *id)
    }

    pub(super) fn contains(&self, id: SocketId) -> bool {
        self.0.contains_key(&id)
    }

    /// A socket that has just connected.
    pub(super) fn add(&mut self, stack: WindStack, rate: Rate, now: Millis) {
        self.0.insert(stack.socket, Socket::new(stack, rate, now));
    }

    pub(super) fn get(&self, id: SocketId) -> Option<&Socket> {
        self.0.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: SocketId) -> Option<&mut Socket> {
        self.0.get_mut(&id)
    }

    pub(super) fn remove(&mut self, id: SocketId) -> Option<Socket> {
        self.0.swap_remove(&id)
    }

    /// All of them in the order of their ids.
    pub(super) fn ids(&self) -> BTreeSet<SocketId> {
        self.0.keys().copied().collect()
    }

    pub(super) fn ids_unsorted(&self) -> Vec<SocketId> {
        self.0.keys().copied().collect()
    }

    /// Lends a socket's stack to a pass, which sees everybody else's through the facts, and takes it back: something blank stands
    /// in its place meanwhile. Whether the socket is there.
    pub(super) fn swap_stack(&mut self, id: SocketId, lent: &mut WindStack) -> bool {
        let Some(socket) = self.0.get_mut(&id) else { return false };
        std::mem::swap(&mut socket.stack, lent);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_takes_little() {
        assert!(size_of::<Socket>() <= 392);
    }
}
