//! Many sockets load a server, as its users would: they walk a scene to their rooms, speak there at a rate, listen, and perhaps all lose their
//! connections at once and come back.
//!
//! `Script -> crews -> Outcome`. A crew, the sockets of one scene, is a task; all of them go through the same phases, which the conductor here
//! announces. Messages carry who said them, their number, and when they should have been sent: what is late because this tool or the
//! server could not keep up is late in the figures too.

mod back;
mod crew;
mod dial;
mod member;
mod outcome;
mod pacer;
mod script;
mod sequence;
mod speakers;
mod stamp;
mod talk;
mod tally;
mod target;
mod trouble;
mod walk;

pub use crew::Manner;
pub use outcome::{Deliveries, Kind, Messages, Outcome, Quantiles, Rate, Returns, Sockets};
pub use script::Script;
pub use speakers::Audience;
pub use stamp::PAYLOAD_BYTES_MIN;
pub use tally::{Counter, Tally};
pub use target::Target;

use crate::scenario::{Variables, crew_variables};
use crew::{Crew, Gone, Phase, Shared};
use dial::Dialer;
use outcome::Course;
use speakers::{Arrived, Cue};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep_until;
use tokio_rustls::rustls::ClientConfig;

/// Between the last arrival and the first word.
const BREATH: Duration = Duration::from_millis(200);
/// How often it is looked whether everything has come.
const LOOK: Duration = Duration::from_millis(20);

/// What is to be done.
pub struct Plan {
    /// Which server.
    pub target: Target,
    /// Whom it must show a certificate of, where it speaks TLS.
    pub trust: Option<Arc<ClientConfig>>,
    /// What each crew does.
    pub script: Script,
    /// How many crews there are.
    pub crews: usize,
    /// What each crew is given, in turn; may be empty.
    pub values: Vec<Variables>,
    /// How many numbers of rooms there are.
    pub rooms: usize,
    /// How many sockets arrive in a second.
    pub arrivals: f64,
    /// How many connections are made at one time.
    pub at_once: usize,
    /// How long anything is awaited.
    pub patience: Duration,
    /// For how long sockets speak, or just stay.
    pub lasting: Duration,
    /// How fast they speak.
    pub pace: Pace,
    /// How many sockets of each room speak.
    pub speakers_per_room: usize,
    /// How they speak.
    pub manner: Manner,
    /// Whether their connections break half-way.
    pub breaking: Breaking,
    /// What is too slow.
    pub p99_max: Option<Duration>,
}

/// How fast sockets speak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// They only listen.
    Silent,
    /// So many messages a second, of all of them together.
    PerSecond(f64),
    /// Each as soon as what it said has come to everybody.
    AsItComes,
}

/// Whether connections break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaking {
    /// They do not.
    Never,
    /// All at once, half-way.
    Halfway,
}

/// Does it.
pub async fn run(plan: Plan, tally: Arc<Tally>) -> anyhow::Result<Outcome> {
    let crew_size = plan.script.crew_size().max(1);
    let dialer = Dialer::new(plan.target.clone(), plan.trust.clone(), plan.at_once, plan.patience)
        .map_err(anyhow::Error::msg)?;
    let shared = Arc::new(Shared {
        script: plan.script.clone(),
        dialer,
        tally: tally.clone(),
        patience: plan.patience,
        manner: plan.manner.clone(),
    });
    let start = Instant::now();
    let (announce, phase) = watch::channel(Phase::Arriving);
    let (arrive, mut arrivals) = mpsc::channel(plan.crews.max(1));
    let mut tasks = JoinSet::new();
    for number in 1..=plan.crews {
        let crew = Crew::new(number, shared.clone(), variables(&plan, number));
        let begin = start + Duration::from_secs_f64(((number - 1) * crew_size) as f64 / plan.arrivals);
        tasks.spawn(crew.run(begin, arrive.clone(), phase.clone()));
    }
    drop(arrive);
    let mut arrived: Vec<Arrived> = Vec::new();
    while let Some(crew) = arrivals.recv().await {
        arrived.push(crew);
        if arrived.len() == plan.crews {
            break;
        }
    }
    let arriving = start.elapsed();
    let speakers = conduct(&plan, &arrived, &tally, &announce).await?;
    let lasted = tally.connected.get();
    announce.send_replace(Phase::Parting);
    let mut gone: Vec<Gone> = Vec::new();
    while let Some(left) = tasks.join_next().await {
        gone.push(left?);
    }
    let rooms: BTreeSet<&str> = arrived.iter().flat_map(|crew| &crew.rooms).flatten().map(|room| &**room).collect();
    let course = Course {
        wanted: (plan.crews * crew_size) as u64,
        rooms: rooms.len() as u64,
        speakers,
        standing: arrived.iter().flat_map(|crew| &crew.rooms).flatten().count() as u64,
        lasted,
        arriving,
        talking: plan.lasting,
        pace: plan.pace,
        breaking: plan.breaking,
        is_lossless: plan.manner.audience == Audience::Room,
        p99_max: plan.p99_max,
    };
    Outcome::of(&tally, &course, &gone)
}

/// Lets everybody speak, breaks the connections if that is wanted, and waits until everything has come. How many have spoken.
async fn conduct(
    plan: &Plan,
    arrived: &[Arrived],
    tally: &Tally,
    announce: &watch::Sender<Phase>,
) -> anyhow::Result<u64> {
    let rate = match plan.pace {
        Pace::Silent | Pace::AsItComes => None,
        Pace::PerSecond(rate) => Some(rate),
    };
    let speakers = match plan.pace {
        Pace::Silent => Vec::new(),
        Pace::PerSecond(_) | Pace::AsItComes => speakers::choose(arrived, plan.speakers_per_room, plan.manner.audience),
    };
    let start = Instant::now() + BREATH;
    let end = start + plan.lasting;
    let mark = stamp::Mark::new(getrandom::u32()?);
    let cue = Arc::new(Cue { mark, start, end, rate, speakers });
    announce.send_replace(Phase::Talking(cue.clone()));
    pacer::start(cue.clone())?;
    if plan.breaking == Breaking::Halfway {
        sleep_until((start + plan.lasting / 2).into()).await;
        announce.send_replace(Phase::Breaking(Instant::now()));
    }
    sleep_until(end.into()).await;
    settle(&cue, tally, plan.patience).await;
    Ok(cue.speakers.len() as u64)
}

/// Waits until everything has come, or nothing has for a while.
async fn settle(cue: &Cue, tally: &Tally, patience: Duration) {
    let come = || tally.delivered.get() + tally.back.get();
    let mut last = (come(), Instant::now());
    let is_done = || cue.is_done() && tally.back.get() == tally.broken.get();
    while !is_done() && last.1.elapsed() < patience {
        tokio::time::sleep(LOOK).await;
        if come() != last.0 {
            last = (come(), Instant::now());
        }
    }
}

/// What a crew can put into what it says.
fn variables(plan: &Plan, crew: usize) -> Variables {
    let given = crew.checked_sub(1).and_then(|at| plan.values.get(at % plan.values.len().max(1)));
    let mut variables = crew_variables(crew, (crew - 1) % plan.rooms.max(1) + 1);
    variables.extend(given.cloned().unwrap_or_default());
    variables
}
