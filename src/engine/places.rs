//! What tokens stand for: what a socket had proved and where it stood, while it is connected and for a while after that.

use super::sockets::Socket;
use super::{CloseCode, Engine, Output};
use crate::store::{Record, TokenHash};
use crate::value::{Few, Json, Millis, RoomKey, hexadecimal};
use crate::wind::{Entropy, Epoch, Key, Revoked, SocketId};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

/// How long the store keeps a token whose socket is connected. A server that was away for longer knows nobody.
const STORED_FOR_MS: Millis = 7 * 24 * 60 * 60 * 1000;

/// What a token stands for.
#[derive(Clone)]
pub(super) enum Place {
    /// What this socket is and holds, as long as it is connected: its stack knows.
    Held(SocketId),
    /// What a socket was and held that is gone.
    Left(Box<Left>),
}

/// What a socket leaves.
#[derive(Clone)]
pub(super) struct Left {
    pub client: Arc<str>,
    pub keys: Vec<Key>,
    pub room: Option<RoomKey>,
    /// The rules under which the keys were last looked at.
    pub epoch: Epoch,
    /// On the monotonic clock.
    pub until: Millis,
}

/// A place that was left, by when it is over.
pub(super) type Leaving = (Millis, TokenHash);

/// All tokens that count.
#[derive(Clone, Default)]
pub(super) struct Places {
    /// A tree, since a table has room for nearly twice as many as are in it.
    known: BTreeMap<TokenHash, Place>,
    /// Those of sockets that are gone, the soonest over first.
    leaving: BTreeSet<Leaving>,
    /// The same by client.
    left_by: HashMap<Arc<str>, Few<TokenHash>>,
}

impl Places {
    pub(super) fn take(&mut self, hash: &TokenHash) -> Option<Place> {
        let place = self.known.remove(hash)?;
        if let Place::Left(left) = &place {
            self.leaving.remove(&(left.until, *hash));
            if let Some(of_client) = self.left_by.get_mut(&left.client) {
                of_client.remove(hash);
                if of_client.is_empty() {
                    self.left_by.remove(&left.client);
                }
            }
        }
        Some(place)
    }

    pub(super) fn put(&mut self, hash: TokenHash, place: Place) {
        if let Place::Left(left) = &place {
            self.leaving.insert((left.until, hash));
            self.left_by.entry(left.client.clone()).or_default().insert(hash);
        }
        self.known.insert(hash, place);
    }

    pub(super) fn left(&self, hash: &TokenHash) -> Option<&Left> {
        match self.known.get(hash)? {
            Place::Left(left) => Some(left),
            Place::Held(_) => None,
        }
    }

    pub(super) fn left_mut(&mut self, hash: &TokenHash) -> Option<&mut Left> {
        match self.known.get_mut(hash)? {
            Place::Left(left) => Some(left),
            Place::Held(_) => None,
        }
    }

    /// The next place after this one that was left.
    pub(super) fn left_after(&self, leaving: Leaving) -> Option<Leaving> {
        self.leaving.range((Bound::Excluded(leaving), Bound::Unbounded)).next().copied()
    }

    /// The tokens of a client's sockets that are gone.
    fn left_by(&self, client: &str) -> Vec<TokenHash> {
        self.left_by.get(client).into_iter().flatten().copied().collect()
    }

    fn pop_over(&mut self, now: Millis, leaving_max: usize) -> Option<TokenHash> {
        let (until, hash) = *self.leaving.first()?;
        if until > now && self.leaving.len() <= leaving_max {
            return None;
        }
        self.take(&hash);
        Some(hash)
    }
}

impl Engine {
    /// A fresh token for a socket that has just been identified; none where nothing is resumed here.
    pub(super) fn issue_token(&mut self, id: SocketId) -> Option<String> {
        if self.settings.resume_ms == 0 {
            return None;
        }
        let token = hexadecimal(&self.chance.fresh());
        let hash = hash_of(&token);
        self.places.put(hash, Place::Held(id));
        self.house.sockets.get_mut(id)?.token = Some(hash);
        self.store_place(id);
        Some(token)
    }

    /// Writes down what a socket's token stands for now.
    pub(super) fn store_place(&mut self, id: SocketId) {
        let Some(socket) = self.house.sockets.get(id) else { return };
        let (Some(hash), Some(client)) = (socket.token, socket.client.clone()) else { return };
        let stack = &socket.stack;
        let keys = stack.keys.iter().filter(|key| !self.epochs.is_revoked_since(stack.epoch, &key.kind.lock));
        let allows = self.allows(keys, stack.standing.as_ref());
        self.store_token(hash, client, allows);
    }

    /// The same of a place that was left.
    pub(super) fn store_left(&mut self, hash: TokenHash) {
        let Some(left) = self.places.left(&hash) else { return };
        let (client, allows) = (left.client.clone(), self.allows(left.keys.iter(), left.room.as_ref()));
        self.store_token(hash, client, allows);
    }

    fn store_token(&mut self, hash: TokenHash, client: Arc<str>, allows: Json) {
        let expires = self.now.wall.saturating_add(STORED_FOR_MS);
        self.outbox.push_back(Output::Store(Record::TokenIssued { hash, client, expires, allows }));
    }

    /// The socket goes: its token counts for a while, unless it was sent away.
    pub(super) fn leave_place(&mut self, id: SocketId, code: Option<CloseCode>) {
        let Some(socket) = self.house.sockets.get_mut(id) else { return };
        let Some(hash) = socket.token.take() else { return };
        let until = self.now.monotonic.saturating_add(self.settings.resume_ms);
        let left = left_by(socket, until);
        let (Some(_), Some(left)) = (self.places.take(&hash), left) else { return };
        if code.is_some_and(CloseCode::is_final) {
            self.outbox.push_back(Output::Store(Record::TokenSpent { hash }));
            return;
        }
        self.places.put(hash, Place::Left(Box::new(left)));
        // the rules may have changed since it was last looked at
        self.renew_place(hash);
        self.forget_places();
    }

    fn forget_places(&mut self) {
        while let Some(hash) = self.places.pop_over(self.now.monotonic, self.settings.absent_clients_max) {
            self.outbox.push_back(Output::Store(Record::TokenSpent { hash }));
        }
    }

    /// A client comes back without such keys. What its connected sockets hold is not looked at.
    pub(super) fn revoke_in_places_of(&mut self, client: &str, revoked: &Revoked) {
        for hash in self.places.left_by(client) {
            let Some(left) = self.places.left_mut(&hash) else { continue };
            let before = left.keys.len();
            left.keys.retain(|key| !revoked.names(&key.kind.lock));
            if left.keys.len() < before {
                self.store_left(hash);
            }
        }
    }

    /// None of a client's sockets that are gone can be taken up again.
    pub(super) fn forget_places_of(&mut self, client: &str) {
        for hash in self.places.left_by(client) {
            self.places.take(&hash);
            self.outbox.push_back(Output::Store(Record::TokenSpent { hash }));
        }
    }
}

/// What a socket leaves that goes; nothing where it was nobody.
pub(super) fn left_by(socket: &Socket, until: Millis) -> Option<Left> {
    let (client, stack) = (socket.client.clone()?, &socket.stack);
    Some(Left { client, keys: stack.keys.clone(), room: stack.standing.clone(), epoch: stack.epoch, until })
}

pub(super) fn hash_of(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}
