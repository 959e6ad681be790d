//! Doing something again whenever what stands below some paths changes.

use super::print::{complain, print};
use crate::ruleset::Watch;
use anyhow::Context;
use std::io::{IsTerminal, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

/// Clears the screen and what was scrolled away, and goes to its corner (ECMA-48: CUP, ED; the 3 is xterm's).
const CLEAR: &str = "\u{1b}[H\u{1b}[2J\u{1b}[3J";

/// Does it now and after every change of files whose names have one of these endings, until the process is ended. What
/// could not be done is told, and may work the next time.
pub(super) fn repeat(
    paths: &[PathBuf],
    endings: &'static [&'static str],
    mut once: impl FnMut() -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    for path in paths {
        path.metadata().with_context(|| format!("cannot watch `{}`", path.display()))?;
    }
    let mut watch = Watch::start(paths.to_vec(), endings).context("cannot start a thread")?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().context("cannot wait")?;
    loop {
        if stdout().is_terminal() {
            print(CLEAR)?;
        }
        if let Err(error) = once() {
            complain(&format!("windlass: {error:#}"));
        }
        complain("watching for changes; ctrl-c ends");
        runtime.block_on(watch.changed())?;
    }
}
