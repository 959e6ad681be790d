//! `windlass plan NEW --server URL`: a plan that a server makes, with whom it would concern.

use super::told;
use crate::cli::counted;
use crate::cli::print::{Format, complain, print};
use crate::cli::remote::Remote;
use crate::machine::plan::Plan;
use crate::ruleset;
use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, Deserialize)]
struct Planned {
    epoch: u32,
    ok: bool,
    plan: Plan,
    live: Live,
}

#[derive(Debug, Deserialize)]
struct Live {
    connected: Count,
    pinned: Count,
    restarted: Count,
    dropped: Count,
    machines: BTreeMap<String, MachineCount>,
}

#[derive(Debug, Deserialize)]
struct MachineCount {
    standing: Count,
    inside: Count,
}

#[derive(Debug, Deserialize)]
struct Count {
    sockets: usize,
    clients: usize,
}

pub(super) fn run(remote: &Remote, new: &Path, format: Format) -> anyhow::Result<ExitCode> {
    let sources = ruleset::read(new)?;
    let files: Vec<Value> =
        sources.iter().map(|(_, source)| json!({ "path": *source.path, "text": *source.text })).collect();
    let document: Value = match remote.post("/api/plan", &json!({ "files": files }))? {
        Ok(document) => document,
        Err(refused) => {
            complain(&refused.to_string());
            return Ok(ExitCode::from(2));
        }
    };
    let planned: Planned = serde_json::from_value(document.clone()).context("the server answers something else")?;
    print(&match format {
        Format::Human => told(&planned.plan) + &live(&planned),
        Format::Json => document.to_string() + "\n",
    })?;
    Ok(if planned.ok { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn live(planned: &Planned) -> String {
    let Planned { epoch, live, .. } = planned;
    let mut out = format!("\nbeside epoch {epoch}, of {} connected now\n", live.connected.words());
    for (what, count) in [
        ("would finish a lock under the rules before", &live.pinned),
        ("would begin something anew", &live.restarted),
        ("would be closed, to come back", &live.dropped),
    ] {
        let _ = writeln!(out, "  {} {what}", count.words());
    }
    for (name, MachineCount { standing, inside }) in &live.machines {
        let _ = writeln!(out, "  {name}: {} standing there, {} in the middle of it", standing.words(), inside.words());
    }
    out
}

impl Count {
    fn words(&self) -> String {
        format!("{} ({})", counted(self.sockets, "socket"), counted(self.clients, "client"))
    }
}
