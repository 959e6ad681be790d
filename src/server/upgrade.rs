//! From an HTTP request to a WebSocket (RFC 6455, section 4.2), or to an answer that says what is missing.

use super::conversation::Conversation;
use super::guests::{Guest, Seat};
use super::http::{Refused, refuse};
use super::life::Life;
use super::link::Link;
use super::{Shared, clock, handshake};
use crate::envelope::{self, FIRST};
use crate::wind::{Handshake, SocketId};
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::uri::Authority;
use hyper::upgrade::OnUpgrade;
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Where WebSockets are.
pub(super) const PATH: &str = "/ws";

/// Whoever may become a WebSocket.
pub(super) struct Admitted {
    pub(super) seat: Seat,
    pub(super) socket: SocketId,
    /// What the rules read of the request.
    pub(super) handshake: Arc<Handshake>,
    /// The frame that came with the request.
    pub(super) first: Option<String>,
    pub(super) answer: Response<Body>,
}

/// Answers a request for `/ws`, and starts the conversation that follows.
pub(super) fn upgrade(shared: &Arc<Shared>, guest: &Guest, mut request: Request<Body>) -> Response<Body> {
    let Admitted { seat, socket, handshake, first, answer } = match admit(shared, guest, &request) {
        Ok(admitted) => admitted,
        Err(refused) => {
            if refused.is_full() {
                shared.counters.refused.add();
            }
            return refuse(refused);
        }
    };
    let upgraded = hyper::upgrade::on(&mut request);
    let shared = shared.clone();
    tokio::spawn(async move {
        if let Some((link, read)) = take_link(upgraded, &shared).await
            && let Some(mut conversation) = Conversation::new(shared, link, &read, seat, socket)
        {
            conversation.begin(handshake, first, Vec::new());
            // a new task, since this one keeps the memory that the handshake took
            tokio::spawn(Life::Talking(conversation));
        }
    });
    answer
}

/// Gives a good request for `/ws` its place.
pub(super) fn admit<B>(shared: &Shared, guest: &Guest, request: &Request<B>) -> Result<Admitted, Refused> {
    if !guest.is_counted() {
        let client = shared.proxies.client(guest.peer(), request.headers());
        guest.stands_for(client).map_err(|too_many| {
            tracing::debug!(%client, ?too_many, "a connection too many through a proxy");
            Refused::full()
        })?;
    }
    let answer = accept(shared, request)?;
    let terms = shared.terms.get();
    let first = first_frame(request.headers(), terms.websocket.max_message_size.unwrap_or(usize::MAX))?;
    let (Ok(seat), Ok(socket)) = (guest.sit(), clock::new_socket_id()) else { return Err(Refused::full()) };
    let handshake = match terms.reads.nothing() {
        true => shared.no_handshake.clone(),
        false => Arc::new(handshake::read(&terms.reads, request)),
    };
    Ok(Admitted { seat, socket, handshake, first, answer })
}

/// The bare connection, and what was read behind the request.
async fn take_link(upgraded: OnUpgrade, shared: &Shared) -> Option<(Link, bytes::Bytes)> {
    let upgraded = tokio::time::timeout(shared.terms.get().handshake_deadline, upgraded).await.ok()?.ok()?;
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => Some((Link::Plain(parts.io.into_inner()), parts.read_buf)),
        Err(upgraded) => {
            let parts = upgraded.downcast::<TokioIo<TlsStream<TcpStream>>>().ok()?;
            let (stream, session) = parts.io.into_inner().into_inner();
            Some((Link::tls(stream, session), parts.read_buf))
        }
    }
}

fn switch(key: &str, subprotocol: Option<HeaderValue>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Ok(key) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, key);
    }
    if let Some(subprotocol) = subprotocol {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    response
}

/// The answer to a good request.
fn accept<B>(shared: &Shared, request: &Request<B>) -> Result<Response<Body>, Refused> {
    let headers = request.headers();
    if *shared.stop.borrow() {
        return Err(Refused::stopping());
    }
    let upgrades =
        has_token(headers, header::CONNECTION, "upgrade") && has_token(headers, header::UPGRADE, "websocket");
    if request.method() != Method::GET || request.version() != Version::HTTP_11 || !upgrades {
        return Err(Refused::upgrade_required("this is a WebSocket endpoint: connect to it with a WebSocket client"));
    }
    if single(headers, header::SEC_WEBSOCKET_VERSION) != Some("13") {
        return Err(Refused::upgrade_required("only version 13 of the WebSocket protocol is spoken"));
    }
    let key = single(headers, header::SEC_WEBSOCKET_KEY).filter(|key| is_key(key));
    let key = key.ok_or(Refused::bad_request("handshake", "`Sec-WebSocket-Key` is not 16 bytes in base64"))?;
    may_come_from(shared, headers)?;
    Ok(switch(key, subprotocol(headers)?))
}

/// A page of another site may not connect in the name of whoever looks at it. Clients that are no browsers send no origin.
fn may_come_from(shared: &Shared, headers: &HeaderMap) -> Result<(), Refused> {
    if !headers.contains_key(header::ORIGIN) {
        return Ok(());
    }
    let origin = single(headers, header::ORIGIN).unwrap_or_default();
    let host = single(headers, header::HOST).unwrap_or_default();
    let is_own = match shared.certificate {
        Some(_) => origin.strip_prefix("https://") == Some(host),
        None => origin.strip_prefix("http://") == Some(host) && names_this_machine(host),
    };
    if is_own || shared.terms.get().origins.iter().any(|known| known.as_str() == origin) {
        return Ok(());
    }
    Err(Refused::forbidden("pages of this origin may not connect: the server's setting `origins` lists those that may"))
}

/// Whether a host is an address, or this machine's own name. Any other name is its owner's, who may have it lead to an address that
/// the visitors of a page reach and its owner does not; over TLS the certificate is the proof that it does not.
fn names_this_machine(host: &str) -> bool {
    let Some(authority) = host.parse::<Authority>().ok().filter(|_| !host.contains('@')) else { return false };
    let name = authority.host();
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    address.parse::<IpAddr>().is_ok() || name == "localhost" || name.ends_with(".localhost")
}

/// The subprotocol that the answer names: ours, if the client named any.
fn subprotocol(headers: &HeaderMap) -> Result<Option<HeaderValue>, Refused> {
    if !headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        return Ok(None);
    }
    let known = tokens(headers, header::SEC_WEBSOCKET_PROTOCOL).any(|token| token == envelope::PROTOCOL);
    let unknown = Refused::bad_request(
        "subprotocol",
        "none of these subprotocols is spoken here: name `windlass.v1.json`, or none",
    );
    known.then_some(Some(HeaderValue::from_static(envelope::PROTOCOL))).ok_or(unknown)
}

/// What the client says first, if that comes with its request.
fn first_frame(headers: &HeaderMap, bytes_max: usize) -> Result<Option<String>, Refused> {
    let mut written = tokens(headers, header::SEC_WEBSOCKET_PROTOCOL).filter_map(|token| token.strip_prefix(FIRST));
    let Some(first) = written.next() else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(first).ok().filter(|_| written.next().is_none());
    let text = bytes.filter(|bytes| bytes.len() <= bytes_max).and_then(|bytes| String::from_utf8(bytes).ok());
    let refused = "`windlass.first.` takes one frame, in base64url without padding, no longer than frames may be";
    text.map(Some).ok_or(Refused::bad_request("subprotocol", refused))
}

/// A header's value, if it stands there once.
fn single(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first.trim())
}

pub(super) fn tokens(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    tokens(headers, name).any(|found| found.eq_ignore_ascii_case(token))
}

/// 16 bytes in base64: 22 letters and two signs of padding.
fn is_key(key: &str) -> bool {
    let letters = key.strip_suffix("==").unwrap_or_default();
    letters.len() == 22 && letters.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}
