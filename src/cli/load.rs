//! `windlass load`

mod files;
mod progress;
mod text;
mod values;

use super::print::{complain, print};
use super::test::scenes;
use crate::check::outbound::tls;
use crate::load::{self, Audience, Breaking, Manner, Outcome, PAYLOAD_BYTES_MIN, Pace, Plan, Script, Tally, Target};
use crate::scenario::{Node, Shape, Troupe};
use crate::server::config::{Count, Size, Span};
use crate::value::Json;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// What is not limited otherwise: messages of one speaker that may be under way.
const IN_FLIGHT: u64 = 1000;
/// What is said a second if nothing is said about that.
const MESSAGES_PER_SECOND: f64 = 10.0;
/// So many names of scenes are told.
const NAMES_SHOWN: usize = 20;

/// Loads a server: many sockets walk a scene, locks included, speak at a rate, and tell what came of it.
///
/// Each socket of the scene is one of a crew; as many crews as make up the sockets walk it side by side, and `${crew}` in the scene is
/// the number of each. Without a scene every socket connects, and goes to the room that `--to` names.
/// Exit code 0: all came to their rooms, and nothing was lost, repeated, out of order or refused; 1: something was, or was too slow;
/// 2: it could not be done.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The server, as in `ws://127.0.0.1:7070/ws`
    url: String,
    /// A file of scenes, or a ruleset with scenes
    #[arg(conflicts_with = "to")]
    scenes: Option<PathBuf>,
    /// Which scene: its name, or a part that no other has
    #[arg(long, value_name = "NAME", requires = "scenes")]
    scene: Option<String>,
    /// Without a scene: the room that each socket asks for, as in `room:hall` or `room:table/${crew_room}`
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// How many numbers `${crew_room}` goes round, from 1 on
    #[arg(long, value_name = "N", default_value = "1")]
    rooms: Count<1, 1_000_000>,
    /// How many sockets there are, or a few more, so that crews are whole
    #[arg(long, value_name = "N", default_value = "100")]
    sockets: Count<1, 1_000_000>,
    /// How many of them arrive in a second
    #[arg(long, value_name = "N", default_value = "100")]
    rate: Count<1, 1_000_000>,
    /// How many connections are made at one time
    #[arg(long, value_name = "N", default_value = "128")]
    at_once: Count<1, 65_536>,
    /// For how long they speak, or just stay
    #[arg(long = "for", value_name = "TIME", default_value = "10s")]
    lasting: Span<0, 86_400_000>,
    /// What all speakers say a second, together; 0: nothing [default: 10, and as much as goes with `--in-flight`]
    #[arg(long, value_name = "N")]
    messages_per_second: Option<Count<0, 1_000_000>>,
    /// How many messages of a speaker may be under way, until all have them
    #[arg(long, value_name = "N")]
    in_flight: Option<Count<1, 100_000>>,
    /// How many sockets speak in each room: those that came first
    #[arg(long, value_name = "N", default_value = "1")]
    speakers: Count<1, 1_000>,
    /// What they say: a frame in which `${payload}` stands somewhere
    #[arg(long, value_name = "FRAME", default_value = "{\"text\":\"${payload}\"}")]
    say: String,
    /// How long the payload is
    #[arg(long, value_name = "SIZE", default_value = "128B")]
    payload: Size<PAYLOAD_BYTES_MIN, 1_048_576>,
    /// Whether all others who stand in a speaker's room must hear it
    #[arg(long, value_enum, default_value_t = Hears::Room)]
    audience: Hears,
    /// All connections break at once, half-way, and the sockets come back with their tokens
    #[arg(long)]
    reconnect: bool,
    /// What each crew puts into the scene by name, in turn: a file with one JSON object a line
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
    /// How long anything is awaited
    #[arg(long, value_name = "TIME", default_value = "10s")]
    patience: Span<100, 600_000>,
    /// The longest `after` of a scene that is waited for
    #[arg(long, value_name = "TIME", default_value = "10s")]
    longest_wait: Span<0, 86_400_000>,
    /// Certificates in PEM of those that may vouch for the server [default: those of the system]
    #[arg(long, value_name = "FILE")]
    authorities: Option<PathBuf>,
    /// Load a server that is not on this machine. Do it only to your own
    #[arg(long)]
    this_server_is_mine: bool,
    /// Fail if 99 of 100 deliveries take longer
    #[arg(long, value_name = "TIME")]
    max_p99: Option<Span<1, 600_000>>,
    /// How it is told
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How it is told what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Human,
    /// As one JSON object; its times are in microseconds
    Json,
}

/// Who must hear what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Hears {
    /// Everybody else in the room
    Room,
    /// Nobody: the rules send it elsewhere
    Nobody,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Some(script) = script(&arguments)? else { return Ok(ExitCode::from(1)) };
    let plan = plan(&arguments, script)?;
    let sockets = plan.crews * plan.script.crew_size();
    files::allow(sockets)?;
    let tally = Arc::new(Tally::new()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    let outcome = runtime.block_on(async {
        let progress = progress::start(tally.clone(), sockets as u64);
        let outcome = load::run(plan, tally).await;
        progress::stop(progress).await;
        outcome
    })?;
    tell(&outcome, arguments.format)?;
    Ok(ExitCode::from(u8::from(!outcome.ok)))
}

fn tell(outcome: &Outcome, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Human => print(&text::report(outcome))?,
        Format::Json => print(&format!("{}\n", serde_json::to_string_pretty(outcome)?))?,
    }
    Ok(())
}

fn plan(arguments: &Arguments, script: Script) -> anyhow::Result<Plan> {
    let target = Target::find(&arguments.url).map_err(anyhow::Error::msg)?;
    if !target.is_loopback() && !arguments.this_server_is_mine {
        bail!(
            "`{target}` is not on this machine, and loading what is not yours is an attack: \
             if it is yours, say `--this-server-is-mine`"
        );
    }
    let trust = match arguments.url.starts_with("wss://") {
        true => Some(tls::config(arguments.authorities.as_deref()).map_err(anyhow::Error::msg)?),
        false => None,
    };
    let length = |time: u64| Duration::from_millis(time);
    let crew_size = script.crew_size().max(1);
    let values = arguments.values.as_deref().map(values::read).transpose()?.unwrap_or_default();
    Ok(Plan {
        target,
        trust,
        crews: size(arguments.sockets.get()).div_ceil(crew_size),
        script,
        values,
        rooms: size(arguments.rooms.get()),
        arrivals: arguments.rate.get() as f64,
        at_once: size(arguments.at_once.get()),
        patience: length(arguments.patience.get()),
        lasting: length(arguments.lasting.get()),
        pace: pace(arguments),
        speakers_per_room: size(arguments.speakers.get()),
        manner: manner(arguments)?,
        breaking: if arguments.reconnect { Breaking::Halfway } else { Breaking::Never },
        p99_max: arguments.max_p99.map(|most| length(most.get())),
    })
}

fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn pace(arguments: &Arguments) -> Pace {
    match (arguments.messages_per_second.map(Count::get), arguments.in_flight) {
        (Some(0), _) => Pace::Silent,
        (Some(rate), _) => Pace::PerSecond(rate as f64),
        (None, Some(_)) => Pace::AsItComes,
        (None, None) => Pace::PerSecond(MESSAGES_PER_SECOND),
    }
}

fn manner(arguments: &Arguments) -> anyhow::Result<Manner> {
    let frame = Json::parse(&arguments.say).map(|json| Node::from_json(&json));
    let frame = frame.with_context(|| format!("`{}` is no JSON", arguments.say))?;
    let Shape::Record(fields) = &frame.shape else { bail!("`--say` is a frame: write an object") };
    if fields.iter().any(|field| field.name == "id") {
        bail!("`--say` has an `id`, which this tool gives to each message: leave it out");
    }
    if !arguments.say.contains("${payload}") {
        bail!("`--say` has no `${{payload}}`, by which a message is known again: put it into a text");
    }
    Ok(Manner {
        frame,
        payload: size(arguments.payload.get()),
        in_flight: arguments.in_flight.map_or(IN_FLIGHT, Count::get),
        audience: match arguments.audience {
            Hears::Room => Audience::Room,
            Hears::Nobody => Audience::Nobody,
        },
    })
}

/// What crews walk; none where the scenes have mistakes, which are told.
fn script(arguments: &Arguments) -> anyhow::Result<Option<Script>> {
    let Some(path) = &arguments.scenes else {
        return Script::to_room(arguments.to.as_deref()).map(Some).map_err(anyhow::Error::msg);
    };
    let found = scenes::read(path)?.and_then(|troupe| match choose(path, &troupe, arguments.scene.as_deref()) {
        Ok(scene) => {
            let longest = Duration::from_millis(arguments.longest_wait.get());
            Script::of_scenes(&troupe.chain(scene), longest).map(Ok)
        }
        Err(error) => Ok(Err(error)),
    });
    match found {
        Ok(script) => {
            let script = script?;
            if script.crew_size() == 0 {
                bail!("nobody connects in this scene: choose another one");
            }
            Ok(Some(script))
        }
        Err(mistakes) => {
            for (path, mistake) in mistakes {
                complain(&format!("{path}:{}: {}", mistake.at.line, mistake.message));
            }
            Ok(None)
        }
    }
}

/// The scene that is meant.
fn choose(path: &Path, troupe: &Troupe, wanted: Option<&str>) -> anyhow::Result<usize> {
    let scenes = troupe.scenes();
    let wanted = wanted.unwrap_or_default();
    if let Some(at) = scenes.iter().position(|scene| scene.name == wanted) {
        return Ok(at);
    }
    let mut found = scenes.iter().enumerate().filter(|(_, scene)| scene.name.contains(wanted));
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(at),
        (None, _) => bail!("`{}` has no scene whose name has `{wanted}` in it", path.display()),
        (Some(_), Some(_)) => {
            let names = scenes.iter().filter(|scene| scene.name.contains(wanted)).take(NAMES_SHOWN);
            let names: String = names.map(|scene| format!("\n  {}", scene.name)).collect();
            bail!("say with `--scene` which one:{names}")
        }
    }
}
