//! `windlass lsp`

use crate::lsp::{self, Ended};
use crate::ruleset;
use anyhow::Context;
use lsp_server::Connection;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Serves an editor on standard input and output, in the language server protocol.
///
/// Editors start it themselves: docs/editors.md says how. Exit code 0: the editor said good-bye; 1: it did not; 2: it could
/// not be done.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Nothing else is there; some editors say it all the same.
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(super) fn run(_arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (connection, threads) = Connection::stdio();
    let ended = lsp::serve(&connection, rules_below).context("the server cannot begin")?;
    // The threads end when nobody can speak to them any more.
    drop(connection);
    match ended {
        Ended::Properly => {
            threads.join().context("the editor cannot be spoken with")?;
            Ok(ExitCode::SUCCESS)
        }
        Ended::Abruptly => Ok(ExitCode::from(1)),
    }
}

fn rules_below(directory: &Path) -> Result<Vec<PathBuf>, String> {
    ruleset::rule_files(directory).map_err(|error| format!("{error:#}"))
}
