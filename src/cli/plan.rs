//! `windlass plan`

mod live;
mod told;

pub(super) use told::plan as told;

use super::print::{Format, print};
use super::program::program;
use super::remote::Remote;
use crate::machine::plan::Plan;
use anyhow::bail;
use hyper::Uri;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Tells what a reload would do, before it is done.
///
/// Exit code 0: no socket would be dropped and no proof is lost; 1: a room or lock that differs, or a lock that is gone,
/// says `on reload drop`, or a `prove` of the old rules is not in the new ones; 2: it could not be done, or one of the rulesets has errors, which
/// are told. The same for every format.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The ruleset that serves now; with `--server` the one that is to take its place.
    #[arg(value_name = "OLD")]
    first: PathBuf,
    /// The ruleset that is to take its place.
    #[arg(value_name = "NEW", required_unless_present = "server", conflicts_with = "server")]
    second: Option<PathBuf>,
    /// Compare with what this server runs, and tell how many sockets and clients it concerns. Exit code 1: one would be closed
    /// now, or a proof is lost.
    #[arg(long, value_name = "URL")]
    server: Option<Uri>,
    /// A token with the scope `plan`, for `--server`.
    #[arg(long, value_name = "TOKEN", env = "WINDLASS_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// How the plan is written.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
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
    match (&arguments.second, arguments.server.clone()) {
        (Some(new), _) => between(&arguments.first, new, arguments.format),
        (None, Some(server)) => {
            let remote = Remote { url: server, token: arguments.token };
            live::run(&remote, &arguments.first, arguments.format)
        }
        (None, None) => bail!("name two rulesets, or one and `--server`"),
    }
}

fn between(old: &Path, new: &Path, format: Format) -> anyhow::Result<ExitCode> {
    // Both are read, so that all that is wrong is told at once.
    let (Some(old), Some(new)) = (program(old)?, program(new)?) else {
        return Ok(ExitCode::from(2));
    };
    let plan = Plan::of(&old, &new);
    let ok = !plan.drops() && !plan.loses_proof();
    let text = match format {
        Format::Human => told(&plan),
        Format::Json => serde_json::to_string(&Document { format_version: 1, ok, plan: &plan })? + "\n",
    };
    print(&text)?;
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
