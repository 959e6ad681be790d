//! `windlass serve`

use super::counted;
use super::print::print;
use super::program;
use crate::ruleset::{ROOM_ENDING, SETTINGS_FILE, Seen, Stopped, Watch};
use crate::server::bindings::unbound_webhooks;
use crate::server::config::{self, Assignment, Config, Count, Overrides};
use crate::server::{House, Proposal, Reloads, Server, Source, Trigger, Unfit, Wanted, describe_checks, log};
use anyhow::Context;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Serves a ruleset.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The directory of the ruleset
    directory: PathBuf,
    /// The settings [default: windlass.yaml in the ruleset's directory, if there is one]
    #[arg(long, value_name = "FILE", env = "WINDLASS_CONFIG")]
    config: Option<PathBuf>,
    /// The address and port to listen on; goes before the settings' `listen`
    #[arg(long, value_name = "ADDRESS:PORT", env = "WINDLASS_LISTEN")]
    listen: Option<SocketAddr>,
    /// Listen without TLS where other machines reach the server
    #[arg(long, env = "WINDLASS_LISTEN_BEYOND_LOOPBACK")]
    listen_beyond_loopback: bool,
    /// How many writers share the connections; goes before the settings' `shards`
    #[arg(long, value_name = "N", env = "WINDLASS_SHARDS")]
    shards: Option<Count<0, 256>>,
    /// What is logged, as in RUST_LOG; goes before the settings' `log`
    #[arg(long, value_name = "FILTER", env = "WINDLASS_LOG")]
    log: Option<String>,
    /// Any setting, as in `message.bytes=16KiB`; goes before the file's. Several are separated by `;`
    #[arg(long, value_name = "NAME=VALUE", env = "WINDLASS_SET", hide_env_values = true, value_delimiter = ';')]
    set: Vec<Assignment>,
    /// Read rules and settings again whenever their files change [default where only this machine reaches the server]
    #[arg(long, conflicts_with = "no_watch", env = "WINDLASS_WATCH")]
    watch: bool,
    /// Read them again only on SIGHUP or `windlass reload`
    #[arg(long, env = "WINDLASS_NO_WATCH")]
    no_watch: bool,
}

/// Files that say something about what serves.
const WATCHED: [&str; 2] = [ROOM_ENDING, SETTINGS_FILE];

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let wanted = arguments.watch.then_some(true).or_else(|| arguments.no_watch.then_some(false));
    let source = source(arguments);
    let proposal = match source.read() {
        Ok(proposal) => proposal,
        Err(Unfit::Errors(checked)) => {
            program::tell(&checked);
            return Ok(ExitCode::from(1));
        }
        Err(unfit) => return Err(anyhow::anyhow!("{unfit}")),
    };
    log::start(&proposal.config.log, proposal.config.log_format)
        .map_err(anyhow::Error::msg)
        .context("the setting `log`")?;
    program::tell(&proposal.checked);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    let is_watching = wanted.unwrap_or_else(|| proposal.config.listen.get().ip().is_loopback());
    let watching = if is_watching { Watching::Files } else { Watching::Nothing };
    runtime.block_on(serve(source, &proposal, watching))
}

fn source(arguments: Arguments) -> Source {
    let overrides = Overrides {
        listen: arguments.listen,
        listen_beyond_loopback: arguments.listen_beyond_loopback.then_some(()),
        log: arguments.log.or_else(|| std::env::var("RUST_LOG").ok()),
        shards: arguments.shards,
        set: arguments.set,
    };
    // settings that are there now must stay there: those of nobody are not meant when the file is gone for a moment
    let config = arguments.config.or_else(|| config::beside(&arguments.directory));
    Source { directory: arguments.directory, config, overrides }
}

/// Whether rules are read again by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watching {
    /// Whenever files change.
    Files,
    /// Only on demand.
    Nothing,
}

async fn serve(source: Source, proposal: &Proposal, watching: Watching) -> anyhow::Result<ExitCode> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let hangup = signal(SignalKind::hangup())?;
    let (config, directory) = (&proposal.config, source.directory.clone());
    let house = House::of(source, proposal)?;
    let checks = describe_checks(&proposal.ruleset.program, &house);
    let mut server =
        Server::start(config, house).await.with_context(|| format!("cannot listen on {}", config.listen))?;
    introduce(&directory, proposal, &checks, server.address())?;
    let reloads = server.reloads().cloned();
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = look_after(reloads, hangup, watching) => {}
        () = server.broken() => anyhow::bail!("the engine broke; nothing can be decided any more"),
    }
    tracing::info!(connections = server.connections(), "stopping");
    let stopped = server.stop().await;
    tracing::info!(cut = stopped.cut, "stopped");
    Ok(ExitCode::SUCCESS)
}

/// Reads rules and settings again whenever it is time to; never ends.
async fn look_after(reloads: Option<Arc<Reloads>>, mut hangup: Signal, watching: Watching) {
    let Some(reloads) = reloads else { return pending().await };
    let mut watch = match watching {
        Watching::Files => started_watch(&reloads),
        Watching::Nothing => None,
    };
    // what changed before the watch began has no event
    let mut by = watch.as_ref().map(|_| Trigger::Watch);
    loop {
        if let Some(by) = by {
            // what came of it is told in the log
            let _ = reloads.reload(Wanted { by, revoke: Vec::new() }).await;
        }
        by = tokio::select! {
            _ = hangup.recv() => Some(Trigger::Signal),
            seen = changed(&mut watch) => match seen {
                Ok(_) => Some(Trigger::Watch),
                Err(stopped) => {
                    tracing::error!("{stopped}");
                    watch = None;
                    None
                }
            },
        };
    }
}

fn started_watch(reloads: &Reloads) -> Option<Watch> {
    let started = Watch::start(reloads.paths(), &WATCHED);
    started.inspect_err(|error| tracing::error!(%error, "cannot watch the rules")).ok()
}

async fn changed(watch: &mut Option<Watch>) -> Result<Seen, Stopped> {
    match watch {
        Some(watch) => watch.changed().await,
        None => pending().await,
    }
}

/// What somebody who has just started it wants to see.
fn introduce(directory: &Path, proposal: &Proposal, checks: &[String], address: SocketAddr) -> io::Result<()> {
    let (program, config) = (&proposal.ruleset.program, &proposal.config);
    let machines = &program.model.machines;
    let rooms = machines.iter().filter(|machine| machine.room().is_some()).count();
    let bounds = program.bounds;
    let secure = if config.tls.certificate.is_some() { "s" } else { "" };
    let checks: String = checks.iter().map(|check| format!("  check {check}\n")).collect();
    print(&format!(
        "windlass serves {} on http{secure}://{address}, WebSockets at ws{secure}://{address}/ws\n  \
         {}, {}; no pass takes more than {} steps, no stack has more than {} frames\n{checks}",
        directory.display(),
        counted(rooms, "room"),
        counted(machines.len() - rooms, "lock"),
        bounds.pass,
        bounds.depth
    ))?;
    if !address.ip().is_loopback() && config.tls.certificate.is_none() {
        tracing::warn!(%address, "other machines reach this server, and there is no TLS: put a proxy with TLS before it");
    }
    warn_of_few_files(config);
    for misfit in unbound_webhooks(&program.model, &config.webhooks) {
        let at = misfit.rules.map(|span| program.sources.locate(span).to_string());
        tracing::warn!(at, help = misfit.help, "{}", misfit.message);
    }
    Ok(())
}

/// Each connection is an open file, and the system gives a process only so many.
fn warn_of_few_files(config: &Config) {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let open_files_max = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    if let Some(open_files_max) = open_files_max.filter(|most| *most < config.connections.total.get() + FILES_BESIDE) {
        let total = config.connections.total.get();
        tracing::warn!(open_files_max, total, "fewer files may be open than `connections.total`: raise `ulimit -n`");
    }
}

/// Files that are open besides WebSockets: HTTP connections, keys that are read, the process's own.
const FILES_BESIDE: u64 = 100;
