//! `windlass map`

use super::print::{complain, print};
use super::remote::Remote;
use crate::engine::DataMap;
use anyhow::Context;
use serde::Deserialize;
use std::process::ExitCode;

/// Tells which clients the sockets of a server are, where clients are and what they receive, who is in rooms and where their posts go.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Yaml,
    Json,
}

#[derive(Debug, Deserialize)]
struct Answer {
    complete: bool,
    map: DataMap,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let answer = match arguments.remote.get::<Answer>("/api/map")? {
        Ok(answer) => answer,
        Err(refused) => {
            complain(&refused.to_string());
            return Ok(ExitCode::from(2));
        }
    };
    if !answer.complete {
        complain("windlass: the server has more sockets or rooms than a map holds, and this is a part");
    }
    match arguments.format {
        Format::Yaml => print(&answer.map.to_yaml())?,
        Format::Json => {
            let text = serde_json::to_string_pretty(&answer.map).context("the map cannot be written")?;
            print(&format!("{text}\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
