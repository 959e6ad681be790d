//! How long a large ruleset takes from text to `Program`, every rule of lint included, and how much memory.
//!
//! `cargo bench --bench lint` builds rulesets of 10, 100 and 1,000 files, each file a house of some hundred lines
//! (`house.room`) whose door leads to the next one, and checks each in a process of its own, because the peak of a
//! process's memory never falls. `cargo bench --bench lint -- write FILES DIRECTORY` writes such a ruleset to look at.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use windlass::diagnostic::SourceMap;
use windlass::lint;

/// One house; `_N` is its number and `_NEXT` that of the next.
const HOUSE: &str = include_str!("house.room");
/// Rulesets are this large, in files.
const SIZES: [usize; 3] = [10, 100, 1000];
/// Of so many times the middle one is told.
const TIMES: usize = 5;
/// Houses that the lobby has doors to; the others are behind them.
const HOUSES_PER_STREET: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["write", files, directory] => write(&ruleset(number(files)), Path::new(directory)),
        ["check", files] => check(&ruleset(number(files))),
        _ => all(),
    }
}

fn number(text: &str) -> usize {
    text.parse().expect("a number of files")
}

fn all() {
    println!("{:>6} {:>8} {:>10} {:>10} {:>10} {:>10}", "files", "lines", "check", "of a core", "lines/s", "memory");
    let own = std::env::current_exe().expect("a path of this benchmark");
    for size in SIZES {
        let status = Command::new(&own).args(["check", &size.to_string()]).status().expect("the benchmark runs");
        assert!(status.success(), "{size} files could not be checked");
    }
}

/// Names and texts of a ruleset of so many houses, and the file with what they share.
fn ruleset(files: usize) -> Vec<(String, String)> {
    let house = |at: usize| {
        let next = if (at + 1).is_multiple_of(HOUSES_PER_STREET) || at + 1 == files { at } else { at + 1 };
        HOUSE
            .replace("_NEXT", &format!("_{next}"))
            .replace("_N", &format!("_{at}"))
            .replace("\"N-", &format!("\"{at}-"))
    };
    let doors: String = (0..files).step_by(HOUSES_PER_STREET).fold(String::new(), |mut doors, at| {
        let _ = write!(doors, "{}hall_{at}", if at == 0 { "" } else { ", " });
        doors
    });
    let front = format!(
        "entry lobby\n\nclient {{\n    keeper: bool = false\n    standing: \"good\" | \"bad\" = \"good\"\n}}\n\n\
         group everybody\n\nroom lobby public {{\n    doors {doors}\n    after 5m -> drop \"nobody came in\"\n}}\n"
    );
    let houses = (0..files).map(|at| (format!("house_{at:04}.room"), house(at)));
    std::iter::once(("front.room".to_owned(), front)).chain(houses).collect()
}

fn write(files: &[(String, String)], directory: &Path) {
    std::fs::create_dir_all(directory).expect("a directory");
    for (name, text) in files {
        std::fs::write(directory.join(name), text).expect("a file");
    }
}

fn check(files: &[(String, String)]) {
    let lines: usize = files.iter().map(|(_, text)| text.lines().count()).sum();
    let (whole, own): (Vec<f64>, Vec<f64>) = (0..TIMES).map(|_| check_once(files)).unzip();
    let (whole, own) = (middle(whole), middle(own));
    let per_second = lines as f64 / own;
    let memory = peak_mebibytes().map_or("unknown".to_owned(), |peak| format!("{peak} MiB"));
    let (files, whole, own) = (files.len() - 1, whole * 1000.0, own * 1000.0);
    println!("{files:>6} {lines:>8} {whole:>8.1}ms {own:>8.1}ms {per_second:>10.0} {memory:>10}");
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Seconds from the texts to the findings and the program, and for how many of them this process had a core.
fn check_once(files: &[(String, String)]) -> (f64, f64) {
    let mut sources = SourceMap::default();
    for (name, text) in files {
        sources.add(name.as_str(), text.as_str());
    }
    let (began, before) = (Instant::now(), seconds_on_a_core());
    let checked = lint::check(sources);
    let whole = began.elapsed().as_secs_f64();
    let own = before.zip(seconds_on_a_core()).map_or(whole, |(before, after)| after - before);
    let found: Vec<&str> = checked.diagnostics.iter().map(|found| found.message.as_str()).collect();
    assert!(checked.program.is_some(), "the ruleset may run: {:?}", found.first());
    (whole, own)
}

/// How long this process has had a core, where the system tells. On a busy machine it waits for one most of the time.
fn seconds_on_a_core() -> Option<f64> {
    let times = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: u64 = times.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds as f64 / 1e9)
}

/// The most memory that this process had at once, where the system tells.
fn peak_mebibytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}
