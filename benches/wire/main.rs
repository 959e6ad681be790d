//! The server on the wire, beside what the machine can do at most and beside others. Prints tables.
//!
//! ```text
//! BENCH_TOOLS=DIR BENCH_PEERS=DIR cargo bench --bench wire -- [quick] [F1|F2|F3|W1|L1|curve|memory|storm|reloads …]
//! ```
//!
//! `BENCH_TOOLS` is a folder with `wsload`, a load generator, and the limits `tk` and `epoll`; without it only this server's memory
//! and return are measured. `BENCH_PEERS` is a folder with others; those that are there are measured too. `WINDLASS` is another
//! binary than the one just built. `docs/benchmarks.md` says what the figures are.

mod crowd;
mod fan;
mod idle;
mod process;
mod reloads;
mod servers;
mod table;

use fan::{Measure, WORKLOADS};
use servers::Server;
use std::path::PathBuf;

/// How much is measured.
struct Plan {
    measure: Measure,
    crowd: usize,
    storms: usize,
}

const WHOLE: Plan = Plan { measure: Measure { rounds: 3, seconds: 3 }, crowd: 15_000, storms: 3 };
const QUICK: Plan = Plan { measure: Measure { rounds: 1, seconds: 2 }, crowd: 5_000, storms: 1 };

fn main() {
    // cargo itself adds `--bench`
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let is_quick = words.iter().any(|word| word == "quick");
    let plan = if is_quick { QUICK } else { WHOLE };
    let named: Vec<&String> = words.iter().filter(|word| *word != "quick").collect();
    let wants = |name: &str| named.is_empty() || named.iter().any(|word| *word == name);
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let tools = folder("BENCH_TOOLS");
    println!("load of the machine before: {}", load());
    if let Some(tools) = &tools {
        let peers = folder("BENCH_PEERS").map(|peers| Server::peers(&peers)).unwrap_or_default();
        let mut servers = vec![Server::windlass(), Server::room_task(tools), Server::epoll(tools)];
        if wants("curve") {
            print!("{}", fan::curve(&servers, tools, plan.measure));
        }
        servers.extend(peers);
        for workload in WORKLOADS.iter().filter(|workload| wants(workload.name)) {
            print!("{}", fan::measure(workload, &servers, tools, plan.measure));
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if wants("memory") {
        show(runtime.block_on(idle::memory(plan.crowd)));
    }
    if wants("storm") {
        let limit = tools.as_deref().map(Server::room_task);
        show(runtime.block_on(idle::storm(&Server::windlass(), limit.as_ref(), plan.crowd, plan.storms)));
    }
    if wants("reloads") {
        show(runtime.block_on(reloads::gaps(plan.crowd)));
    }
    println!("\nload of the machine after: {}", load());
}

fn show(table: Result<table::Table, String>) {
    match table {
        Ok(table) => print!("{table}"),
        Err(why) => eprintln!("not measured: {why}"),
    }
}

/// How many processes wanted a processor in the last minute, on average.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}
