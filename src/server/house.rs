//! A ruleset with everything that it needs to run here: its engine, its reader, and a verifier for every check it uses.

use super::clock::wall;
use super::config::Config;
use super::source::{Proposal, Source};
use super::{Decide, House, Kept, Reads, cores, seed};
use crate::check::{Checks, ClientFiles, Codes, Limits, SshSignature, Totp};
use crate::diagnostic::Span;
use crate::disk::DiskStore;
use crate::engine::{Engine, Input, Output, Settings};
use crate::envelope;
use crate::machine::Program;
use crate::model::{Call, Model};
use crate::store::{Store, StoreError};
use crate::value::Millis;
use crate::wind::Now;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

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
    /// It uses a check that nothing answers.
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
        let checks = checks(config);
        all_bound(&program, &checks)?;
        let reads = Reads::of(&program.model);
        let seed = seed().map_err(Unready::NoRandomness)?;
        let mut engine = Engine::new(program, settings(config), seed);
        let store = open_store(&mut engine, config)?;
        Ok(House { decider: engine, decode: decode(config), checks, reads, store, source: None })
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
    engine.restore(Now { monotonic: 0, wall: wall() }, opened.store.tables());
    Ok(Kept::OnDisk(opened.store))
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
        client_frames_per_second: per_second(config.rate.client.get()),
        client_frames_burst: per_second(config.rate.client_burst.get()),
        rate_refusals_max: per_second(config.rate.refusals.get()),
        malformed_frames_max: per_second(config.rate.malformed.get()),
        presence_members_max: config.rooms.here.count(),
        heartbeat_ms: config.heartbeat.interval.get(),
        reconnect_jitter_ms: config.reconnect.jitter.get(),
        resume_ms: config.clients.resume.get(),
        full_retry_ms: config.reconnect.pause.get(),
        ..Settings::default()
    }
}

/// The verifiers that the settings bind.
pub(super) fn checks(config: &Config) -> Checks {
    let parallel = match config.checks.parallel.count() {
        0 => cores(),
        parallel => parallel,
    };
    let mut checks = Checks::new(Limits { parallel, waiting: config.checks.waiting.count() });
    if let Some(directory) = &config.checks.ssh_signature.authorized_keys {
        checks = checks.with("ssh_signature", SshSignature::new(ClientFiles::new(directory)));
    }
    if let Some(directory) = &config.checks.totp.secrets {
        checks = checks.with("totp", Totp::new(ClientFiles::new(directory)));
    }
    if !config.checks.code.codes.is_empty() {
        let codes = config.checks.code.codes.iter().map(|(label, code)| (label.clone(), code.reveal().clone()));
        checks = checks.with("code", Codes::new(codes.collect()));
    }
    checks
}

/// Whether every check that the rules use has something that answers it.
pub(super) fn all_bound(program: &Program, checks: &Checks) -> Result<(), Unready> {
    unbound(program, checks).map_or(Ok(()), |unbound| Err(Unready::Unbound(unbound)))
}

/// The first use of a check that is not bound: what, where, and what to do about it.
fn unbound(program: &Program, checks: &Checks) -> Option<String> {
    let (name, span) = uses(&program.model).find(|(name, _)| checks.get(name).is_none())?;
    let what_to_do = match name {
        "ssh_signature" => "set `checks.ssh_signature.authorized_keys` to a directory of authorized keys".into(),
        "totp" => "set `checks.totp.secrets` to a directory of secrets".into(),
        "code" => "set `checks.code.codes` to the codes by label".into(),
        "password" | "jwt" => "this version has no verifier for it: use `ssh_signature`, `totp` or `code`".into(),
        declared => format!("this version binds built-in checks only, and `{declared}` is declared by the rules"),
    };
    Some(format!("the check `{name}`, used at {}, is not bound: {what_to_do}", program.sources.locate(span)))
}

/// The checks that states ask, in source order.
fn uses(model: &Model) -> impl Iterator<Item = (&str, Span)> {
    let calls = model.machines.iter().flat_map(|machine| &machine.states).filter_map(|state| match &state.call {
        Some(Call::Check(call)) => Some(call),
        Some(Call::Lock(_)) | None => None,
    });
    calls.filter_map(|call| Some((&*model.checks.get(call.check.index())?.name, call.span)))
}

/// A line about each verifier that the ruleset uses: its name, and where it looks.
pub fn describe_checks(program: &Program, checks: &Checks) -> Vec<String> {
    let names: BTreeSet<&str> = uses(&program.model).map(|(name, _)| name).collect();
    let described = |name: &str| checks.get(name).map(|verifier| format!("{name}: {}", verifier.describe()));
    names.into_iter().filter_map(described).collect()
}
