//! The rules of `docs/language.md`, section "The evaluation pass", told a second time, so that the real pass can be
//! compared with it. It walks the tree and not the model, knows names and no ids, recurses, copies the whole world
//! before each event, and has never heard of budgets.

mod action;
mod eval;
mod frames;
mod gate;
mod leave;
mod nominate;
mod renewal;
mod route;
pub mod rules;
mod socket;
mod step;
mod types;

use super::event::Happening;
use super::world::World;
use rules::Rules;
use serde_json::{Value as Json, json};
use socket::Socket;
use std::sync::Arc;

/// How far the wall clock is ahead of the monotonic one in these tests, in milliseconds.
pub const WALL_AHEAD: u64 = 1_700_000_000_000;
/// How long a client may choose.
const CHOICE_WITHIN: u64 = 60_000;
/// How deep a pass may recurse before the rules are called endless.
const RECURSION_MAX: u32 = 400;

/// The socket was closed: nothing of the pass goes on.
#[derive(Debug)]
pub struct Closed;

type Step = Result<(), Closed>;

/// One socket and its world, as the page says they go on.
#[derive(Clone, Debug)]
pub struct Naive {
    pub rules: Arc<Rules>,
    pub world: World,
    pub socket: Socket,
    pub handshake: Json,
    pub now: u64,
    effects: Vec<Json>,
    /// The messages that were handled.
    answers: Vec<Json>,
    /// The socket has left the room that it stood in.
    to_entry: bool,
    nonces_made: std::cell::Cell<u8>,
    depth: u32,
    /// How many `on leave` are being done.
    leaving: u32,
}

impl Naive {
    pub fn new(rules: Arc<Rules>, world: World, handshake: Json) -> Naive {
        Naive {
            rules,
            world,
            socket: Socket::default(),
            handshake,
            now: 0,
            effects: Vec::new(),
            answers: Vec::new(),
            to_entry: false,
            nonces_made: std::cell::Cell::new(0),
            depth: 0,
            leaving: 0,
        }
    }

    /// One pass: what is sent, in order.
    pub fn event(&mut self, happening: &Happening) -> Vec<Json> {
        self.effects.clear();
        self.answers.clear();
        self.to_entry = false;
        let open = self.happen(happening).and_then(|()| self.go_to_entry()).and_then(|()| self.ask_again()).is_ok();
        if open {
            let oks = self.answers.iter().map(|id| json!({ "ok": id }));
            self.effects.extend(oks);
        }
        self.socket.ghosts.clear();
        std::mem::take(&mut self.effects)
    }

    fn wall(&self) -> u64 {
        self.now + WALL_AHEAD
    }

    fn nonce(&self) -> String {
        self.nonces_made.set(self.nonces_made.get().wrapping_add(1));
        format!("{:02x}", self.nonces_made.get()).repeat(32)
    }

    /// Who the socket is to a room.
    fn member(&self) -> String {
        self.socket.client.clone().unwrap_or_else(|| super::world::SELF.to_owned())
    }

    fn is_in(&self, room: &str) -> bool {
        self.world.is_member(room, &self.member())
    }

    fn refuse(&mut self, id: Option<&Json>, code: &str) {
        self.effects.push(json!({ "error": code, "id": id }));
    }

    /// Goes one deeper. Rules that do not end are stopped, and found out by that.
    fn descend(&mut self, go: impl FnOnce(&mut Naive) -> Step) -> Step {
        if self.depth == RECURSION_MAX {
            self.effects.push(json!("this does not end"));
            return Err(Closed);
        }
        self.depth += 1;
        let outcome = go(self);
        self.depth -= 1;
        outcome
    }
}
