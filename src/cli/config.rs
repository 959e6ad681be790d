//! `windlass config`

use super::counted;
use super::print::{complain, print};
use crate::server::config::{Described, reference, table};
use crate::server::{Examined, examine};
use anyhow::{Context, bail};
use std::path::PathBuf;
use std::process::ExitCode;

/// Looks at settings before a server does, and tells which there are.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(Check),
    Reference(Reference),
}

/// Tells everything in the settings of a ruleset that keeps a server from starting with them, as it would tell it.
///
/// Exit code 0: nothing; 1: something; 2: it could not be done. Nothing is made, and no port is opened.
#[derive(Debug, clap::Args)]
struct Check {
    /// The directory of the ruleset
    #[arg(default_value = ".")]
    directory: PathBuf,
    /// The settings [default: windlass.yaml in the ruleset's directory, if there is one]
    #[arg(long, value_name = "FILE", env = "WINDLASS_CONFIG")]
    config: Option<PathBuf>,
}

/// Tells every setting with its default, what is allowed, and what it is.
#[derive(Debug, clap::Args)]
struct Reference {
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// A table.
    Markdown,
    /// A list of objects.
    Json,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Check(arguments) => check(&arguments),
        Command::Reference(arguments) => tell(arguments.format),
    }
}

fn check(arguments: &Check) -> anyhow::Result<ExitCode> {
    if !arguments.directory.exists() {
        bail!("there is no `{}`: name the directory of a ruleset", arguments.directory.display());
    }
    let Examined { faults, warnings, without_rules } = examine(&arguments.directory, arguments.config.as_deref());
    let lines = faults.iter().map(|fault| format!("error: {fault}\n"));
    let lines = lines.chain(warnings.iter().map(|warning| format!("warning: {warning}\n")));
    print(&format!(
        "{}{}, {}\n",
        lines.collect::<String>(),
        counted(faults.len(), "error"),
        counted(warnings.len(), "warning")
    ))?;
    if let Some(why) = without_rules {
        complain(&format!("windlass: the settings were not held against the rules: {why}"));
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn tell(format: Format) -> anyhow::Result<ExitCode> {
    let text = match format {
        Format::Text => reference().iter().map(in_words).collect(),
        Format::Markdown => table(),
        Format::Json => serde_json::to_string_pretty(&reference()).context("the settings cannot be written")? + "\n",
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn in_words(setting: &Described) -> String {
    let Described { name, default, allowed, words, needs_restart } = setting;
    let restart = if *needs_restart { "; needs a restart" } else { "" };
    format!("{name} = {default}    ({}{restart})\n    {words}\n", allowed.replace('`', ""))
}
