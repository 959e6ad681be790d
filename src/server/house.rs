//! A ruleset with everything that it needs to run here: its engine, its reader, and a verifier for every check it uses.

use super::clock::wall;
use super::config::Config;
use super::source::{Proposal, Source};
use super::{Decide, House, Kept, Reads, bindings, seed};
use crate::check::Checks;
use crate::disk::DiskStore;
use crate::engine::{Engine, Input, Output, Settings};
use crate::envelope;
use crate::machine::Program;
use crate::store::{self, Letters, LogKey, Logs, Store, StoreError};
use crate::value::Millis;
use crate::wind::Now;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Bytes of posts that are looked through for their ids when the server starts.
const RESTORED_BYTES_MAX: usize = 1024 * 1024 * 1024;

impl Decide for Engine {
    fn handle_input(&mut self, now: Now, input: Input) {
        Engine::handle_input(self, now, input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        Engine::poll_output(self)
    }

    fn poll_timeout(&self) -> Option<Millis> {
        Engine::poll_timeout(self)
    }

    fn engine(&mut self) -> Option<&mut Engine> {
        Some(self)
    }
}

/// Why a ruleset cannot run here.
#[derive(Debug)]
pub enum Unready {
    /// It uses a check that nothing answers, or the settings bind what does not fit.
    Unbound(String),
    /// The store cannot be opened.
    Store(StoreError),
    /// The machine gives no random bytes.
    NoRandomness(getrandom::Error),
}

impl fmt::Display for Unready {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unready::Unbound(why) => out.write_str(why),
            Unready::Store(error) => error.fmt(out),
            Unready::NoRandomness(error) => write!(out, "this machine gives no random bytes: {error}"),
        }
    }
}

impl std::error::Error for Unready {}

impl House<Engine> {
    /// The house of a ruleset, as the settings say, with what a store has kept of it. Blocks.
    pub fn new(program: Arc<Program>, config: &Config) -> Result<House<Engine>, Unready> {
        let checks = checks(&program, config)?;
        let webhooks = bindings::receivers(config).map_err(Unready::Unbound)?;
        let reads = Reads::of(&program.model);
        let seed = seed().map_err(Unready::NoRandomness)?;
        let mut engine = Engine::new(program, settings(config), seed);
        let store = open_store(&mut engine, config)?;
        Ok(House { decider: engine, decode: decode(config), checks, webhooks, reads, store, source: None })
    }

    /// The house of a ruleset that was read where it may be read again. Blocks.
    pub fn of(source: Source, proposal: &Proposal) -> Result<House<Engine>, Unready> {
        let house = House::new(proposal.ruleset.program.clone(), &proposal.config)?;
        Ok(House { source: Some((source, proposal.ruleset.clone())), ..house })
    }
}

/// What was kept goes to the engine.
fn open_store(engine: &mut Engine, config: &Config) -> Result<Kept, Unready> {
    let Some(directory) = config.store.directory.as_deref().filter(|_| !config.store.memory_only) else {
        return Ok(Kept::InMemory);
    };
    let opened = DiskStore::open(directory).map_err(Unready::Store)?;
    if let Some(mended) = &opened.mended {
        tracing::warn!(?mended, "the last write before the server stopped was cut off; nobody had been told of it");
    }
    let now = Now { monotonic: 0, wall: wall() };
    let tables = opened.store.tables().map_err(Unready::Store)?;
    let letters = tables.letters.clone();
    warn_of_letters(&letters, config);
    engine.restore(now, tables);
    restore_posts(engine, &opened.store, now.wall).map_err(Unready::Store)?;
    Ok(Kept::OnDisk { store: Box::new(opened.store), letters })
}

/// Says what waits for webhooks that nothing is bound to. It stays until something is, or no rule names the webhook.
fn warn_of_letters(letters: &Letters, config: &Config) {
    for (webhook, letters) in letters.iter().filter(|(name, _)| !config.webhooks.contains_key(*name)) {
        let messages = letters.len();
        tracing::warn!(%webhook, messages, "messages are kept for a webhook that the settings do not bind");
    }
}

/// The engine knows the latest posts again: one that is sent once more, since its `ok` was lost, is not made twice.
fn restore_posts(engine: &mut Engine, logs: &impl Logs, now: Millis) -> Result<(), StoreError> {
    let mut bytes = 0;
    for (room, after) in engine.logs_to_restore() {
        if bytes > RESTORED_BYTES_MAX {
            tracing::warn!("not all latest posts are read: one that is sent again may stand twice in some rooms");
            break;
        }
        let posts = store::latest(logs, &LogKey::Room(room.clone()), after, now)?;
        bytes += posts.iter().map(|post| post.content.as_str().len()).sum::<usize>();
        engine.restore_posts(&room, &posts);
    }
    Ok(())
}

/// How frames are read, as the settings say.
pub(super) fn decode(config: &Config) -> super::Decode {
    let limits = envelope::Limits {
        bytes_max: config.message.bytes.bytes(),
        depth_max: config.message.depth.count(),
        keys_max: config.message.keys.count(),
    };
    Arc::new(move |text| envelope::decode(text, &limits))
}

/// The engine's bounds, as the settings say.
pub(super) fn settings(config: &Config) -> Settings {
    let per_second = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    Settings {
        sockets_max: config.connections.total.count(),
        sockets_per_client_max: config.clients.sockets.count(),
        rooms_max: config.rooms.total.count(),
        rooms_per_client_max: config.clients.rooms.count(),
        absent_clients_max: config.clients.absent.count(),
        socket_frames_per_second: per_second(config.rate.socket.get()),
        socket_frames_burst: per_second(config.rate.socket_burst.get()),
        unidentified_frames_per_second: per_second(config.rate.unidentified.get()),
        unidentified_frames_burst: per_second(config.rate.unidentified_burst.get()),
        client_frames_per_second: per_second(config.rate.client.get()),
        client_frames_burst: per_second(config.rate.client_burst.get()),
        fan_out_bytes_per_frame: config.rate.fan_out.get(),
        rate_refusals_max: per_second(config.rate.refusals.get()),
        malformed_frames_max: per_second(config.rate.malformed.get()),
        presence_members_max: config.rooms.here.count(),
        heartbeat_ms: config.heartbeat.interval.get(),
        reconnect_jitter_ms: config.reconnect.jitter.get(),
        resume_ms: config.clients.resume.get(),
        full_retry_ms: config.reconnect.pause.get(),
        services: bindings::services(&config.checks),
        ..Settings::default()
    }
}

/// The same, when other settings were active before. Whoever still waits under older rules may ask a group that nothing is bound to
/// any more.
pub(super) fn settings_after(before: &Settings, config: &Config) -> Settings {
    let mut settings = settings(config);
    let unbound = before.services.iter().filter(|(check, _)| !config.checks.declared.contains_key(*check));
    settings.services.extend(unbound.map(|(check, service)| (check.clone(), service.clone())));
    settings
}

/// The verifiers of the checks that the rules use, as the settings bind them. Blocks.
pub(super) fn checks(program: &Program, config: &Config) -> Result<Checks, Unready> {
    if let Some(misfit) = bindings::misfits(&program.model, config).into_iter().next() {
        return Err(Unready::Unbound(misfit.in_words(&program.sources)));
    }
    bindings::checks(&program.model, &config.checks).map_err(Unready::Unbound)
}

/// A line about each check that the ruleset uses: its name, and where its verifier looks or who is asked.
pub fn describe_checks(program: &Program, house: &House<Engine>) -> Vec<String> {
    let (checks, services) = (&house.checks, &house.decider.settings().services);
    let names: BTreeSet<&str> = bindings::uses(&program.model).map(|(check, _)| &*check.name).collect();
    let described = |name: &str| match services.get(name) {
        Some(service) => Some(format!("{name}: asks the group {}", service.group)),
        None => checks.get(name).map(|verifier| format!("{name}: {}", verifier.describe())),
    };
    names.into_iter().filter_map(described).collect()
}
