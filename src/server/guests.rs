//! How many may be here: TCP connections by address, and WebSockets in all.

use super::config::Connections;
use super::meter::Meter;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// So many TCP connections more than WebSockets are taken, so that a full server still answers about its health.
const HTTP_RESERVE: u64 = 64;

/// The numbers.
#[derive(Debug)]
pub(super) struct Guests {
    total_max: u64,
    per_address_max: u64,
    unidentified_per_address_max: u64,
    counts: Mutex<Counts>,
}

#[derive(Debug)]
struct Counts {
    connections: u64,
    seats: u64,
    /// No more seats than there were when it was said so.
    held_at: Option<u64>,
    by_address: HashMap<IpAddr, Here>,
    arrivals: Meter<IpAddr>,
}

/// How many are here from one address.
#[derive(Debug, Default)]
struct Here {
    connections: u64,
    /// WebSockets of which nobody knows whose they are.
    unidentified: u64,
}

/// There are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooMany {
    /// In all.
    Total,
    /// From this address.
    Address,
    /// In a short time from this address.
    Often,
}

/// One TCP connection's place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Guest {
    guests: Arc<Guests>,
    /// Who is at the other end of the connection.
    peer: IpAddr,
    /// As which address it counts; none as long as it is a proxy that has not said for whom it connects.
    counted: OnceLock<IpAddr>,
    /// How often it has asked as somebody who looks after the server.
    asked: AtomicU64,
    /// Whether it has become a WebSocket, which gives its place back from then on.
    is_seated: AtomicBool,
}

/// One WebSocket's place, given back when it is dropped with that of its TCP connection. It holds no more than that takes.
#[derive(Debug)]
pub(super) struct Seat {
    guests: Arc<Guests>,
    address: IpAddr,
    is_counted: bool,
    /// Nobody knows whose it is.
    is_unidentified: bool,
}

impl Guests {
    pub(super) fn new(connections: &Connections) -> Arc<Self> {
        let burst = connections.new_per_address_burst.get();
        let window = Duration::from_secs_f64(burst as f64 / connections.new_per_address.get() as f64);
        let arrivals = Meter::new(burst, window);
        let counts = Counts { connections: 0, seats: 0, held_at: None, by_address: HashMap::new(), arrivals };
        Arc::new(Guests {
            total_max: connections.total.get(),
            per_address_max: connections.per_address.get(),
            unidentified_per_address_max: connections.unidentified_per_address.get(),
            counts: Mutex::new(counts),
        })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A TCP connection comes from somebody who connects for himself.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Result<Arc<Guest>, TooMany> {
        let guest = self.enter_for_another(peer)?;
        guest.stands_for(peer)?;
        Ok(guest)
    }

    /// A TCP connection comes from a proxy. Until it says for whom, it counts for no address.
    pub(super) fn enter_for_another(self: &Arc<Self>, peer: IpAddr) -> Result<Arc<Guest>, TooMany> {
        let mut counts = self.counts();
        if counts.connections >= self.total_max.saturating_add(HTTP_RESERVE) {
            return Err(TooMany::Total);
        }
        counts.connections += 1;
        Ok(Arc::new(Guest {
            guests: self.clone(),
            peer,
            counted: OnceLock::new(),
            asked: AtomicU64::new(0),
            is_seated: AtomicBool::new(false),
        }))
    }

    /// No more WebSockets than there are now, until [`Guests::let_go`]; how many that is.
    pub(super) fn hold(&self) -> u64 {
        let mut counts = self.counts();
        let seats = counts.seats;
        *counts.held_at.insert(seats)
    }

    /// As many WebSockets as the settings say.
    pub(super) fn let_go(&self) {
        self.counts().held_at = None;
    }

    /// How many WebSockets there are.
    pub(super) fn seats(&self) -> u64 {
        self.counts().seats
    }
}

impl Guest {
    /// It is known whose connection this is, which counts for that address from now on.
    pub(super) fn stands_for(&self, address: IpAddr) -> Result<(), TooMany> {
        let address = counted_as(address);
        let mut counts = self.guests.counts();
        // looked at first, so that whoever has too many does not also fill the meter
        if counts.by_address.get(&address).is_some_and(|here| here.connections >= self.guests.per_address_max) {
            return Err(TooMany::Address);
        }
        if !counts.arrivals.charge(address, Instant::now()) {
            return Err(TooMany::Often);
        }
        if self.counted.set(address).is_ok() {
            counts.by_address.entry(address).or_default().connections += 1;
        }
        Ok(())
    }

    /// The other end of the connection.
    pub(super) fn peer(&self) -> IpAddr {
        self.peer
    }

    /// Whose connection it is, as limits count it.
    pub(super) fn counted(&self) -> IpAddr {
        self.counted.get().copied().unwrap_or(counted_as(self.peer))
    }

    /// Whether it is known whose connection it is.
    pub(super) fn is_counted(&self) -> bool {
        self.counted.get().is_some()
    }

    /// Whether it comes from this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.peer.to_canonical().is_loopback()
    }

    /// It asks as somebody who looks after the server: its answer may take longer, and it may ask again.
    pub(super) fn asks_as_known(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it has asked so; 0 for whoever never did.
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// It becomes a WebSocket, which is not identified yet.
    pub(super) fn sit(&self) -> Result<Seat, TooMany> {
        let mut counts = self.guests.counts();
        let total_max = counts.held_at.unwrap_or(u64::MAX).min(self.guests.total_max);
        if counts.seats >= total_max {
            return Err(TooMany::Total);
        }
        let here = counts.by_address.entry(self.counted()).or_default();
        if here.unidentified >= self.guests.unidentified_per_address_max {
            return Err(TooMany::Address);
        }
        if self.is_seated.swap(true, Ordering::Relaxed) {
            return Err(TooMany::Total);
        }
        here.unidentified += 1;
        counts.seats += 1;
        Ok(Seat {
            guests: self.guests.clone(),
            address: self.counted(),
            is_counted: self.is_counted(),
            is_unidentified: true,
        })
    }
}

impl Seat {
    /// Whose connection it is, as limits count it.
    pub(super) fn address(&self) -> IpAddr {
        self.address
    }

    /// It is known whose WebSocket it is.
    pub(super) fn is_identified_now(&mut self) {
        if std::mem::take(&mut self.is_unidentified) {
            self.guests.counts().identify(&self.address);
        }
    }
}

impl Counts {
    /// One more of an address's WebSockets is somebody's, or gone.
    fn identify(&mut self, address: &IpAddr) {
        if let Some(here) = self.by_address.get_mut(address) {
            here.unidentified -= 1;
        }
    }

    /// A TCP connection is gone that counted for this address, if for any.
    fn leave(&mut self, address: Option<&IpAddr>) {
        self.connections -= 1;
        let Some(address) = address else { return };
        if let Some(here) = self.by_address.get_mut(address) {
            here.connections -= 1;
            if here.connections == 0 {
                self.by_address.remove(address);
            }
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if !self.is_seated.load(Ordering::Relaxed) {
            self.guests.counts().leave(self.counted.get());
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.guests.counts();
        if self.is_unidentified {
            counts.identify(&self.address);
        }
        counts.seats -= 1;
        counts.leave(Some(&self.address).filter(|_| self.is_counted));
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
