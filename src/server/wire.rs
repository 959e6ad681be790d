//! What tungstenite reads from and writes to, and tungstenite itself, for as long as it has something to remember.

use super::connection::Connection;
use super::frames::{Excess, FrameGauge};
use super::terms::Terms;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketContext};
use tokio_tungstenite::tungstenite::{Error, Message};

/// How often control frames are counted anew.
const CONTROL_PERIOD: Duration = Duration::from_secs(1);

/// The reading side of a connection. Between two messages it holds no buffer, since most connections are silent most of the time.
#[derive(Debug)]
pub(super) struct Wire {
    watch: Watch,
    /// What is in the middle of something; none between two messages.
    websocket: Option<Box<WebSocketContext>>,
}

/// Counts what comes.
#[derive(Debug)]
struct Watch {
    gauge: FrameGauge,
    forgiven: Instant,
    /// The message under way, and since when.
    message: Option<(u32, Instant)>,
}

impl Wire {
    /// `gauge` has counted `read`, which was read before.
    pub(super) fn new(gauge: FrameGauge, read: &[u8], terms: &Terms) -> Self {
        let begun = (!read.is_empty()).then(|| {
            let websocket = WebSocketContext::from_partially_read(read.to_vec(), Role::Server, Some(terms.websocket));
            Box::new(websocket)
        });
        Wire { watch: Watch { gauge, forgiven: Instant::now(), message: None }, websocket: begun }
    }

    /// The next message, as far as one is there; an error of `WouldBlock` where none is.
    pub(super) fn read(&mut self, connection: &Connection, terms: &Terms) -> Result<Message, Error> {
        let new = || Box::new(WebSocketContext::new(Role::Server, Some(terms.websocket)));
        let websocket = self.websocket.get_or_insert_with(new);
        let watch = &mut self.watch;
        let read = websocket.read(&mut Ends { connection, watch, message_deadline: terms.message_deadline });
        if read.is_err() && self.watch.gauge.under_way().is_none() {
            self.websocket = None;
        }
        read
    }
}

impl Watch {
    fn count(&mut self, read: &[u8], message_deadline: Duration) -> Result<(), Excess> {
        let now = Instant::now();
        if now.duration_since(self.forgiven) >= CONTROL_PERIOD {
            self.gauge.forgive();
            self.forgiven = now;
        }
        self.gauge.feed(read)?;
        self.message = match (self.gauge.under_way(), self.message) {
            (None, _) => None,
            (Some(number), Some((before, since))) if number == before => Some((number, since)),
            (Some(number), _) => Some((number, now)),
        };
        match self.message {
            Some((_, since)) if now.duration_since(since) > message_deadline => Err(Excess::Slow),
            Some(_) | None => Ok(()),
        }
    }
}

/// Both ends of a connection as tungstenite wants them: reads from the socket, counting frames; writes into the outbox, where a
/// write is never refused or taken in part.
struct Ends<'a> {
    connection: &'a Connection,
    watch: &'a mut Watch,
    message_deadline: Duration,
}

impl Read for Ends<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.connection.try_read(into)?;
        let read = into.get(..count).unwrap_or_default();
        self.watch.count(read, self.message_deadline).map_err(io::Error::other)?;
        Ok(count)
    }
}

impl Write for Ends<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.connection.append(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
