//! `windlass why`

use super::counted;
use super::print::{Format, complain, print};
use super::remote::{Refused, Remote};
use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Write;
use std::process::ExitCode;

/// Tells why a socket is where it is: its stack, with the rule of each frame, what it waits for, what it holds, and what its
/// last passes did since it was first asked about.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// `socket:UUID`, or a client (`client:ID`), whose sockets are all told.
    who: String,
    /// How it is written; JSON is what the API answers about a socket, and about each of a client's, with its rooms.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Deserialize)]
struct Client {
    sockets: Vec<Socket>,
    rooms: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Socket {
    socket: String,
}

#[derive(Debug, Deserialize)]
struct Why {
    socket: String,
    client: Option<String>,
    stack: Vec<Frame>,
    keys: Vec<Key>,
    parked: usize,
    passes: Vec<Pass>,
}

#[derive(Debug, Deserialize)]
struct Frame {
    kind: String,
    name: String,
    epoch: u32,
    state: Option<String>,
    path: String,
    line: usize,
    awaits: String,
    attempts_left: Option<u32>,
    deadlines: Vec<Deadline>,
}

#[derive(Debug, Deserialize)]
struct Deadline {
    in_ms: u64,
    what: String,
}

#[derive(Debug, Deserialize)]
struct Key {
    lock: String,
    ends_in_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grace_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Pass {
    event: String,
    before: Vec<String>,
    steps: Vec<Step>,
    after: Vec<String>,
    undone: bool,
}

#[derive(Debug, Deserialize)]
struct Step {
    what: String,
    path: String,
    line: usize,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { who, format, remote } = &arguments;
    let is_socket = who.starts_with("socket:") || (!who.starts_with("client:") && uuid::Uuid::parse_str(who).is_ok());
    let told = if is_socket { of_socket(remote, who, *format) } else { of_client(remote, who, *format) };
    match told? {
        Ok(text) => print(&text)?,
        Err(refused) => {
            complain(&refused.to_string());
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn of_client(remote: &Remote, who: &str, format: Format) -> anyhow::Result<Result<String, Refused>> {
    let client = who.strip_prefix("client:").unwrap_or(who);
    let path = percent_encoding::utf8_percent_encode(client, percent_encoding::NON_ALPHANUMERIC);
    let known: Client = match remote.get(&format!("/api/clients/{path}"))? {
        Ok(known) => known,
        Err(refused) => return Ok(Err(refused)),
    };
    let mut sockets: Vec<Value> = Vec::new();
    for Socket { socket } in known.sockets {
        match ask(remote, &socket)? {
            Ok(why) => sockets.push(why),
            Err(refused) => return Ok(Err(refused)),
        }
    }
    Ok(Ok(match format {
        Format::Human => {
            let rooms = listed(&known.rooms, "no room");
            let told = sockets.into_iter().map(|why| Ok(format!("\n{}", read(why)?)));
            format!("client:{client} is a member of {rooms}\n{}", told.collect::<anyhow::Result<String>>()?)
        }
        Format::Json => json!({ "client": client, "rooms": known.rooms, "sockets": sockets }).to_string() + "\n",
    }))
}

fn of_socket(remote: &Remote, socket: &str, format: Format) -> anyhow::Result<Result<String, Refused>> {
    let why = match ask(remote, socket)? {
        Ok(why) => why,
        Err(refused) => return Ok(Err(refused)),
    };
    Ok(Ok(match format {
        Format::Human => read(why)?,
        Format::Json => why.to_string() + "\n",
    }))
}

fn ask(remote: &Remote, socket: &str) -> anyhow::Result<Result<Value, Refused>> {
    let id = socket.strip_prefix("socket:").unwrap_or(socket);
    remote.get(&format!("/api/sockets/{id}/why"))
}

fn read(why: Value) -> anyhow::Result<String> {
    Ok(told(&serde_json::from_value(why).context("the server answers something else")?))
}

fn told(why: &Why) -> String {
    let client = why.client.as_ref().map_or_else(String::new, |client| format!(" of client:{client}"));
    let mut out = format!("socket:{}{client}\n", why.socket);
    for frame in why.stack.iter().rev() {
        let Frame { kind, name, epoch, state, path, line, awaits, .. } = frame;
        let state = state.as_ref().map_or_else(String::new, |state| format!(", state {state}"));
        let attempts = frame.attempts_left.map_or_else(String::new, |left| format!("; attempts left: {left}"));
        let _ = writeln!(out, "  {kind} {name}{state} ({path}:{line}, epoch {epoch}): waits for {awaits}{attempts}");
        for Deadline { in_ms, what } in &frame.deadlines {
            let _ = writeln!(out, "    in {}: {what}", seconds(*in_ms));
        }
    }
    for Key { lock, ends_in_ms, grace_ms } in &why.keys {
        let until = match (ends_in_ms, grace_ms) {
            (None, _) => "as long as the socket lives".to_owned(),
            (Some(ends), None) => format!("for {} more", seconds(*ends)),
            (Some(0), Some(grace)) => format!("ended, and listens for {} more", seconds(*grace)),
            (Some(ends), Some(grace)) => {
                format!("for {} more, and listens for {} after that", seconds(*ends), seconds(*grace))
            }
        };
        let _ = writeln!(out, "  key of {lock}, {until}");
    }
    if why.parked > 0 {
        let _ = writeln!(out, "  {} until it is let in", counted(why.parked, "parked message"));
    }
    if why.passes.is_empty() {
        out.push_str("what it does from now on is kept for five minutes: ask again\n");
    }
    why.passes.iter().for_each(|pass| tell_pass(&mut out, pass));
    out
}

fn tell_pass(out: &mut String, pass: &Pass) {
    let _ = writeln!(
        out,
        "\n{}{}",
        pass.event,
        if pass.undone { ": too many steps, and all of it was undone" } else { "" }
    );
    let _ = writeln!(out, "  before  {}", listed(&pass.before, "nowhere"));
    for Step { what, path, line } in &pass.steps {
        let _ = writeln!(out, "  {path}:{line}  {what}");
    }
    let _ = writeln!(out, "  after   {}", listed(&pass.after, "nowhere"));
}

fn listed(names: &[String], none: &str) -> String {
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

fn seconds(ms: u64) -> String {
    if ms < 10_000 { format!("{}.{} s", ms / 1000, ms % 1000 / 100) } else { format!("{} s", ms / 1000) }
}
