//! `windlass serve`

use super::print::{complain, print};
use super::render::{self, Coloured};
use crate::engine::Engine;
use crate::lint::{self, Checked};
use crate::machine::Program;
use crate::ruleset;
use crate::server::bindings::unbound_webhooks;
use crate::server::config::{self, Assignment, Config, Count, Overrides};
use crate::server::{House, Server, describe_checks, log};
use anyhow::Context;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

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
    /// Listen where other machines reach the server, though it has no TLS
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
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let directory = arguments.directory.clone();
    let config = configure(arguments)?;
    log::start(&config.log, config.log_format).map_err(anyhow::Error::msg).context("the setting `log`")?;
    let checked = lint::check(ruleset::read(&directory)?);
    print_findings(&checked);
    let Some(program) = checked.program else {
        return Ok(ExitCode::from(1));
    };
    let house = House::new(program.clone(), &config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    runtime.block_on(serve(&directory, &config, &program, house))
}

fn configure(arguments: Arguments) -> anyhow::Result<Config> {
    let overrides = Overrides {
        listen: arguments.listen,
        listen_beyond_loopback: arguments.listen_beyond_loopback.then_some(()),
        log: arguments.log.or_else(|| std::env::var("RUST_LOG").ok()),
        shards: arguments.shards,
        set: arguments.set,
    };
    Ok(config::load(&arguments.directory, arguments.config.as_deref(), overrides)?)
}

async fn serve(
    directory: &Path,
    config: &Config,
    program: &Arc<Program>,
    house: House<Engine>,
) -> anyhow::Result<ExitCode> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let checks = describe_checks(program, &house.checks);
    let mut server =
        Server::start(config, house).await.with_context(|| format!("cannot listen on {}", config.listen))?;
    introduce(directory, program, config, &checks, server.address())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = server.broken() => anyhow::bail!("the engine broke; nothing can be decided any more"),
    }
    tracing::info!(connections = server.connections(), "stopping");
    let stopped = server.stop().await;
    tracing::info!(cut = stopped.cut, "stopped");
    Ok(ExitCode::SUCCESS)
}

/// What somebody who has just started it wants to see.
fn introduce(
    directory: &Path,
    program: &Program,
    config: &Config,
    checks: &[String],
    address: SocketAddr,
) -> io::Result<()> {
    let machines = &program.model.machines;
    let rooms = machines.iter().filter(|machine| machine.room().is_some()).count();
    let bounds = program.bounds;
    let checks: String = checks.iter().map(|check| format!("  check {check}\n")).collect();
    print(&format!(
        "windlass serves {} on http://{address}, WebSockets at ws://{address}/ws\n  \
         {}, {}; no pass takes more than {} steps, no stack has more than {} frames\n{checks}",
        directory.display(),
        counted(rooms, "room"),
        counted(machines.len() - rooms, "lock"),
        bounds.pass,
        bounds.depth
    ))?;
    if !address.ip().is_loopback() {
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

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// As `windlass lint` does; errors keep the server from starting.
fn print_findings(checked: &Checked) {
    for found in &checked.diagnostics {
        complain(&format!("{}\n", render::human(found, &checked.sources, Coloured::Yes)));
    }
}
