//! `windlass man`

use super::print::print;
use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::{Man, generate_to};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes the manual: a page for `windlass` and one for each command.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where the pages are written to, such as a `man1`; without it, the page of `windlass` goes to standard output.
    directory: Option<PathBuf>,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let command = super::Arguments::command();
    match arguments.directory {
        None => {
            let mut page = Vec::new();
            Man::new(command).render(&mut page)?;
            print(&String::from_utf8(page)?)?;
        }
        Some(directory) => {
            let cannot = || format!("cannot write to `{}`", directory.display());
            fs::create_dir_all(&directory).with_context(cannot)?;
            generate_to(command, &directory).with_context(cannot)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
