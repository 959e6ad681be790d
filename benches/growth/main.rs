//! How what the engine does grows: a message with the size of the ruleset and of the room, memory and the stall of a reload with
//! the number of sockets. What was measured is kept beside this, and drawn.
//!
//! ```text
//! cargo bench --bench growth                   measures everything, writes benches/growth/data and docs/plots
//! cargo bench --bench growth -- draw           draws what is there
//! cargo bench --bench growth -- messages       measures what a message costs
//! cargo bench --bench growth -- sockets 1000 … measures memory and reloads with these numbers of sockets
//! ```
//!
//! Instructions are counted with `valgrind`; without it those charts keep the points that they have. A million sockets take some
//! 2 GB.

#[path = "../count/callgrind.rs"]
mod callgrind;
mod data;
mod hall;
#[path = "../shared/house.rs"]
mod house;
mod plot;

use data::Point;
use plot::{Chart, Scale};
use std::process::Command;
use std::time::{Duration, Instant};
use windlass::engine::Input;

const RULESETS: [usize; 4] = [10, 100, 1_000, 10_000];
const ROOMS: [usize; 4] = [10, 100, 1_000, 10_000];
const SOCKETS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Messages that are counted.
const TIMES: usize = 64;
/// The argument by which this program measures one number of sockets in a process of its own.
const HOLD: &str = "hold";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match &arguments[..] {
        [callgrind::RUN, case] => say(case),
        [HOLD, sockets] => hold(number(sockets)),
        ["draw"] => draw(),
        ["messages"] => {
            measure_messages();
            draw();
        }
        ["sockets", sizes @ ..] => {
            measure_sockets(sizes.iter().map(|size| number(size)));
            draw();
        }
        _ => {
            measure_messages();
            measure_sockets(SOCKETS.into_iter());
            draw();
        }
    }
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}

fn measure_messages() {
    if !callgrind::is_there() {
        return println!("SKIPPED: there is no valgrind to count instructions with");
    }
    let cost = |case: String| callgrind::count(&case, TIMES).instructions as f64;
    let rulesets = RULESETS.map(|size| ("a message".to_owned(), size as f64, cost(format!("rules-{size}"))));
    data::keep("message-rules", &rulesets);
    let rooms = ROOMS.map(|size| ("a message".to_owned(), size as f64, cost(format!("room-{size}"))));
    data::keep("message-room", &rooms);
}

/// Messages of one who is in a room, under so many rooms of rules or with so many others.
fn say(case: &str) {
    let mut house = match case.split_once('-') {
        Some(("rules", rooms)) => hall::full(10, number(rooms)),
        Some(("room", sockets)) => hall::full(number(sockets), 1),
        Some(_) | None => panic!("{case} is nothing that is measured"),
    };
    (0..16).for_each(|_| hall::say(&mut house));
    callgrind::counted(TIMES, &mut || hall::say(&mut house));
}

fn measure_sockets(sizes: impl Iterator<Item = usize>) {
    let own = std::env::current_exe().expect("a path of this benchmark");
    let (mut memory, mut stall): (Vec<Point>, Vec<Point>) = (Vec::new(), Vec::new());
    for size in sizes {
        let output = Command::new(&own).args([HOLD, &size.to_string()]).output().expect("the benchmark runs");
        assert!(output.status.success(), "{size} sockets: {}", String::from_utf8_lossy(&output.stderr));
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            println!("{size} sockets: {line}");
            let (what, value) = line.rsplit_once(' ').expect("a figure");
            let value: f64 = value.parse().expect("a figure");
            match what {
                "memory" => memory.push(("engine".to_owned(), size as f64, value / 1e6)),
                _ => stall.push((what.to_owned(), size as f64, value * 1e3)),
            }
        }
    }
    data::keep("memory-sockets", &memory);
    stall.sort_by(|left, right| left.0.cmp(&right.0));
    data::keep("reload-sockets", &stall);
}

/// Memory of so many sockets, in bytes, and how long a reload holds them up, in seconds.
fn hold(sockets: usize) {
    let before = resident();
    let mut house = hall::full(sockets, 1);
    println!("memory {}", resident().saturating_sub(before));
    let (reload, mut longest, mut all) = (hall::reload(&mut house), Duration::ZERO, Duration::ZERO);
    while house.engine.is_moving() {
        let began = Instant::now();
        house.input(0, Input::Tick);
        longest = longest.max(began.elapsed());
        all += began.elapsed();
    }
    println!("the reload itself {}", reload.as_secs_f64());
    println!("the longest tick {}", longest.as_secs_f64());
    println!("all ticks together {}", all.as_secs_f64());
}

/// Bytes of this process that are in memory; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn draw() {
    let charts = [
        (
            "message-rules",
            "A message, by the size of the ruleset",
            "rooms in the rules",
            ("instructions", Scale::Linear),
        ),
        ("message-room", "A message, by the size of the room", "members of the room", ("instructions", Scale::Linear)),
        ("memory-sockets", "Memory of the engine", "sockets, each a client in one room", ("MB", Scale::Powers)),
        ("reload-sockets", "A reload that changes the room where all are", "sockets", ("milliseconds", Scale::Powers)),
        ("delivery-room", "Processor time of a delivery", "members of the room", ("microseconds", Scale::Linear)),
    ];
    for (name, title, across, up) in charts {
        let lines = data::lines(name);
        if !lines.is_empty() {
            let svg = Chart { title, across: (across, Scale::Powers), up, lines: &lines }.to_svg();
            let path = format!("{}/docs/plots/{name}.svg", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, svg).expect("the picture can be written");
        }
    }
}
