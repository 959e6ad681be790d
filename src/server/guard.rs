//! Whoever fails too often is not asked any more, for a while: what stands between the engine and the checks.
//!
//! A check counts before it is asked, and is taken back when it passes or when it said nothing about what was shown, so that a thousand
//! guesses at once are a thousand guesses. Counts are by the address of the connection and by the client whom the check is about (its
//! first argument, where it has more than one), so that neither connecting anew nor a thousand addresses bring more guesses. Where the
//! count is full the check fails with `busy` without being asked, as it does when it is too much at work.

use super::Decide;
use super::config::Failures;
use super::counters::Counters;
use super::guests::Seat;
use super::meter::Meter;
use crate::engine::{Engine, Input, Output};
use crate::value::{Millis, Value};
use crate::wind::{BySocket, Now, SocketId, Ticket};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Failures that say nothing about what was shown.
const NO_ANSWER: [&str; 3] = [BUSY, "too slow", "unavailable"];
const BUSY: &str = "busy";

/// Whose connection each socket has.
#[derive(Clone, Debug, Default)]
pub(super) struct Connected(Arc<Mutex<IndexMap<SocketId, Seat, BySocket>>>);

impl Connected {
    fn all(&self) -> MutexGuard<'_, IndexMap<SocketId, Seat, BySocket>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket is about to be. Its seat is its own until the engine has been told that its connection is gone.
    pub(super) fn remember(&self, socket: SocketId, seat: Seat) {
        self.all().insert(socket, seat);
    }

    /// Sockets of nowhere count together.
    fn address(&self, socket: SocketId) -> IpAddr {
        self.all().get(&socket).map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |seat| seat.address())
    }

    /// It is known whose socket it is.
    fn is_identified_now(&self, socket: SocketId) {
        if let Some(seat) = self.all().get_mut(&socket) {
            seat.is_identified_now();
        }
    }

    fn forget(&self, socket: SocketId) {
        self.all().swap_remove(&socket);
    }
}

/// An engine whose checks are guarded.
pub(super) struct Guard<Decider> {
    engine: Decider,
    connected: Connected,
    counters: Arc<Counters>,
    by_address: Meter<IpAddr>,
    /// By a hash of the check and the client, which takes as little memory for a long name as for a short one.
    by_client: Meter<u64>,
    hashes: RandomState,
    /// Checks that are asked. As many as may wait and be at work at once.
    asked: HashMap<(SocketId, Ticket), Asked>,
    /// Checks that are not asked, and that the engine does not know of yet.
    refused: Vec<(SocketId, Ticket)>,
    now: Now,
}

/// What a check counted for.
struct Asked {
    address: IpAddr,
    client: Option<u64>,
}

impl<Decider: Decide> Guard<Decider> {
    pub(super) fn new(
        engine: Decider,
        failures: &Failures,
        connected: Connected,
        counters: Arc<Counters>,
    ) -> Guard<Decider> {
        let window = failures.window.duration();
        Guard {
            engine,
            connected,
            counters,
            by_address: Meter::new(failures.per_address.get(), window),
            by_client: Meter::new(failures.per_client.get(), window),
            hashes: RandomState::new(),
            asked: HashMap::new(),
            refused: Vec::new(),
            now: Now { monotonic: 0, wall: 0 },
        }
    }

    /// Counts a check, unless it must not be asked.
    fn admit(&mut self, socket: SocketId, check: &str, args: &[Value]) -> Option<Asked> {
        let (address, client) = (self.connected.address(socket), self.client(check, args));
        let now = Instant::now();
        if !self.by_address.charge(address, now) {
            return None;
        }
        if client.is_some_and(|client| !self.by_client.charge(client, now)) {
            self.by_address.refund(&address);
            return None;
        }
        Some(Asked { address, client })
    }

    fn client(&self, check: &str, args: &[Value]) -> Option<u64> {
        match args {
            [client, _, ..] => client.as_text().map(|client| self.hashes.hash_one((check, client))),
            [] | [_] => None,
        }
    }

    fn answered(&mut self, of: (SocketId, Ticket), verdict: &Result<Value, Arc<str>>) {
        let Some(Asked { address, client }) = self.asked.remove(&of) else { return };
        let has_failed = verdict.as_ref().is_err_and(|why| !NO_ANSWER.contains(&&**why));
        if !has_failed {
            self.by_address.refund(&address);
            client.iter().for_each(|client| self.by_client.refund(client));
        }
    }
}

impl<Decider: Decide> Decide for Guard<Decider> {
    fn handle_input(&mut self, now: Now, input: Input) {
        self.now = now;
        match &input {
            Input::Verdict { socket, ticket, verdict } => self.answered((*socket, *ticket), verdict),
            Input::Closed { socket } => self.connected.forget(*socket),
            Input::Connected { .. }
            | Input::Received { .. }
            | Input::Page { .. }
            | Input::Act { .. }
            | Input::Space(_)
            | Input::Tick
            | Input::Stop { .. } => {}
        }
        self.engine.handle_input(now, input);
    }

    /// What was refused is told to the engine when it has said all else, as a verdict that is there at once would be.
    fn poll_output(&mut self) -> Option<Output> {
        loop {
            match self.engine.poll_output() {
                Some(Output::Check { socket, ticket, check, args, within }) => {
                    if let Some(asked) = self.admit(socket, &check, &args) {
                        self.asked.insert((socket, ticket), asked);
                        return Some(Output::Check { socket, ticket, check, args, within });
                    }
                    self.counters.guarded.add();
                    tracing::debug!(socket = %socket.0, %check, "not checked: too many failed before");
                    self.refused.push((socket, ticket));
                }
                Some(Output::Identified { socket }) => self.connected.is_identified_now(socket),
                Some(output) => return Some(output),
                None => {
                    let (socket, ticket) = self.refused.pop()?;
                    let verdict = Err(BUSY.into());
                    self.engine.handle_input(self.now, Input::Verdict { socket, ticket, verdict });
                }
            }
        }
    }

    fn poll_timeout(&self) -> Option<Millis> {
        self.engine.poll_timeout()
    }

    fn engine(&mut self) -> Option<&mut Engine> {
        self.engine.engine()
    }
}
