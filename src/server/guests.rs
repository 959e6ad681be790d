//! How many may be here: TCP connections by address, and WebSockets in all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many TCP connections more than WebSockets are taken, so that a full server still answers about its health.
const HTTP_RESERVE: u64 = 64;

/// The numbers.
#[derive(Debug)]
pub(super) struct Guests {
    total_max: u64,
    per_address_max: u64,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    connections: u64,
    seats: u64,
    by_address: HashMap<IpAddr, u64>,
}

/// There are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooMany {
    /// In all.
    Total,
    /// From this address.
    Address,
}

/// One TCP connection's place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Guest {
    guests: Arc<Guests>,
    address: IpAddr,
    is_loopback: bool,
    is_known: AtomicBool,
}

/// One WebSocket's place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    guest: Arc<Guest>,
}

impl Guests {
    pub(super) fn new(total_max: u64, per_address_max: u64) -> Arc<Self> {
        Arc::new(Guests { total_max, per_address_max, counts: Mutex::default() })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A TCP connection comes.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Arc<Guest>, TooMany> {
        let is_loopback = address.to_canonical().is_loopback();
        let address = counted_as(address);
        let mut counts = self.counts();
        if counts.connections >= self.total_max.saturating_add(HTTP_RESERVE) {
            return Err(TooMany::Total);
        }
        let here = counts.by_address.entry(address).or_default();
        if *here >= self.per_address_max {
            return Err(TooMany::Address);
        }
        *here += 1;
        counts.connections += 1;
        let is_known = AtomicBool::new(false);
        Ok(Arc::new(Guest { guests: self.clone(), address, is_loopback, is_known }))
    }

    /// How many WebSockets there are.
    pub(super) fn seats(&self) -> u64 {
        self.counts().seats
    }
}

impl Guest {
    /// Whether it comes from this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// It has shown that it looks after the server: its answer may take longer.
    pub(super) fn is_known_now(&self) {
        self.is_known.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Relaxed)
    }

    /// It becomes a WebSocket.
    pub(super) fn sit(self: &Arc<Self>) -> Result<Seat, TooMany> {
        let mut counts = self.guests.counts();
        if counts.seats >= self.guests.total_max {
            return Err(TooMany::Total);
        }
        counts.seats += 1;
        Ok(Seat { guest: self.clone() })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut counts = self.guests.counts();
        counts.connections -= 1;
        if let Some(here) = counts.by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.guest.guests.counts().seats -= 1;
    }
}

/// An IPv6 host has a network of 64 bits to itself, so that counts as one address.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(network.into())
        }
        address @ IpAddr::V4(_) => address,
    }
}
