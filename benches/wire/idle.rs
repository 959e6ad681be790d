//! Many who are only there: what they take of the server's memory, and how soon they are back when all of them drop at once.

use super::crowd::{Done, Guest, Member, each};
use super::servers::Server;
use super::table::{Row, Table, median};
use std::time::Duration;

const ROOM: &str = "stage";
/// What a server still does when the last has come or gone.
const SETTLE: Duration = Duration::from_secs(3);

/// Memory of each of `count` sockets that have walked into one room, then said something each.
pub async fn memory(count: usize) -> Result<Table, String> {
    let head = ["the store", "sockets", "there, bytes each", "after a message each", "CPU µs to walk in"];
    let mut table = Table::new("Memory of an identified socket that stands in one room, idle", &head);
    for (store, server) in [("on the disk", Server::windlass()), ("in memory", Server::forgetful_windlass())] {
        let [sockets, there, after, cpu] = memory_of(&server, count).await?;
        table.add(Row::from([store.to_owned(), sockets, there, after, cpu]));
    }
    Ok(table)
}

async fn memory_of(ours: &Server, count: usize) -> Result<[String; 4], String> {
    let process = ours.start().map_err(|error| error.to_string())?;
    let url = ours.url();
    let (empty, idle_cpu) = (process.resident_bytes(), process.cpu_seconds());
    let came = each(vec![(); count], |number, ()| walk_in(url.clone(), number)).await;
    let cpu = (process.cpu_seconds() - idle_cpu) / count as f64 * 1e6;
    tokio::time::sleep(SETTLE).await;
    let there = process.resident_bytes();
    let spoke = each(came.outcomes, |_, mut member| async move { member.whisper().await.map(|()| member) }).await;
    tokio::time::sleep(SETTLE).await;
    let after = process.resident_bytes();
    let each_of = |bytes: f64| format!("{:.0}", (bytes - empty) / spoke.outcomes.len().max(1) as f64);
    Ok([spoke.outcomes.len().to_string(), each_of(there), each_of(after), format!("{cpu:.0}")])
}

/// All drop and come back, with ours by resume into their room, with the limit by connecting anew.
pub async fn storm(ours: &Server, limit: Option<&Server>, count: usize, rounds: usize) -> Result<Table, String> {
    let (mut back, mut accepted, mut lost) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        let (storm, wrong) = come_back(ours, count).await?;
        back.push(storm);
        lost += wrong;
        if let Some(limit) = limit {
            accepted.push(reconnect(limit, count).await?);
        }
    }
    let title = format!("{count} sockets drop at once and come back: 99 of 100 are there");
    let head = [
        "in their room with what they missed, s",
        "accepted by the limit, s",
        "ratio",
        "not back, or not told all",
        "CPU of the server, µs each",
        "of the limit",
    ];
    let mut table = Table::new(&title, &head);
    let middle = |of: &[Storm], what: fn(&Storm) -> f64| median(of.iter().map(what).collect());
    let seconds = |of: &[Storm]| middle(of, |storm| storm.took.as_secs_f64());
    let cpu = |of: &[Storm]| format!("{:.0}", middle(of, |storm| storm.cpu) / count as f64 * 1e6);
    let ratio = limit.map(|_| format!("{:.2}", seconds(&back) / seconds(&accepted))).unwrap_or_default();
    let (ours, theirs) = (format!("{:.2}", seconds(&back)), format!("{:.2}", seconds(&accepted)));
    table.add(Row::from([ours, theirs, ratio, lost.to_string(), cpu(&back), cpu(&accepted)]));
    Ok(table)
}

/// How all came back.
struct Storm {
    /// How long 99 of 100 took.
    took: Duration,
    /// Processor time of the server, in seconds.
    cpu: f64,
}

/// How many are not back or do not know what was said meanwhile, besides.
async fn come_back(ours: &Server, count: usize) -> Result<(Storm, usize), String> {
    let process = ours.start().map_err(|error| error.to_string())?;
    let url = ours.url();
    let came = each(vec![(); count], |number, ()| walk_in(url.clone(), number)).await;
    let mut speaker = Member::walk_in(&url, count, ROOM).await?;
    let away: Vec<_> = came.outcomes.into_iter().map(Member::drop_out).collect();
    speaker.guest.say(r#"{"text":"is nobody there?"}"#.to_owned()).await?;
    let before = process.cpu_seconds();
    let back: Done<bool> = each(away, |number, away| {
        let url = url.clone();
        async move { away.come_back(&url, number, ROOM, 1).await }
    })
    .await;
    let storm = Storm { took: back.most, cpu: process.cpu_seconds() - before };
    Ok((storm, came.failed + back.failed + back.outcomes.iter().filter(|knows| !**knows).count()))
}

/// Until 99 of 100 are WebSockets again.
async fn reconnect(limit: &Server, count: usize) -> Result<Storm, String> {
    let process = limit.start().map_err(|error| error.to_string())?;
    let url = limit.url();
    let connect = |number| {
        let url = url.clone();
        async move { Guest::connect(&url, number).await }
    };
    let came = each(vec![(); count], |number, ()| connect(number)).await;
    drop(came.outcomes);
    let before = process.cpu_seconds();
    let took = each(vec![(); count], |number, ()| connect(number)).await.most;
    Ok(Storm { took, cpu: process.cpu_seconds() - before })
}

async fn walk_in(url: String, number: usize) -> Result<Member, String> {
    Member::walk_in(&url, number, ROOM).await
}
