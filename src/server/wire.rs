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
    gauge: FrameGauge,
    /// When control frames were last counted anew.
    forgiven: Instant,
    /// None between two messages.
    under_way: Option<Box<UnderWay>>,
}

/// What is in the middle of something.
#[derive(Debug)]
struct UnderWay {
    websocket: WebSocketContext,
    /// The message under way, and since when.
    message: Option<(u32, Instant)>,
}

/// Counts what comes.
struct Watch<'a> {
    gauge: &'a mut FrameGauge,
    forgiven: &'a mut Instant,
    message: &'a mut Option<(u32, Instant)>,
    message_deadline: Duration,
}

impl Wire {
    /// `gauge` has counted `read`, which was read before.
    pub(super) fn new(gauge: FrameGauge, read: &[u8], terms: &Terms) -> Self {
        let begun = (!read.is_empty()).then(|| {
            let websocket = WebSocketContext::from_partially_read(read.to_vec(), Role::Server, Some(terms.websocket));
            UnderWay::begin(websocket)
        });
        Wire { gauge, forgiven: Instant::now(), under_way: begun }
    }

    /// The next message, as far as one is there; an error of `WouldBlock` where none is.
    pub(super) fn read(&mut self, connection: &Connection, terms: &Terms) -> Result<Message, Error> {
        let new = || UnderWay::begin(WebSocketContext::new(Role::Server, Some(terms.websocket)));
        let UnderWay { websocket, message } = &mut **self.under_way.get_or_insert_with(new);
        let (gauge, forgiven, message_deadline) = (&mut self.gauge, &mut self.forgiven, terms.message_deadline);
        let watch = Watch { gauge, forgiven, message, message_deadline };
        let read = websocket.read(&mut Ends { connection, watch });
        if read.is_err() && self.gauge.under_way().is_none() {
            self.under_way = None;
        }
        read
    }
}

impl UnderWay {
    fn begin(websocket: WebSocketContext) -> Box<UnderWay> {
        Box::new(UnderWay { websocket, message: None })
    }
}

impl Watch<'_> {
    fn count(&mut self, read: &[u8]) -> Result<(), Excess> {
        let now = Instant::now();
        if now.duration_since(*self.forgiven) >= CONTROL_PERIOD {
            self.gauge.forgive();
            *self.forgiven = now;
        }
        self.gauge.feed(read)?;
        *self.message = match (self.gauge.under_way(), *self.message) {
            (None, _) => None,
            (Some(number), Some((before, since))) if number == before => Some((number, since)),
            (Some(number), _) => Some((number, now)),
        };
        match *self.message {
            Some((_, since)) if now.duration_since(since) > self.message_deadline => Err(Excess::Slow),
            Some(_) | None => Ok(()),
        }
    }
}

/// Both ends of a connection as tungstenite wants them: reads from the socket, counting frames; writes into the outbox, where a
/// write is never refused or taken in part.
struct Ends<'a> {
    connection: &'a Connection,
    watch: Watch<'a>,
}

impl Read for Ends<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.connection.try_read(into)?;
        let read = into.get(..count).unwrap_or_default();
        self.watch.count(read).map_err(io::Error::other)?;
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
