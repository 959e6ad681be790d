//! `windlass plan`

mod told;

pub(super) use told::plan as told;

use super::print::print;
use super::program::program;
use crate::machine::plan::Plan;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Tells what a reload would do, before it is done.
///
/// Exit code 0: no socket would be dropped and no proof is lost; 1: a room or lock that differs, or a lock that is gone,
/// says `on reload drop`, or a `prove` of the old rules is not in the new ones; 2: it could not be done, or one of the rulesets has errors, which
/// are told. The same for every format.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The ruleset that serves now.
    old: PathBuf,
    /// The ruleset that is to take its place.
    new: PathBuf,
    /// How the plan is written.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// One JSON document.
    Json,
}

/// The JSON document. `format_version` counts changes that a reader would have to know.
#[derive(Serialize)]
struct Document<'plan> {
    format_version: u32,
    /// Whether no socket would be dropped and no proof is lost.
    ok: bool,
    #[serde(flatten)]
    plan: &'plan Plan,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    // Both are read, so that all that is wrong is told at once.
    let (Some(old), Some(new)) = (program(&arguments.old)?, program(&arguments.new)?) else {
        return Ok(ExitCode::from(2));
    };
    let plan = Plan::of(&old, &new);
    let ok = !plan.drops() && !plan.loses_proof();
    let text = match arguments.format {
        Format::Human => told(&plan),
        Format::Json => serde_json::to_string(&Document { format_version: 1, ok, plan: &plan })? + "\n",
    };
    print(&text)?;
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
