//! One writer: the connections that are hashed to it, and its share of the engine's lists.
//!
//! Commands are taken in order and gathered; [`Shard::flush`] then writes, once per connection, all that a batch of
//! commands has for it. The frames of a batch stand one after the other in one buffer, so what is the same for many
//! receivers is neither copied nor counted for each, and frames that follow each other for a receiver are one piece.

use super::connection::Connection;
use super::frames;
use super::wheel::{Due, Wheel};
use crate::engine::{CloseCode, ListId};
use crate::wind::{BySocket, SocketId};
use hashbrown::HashTable;
use hashbrown::hash_table::OccupiedEntry;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::io::IoSlice;
use std::sync::Arc;
use std::time::Duration;

/// A batch's buffer is written out when it holds so many bytes.
const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// So many pieces of a batch's buffer go to one connection at once.
const PIECES_MAX: usize = 64;

/// So many lists of pieces are kept from one batch for the next.
const TOUCHED_KEPT: usize = 4096;

/// What a shard is told.
#[derive(Debug)]
pub(super) enum Command {
    /// A connection is here, and this is written to it first.
    Adopt(Arc<Connection>, Vec<u8>),
    /// The engine has forgotten it.
    Forget(SocketId),
    /// See [`crate::engine::Output::Send`].
    Send(SocketId, Arc<str>),
    /// See [`crate::engine::Output::Join`].
    Join(ListId, SocketId),
    /// See [`crate::engine::Output::Leave`].
    Leave(ListId, SocketId),
    /// See [`crate::engine::Output::Fan`].
    Fan(ListId, Arc<str>, Option<SocketId>),
    /// See [`crate::engine::Output::Close`].
    Close(SocketId, CloseCode, Arc<str>),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Shard {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// The slots that have a connection, by its socket. It holds no ids, which the connections have.
    by_socket: HashTable<u32>,
    lists: HashMap<ListId, Vec<u32>>,
    batch: Vec<u8>,
    touched: Vec<Touched>,
    touched_count: usize,
    /// So much of a batch is written to one connection at once: half of what may wait for it, so that a batch alone never makes
    /// a connection a slow one.
    share_bytes_max: usize,
    wheel: Wheel,
}

#[derive(Debug, Default)]
struct Slot {
    connection: Option<Arc<Connection>>,
    /// The lists it is on, and where on each. Most are on one or two.
    places: SmallVec<[(ListId, u32); 2]>,
    /// What the batch has for it, as an index into `touched`.
    pending: Option<u32>,
    /// How many connections this slot has had: what the wheel still has of an earlier one means nothing.
    generation: u32,
}

/// What a batch has for one connection, as pieces of its buffer.
#[derive(Debug, Default)]
struct Touched {
    slot: u32,
    pieces: Vec<(u32, u32)>,
    bytes: usize,
}

impl Shard {
    pub(super) fn new(wheel: Wheel, outbox_bytes_max: usize) -> Self {
        Shard {
            slots: Vec::new(),
            free: Vec::new(),
            by_socket: HashTable::new(),
            lists: HashMap::new(),
            batch: Vec::new(),
            touched: Vec::new(),
            touched_count: 0,
            share_bytes_max: outbox_bytes_max / 2,
            wheel,
        }
    }

    /// Takes a command; what it writes is written by [`Shard::flush`] at the latest.
    pub(super) fn take(&mut self, command: Command) {
        match command {
            Command::Adopt(connection, answer) => self.adopt(connection, &answer),
            Command::Forget(socket) => self.forget(socket),
            Command::Send(socket, frame) => {
                if let Some(slot) = self.slot_of(socket) {
                    let piece = self.write(|out| frames::write_text(&frame, out));
                    self.touch(slot, piece);
                }
            }
            Command::Join(list, socket) => self.join(list, socket),
            Command::Leave(list, socket) => self.leave(list, socket),
            Command::Fan(list, frame, except) => self.fan(list, &frame, except),
            Command::Close(socket, code, reason) => self.close(socket, code, &reason),
        }
        if self.batch.len() > BATCH_BYTES_MAX {
            self.flush();
        }
    }

    fn adopt(&mut self, connection: Arc<Connection>, answer: &[u8]) {
        let socket = connection.id;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            (self.slots.len() - 1) as u32
        });
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            let heard = connection.heard();
            entry.connection = Some(connection);
            self.wheel.admit(slot, entry.generation, heard, socket);
            let slots = &self.slots;
            self.by_socket
                .insert_unique(hash(socket), slot, |slot| connection_of(slots, *slot).map_or(0, |is| hash(is.id)));
        }
        if !answer.is_empty() {
            let piece = self.write(|out| out.extend_from_slice(answer));
            self.touch(slot, piece);
        }
    }

    fn slot_of(&self, socket: SocketId) -> Option<u32> {
        self.by_socket.find(hash(socket), |slot| is_of(&self.slots, *slot, socket)).copied()
    }

    fn forget(&mut self, socket: SocketId) {
        let found = self.by_socket.find_entry(hash(socket), |slot| is_of(&self.slots, *slot, socket));
        let Ok((slot, _)) = found.map(OccupiedEntry::remove) else { return };
        self.write_out(slot);
        while let Some((list, _)) = self.slots.get(slot as usize).and_then(|entry| entry.places.last().copied()) {
            self.remove(list, slot);
        }
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            *entry = Slot { generation: entry.generation.wrapping_add(1), ..Slot::default() };
            self.free.push(slot);
        }
    }

    fn close(&mut self, socket: SocketId, code: CloseCode, reason: &str) {
        let Some(slot) = self.slot_of(socket) else { return };
        self.write_out(slot);
        if let Some(connection) = connection_of(&self.slots, slot) {
            connection.close(code, reason);
        }
        self.forget(socket);
    }

    fn join(&mut self, list: ListId, socket: SocketId) {
        let Some(slot) = self.slot_of(socket) else { return };
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let members = self.lists.entry(list).or_default();
        entry.places.push((list, members.len() as u32));
        members.push(slot);
    }

    fn leave(&mut self, list: ListId, socket: SocketId) {
        if let Some(slot) = self.slot_of(socket) {
            self.remove(list, slot);
        }
    }

    fn remove(&mut self, list: ListId, slot: u32) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let Some(at) = entry.places.iter().position(|(on, _)| *on == list) else { return };
        let (_, place) = entry.places.swap_remove(at);
        let Some(members) = self.lists.get_mut(&list) else { return };
        if (place as usize) < members.len() {
            members.swap_remove(place as usize);
        }
        let moved = members.get(place as usize).copied();
        if members.is_empty() {
            self.lists.remove(&list);
        }
        if let Some(moved) = moved.and_then(|slot| self.slots.get_mut(slot as usize)) {
            moved.places.iter_mut().filter(|(on, _)| *on == list).for_each(|(_, at)| *at = place);
        }
    }

    fn fan(&mut self, list: ListId, frame: &str, except: Option<SocketId>) {
        // taken out while it is read, so that connections can be touched
        let Some(members) = self.lists.remove(&list) else { return };
        let except = except.and_then(|socket| self.slot_of(socket));
        let piece = self.write(|out| frames::write_text(frame, out));
        for slot in &members {
            if Some(*slot) != except {
                self.touch(*slot, piece);
            }
        }
        self.lists.insert(list, members);
    }

    /// Appends to the batch's buffer; which piece of it that is.
    fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> (u32, u32) {
        let start = self.batch.len();
        write(&mut self.batch);
        (start as u32, self.batch.len() as u32)
    }

    /// The batch has this piece for the connection.
    fn touch(&mut self, slot: u32, (start, end): (u32, u32)) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let Some(connection) = &entry.connection else { return };
        let pending = *entry.pending.get_or_insert_with(|| {
            if self.touched.len() == self.touched_count {
                self.touched.push(Touched::default());
            }
            self.touched_count += 1;
            (self.touched_count - 1) as u32
        });
        let Some(touched) = self.touched.get_mut(pending as usize) else { return };
        touched.slot = slot;
        touched.bytes += (end - start) as usize;
        match touched.pieces.last_mut() {
            Some((_, last)) if *last == start => *last = end,
            Some(_) | None => touched.pieces.push((start, end)),
        }
        if touched.pieces.len() == PIECES_MAX || touched.bytes > self.share_bytes_max {
            deliver(connection, touched, &self.batch);
        }
    }

    /// Writes what the batch has for one connection.
    fn write_out(&mut self, slot: u32) {
        let Some(entry) = self.slots.get(slot as usize) else { return };
        let touched = entry.pending.and_then(|pending| self.touched.get_mut(pending as usize));
        if let (Some(connection), Some(touched)) = (&entry.connection, touched) {
            deliver(connection, touched, &self.batch);
        }
    }

    /// Writes everything that was gathered.
    pub(super) fn flush(&mut self) {
        for touched in self.touched.iter_mut().take(self.touched_count) {
            // a connection that was forgotten meanwhile was written to then, and its slot may be another's
            let Some(entry) = self.slots.get_mut(touched.slot as usize) else { continue };
            if let Some(connection) = entry.connection.as_ref().filter(|_| !touched.pieces.is_empty()) {
                deliver(connection, touched, &self.batch);
            }
            entry.pending = None;
        }
        self.touched_count = 0;
        self.touched.truncate(TOUCHED_KEPT);
        self.touched.shrink_to(TOUCHED_KEPT);
        self.batch.clear();
        self.batch.shrink_to(BATCH_BYTES_MAX);
    }

    /// How often [`Shard::tick`] wants to be called.
    pub(super) fn tick_period(&self) -> Duration {
        self.wheel.tick()
    }

    /// Time has passed: heartbeats are written, and connections that were silent for too long closed.
    pub(super) fn tick(&mut self, now: Duration, heartbeat: &str) {
        let mut due = Vec::new();
        self.wheel.turn(now, &mut due);
        let mut beat = None;
        for Due { slot, generation, what } in due {
            let Some(entry) = self.slots.get(slot as usize).filter(|entry| entry.generation == generation) else {
                continue;
            };
            let Some(connection) = entry.connection.clone() else { continue };
            match what {
                super::wheel::What::Beat => {
                    let piece = *beat.get_or_insert_with(|| {
                        self.write(|out| {
                            frames::write_ping(out);
                            frames::write_text(heartbeat, out);
                        })
                    });
                    self.touch(slot, piece);
                }
                super::wheel::What::Silence => {
                    if self.wheel.is_silent(slot, generation, connection.heard(), now) {
                        connection.close_for_silence();
                    }
                }
            }
        }
        self.flush();
    }
}

fn hash(socket: SocketId) -> u64 {
    BySocket::default().hash_one(socket)
}

fn connection_of(slots: &[Slot], slot: u32) -> Option<&Connection> {
    slots.get(slot as usize)?.connection.as_deref()
}

fn is_of(slots: &[Slot], slot: u32, socket: SocketId) -> bool {
    connection_of(slots, slot).is_some_and(|connection| connection.id == socket)
}

/// Writes the pieces of a batch's buffer to the connection.
fn deliver(connection: &Connection, touched: &mut Touched, batch: &[u8]) {
    let piece = |(start, end): &(u32, u32)| batch.get(*start as usize..*end as usize).unwrap_or_default();
    match touched.pieces.as_slice() {
        [] => {}
        [one] => connection.deliver(&mut [IoSlice::new(piece(one))]),
        several => {
            let mut slices = [IoSlice::new(&[]); PIECES_MAX];
            let count = several.len().min(PIECES_MAX);
            for (slice, at) in slices.iter_mut().zip(several) {
                *slice = IoSlice::new(piece(at));
            }
            connection.deliver(slices.get_mut(..count).unwrap_or_default());
        }
    }
    touched.pieces.clear();
    touched.bytes = 0;
}
