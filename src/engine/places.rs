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

/// The first bytes of a token's hash.
type Prefix = [u8; 8];

/// All tokens that count.
#[derive(Clone, Default)]
pub(super) struct Places {
    /// Connected sockets that have one. All of it is known to the socket.
    held: BTreeSet<(Prefix, SocketId)>,
    /// What sockets left that are gone.
    left: BTreeMap<TokenHash, Box<Left>>,
    /// The same, the soonest over first.
    leaving: BTreeSet<Leaving>,
    /// The same by client.
    left_by: HashMap<Arc<str>, Few<TokenHash>>,
}

impl Places {
    /// The token stands for what this socket is and holds, as long as it is connected: its stack knows.
    fn hold(&mut self, hash: &TokenHash, socket: SocketId) {
        self.held.insert((prefix(hash), socket));
    }

    /// The token does not stand for this socket any more; whether it did.
    pub(super) fn release(&mut self, hash: &TokenHash, socket: SocketId) -> bool {
        self.held.remove(&(prefix(hash), socket))
    }

    /// Sockets that may have this token: those whose tokens begin alike.
    fn holders(&self, hash: &TokenHash) -> impl Iterator<Item = SocketId> {
        let prefix = prefix(hash);
        let from_first = self.held.range((prefix, SocketId(uuid::Uuid::nil()))..);
        from_first.take_while(move |(of, _)| *of == prefix).map(|(_, socket)| *socket)
    }

    pub(super) fn take(&mut self, hash: &TokenHash) -> Option<Box<Left>> {
        let left = self.left.remove(hash)?;
        self.leaving.remove(&(left.until, *hash));
        if let Some(of_client) = self.left_by.get_mut(&left.client) {
            of_client.remove(hash);
            if of_client.is_empty() {
                self.left_by.remove(&left.client);
            }
        }
        Some(left)
    }

    pub(super) fn leave(&mut self, hash: TokenHash, left: Left) {
        self.leaving.insert((left.until, hash));
        self.left_by.entry(left.client.clone()).or_default().insert(hash);
        self.left.insert(hash, Box::new(left));
    }

    pub(super) fn left_mut(&mut self, hash: &TokenHash) -> Option<&mut Left> {
        self.left.get_mut(hash).map(Box::as_mut)
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
        self.places.hold(&hash, id);
        self.house.sockets.get_mut(id)?.token = Some(hash);
        self.store_place(id);
        Some(token)
    }

    /// The connected socket that has this token.
    pub(super) fn holder(&self, hash: &TokenHash) -> Option<SocketId> {
        let has_it = |id: &SocketId| self.house.sockets.get(*id).is_some_and(|socket| socket.token == Some(*hash));
        self.places.holders(hash).find(has_it)
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
        let Some(left) = self.places.left.get(&hash) else { return };
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
        let (true, Some(left)) = (self.places.release(&hash, id), left) else { return };
        if code.is_some_and(CloseCode::is_final) {
            self.outbox.push_back(Output::Store(Record::TokenSpent { hash }));
            return;
        }
        self.places.leave(hash, left);
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

fn prefix(hash: &TokenHash) -> Prefix {
    let [a, b, c, d, e, f, g, h, ..] = *hash;
    [a, b, c, d, e, f, g, h]
}

pub(super) fn hash_of(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}
