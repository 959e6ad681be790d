//! One WebSocket: reads, decodes, hands to the engine, writes what waits, and closes.

use super::Shared;
use super::connection::Connection;
use super::desk::{Arrival, Newcomer};
use super::frames::{Excess, FrameGauge};
use super::guests::Seat;
use super::link::Link;
use super::outbox::Phase;
use super::terms::Terms;
use super::wire::Wire;
use crate::engine::{CloseCode, Input};
use crate::wind::{Handshake, SocketId};
use std::future::poll_fn;
use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::coop;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

/// How long a connection that is closed may take to read what waits for it and to close too.
const CLOSE_WAIT: Duration = Duration::from_secs(2);
/// So much of what a closed connection still sends is read and forgotten, in bytes: closing on unread bytes would reset the
/// connection, and the client would not read why.
const DISCARD_BYTES_MAX: usize = 1024 * 1024;
/// How much of that is read at once.
const DISCARD_BUFFER_BYTES: usize = 2048;

/// What a conversation is made of. As a future it ends when nothing more is read, with what is left to do then. It is no `async`
/// function, since those hold twice what they are begun with.
pub(super) struct Conversation {
    connection: Arc<Connection>,
    wire: Wire,
    /// What the engine had no place for yet. Nothing is read until it has.
    waiting: Option<Waiting>,
    /// Whether the socket was empty when it was last read.
    drained: bool,
    terms: Arc<Terms>,
    shared: Arc<Shared>,
}

/// Waits until the engine takes something; whether there is an engine. In a box, since nearly none ever waits for this.
type Waiting = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Ends a connection of which nothing more is read: it may take what waits for it. In a box, since a task is as large as the largest thing
/// that it ever waits for, and this takes moments.
pub(super) type Closing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Why a conversation is over.
enum End {
    /// The engine, a shard or a signal closed it.
    Ours,
    /// The client closed it, as it should be done.
    Theirs,
    /// The other side is gone.
    Gone,
    /// What came is not what may come.
    Broken(CloseCode, &'static str),
    /// The server itself has ended.
    Deserted,
}

const PROTOCOL_ERROR: CloseCode = CloseCode(1002);
const UNSUPPORTED: CloseCode = CloseCode(1003);
const INVALID_TEXT: CloseCode = CloseCode(1007);
const POLICY: CloseCode = CloseCode(1008);
const TOO_BIG: CloseCode = CloseCode(1009);

impl Conversation {
    /// A conversation over a connection that has just been upgraded, of which `read` was read already.
    pub(super) fn new(
        shared: Arc<Shared>,
        link: Link,
        read: &[u8],
        seat: Seat,
        socket: SocketId,
    ) -> Option<Box<Conversation>> {
        // what the request did not come with is not looked for: the socket says when more comes
        let drained = read.is_empty() && matches!(link, Link::Plain(_));
        let connection = Arc::new(Connection::new(socket, link, shared.common.clone()));
        let terms = shared.terms.get();
        let mut gauge = FrameGauge::new(terms.fragments_max);
        if gauge.feed(read).is_err() {
            return None;
        }
        shared.connected.remember(socket, seat);
        shared.counters.upgraded.add();
        let wire = Wire::new(gauge, read, &terms);
        Some(Box::new(Conversation { connection, wire, waiting: None, drained, terms, shared }))
    }

    /// Writes the answer to the request, before anything else is.
    pub(super) fn answer(&self, head: &[u8]) {
        self.connection.append(head);
    }

    /// Tells the engine of it, and what it says first. The answer to the request, unless it has been written, goes with the first
    /// frame to it.
    pub(super) fn begin(&mut self, handshake: Arc<Handshake>, first: Option<String>, answer: Vec<u8>) {
        let first = first.map(|text| self.received(&text));
        let newcomer = Newcomer { connection: self.connection.clone(), handshake, first, answer };
        self.hand_in(Arrival::Connected(newcomer));
    }

    /// Hands something to the engine, which may have too much to do already.
    fn hand_in(&mut self, arrival: Arrival) {
        let inbox = &self.shared.inbox;
        self.waiting = inbox.try_send(arrival).err().map(|error| -> Waiting {
            let inbox = inbox.clone();
            Box::pin(async move { inbox.send(error.into_inner()).await.is_ok() })
        });
    }

    /// Ready when nothing more is read.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<End> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                if !ready!(waiting.as_mut().poll(context)) {
                    return Poll::Ready(End::Deserted);
                }
                self.waiting = None;
            }
            let text = match ready!(self.poll_message(context)) {
                Ok(Message::Text(text)) => text,
                Ok(Message::Binary(_)) => return Poll::Ready(End::Broken(UNSUPPORTED, "binary frames are refused")),
                // tungstenite has answered by itself
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_)) => continue,
                Err(end) => return Poll::Ready(end),
            };
            let received = self.received(&text);
            self.hand_in(Arrival::Input(received));
        }
    }

    fn received(&self, text: &str) -> Input {
        Input::Received { socket: self.connection.id, envelope: (self.terms.decode)(text) }
    }

    /// Writes what waits, then reads; an end of our own goes before what the client still says.
    fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Result<Message, End>> {
        let phase = match self.connection.poll_flush(context) {
            Poll::Ready(phase) => phase,
            Poll::Pending => self.connection.phase(),
        };
        match phase {
            Phase::Open => {}
            Phase::Closing => return Poll::Ready(Err(End::Ours)),
            Phase::Broken => return Poll::Ready(Err(End::Gone)),
        }
        // whoever has much to say lets others speak in between
        let turn = ready!(coop::poll_proceed(context));
        loop {
            // a read clears its whole buffer first, so one that would find nothing is not tried
            if self.drained && ready!(self.connection.poll_readable(context)).is_err() {
                return Poll::Ready(Err(End::Gone));
            }
            let read = self.wire.read(&self.connection, &self.terms);
            self.drained = matches!(&read, Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock);
            if !self.drained {
                turn.made_progress();
                return Poll::Ready(read.map_err(|error| end_of(&error)));
            }
        }
    }

    fn connection_ends(&self, end: End) {
        match end {
            End::Ours => {}
            End::Theirs => self.connection.end_by_client(),
            End::Gone => self.connection.break_off(),
            End::Broken(code, reason) => {
                self.shared.counters.broken.add();
                tracing::debug!(socket = %self.connection.id.0, code = code.0, reason, "closed for what it sent");
                match code {
                    // what is no WebSocket is not talked to (RFC 6455, section 7.1.7)
                    PROTOCOL_ERROR | INVALID_TEXT => self.connection.close(code, reason),
                    _ => self.connection.close_with_bye(code, reason),
                }
            }
            End::Deserted => self.connection.close_with_bye(CloseCode::RESTART, "restart"),
        }
    }
}

/// Which end an error of the WebSocket is.
fn end_of(error: &Error) -> End {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => End::Theirs,
        Error::Io(error) => match error.get_ref().and_then(|error| error.downcast_ref::<Excess>()) {
            Some(Excess::Fragments) => End::Broken(POLICY, "too many fragments"),
            Some(Excess::Control) => End::Broken(POLICY, "too many control frames"),
            Some(Excess::Slow) => End::Broken(POLICY, "message too slow"),
            None => End::Gone,
        },
        Error::Protocol(tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            End::Gone
        }
        Error::Protocol(_) => End::Broken(PROTOCOL_ERROR, "protocol error"),
        Error::Utf8(_) => End::Broken(INVALID_TEXT, "not UTF-8"),
        Error::Capacity(CapacityError::MessageTooLong { .. }) => End::Broken(TOO_BIG, "message too big"),
        Error::Capacity(_) => End::Broken(TOO_BIG, "too big"),
        // what a server that never writes through tungstenite does not meet
        _ => End::Gone,
    }
}

impl Future for Conversation {
    type Output = Closing;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Closing> {
        let end = ready!(self.poll_end(context));
        self.connection_ends(end);
        Poll::Ready(Box::pin(close(self.connection.clone())))
    }
}

/// The engine is told that the connection is gone, however its task ends. A client that is slow to close is not waited for by the
/// rules, nor does it keep its place in memory.
impl Drop for Conversation {
    fn drop(&mut self) {
        let socket = self.connection.id;
        self.shared.counters.ended.add();
        if std::thread::panicking() {
            self.shared.counters.panics.add();
            tracing::error!(socket = %socket.0, "a connection's handler panicked");
        }
        let closed = Arrival::Input(Input::Closed { socket });
        if let Err(TrySendError::Full(closed)) = self.shared.inbox.try_send(closed) {
            let inbox = self.shared.inbox.clone();
            // the engine may have ended meanwhile
            tokio::spawn(async move { inbox.send(closed).await });
        }
    }
}

async fn close(connection: Arc<Connection>) {
    let _ = tokio::time::timeout(CLOSE_WAIT, finish(&connection)).await;
    connection.shut(Shutdown::Both);
}

/// Writes what waits, says that nothing follows, and reads until the other side says so too.
async fn finish(connection: &Connection) {
    if let Phase::Broken = poll_fn(|context| connection.poll_flush(context)).await {
        return;
    }
    connection.shut(Shutdown::Write);
    let mut buffer = [0; DISCARD_BUFFER_BYTES];
    let mut discarded = 0;
    while discarded < DISCARD_BYTES_MAX {
        match poll_fn(|context| connection.poll_read(context, &mut buffer)).await {
            Ok(0) | Err(_) => return,
            Ok(count) => discarded += count,
        }
    }
}

/// How tungstenite is set up: a small buffer to read into, since it is cleared before every read, and none to write from.
pub(super) fn websocket_config(read_buffer_bytes: usize, message_bytes_max: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(read_buffer_bytes)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(Some(message_bytes_max))
        .max_frame_size(Some(message_bytes_max))
}

/// Room for the pongs and close frames that tungstenite writes by itself; they pass it at once.
const WRITE_BUFFER_BYTES_MAX: usize = 1024;
