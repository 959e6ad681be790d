//! What the pass, the engine and the compiler cost: instructions, which a busy machine does not change, memory that is asked
//! for, and time, for people.
//!
//! ```text
//! cargo bench --bench count                    beside benches/count/figures.txt; fails where something costs 5 % more
//! cargo bench --bench count -- bless           writes that file
//! cargo bench --bench count -- time            nanoseconds
//! cargo bench --bench count -- [WHAT] CASE …   only these
//! ```
//!
//! Counting needs `valgrind`; without it nothing is compared, and it says so. Each case runs in a process of its own, which
//! prepares everything, does the same a few times, and then counts.

mod by_hand;
mod callgrind;
mod cases;
mod crowd;
mod figures;
mod lone;
mod rules;

use cases::{CASES, Case};
use figures::Figures;
use std::process::ExitCode;
use std::time::Instant;

/// Of so many rounds the quickest is told.
const ROUNDS: usize = 7;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match &arguments[..] {
        [callgrind::RUN, case] => {
            wanted(&[case]).for_each(run);
            ExitCode::SUCCESS
        }
        ["bless", names @ ..] => count(names, bless),
        ["time", names @ ..] => {
            wanted(names).for_each(time);
            ExitCode::SUCCESS
        }
        names => count(names, compare),
    }
}

fn wanted<'names>(names: &'names [&str]) -> impl Iterator<Item = &'static Case> + 'names {
    CASES.iter().filter(|case| names.is_empty() || names.contains(&case.name))
}

fn run(case: &Case) {
    let mut work = (case.prepare)(case.warm_up() + case.times);
    (0..case.warm_up()).for_each(|_| work());
    callgrind::counted(case.times, &mut *work);
}

fn time(case: &Case) {
    let round = |_| {
        let mut work = (case.prepare)(case.warm_up() + case.times);
        (0..case.warm_up()).for_each(|_| work());
        let began = Instant::now();
        (0..case.times).for_each(|_| work());
        began.elapsed().as_nanos() as f64 / case.times as f64
    };
    let quickest = (0..ROUNDS).map(round).fold(f64::MAX, f64::min);
    println!("{:<20} {quickest:>12.0} ns", case.name);
}

fn count(names: &[&str], then: fn(&Figures) -> ExitCode) -> ExitCode {
    if !callgrind::is_there() {
        println!("SKIPPED: there is no valgrind to count instructions with, and nothing was compared");
        return ExitCode::SUCCESS;
    }
    let counted = wanted(names).map(|case| (case.name, callgrind::count(case.name, case.times)));
    then(&Figures::of(counted))
}

fn bless(now: &Figures) -> ExitCode {
    now.beside(&Figures::kept()).keep();
    ExitCode::SUCCESS
}

fn compare(now: &Figures) -> ExitCode {
    if now.compare(&Figures::kept()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
