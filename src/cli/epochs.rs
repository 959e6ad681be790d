//! `windlass epochs`

use super::counted;
use super::print::{Format, complain, print};
use super::remote::Remote;
use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// Lists the rulesets that live on a server, which sockets are in the middle of older ones, and those that can be gone back to.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How they are written; JSON is what the API answers.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Deserialize)]
pub(super) struct Epochs {
    pub(super) active: u32,
    pub(super) moving: bool,
    pub(super) epochs: Vec<Epoch>,
    kept: Vec<Kept>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Epoch {
    pub(super) epoch: u32,
    since: Option<u64>,
    pub(super) pinned: usize,
    sockets: Vec<Pinned>,
}

#[derive(Debug, Deserialize)]
struct Pinned {
    socket: String,
    client: Option<String>,
    locks: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Kept {
    epoch: u32,
    since: u64,
    hash: String,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let document: Value = match arguments.remote.get("/api/epochs")? {
        Ok(document) => document,
        Err(refused) => {
            complain(&refused.to_string());
            return Ok(ExitCode::from(2));
        }
    };
    print(&match arguments.format {
        Format::Human => told(&serde_json::from_value(document).context("the server answers something else")?),
        Format::Json => document.to_string() + "\n",
    })?;
    Ok(ExitCode::SUCCESS)
}

/// So much of a hash tells rulesets apart for people.
const HASH_LETTERS: usize = 12;

fn told(epochs: &Epochs) -> String {
    let mut out = String::new();
    for Epoch { epoch, since, pinned, sockets } in &epochs.epochs {
        let since = since.map_or_else(String::new, |since| format!(", since {} ago", ago(since)));
        let what = if *epoch == epochs.active {
            "active".to_owned()
        } else {
            format!("{} in the middle of it", counted(*pinned, "socket"))
        };
        let _ = writeln!(out, "epoch {epoch}{since}: {what}");
        for Pinned { socket, client, locks } in sockets {
            let who = client.as_ref().map_or_else(String::new, |client| format!(" of {client}"));
            let _ = writeln!(out, "  socket:{socket}{who}: {}", locks.join(", "));
        }
        if sockets.len() < *pinned {
            let _ = writeln!(out, "  and {} more", pinned - sockets.len());
        }
    }
    if epochs.moving {
        out.push_str("sockets are still being brought to the active rules\n");
    }
    out.push_str("\n`windlass rollback EPOCH` goes back to\n");
    for Kept { epoch, since, hash } in &epochs.kept {
        let hash: String = hash.chars().take(HASH_LETTERS).collect();
        let _ = writeln!(out, "  {epoch}  {hash}  active since {} ago", ago(*since));
    }
    out
}

/// How long a time ago, in milliseconds since 1970, is now; in the largest unit that is not nothing.
fn ago(since: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let seconds = now.saturating_sub(since / 1000);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
