//! `windlass password`

use super::secrets;
use crate::check::{Cost, Secret, hash_password};
use std::process::ExitCode;

/// Makes what the check `password` looks for.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Reads a password from standard input, one line, and prints its hash: what a client's file in `checks.password.hashes` holds.
    ///
    /// It costs what the setting's defaults say. A terminal shows what is typed: `read -rs P && printf %s "$P" | windlass password hash` does not.
    Hash {
        /// Memory that the hash takes, in KiB.
        #[arg(long, value_name = "KIB", default_value_t = Cost::default().memory_kib)]
        memory: u32,
        /// Passes over it.
        #[arg(long, default_value_t = Cost::default().passes)]
        passes: u32,
    },
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Command::Hash { memory, passes } = arguments.command;
    let cost = Cost { memory_kib: memory, passes }.enough().map_err(anyhow::Error::msg)?;
    let given = secrets::read("-".as_ref())?;
    let password = Secret::new(given.reveal().lines().next().unwrap_or_default());
    let hash = hash_password(&password, cost).map_err(anyhow::Error::msg)?;
    anstream::println!("{hash}");
    Ok(ExitCode::SUCCESS)
}
