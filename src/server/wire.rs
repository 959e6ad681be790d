//! The stream that tungstenite reads from and writes to.

use super::connection::Connection;
use super::frames::{Excess, FrameGauge};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How often control frames are counted anew.
const CONTROL_PERIOD: Duration = Duration::from_secs(1);

/// Reads from the socket, counting frames; writes into the outbox, where a write is never refused or taken in part.
#[derive(Debug)]
pub(super) struct Wire {
    connection: Arc<Connection>,
    gauge: FrameGauge,
    forgiven: Instant,
    /// The message under way, and since when.
    message: Option<(u32, Instant)>,
    message_deadline: Duration,
}

impl Wire {
    /// `gauge` has counted what was read before.
    pub(super) fn new(connection: Arc<Connection>, gauge: FrameGauge, message_deadline: Duration) -> Self {
        Wire { connection, gauge, forgiven: Instant::now(), message: None, message_deadline }
    }

    fn count(&mut self, read: &[u8]) -> Result<(), Excess> {
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
            Some((_, since)) if now.duration_since(since) > self.message_deadline => Err(Excess::Slow),
            Some(_) | None => Ok(()),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let unfilled = into.initialize_unfilled();
        let count = ready!(this.connection.poll_read(context, unfilled))?;
        let read = unfilled.get(..count).unwrap_or_default();
        this.count(read).map_err(io::Error::other)?;
        into.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.connection.append(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
