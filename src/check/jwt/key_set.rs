//! A set of keys that somebody else keeps, in a file or behind a URL, and changes.

use super::keys::{Key, read_set};
use crate::check::outbound::{Asked, Outbound};
use hyper::Method;
use hyper::body::Bytes;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

/// Between two attempts to read the set goes at least this long, whatever key tokens name: nobody can have us ask in a loop.
const ATTEMPT_PAUSE: Duration = Duration::from_secs(30);
/// One attempt takes no longer.
const ATTEMPT: Duration = Duration::from_secs(5);
/// A set that cannot be read anew counts until it is so many times as old as it should get.
const STALE: u32 = 6;
/// So many checks may wait for the set to be read; one more fails with `busy`.
const WAITING_MAX: usize = 8;
/// The longest set, in bytes.
pub const SET_BYTES_MAX: usize = 256 * 1024;

/// Where a set stands.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a file.
    File(PathBuf),
    /// Behind a URL.
    Url(Outbound),
}

/// Why no key can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKeys {
    /// The set has none that a token could mean.
    Unknown,
    /// The set cannot be read, and what was read of it is too old.
    Unavailable,
    /// Too many wait for it.
    Busy,
}

/// The set as it was read last.
#[derive(Clone, Default)]
struct Read {
    keys: Arc<[Key]>,
    at: Option<Instant>,
}

/// A set and what is known of it. Reading is done by one check at a time; whoever needs nothing new does not wait for it.
pub struct KeySet {
    place: Place,
    refresh: Duration,
    read: RwLock<Read>,
    attempt: Mutex<Option<Instant>>,
    waiting: Semaphore,
}

impl fmt::Debug for KeySet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("KeySet").field("place", &self.place).finish_non_exhaustive()
    }
}

impl KeySet {
    /// Nothing is read yet. What was read is read anew after `refresh`.
    pub fn new(place: Place, refresh: Duration) -> KeySet {
        let waiting = Semaphore::new(WAITING_MAX);
        KeySet { place, refresh, read: RwLock::default(), attempt: Mutex::default(), waiting }
    }

    /// The keys that a token could mean which names this one, or none. A name that is not known, and a set that is old, have it read
    /// anew, unless that was tried a moment ago.
    pub async fn find(&self, named: Option<&str>) -> Result<Vec<Key>, NoKeys> {
        let read = self.current();
        let found = fitting(&read.keys, named);
        if !found.is_empty() && read.at.is_some_and(|at| at.elapsed() < self.refresh) {
            return Ok(found);
        }
        let _place = self.waiting.try_acquire().map_err(|_| NoKeys::Busy)?;
        self.read_anew(read.at).await;
        let read = self.current();
        match read.at {
            Some(at) if at.elapsed() < self.refresh * STALE => {
                let found = fitting(&read.keys, named);
                if found.is_empty() { Err(NoKeys::Unknown) } else { Ok(found) }
            }
            Some(_) | None => Err(NoKeys::Unavailable),
        }
    }

    /// Reads the set, unless another check has since `seen`, or one tried a moment ago.
    async fn read_anew(&self, seen: Option<Instant>) {
        let mut attempt = self.attempt.lock().await;
        let too_soon = attempt.is_some_and(|at| at.elapsed() < ATTEMPT_PAUSE);
        if too_soon || self.current().at != seen {
            return;
        }
        *attempt = Some(Instant::now());
        let text = tokio::time::timeout(ATTEMPT, self.text()).await;
        let keys = text.unwrap_or_else(|_| Err("it takes too long".into())).and_then(|text| read_set(&text));
        match keys {
            Ok(keys) => {
                let read = Read { keys: keys.into(), at: Some(Instant::now()) };
                *self.read.write().unwrap_or_else(PoisonError::into_inner) = read;
            }
            Err(error) => {
                tracing::warn!(set = %self.describe(), %error, "cannot read the keys that tokens are signed with")
            }
        }
    }

    async fn text(&self) -> Result<Bytes, String> {
        match &self.place {
            Place::File(path) => {
                let about = tokio::fs::metadata(path).await.map_err(|error| error.to_string())?;
                if about.len() > SET_BYTES_MAX as u64 {
                    return Err(format!("it holds more than {SET_BYTES_MAX} bytes"));
                }
                tokio::fs::read(path).await.map(Bytes::from).map_err(|error| error.to_string())
            }
            Place::Url(outbound) => {
                let asked = Asked { method: Method::GET, headers: Vec::new(), body: Bytes::new() };
                outbound.ask(asked).await.map_err(|error| error.to_string())
            }
        }
    }

    fn current(&self) -> Read {
        self.read.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where it stands, for people.
    pub fn describe(&self) -> String {
        match &self.place {
            Place::File(path) => path.display().to_string(),
            Place::Url(outbound) => outbound.host().to_owned(),
        }
    }
}

fn fitting(keys: &[Key], named: Option<&str>) -> Vec<Key> {
    keys.iter().filter(|key| key.may_be(named)).cloned().collect()
}
