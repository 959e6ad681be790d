//! `windlass completions`

use super::print::print;
use clap::CommandFactory;
use clap_complete::{Shell, generate};
use std::process::ExitCode;

/// Writes a script with which a shell completes commands and flags.
///
/// It goes to standard output; bash: `source <(windlass completions bash)`. The script belongs to the version that wrote it.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut command = super::Arguments::command();
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, "windlass", &mut script);
    print(&String::from_utf8(script)?)?;
    Ok(ExitCode::SUCCESS)
}
