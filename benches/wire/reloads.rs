//! How long nobody hears anything while a server with a crowd takes other rules: two talk in a room that nothing changes, and the
//! longest time between two deliveries there is the gap.

use super::crowd::{Member, Outcome, each};
use super::process::Process;
use super::servers::Server;
use super::table::{Row, Table};
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::time::MissedTickBehavior;

/// Where the crowd stands. It is this room that other rules change.
const ROOM: &str = "stage";
/// Where the two talk.
const TALK: &str = "hall/7";
/// How often one of them speaks.
const EVERY: Duration = Duration::from_millis(1);
/// How long they talk in each phase.
const PHASE: Duration = Duration::from_secs(10);
/// How often there are other rules.
const RELOAD_EVERY: Duration = Duration::from_millis(500);
/// What the rules say of the room, and what they say instead.
const WORDS: [&str; 2] = ["m.text != \"hush\"", "m.text != \"whisht\""];

/// What the two heard in one phase.
struct Heard {
    messages: usize,
    reloads: usize,
    /// Times between two deliveries, the longest last.
    gaps: Vec<Duration>,
}

/// The same talk without reloads and with them, beside `count` sockets in one room.
pub async fn gaps(count: usize) -> Outcome<Table> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let rules = folder.path();
    copy(&Server::rules(), rules).map_err(|error| error.to_string())?;
    let server = Server::windlass_of(rules);
    let process = server.start().map_err(|error| error.to_string())?;
    let url = server.url();
    let crowd = each(vec![(); count], |number, ()| {
        let url = url.clone();
        async move { Member::walk_in(&url, number, ROOM).await }
    })
    .await;
    let mut pair = (Member::walk_in(&url, count, TALK).await?, Member::walk_in(&url, count + 1, TALK).await?);
    let title =
        format!("{} sockets in a room that other rules change, and two who talk in another", crowd.outcomes.len());
    let mut table =
        Table::new(&title, &["reloads", "deliveries", "longest gap, ms", "the next, ms", "99.9 of 100, ms"]);
    for phase in [Phase::Quiet, Phase::Reloads] {
        let heard = talk(&mut pair, &phase, || change(rules, &process)).await?;
        let ms = |from_longest: usize| {
            let at = heard.gaps.len().saturating_sub(1 + from_longest);
            format!("{:.1}", heard.gaps.get(at).copied().unwrap_or_default().as_secs_f64() * 1e3)
        };
        let thousandth = heard.gaps.len() / 1000;
        table.add(Row::from([heard.reloads.to_string(), heard.messages.to_string(), ms(0), ms(1), ms(thousandth)]));
    }
    Ok(table)
}

enum Phase {
    Quiet,
    Reloads,
}

async fn talk(pair: &mut (Member, Member), phase: &Phase, change: impl Fn() -> Outcome<()>) -> Outcome<Heard> {
    let (speaker, listener) = pair;
    let mut beat = tokio::time::interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (begun, mut last, mut last_reload) = (Instant::now(), Instant::now(), Instant::now());
    let mut heard = Heard { messages: 0, reloads: 0, gaps: Vec::new() };
    while begun.elapsed() < PHASE {
        tokio::select! {
            biased;
            said = listener.guest.hear("message") => {
                said?;
                heard.messages += 1;
                heard.gaps.push(last.elapsed());
                last = Instant::now();
            }
            _ = beat.tick() => speaker.guest.say(r#"{"text":"still here"}"#.to_owned()).await?,
        }
        if matches!(phase, Phase::Reloads) && last_reload.elapsed() >= RELOAD_EVERY {
            change()?;
            heard.reloads += 1;
            last_reload = Instant::now();
        }
    }
    heard.gaps.sort();
    Ok(heard)
}

/// Other rules, and a server that is told of them.
fn change(rules: &Path, process: &Process) -> Outcome<()> {
    let path = rules.join("fan.room");
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let [first, second] = WORDS;
    let (head, stage) = text.split_once("room stage").ok_or("the rules have no stage")?;
    let other = if stage.contains(first) { stage.replace(first, second) } else { stage.replace(second, first) };
    std::fs::write(&path, format!("{head}room stage{other}")).map_err(|error| error.to_string())?;
    // not by a program: what holds so many sockets takes some milliseconds to start one, in which nobody hears anything
    let server = i32::try_from(process.id()).ok().and_then(Pid::from_raw).ok_or("the server has no number")?;
    kill_process(server, Signal::HUP).map_err(|error| error.to_string())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for file in std::fs::read_dir(from)? {
        let file = file?;
        std::fs::copy(file.path(), to.join(file.file_name()))?;
    }
    Ok(())
}
