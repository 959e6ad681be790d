//! What the bytes of a WebSocket go over: TCP, or TLS over TCP.
//!
//! Both take and give what they can at once, so that shards write to either without waiting. A plain link has nothing of TLS, not even
//! its size.

use super::outbox::Sink;
use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio_rustls::rustls::ServerConnection;

/// So much may wait encrypted, besides what waits in the outbox, in bytes.
const ENCRYPTED_BYTES_MAX: usize = 16 * 1024;

/// See the module.
#[derive(Debug)]
pub(super) enum Link {
    /// As it is.
    Plain(TcpStream),
    /// Encrypted.
    Tls(Box<Tls>),
}

/// TLS whose handshake is done. Its session is for the reader and the writers in turn, and for none of them longer than a call.
#[derive(Debug)]
pub(super) struct Tls {
    stream: TcpStream,
    session: Mutex<ServerConnection>,
}

impl Link {
    /// TLS over a connection.
    pub(super) fn tls(stream: TcpStream, mut session: ServerConnection) -> Link {
        session.set_buffer_limit(Some(ENCRYPTED_BYTES_MAX));
        Link::Tls(Box::new(Tls { stream, session: Mutex::new(session) }))
    }

    fn stream(&self) -> &TcpStream {
        match self {
            Link::Plain(stream) => stream,
            Link::Tls(tls) => &tls.stream,
        }
    }

    /// Writes what was taken and is not with the kernel yet; an error of `WouldBlock` where not all of it goes now.
    pub(super) fn flush(&self) -> io::Result<()> {
        match self {
            Link::Plain(_) => Ok(()),
            Link::Tls(tls) => tls.push(&mut tls.session()),
        }
    }

    /// Whether something was taken that is not with the kernel yet.
    pub(super) fn is_behind(&self) -> bool {
        match self {
            Link::Plain(_) => false,
            Link::Tls(tls) => tls.session().wants_write(),
        }
    }

    /// Ready when something may be written.
    pub(super) fn poll_write_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_write_ready(context)
    }

    /// Ready when something may be there to read, where the last read found nothing.
    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_read_ready(context)
    }

    /// Reads what is there; 0 is the end, an error of `WouldBlock` that nothing is there. What TLS has decrypted already is there
    /// although the socket is empty.
    pub(super) fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Link::Plain(stream) => try_read(stream, into),
            Link::Tls(tls) => tls.try_read(into),
        }
    }

    /// Tells the other side that nothing follows, and takes no more from it if `both`.
    pub(super) fn shut(&self, how: Shutdown) {
        if let Link::Tls(tls) = self {
            tls.say_that_nothing_follows();
        }
        #[cfg(unix)]
        {
            use std::os::fd::AsFd;
            if let Ok(same) = self.stream().as_fd().try_clone_to_owned() {
                // it may be gone already
                let _ = std::net::TcpStream::from(same).shutdown(how);
            }
        }
        #[cfg(not(unix))]
        let _ = how;
    }
}

/// A read that does not fill the buffer has emptied the socket: saying so to tokio saves the read that would find that
/// out (as tokio's own `poll_read` does).
fn try_read(stream: &TcpStream, into: &mut [u8]) -> io::Result<usize> {
    let (length, mut read) = (into.len(), None);
    let tried = stream.try_io(Interest::READABLE, || {
        let count = stream.try_read(into)?;
        read = Some(count);
        if 0 < count && count < length { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(count) }
    });
    match read {
        Some(count) => Ok(count),
        None => tried,
    }
}

impl Sink for Link {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Link::Plain(stream) => Sink::try_write(stream, slices),
            Link::Tls(tls) => tls.try_write(slices),
        }
    }
}

impl Sink for TcpStream {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match slices {
            [one] => TcpStream::try_write(self, one),
            slices => self.try_write_vectored(slices),
        }
    }
}

impl Tls {
    fn session(&self) -> MutexGuard<'_, ServerConnection> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes more only when all that it took before is with the kernel, so that what it holds has a bound.
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut session = self.session();
        self.push(&mut session)?;
        let count = session.writer().write_vectored(slices)?;
        match self.push(&mut session) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            Ok(()) | Err(_) => Ok(count),
        }
    }

    fn push(&self, session: &mut ServerConnection) -> io::Result<()> {
        while session.wants_write() {
            if session.write_tls(&mut Raw(&self.stream))? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        let mut session = self.session();
        loop {
            match session.reader().read(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // WebSockets have an end of their own, so a client need not end TLS too
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                done => return done,
            }
            session.read_tls(&mut Raw(&self.stream))?;
            let processed = session.process_new_packets();
            // an alert, or an answer to a change of keys; the next write brings what does not go now
            let _ = self.push(&mut session);
            processed.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
    }

    fn say_that_nothing_follows(&self) {
        let mut session = self.session();
        session.send_close_notify();
        // the end of TCP says so too
        let _ = self.push(&mut session);
    }
}

/// Reads and writes as a session wants it.
struct Raw<'a>(&'a TcpStream);

impl Read for Raw<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(into)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
