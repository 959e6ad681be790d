//! One WebSocket connection, shared between its own task and the shard that writes to it.
//!
//! Everything that is written goes through the outbox, whoever writes it, so frames of several writers never mix. The
//! connection knows bytes and phases, nothing of rooms.

use super::counters::Counters;
use super::frames;
use super::link::Link;
use super::outbox::{Delivered, Outbox, Phase};
use crate::engine::CloseCode;
use crate::envelope::Outgoing;
use crate::wind::SocketId;
use futures_util::task::AtomicWaker;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// See the module.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: SocketId,
    link: Link,
    outbox: Mutex<Outbox>,
    /// Wakes the connection's task when there is something to write or its phase has changed.
    task: AtomicWaker,
    /// When something was last read, in milliseconds since the server started.
    heard: AtomicU64,
    common: Arc<Common>,
}

/// What is the same for all connections.
#[derive(Debug)]
pub(super) struct Common {
    /// What may wait in an outbox.
    pub(super) outbox_bytes_max: usize,
    /// When the server started: the times of all connections count from it.
    pub(super) started: Instant,
    /// When a client comes back that was cut off for its slowness.
    pub(super) reconnect_pause_ms: u64,
    pub(super) counters: Arc<Counters>,
}

impl Connection {
    pub(super) fn new(id: SocketId, link: Link, common: Arc<Common>) -> Self {
        let outbox = Mutex::new(Outbox::new());
        let connection = Connection { id, link, outbox, task: AtomicWaker::new(), heard: AtomicU64::new(0), common };
        connection.hear();
        connection
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When something was last read, counted from the server's start.
    pub(super) fn heard(&self) -> Duration {
        Duration::from_millis(self.heard.load(Ordering::Relaxed))
    }

    fn hear(&self) {
        self.heard.store(self.common.started.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Writes whole frames now, or has them written later. A connection that takes too little is closed.
    pub(super) fn deliver(&self, slices: &mut [IoSlice<'_>]) {
        let delivered = self.outbox().deliver(&self.link, slices, self.common.outbox_bytes_max);
        match delivered {
            Delivered::Written if self.link.is_behind() => self.task.wake(),
            Delivered::Written | Delivered::Behind | Delivered::Refused => {}
            Delivered::Queued => self.task.wake(),
            Delivered::Overflow => {
                self.common.counters.slow.add();
                tracing::debug!(socket = %self.id.0, "closed as a slow consumer");
                self.close_instead(CloseCode::SLOW_CONSUMER, "slow_consumer");
            }
        }
    }

    /// Ends the connection after what waits.
    pub(super) fn close(&self, code: CloseCode, reason: &str) {
        let mut last = Vec::new();
        frames::write_close(code, reason, &mut last);
        self.end(|outbox| outbox.close(last));
    }

    /// Tells the client why, and ends the connection after what waits.
    pub(super) fn close_with_bye(&self, code: CloseCode, reason: &str) {
        self.end(|outbox| outbox.close(self.farewell(code, reason)));
    }

    /// Ends the connection because nothing was heard of it.
    pub(super) fn close_for_silence(&self) {
        self.common.counters.silent.add();
        tracing::debug!(socket = %self.id.0, "closed for silence");
        self.close_with_bye(CloseCode::SILENT, "silent");
    }

    /// The client has closed, and was answered: nothing follows what waits.
    pub(super) fn end_by_client(&self) {
        self.end(|outbox| outbox.close(Vec::new()));
    }

    /// Tells the client why, and ends the connection in the place of what waits.
    fn close_instead(&self, code: CloseCode, reason: &str) {
        self.end(|outbox| outbox.close_instead(self.farewell(code, reason)));
    }

    /// The other side is gone.
    pub(super) fn break_off(&self) {
        self.end(Outbox::break_off);
    }

    fn end(&self, close: impl FnOnce(&mut Outbox)) {
        let mut outbox = self.outbox();
        close(&mut outbox);
        // an error has broken the outbox, which the connection's task sees
        let _ = outbox.flush(&self.link);
        drop(outbox);
        self.task.wake();
    }

    /// Appends what tungstenite writes by itself: whole frames. What a closing connection still says is dropped.
    pub(super) fn append(&self, bytes: &[u8]) {
        self.deliver(&mut [IoSlice::new(bytes)]);
    }

    /// Writes what waits. Ready when nothing waits any more, or the connection is no longer open, with its phase.
    pub(super) fn poll_flush(&self, context: &mut Context<'_>) -> Poll<Phase> {
        self.task.register(context.waker());
        loop {
            if let Some(phase) = self.flush() {
                return Poll::Ready(phase);
            }
            if ready!(self.link.poll_write_ready(context)).is_err() {
                self.break_off();
            }
        }
    }

    /// Writes what goes now; the phase, unless something still waits.
    fn flush(&self) -> Option<Phase> {
        let mut outbox = self.outbox();
        if outbox.flush(&self.link).is_ok() {
            if !outbox.is_empty() {
                return None;
            }
            match self.link.flush() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                Err(_) => outbox.break_off(),
                Ok(()) => {}
            }
        }
        Some(outbox.phase())
    }

    /// How far its end has come.
    pub(super) fn phase(&self) -> Phase {
        self.outbox().phase()
    }

    /// Ready when something may be there to read, where the last read found nothing.
    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.link.poll_readable(context)
    }

    /// Reads what is there; 0 is the end, an error of `WouldBlock` that nothing is there.
    pub(super) fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.link.try_read(into)?;
        self.hear();
        Ok(count)
    }

    /// Reads what is there, or comes; 0 is the end.
    pub(super) fn poll_read(&self, context: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            match self.try_read(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(self.poll_readable(context))?,
                done => return Poll::Ready(done),
            }
        }
    }

    /// The last words, and a close frame. Codes from 4100 mean after a pause, those from 4200 and a restart at once.
    fn farewell(&self, code: CloseCode, reason: &str) -> Vec<u8> {
        let reconnect_in_ms = match code.0 {
            1012 | 4200..=4299 => Some(0),
            4100..=4199 => Some(self.common.reconnect_pause_ms),
            _ => None,
        };
        let mut last = Vec::new();
        frames::write_text(&Outgoing::Bye { code: code.0, reason, reconnect_in_ms }.render(), &mut last);
        frames::write_close(code, reason, &mut last);
        last
    }

    /// Tells the other side that nothing follows, and takes no more from it if `both`.
    pub(super) fn shut(&self, how: std::net::Shutdown) {
        self.link.shut(how);
    }
}
