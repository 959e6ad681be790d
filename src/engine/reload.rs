//! Another ruleset takes over. The change itself costs the same however many are connected: sockets and rooms are marked
//! by the epoch that they have seen, and each is brought to the active one before it is next used, the rest a few at a time.

use super::regroup::Formers;
use super::settle::Settled;
use super::{Engine, Output, Settings};
use crate::value::RoomKey;
use crate::wind::{Epoch, Event, Now, SocketId, Successor};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Why a ruleset could not take over now. The one that was active still is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReloaded {
    /// Another took over after this one was compared: compare again.
    Overtaken,
    /// Sockets are still being brought out of the oldest ruleset that may live: wait a moment.
    Busy,
}

impl fmt::Display for NotReloaded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            NotReloaded::Overtaken => "another ruleset became active in the meantime: try again",
            NotReloaded::Busy => "too many rulesets became active at once: try again in a moment",
        })
    }
}

impl std::error::Error for NotReloaded {}

/// How far the last reload has come.
#[derive(Clone, Default)]
pub(super) struct Moving {
    /// Sockets in the table before this one have not been looked at.
    sockets: usize,
    /// The same of rooms.
    rooms: usize,
    /// Groups of rules before, on whose lists some still are.
    pub(super) formers: Formers,
    /// Rooms in which something was said that is held for those who have yet to be looked at, and perhaps rooms where it no longer is.
    pub(super) holding: BTreeSet<RoomKey>,
    /// Sockets that have frames of an older epoch.
    pinned: BTreeMap<Epoch, BTreeSet<SocketId>>,
}

/// One ruleset that lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochInUse {
    /// Which.
    pub epoch: Epoch,
    /// When it became active, in milliseconds since 1970; 0 for the first.
    pub since: u64,
    /// Sockets that are in the middle of a lock of it. None is counted for the active one.
    pub pinned: Vec<SocketId>,
}

impl Engine {
    /// Makes another ruleset the active one. Every socket keeps its connection, its place and its keys as `docs/reload.md` says.
    /// Take the outputs afterwards, as after an input.
    pub fn reload(&mut self, now: Now, successor: Successor) -> Result<Epoch, NotReloaded> {
        let active = self.epochs.active().epoch;
        if successor.after() != active {
            return Err(NotReloaded::Overtaken);
        }
        if self.is_moving() && self.epochs.live().any(|rules| self.epochs.is_expired(rules.epoch)) {
            return Err(NotReloaded::Busy);
        }
        self.now = Now { monotonic: now.monotonic.max(self.now.monotonic), wall: now.wall };
        self.look_at_all_for_whom_is_held();
        let program = successor.program().clone();
        let revoked: Vec<_> = successor.revoked().to_vec();
        let epoch = self.epochs.activate(successor, now.wall, self.settings.epochs_max);
        self.revoke(&revoked);
        self.statistics.reloads += 1;
        self.house.set_entry(program.room_key(program.model.entry, &[]));
        self.moving.sockets = self.house.sockets.len();
        self.moving.rooms = self.house.rooms.len();
        self.regroup();
        // Where nobody is, nobody moves.
        self.retire_epochs();
        Ok(epoch)
    }

    /// Other bounds hold from now on. Nobody who is over one of them is sent away.
    pub fn rebound(&mut self, settings: Settings) {
        self.house.set_bounds(&settings);
        self.settings = settings;
    }

    /// Every ruleset that lives, oldest first, the active one last.
    pub fn epochs_in_use(&self) -> Vec<EpochInUse> {
        let pinned = |epoch| self.moving.pinned.get(&epoch).into_iter().flatten().copied().collect();
        let told = |rules: &crate::wind::Rules| EpochInUse {
            epoch: rules.epoch,
            since: rules.since,
            pinned: pinned(rules.epoch),
        };
        self.epochs.live().map(told).collect()
    }

    /// Whether sockets, rooms or what others left have not been brought to the active epoch yet.
    pub fn is_moving(&self) -> bool {
        self.moving.sockets > 0 || self.moving.rooms > 0 || self.revocations.is_under_way()
    }

    /// Brings as many to the active epoch as one input may.
    pub(super) fn move_some(&mut self) {
        if !self.is_moving() {
            return;
        }
        let mut left = self.settings.moves_per_tick_max;
        while left > 0 && self.moving.rooms > 0 {
            let place = self.moving.rooms.min(self.house.rooms.len()).saturating_sub(1);
            let unsettled = self.house.rooms.key_at(place).map(|key| self.settle_some(&key, &mut left));
            self.moving.rooms = if unsettled == Some(Settled::InPart) { place + 1 } else { place };
        }
        while left > 0 && self.moving.sockets > 0 {
            left -= 1;
            self.moving.sockets = self.moving.sockets.min(self.house.sockets.len()).saturating_sub(1);
            if let Some(socket) = self.house.sockets.id_at(self.moving.sockets) {
                self.move_socket(socket);
                self.run_jobs();
            }
        }
        while left > 0 && self.revocations.is_under_way() {
            left -= 1;
            self.look_at_next_place();
        }
        self.forget_empty_rooms();
        self.retire_epochs();
    }

    /// Brings a socket to the active epoch, in a pass of its own.
    pub(super) fn move_socket(&mut self, id: SocketId) {
        let active = self.epochs.active().epoch;
        if self.house.sockets.get(id).is_some_and(|socket| socket.stack.epoch != active) {
            // What was said before in its rooms comes first.
            self.look_at_all(id);
            self.run_pass(id, Event::Reloaded);
        }
    }

    /// Notes which older epochs a socket still needs.
    pub(super) fn note_pins(&mut self, id: SocketId) {
        if self.epochs.is_single() {
            return;
        }
        let active = self.epochs.active().epoch;
        let frames = self.house.sockets.get(id).map(|socket| &socket.stack.frames);
        let older = frames.into_iter().flatten().map(|frame| frame.epoch).filter(|epoch| *epoch != active);
        let needed: BTreeSet<Epoch> = older.collect();
        let mut gone = false;
        for (epoch, sockets) in &mut self.moving.pinned {
            gone |= !needed.contains(epoch) && sockets.remove(&id) && sockets.is_empty();
        }
        for epoch in needed {
            self.moving.pinned.entry(epoch).or_default().insert(id);
        }
        if gone {
            self.retire_epochs();
        }
    }

    /// Lets go of rulesets that nothing runs under any more.
    fn retire_epochs(&mut self) {
        if self.is_moving() {
            return;
        }
        self.end_revocations();
        self.moving.pinned.retain(|_, sockets| !sockets.is_empty());
        let active = self.epochs.active().epoch;
        let live: Vec<Epoch> = self.epochs.live().map(|rules| rules.epoch).collect();
        for epoch in live.into_iter().filter(|epoch| *epoch != active && !self.moving.pinned.contains_key(epoch)) {
            if let Some(rules) = self.epochs.retire(epoch) {
                self.outbox.push_back(Output::Retired { program: rules.program });
            }
        }
    }
}
