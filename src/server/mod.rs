//! The world around the engine: connections, clocks, randomness, HTTP.
//!
//! A connection is taken by `listen` and is a task from then on, its `life`: it becomes a WebSocket by the short way of `welcome` or else by
//! `http` and `upgrade`, and is then one `conversation`, which reads and decodes. What it reads goes to the `desk`, the one task that owns the engine; what the engine wants written goes
//! to the `shard` that owns the connection, which joins frames and writes them itself. Nothing here knows rooms or locks.

mod acting;
mod api;
pub mod bindings;
mod certificate;
mod clock;
pub mod config;
mod connection;
mod conversation;
mod counters;
mod desk;
mod examine;
mod frames;
mod guard;
mod guests;
mod handshake;
mod hatch;
mod house;
mod http;
mod keeper;
mod kept;
mod life;
mod link;
mod listen;
pub mod log;
mod memory;
mod meter;
mod metrics;
mod outbox;
mod proxies;
mod reads;
mod reload;
mod shard;
mod source;
mod terms;
mod upgrade;
mod watched;
pub mod webhooks;
mod welcome;
mod wheel;
mod wire;
mod writers;

pub use clock::{seed, wall};
pub use counters::{Counter, Counters};
pub use examine::{Examined, examine};
pub use handshake::{Fields, Reads};
pub use house::{Unready, describe_checks};
pub use kept::Kept;
pub use reload::{Done, Hindrance, Reloads, Trigger, Wanted};
pub use source::{Proposal, Ruleset, Source, Unfit};

use crate::check::Checks;
use crate::engine::{Engine, Input, Output};
use crate::envelope::{Envelope, Refusal};
use crate::store::{Logs, Space};
use crate::value::Millis;
use crate::wind::{Handshake, Now};
use acting::Acting;
use certificate::Certificate;
use clock::Clock;
use config::{Config, Proxies};
use connection::Common;
use desk::{Arrival, Desk};
use guard::{Connected, Guard};
use guests::Guests;
use hatch::Hatch;
use memory::Memory;
use metrics::{Metered, Verdicts};
use reload::Begun;
use shard::Shard;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use terms::{Terms, TermsNow};
use tokio::sync::{mpsc, watch};
use watched::Watched;
use webhooks::{Route, Webhooks};
use wheel::Wheel;
use writers::Writers;

/// The engine's doors, which is all that the server knows of it.
pub trait Decide: Send + 'static {
    /// The one door in.
    fn handle_input(&mut self, now: Now, input: Input);
    /// The one door out; none when all is said.
    fn poll_output(&mut self) -> Option<Output>;
    /// When it wants an [`Input::Tick`], on the monotonic clock.
    fn poll_timeout(&self) -> Option<Millis>;
    /// The engine itself, for whoever looks after the server; none where something else decides.
    fn engine(&mut self) -> Option<&mut Engine> {
        None
    }
}

/// Reads a client's frame.
pub type Decode = Arc<dyn Fn(&str) -> Result<Envelope, Refusal> + Send + Sync>;

/// What a server runs.
pub struct House<Decider> {
    /// The engine.
    pub decider: Decider,
    /// How frames are read.
    pub decode: Decode,
    /// What answers the rules' checks.
    pub checks: Checks,
    /// Where the rules' webhooks lead.
    pub webhooks: Vec<Route>,
    /// What outlasts the process.
    pub store: Kept,
    /// What the rules ask about handshakes.
    pub reads: Reads,
    /// Where the rules stand, and which were read there; none where they cannot be read again.
    pub source: Option<(Source, Ruleset)>,
}

/// What all connections share.
struct Shared {
    inbox: mpsc::Sender<Arrival>,
    terms: Arc<TermsNow>,
    no_handshake: Arc<Handshake>,
    proxies: Proxies,
    certificate: Option<Certificate>,
    connected: Connected,
    guests: Arc<Guests>,
    memory: Arc<Memory>,
    counters: Arc<Counters>,
    common: Arc<Common>,
    metrics: Metered,
    stop: watch::Receiver<bool>,
    reloads: Option<Arc<Reloads>>,
    hatch: Hatch,
    /// What was said in rooms, as far as it is kept.
    logs: Arc<dyn Logs + Send + Sync>,
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    counters: Arc<Counters>,
    guests: Arc<Guests>,
    reloads: Option<Arc<Reloads>>,
    webhooks: Webhooks,
    stop: watch::Sender<bool>,
    stop_deadline: Duration,
    desk: tokio::task::JoinHandle<()>,
}

/// How a server stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Connections that did not take what was sent to them in time.
    pub cut: u64,
}

impl Server {
    /// Listens, and serves.
    pub async fn start<Decider: Decide>(config: &Config, house: House<Decider>) -> io::Result<Server> {
        let certificate = Certificate::of(&config.tls).map_err(io::Error::other)?;
        let listener = listen::open(config.listen.get())?;
        let address = listener.local_addr()?;
        let clock = Clock::start();
        let (inbox, arrivals) = mpsc::channel(config.inbox.count());
        let (stop, stopping) = watch::channel(false);
        let (hatch, orders) = Hatch::new();
        let (keeper, letters) = house.store.start()?;
        let webhooks = Webhooks::start(house.webhooks, letters, &inbox.downgrade());
        let verdicts = Arc::<Verdicts>::default();
        let metrics = Metered {
            readers: config.metrics,
            webhooks: webhooks.clone(),
            verdicts: verdicts.clone(),
            commits: keeper.metrics().clone(),
        };
        let logs = keeper.reader();
        let counters = Arc::<Counters>::default();
        let terms = Arc::new(TermsNow::new(Terms::new(config, house.decode, house.reads)));
        let reloads = house.source.map(|(source, ruleset)| {
            let begun = Begun { config: config.clone(), checks: house.checks.clone(), ruleset, wall: clock.now().wall };
            Reloads::new(source, begun, hatch.clone(), terms.clone(), counters.clone())
        });
        let connected = Connected::default();
        let desk = Desk {
            decider: Guard::new(house.decider, &config.checks.failures, connected.clone(), counters.clone()),
            writers: Writers::new(shards(config), clock),
            checks: house.checks,
            webhooks: webhooks.clone(),
            keeper,
            space: Space::Enough,
            counted: verdicts,
            clock,
            inbox: arrivals,
            orders,
            watched: Watched::default(),
            acting: Acting::default(),
            verdicts: inbox.downgrade(),
            stop: stopping.clone(),
            reconnect_in: config.stop.reconnect_in.get(),
        };
        let common = Common {
            outbox_bytes_max: config.outbox.bytes(),
            started: clock.started(),
            reconnect_pause_ms: config.reconnect.pause.get(),
            counters: counters.clone(),
        };
        let guests = Guests::new(&config.connections);
        let memory = Arc::new(Memory::new(guests.clone()));
        let shared = Arc::new(Shared {
            inbox,
            terms,
            no_handshake: Arc::default(),
            proxies: config.proxies.clone(),
            certificate,
            connected,
            guests: guests.clone(),
            memory: memory.clone(),
            counters: counters.clone(),
            common: Arc::new(common),
            metrics,
            stop: stopping.clone(),
            reloads: reloads.clone(),
            hatch,
            logs,
        });
        tokio::spawn(memory.watch(shared.terms.clone(), stopping.clone()));
        if let Some(certificate) = &shared.certificate {
            tokio::spawn(certificate.clone().keep_fresh(stopping.clone()));
        }
        tokio::spawn(listen::listen(shared, listener, stopping));
        let stop_deadline = config.stop.deadline.duration();
        let server = Server {
            address,
            counters,
            guests,
            reloads,
            webhooks,
            stop,
            stop_deadline,
            desk: tokio::spawn(desk.run()),
        };
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has happened.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many WebSockets there are.
    pub fn connections(&self) -> u64 {
        self.guests.seats()
    }

    /// What becomes of messages for webhooks.
    pub fn webhooks(&self) -> &Webhooks {
        &self.webhooks
    }

    /// Other rules for this server; none where they cannot be read again.
    pub fn reloads(&self) -> Option<&Arc<Reloads>> {
        self.reloads.as_ref()
    }

    /// Waits until the engine ends by itself, which it does only if it breaks.
    pub async fn broken(&mut self) {
        if let Err(error) = (&mut self.desk).await {
            tracing::error!(%error, "the engine broke");
        }
    }

    /// Takes no more connections, tells every client to come back, and waits until they have read so and the webhooks have what
    /// they were told, up to the deadline.
    pub async fn stop(self) -> Stopped {
        self.stop.send_replace(true);
        let deadline = tokio::time::Instant::now() + self.stop_deadline;
        let is_idle = || self.connections() == 0 && self.webhooks.waiting().all(|(_, waiting)| waiting == 0);
        while !is_idle() && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(STOP_POLL).await;
        }
        let cut = self.connections();
        self.desk.abort();
        // with it the store goes, and what was decided is kept
        let _ = self.desk.await;
        self.webhooks.give_up();
        Stopped { cut }
    }
}

/// How often a server that stops looks whether everybody has gone.
const STOP_POLL: Duration = Duration::from_millis(10);

/// How many shards a setting means. On two cores one that the engine's task writes for joins more and wakes less than two
/// (`docs/benchmarks.md`).
fn shards(config: &Config) -> Vec<Shard> {
    let count = match config.shards.count() {
        0 => cores().div_ceil(2),
        count => count,
    };
    let wheel = || Wheel::new(config.heartbeat.interval.duration(), config.heartbeat.timeout.duration());
    (0..count).map(|_| Shard::new(wheel(), config.outbox.bytes())).collect()
}

/// How many cores this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
