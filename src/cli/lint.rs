//! `windlass lint`

use std::process::ExitCode;

/// Says whether rulesets may run, and what is wrong with them.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not written yet")
}
