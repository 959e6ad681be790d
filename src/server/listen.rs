//! The accept loop: takes connections, turns away those that are too many, and waits where none can be taken.

use super::guests::Guest;
use super::life::Life;
use super::welcome::enter;
use super::{Shared, http};
use axum::Router;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

/// How long the loop waits after a failure, at first and at most. Without file descriptors, trying again at once would
/// keep a core busy and take none of them back.
const PAUSE_LEAST: Duration = Duration::from_millis(20);
const PAUSE_MOST: Duration = Duration::from_secs(1);

/// So many connections may wait to be taken, as far as the system lets them (`net.core.somaxconn`). One that finds no place tries again
/// a second later, so all that come back at one moment should find one.
const WAITING_MAX: u32 = 4096;

/// Opens the door.
pub(super) fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // a server that starts again need not wait for the connections of the one before
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING_MAX)
}

/// Takes connections until the server stops.
pub(super) async fn listen(shared: Arc<Shared>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let router = http::router(shared.clone());
    let mut pause = PAUSE_LEAST;
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, from)) => {
                pause = PAUSE_LEAST;
                take(&shared, &router, stream, from);
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                shared.counters.accept_failed.add();
                tracing::warn!(%error, pause_ms = pause.as_millis() as u64, "cannot take connections");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MOST);
            }
        }
    }
}

fn take(shared: &Arc<Shared>, router: &Router, stream: TcpStream, from: SocketAddr) {
    let entered = match shared.proxies.trust(from.ip()) {
        true => shared.guests.enter_for_another(from.ip()),
        false => shared.guests.enter(from.ip()),
    };
    match entered {
        Ok(guest) => {
            shared.counters.accepted.add();
            start(shared, router, stream, guest);
        }
        Err(too_many) => {
            shared.counters.refused.add();
            tracing::debug!(%from, ?too_many, "a connection too many");
            turn_away(shared, stream);
        }
    }
}

fn start(shared: &Arc<Shared>, router: &Router, stream: TcpStream, guest: Arc<Guest>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection is gone already");
        return;
    }
    tokio::spawn(Life::Entering(Box::pin(enter(shared.clone(), router.clone(), stream, guest))));
}

/// Says why, if that can be said without waiting. Over TLS it cannot.
fn turn_away(shared: &Shared, stream: TcpStream) {
    if shared.certificate.is_none()
        && let Ok(mut stream) = stream.into_std()
    {
        // it gets to know by being closed, too
        let _ = stream.write(http::FULL);
    }
}

/// The connection that was to be taken is gone; the next one may be fine.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
