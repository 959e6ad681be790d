//! Fan-out: one says something and many hear it, with `wsload` as the many. All servers take turns, round by round.

use super::servers::{Role, Server};
use super::table::{Row, Table, median};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Who hears whom, how fast, and which limit it is measured against.
pub struct Workload {
    pub name: &'static str,
    what: &'static str,
    arguments: &'static [&'static str],
    limit: &'static str,
}

pub const WORKLOADS: [Workload; 5] = [
    Workload {
        name: "F1",
        what: "1 room of 1,000, four messages at a time",
        arguments: &["--subs", "1000", "--rooms", "1", "--pubs", "1", "--window", "4"],
        limit: "limit: room task",
    },
    Workload {
        name: "F2",
        what: "100 rooms of 10, four messages at a time in each",
        arguments: &["--subs", "1000", "--rooms", "100", "--pubs", "100", "--window", "4"],
        limit: "limit: room task",
    },
    Workload {
        name: "F3",
        what: "1 room of 5,000, four messages at a time",
        arguments: &["--subs", "5000", "--rooms", "1", "--pubs", "1", "--window", "4"],
        limit: "limit: room task",
    },
    Workload {
        name: "W1",
        what: "1 room of 1,000, one message at a time: nothing to join",
        arguments: &["--subs", "1000", "--rooms", "1", "--pubs", "1", "--window", "1"],
        limit: "limit: epoll",
    },
    Workload {
        name: "L1",
        what: "1 room of 1,000, twenty messages a second",
        arguments: &["--subs", "1000", "--rooms", "1", "--pubs", "1", "--rate", "20"],
        limit: "limit: room task",
    },
];

/// How long and how often.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    pub rounds: usize,
    pub seconds: u32,
}

/// What one server did in one round.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Processor seconds for a million deliveries.
    cost: f64,
    per_second: f64,
    p99_ms: f64,
    /// Messages lost, doubled, or out of order.
    wrong: f64,
}

/// Measures one workload with all servers, and shows the medians.
pub fn measure(workload: &Workload, servers: &[Server], tools: &Path, measure: Measure) -> Table {
    let (name, arguments) =
        (workload.name, workload.arguments.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    let runs = run_by_turns(name, &arguments, servers, tools, measure);
    let limit = servers.iter().position(|server| server.name == workload.limit);
    let limit_cost = limit.and_then(|at| runs.get(at)).map(|runs| middle(runs, |run| run.cost));
    let head = ["server", "CPU s per million", "least to most", "of the limit", "thousand/s", "p99 ms", "wrong"];
    let mut table = Table::new(&format!("{}: {}", workload.name, workload.what), &head);
    for (server, runs) in servers.iter().zip(&runs) {
        if runs.is_empty() {
            continue;
        }
        let cost = middle(runs, |run| run.cost);
        let costs = || runs.iter().map(|run| run.cost);
        let of_limit = limit_cost.filter(|_| server.role != Role::Limit).map(|limit| format!("{:.2}", cost / limit));
        table.add(Row::from([
            server.name.to_owned(),
            format!("{cost:.2}"),
            format!("{:.2} to {:.2}", costs().fold(f64::MAX, f64::min), costs().fold(0.0, f64::max)),
            of_limit.unwrap_or_default(),
            format!("{:.0}", middle(runs, |run| run.per_second) / 1e3),
            format!("{:.1}", middle(runs, |run| run.p99_ms)),
            format!("{:.0}", runs.iter().map(|run| run.wrong).sum::<f64>()),
        ]));
    }
    table
}

/// What a delivery costs in rooms of each size: a table for a plot, in seconds of processor time for a million deliveries. Four
/// messages are on their way in each room, and at least a thousand sockets listen.
pub fn curve(servers: &[Server], tools: &Path, measure: Measure) -> Table {
    let head: Vec<&str> = std::iter::once("members").chain(servers.iter().map(|server| server.name)).collect();
    let mut table = Table::new("CPU s per million deliveries, by the members of a room", &head);
    for members in SIZES {
        let rooms = (LISTENERS_MIN / members).max(1);
        let number = |of: usize| of.to_string();
        let words =
            ["--subs", &number(rooms * members), "--rooms", &number(rooms), "--pubs", &number(rooms), "--window", "4"];
        let arguments: Vec<String> = words.map(str::to_owned).to_vec();
        let runs = run_by_turns(&format!("{members} members"), &arguments, servers, tools, measure);
        let costs = runs.iter().map(|runs| match runs.as_slice() {
            [] => String::new(),
            runs => format!("{:.2}", middle(runs, |run| run.cost)),
        });
        table.add(std::iter::once(number(members)).chain(costs).collect());
    }
    table
}

/// The members of a room, from a table of friends to a stadium.
const SIZES: [usize; 7] = [10, 30, 100, 300, 1_000, 3_000, 10_000];
/// Small rooms are so many that as many listen.
const LISTENERS_MIN: usize = 1_000;

/// The runs of each server.
fn run_by_turns(name: &str, arguments: &[String], servers: &[Server], tools: &Path, measure: Measure) -> Vec<Vec<Run>> {
    let mut runs: Vec<Vec<Run>> = servers.iter().map(|_| Vec::new()).collect();
    for round in 0..measure.rounds {
        for (server, runs) in servers.iter().zip(&mut runs) {
            match run(arguments, server, tools, measure.seconds) {
                Ok(run) => runs.push(run),
                Err(why) => eprintln!("{name}, {}, round {}: {why}", server.name, round + 1),
            }
        }
    }
    runs
}

fn middle(runs: &[Run], of: impl Fn(&Run) -> f64) -> f64 {
    median(runs.iter().map(of).collect())
}

fn run(arguments: &[String], server: &Server, tools: &Path, seconds: u32) -> Result<Run, String> {
    let process = server.start().map_err(|error| error.to_string())?;
    let mut command = Command::new(tools.join("wsload"));
    command.args(["fanout", "--url", &server.url(), "--pid", &process.id().to_string()]);
    command.args(arguments).args(server.dialect);
    command.args(["--secs", &seconds.to_string(), "--warmup", "1", "--drain", "3"]);
    let output = command.output().map_err(|error| format!("cannot run wsload: {error}"))?;
    let said: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("wsload: {error}"))?;
    if let Some(why) = said.get("failed") {
        return Err(format!("{why}: {}", said["error"]));
    }
    let number = |name: &str| said[name].as_f64().unwrap_or(0.0);
    Ok(Run {
        cost: number("server_cpu_s_per_M"),
        per_second: number("delivered_per_s"),
        p99_ms: said["latency"]["p99_us"].as_f64().unwrap_or(0.0) / 1e3,
        wrong: ["lost", "dup", "order_errors", "misrouted"].map(number).iter().sum(),
    })
}
