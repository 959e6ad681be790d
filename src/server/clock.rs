//! The clocks and the randomness of the server: the only place that asks for them.

use crate::envelope::Outgoing;
use crate::value::Millis;
use crate::wind::{Now, SocketId};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Counts from when the server started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    started: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Clock { started: Instant::now() }
    }

    pub(super) fn started(&self) -> Instant {
        self.started
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn now(&self) -> Now {
        Now { monotonic: self.elapsed().as_millis() as Millis, wall: wall() }
    }

    /// When a time of the engine's clock is, rounded up: the engine must not be asked too early.
    pub(super) fn instant(&self, at: Millis) -> tokio::time::Instant {
        let at = self.started.checked_add(Duration::from_millis(at)).unwrap_or(self.started);
        tokio::time::Instant::from_std(at)
    }

    /// The text of a heartbeat.
    pub(super) fn heartbeat(&self) -> String {
        Outgoing::Heartbeat { at: wall() }.render()
    }
}

/// Milliseconds since 1970; 0 on a machine that believes to live before.
pub fn wall() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as Millis)
}

/// A new socket's id.
pub(super) fn new_socket_id() -> Result<SocketId, getrandom::Error> {
    new_id().map(SocketId)
}

/// A new id: UUID version 7 (RFC 9562), 74 bits of it random.
pub(super) fn new_id() -> Result<uuid::Uuid, getrandom::Error> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    Ok(uuid::Builder::from_unix_timestamp_millis(wall(), &random).into_uuid())
}

/// A seed that nobody can guess.
pub fn seed() -> Result<[u8; 32], getrandom::Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}
