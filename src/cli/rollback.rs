//! `windlass rollback`

use super::print::{complain, print};
use super::remote::{Reloaded, Remote};
use serde_json::json;
use std::process::ExitCode;

/// Makes rules active again that were so before; `windlass epochs` lists them.
///
/// Exit code 0: they are active; 1: they cannot be any more; 2: it could not be done.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Which epoch they were.
    epoch: u32,
    #[command(flatten)]
    remote: Remote,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let asked = arguments.remote.post::<Reloaded>("/api/rollback", &json!({ "epoch": arguments.epoch }))?;
    match asked {
        Ok(done) => print(&format!("the rules of epoch {} are active, as epoch {}\n", arguments.epoch, done.epoch))?,
        Err(refused) => {
            complain(&refused.to_string());
            return Ok(ExitCode::from(if refused.is_unfit() { 1 } else { 2 }));
        }
    }
    Ok(ExitCode::SUCCESS)
}
