//! `windlass reload`

use super::plan;
use super::print::{complain, print};
use super::remote::{Reloaded, Remote};
use serde::Serialize;
use std::process::ExitCode;

/// Has a server read its rules and settings again.
///
/// Exit code 0: they are active, or nothing is new; 1: they cannot be, and those before still serve; 2: it could not be done.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only tell what would happen.
    #[arg(long)]
    dry_run: bool,
    /// End all keys of this lock; whoever needs one is asked again. Can be given several times.
    #[arg(long, value_name = "LOCK")]
    revoke: Vec<String>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Serialize)]
struct Request<'arguments> {
    dry_run: bool,
    revoke: &'arguments [String],
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let request = Request { dry_run: arguments.dry_run, revoke: &arguments.revoke };
    let done: Reloaded = match arguments.remote.post("/api/reload", &request)? {
        Ok(done) => done,
        Err(refused) => {
            complain(&refused.to_string());
            return Ok(ExitCode::from(if refused.is_unfit() { 1 } else { 2 }));
        }
    };
    print(&plan::told(&done.plan))?;
    print(&match (arguments.dry_run, &*done.changed) {
        (true, _) => format!("nothing was done: epoch {} is active\n", done.epoch),
        (false, "nothing") => format!("nothing is new: epoch {} is active\n", done.epoch),
        (false, "settings") => {
            format!("the settings are active; the rules of epoch {} say what they said\n", done.epoch)
        }
        (false, _) => format!("epoch {} is active\n", done.epoch),
    })?;
    Ok(ExitCode::SUCCESS)
}
