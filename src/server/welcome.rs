//! The short way in: a request for `/ws` that is there whole, and to which nothing is to be said but yes, is answered without HTTP's
//! machinery, which costs more than all the rest of an arrival.
//!
//! The request is only looked at until it is known to be one. Everything else (what comes in pieces or over TLS, is refused, or
//! asks for something else) is left unread to `http`, with its limits and its answers: there is one place that says no.

use super::conversation::Conversation;
use super::guests::Guest;
use super::link::Link;
use super::upgrade::{self, Admitted};
use super::{Shared, http};
use axum::Router;
use hyper::header;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::handshake::machine::TryParse;
use tokio_tungstenite::tungstenite::handshake::server::{Request, write_response};

/// A longer request goes the long way. It is less than what HTTP's own bound may be set to.
const HEAD_BYTES_MAX: usize = 4096;

/// A connection has the deadline of a handshake to say what it wants. Whoever goes the long way is served there to the end.
pub(super) async fn enter(
    shared: Arc<Shared>,
    router: Router,
    stream: TcpStream,
    guest: Arc<Guest>,
) -> Option<Box<Conversation>> {
    let deadline = Instant::now() + shared.terms.get().handshake_deadline;
    if shared.certificate.is_none() {
        let looks = poll_fn(|context| poll_look(context, &shared, &stream, &guest));
        if let Some((length, admitted)) = timeout_at(deadline, looks).await.ok()? {
            return begin(shared, stream, length, admitted);
        }
    }
    Box::pin(http::serve(shared, router, stream, guest, deadline)).await;
    None
}

/// Ready when something has come: with the length of the request and who may come in, or nothing where the long way is to be taken.
fn poll_look(
    context: &mut Context<'_>,
    shared: &Shared,
    stream: &TcpStream,
    guest: &Guest,
) -> Poll<Option<(usize, Admitted)>> {
    // on the stack, since a future that held it would hold it while it waits
    let mut buffer = [0; HEAD_BYTES_MAX];
    let mut seen = ReadBuf::new(&mut buffer);
    let peeked = ready!(stream.poll_peek(context, &mut seen));
    Poll::Ready(peeked.ok().and_then(|_| admit(shared, guest, seen.filled())))
}

fn admit(shared: &Shared, guest: &Guest, seen: &[u8]) -> Option<(usize, Admitted)> {
    let (length, request) = Request::try_parse(seen).ok()??;
    let bodies = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
    let has_body = bodies.iter().any(|name| request.headers().contains_key(name));
    if request.uri().path() != upgrade::PATH || has_body {
        return None;
    }
    Some((length, upgrade::admit(shared, guest, &request).ok()?))
}

/// Takes the request off the connection, with what has come behind it.
fn begin(shared: Arc<Shared>, stream: TcpStream, length: usize, admitted: Admitted) -> Option<Box<Conversation>> {
    let link = Link::Plain(stream);
    let mut buffer = [0; HEAD_BYTES_MAX];
    let count = link.try_read(&mut buffer).ok()?;
    let behind = buffer.get(length..count)?;
    let Admitted { seat, socket, handshake, first, answer } = admitted;
    let mut head = Vec::new();
    write_response(&mut head, &answer).ok()?;
    let mut conversation = Conversation::new(shared, link, behind, seat, socket)?;
    if !behind.is_empty() {
        // what comes of what it has said already must not be written first
        conversation.answer(&std::mem::take(&mut head));
    }
    conversation.begin(handshake, first, head);
    Some(conversation)
}
