//! The figures that are kept in the repository, and what was counted beside them.

use super::callgrind::Cost;
use std::collections::BTreeMap;
use std::fmt::Write;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/count/figures.txt");
/// Nothing may cost more than so much of what is kept. Tables whose hash is random differ by less from run to run.
const WORSE_MAX: f64 = 1.05;
/// What asks for memory a few times may not ask a whole time more.
const ALLOCATIONS_MORE_MAX: f64 = 0.25;

/// Costs by the name of their case.
pub struct Figures(BTreeMap<String, Cost>);

impl Figures {
    pub fn of<'name>(counted: impl Iterator<Item = (&'name str, Cost)>) -> Figures {
        Figures(counted.map(|(name, cost)| (name.to_owned(), cost)).collect())
    }

    /// Those of the repository.
    pub fn kept() -> Figures {
        let text = std::fs::read_to_string(PATH).unwrap_or_default();
        Figures(text.lines().filter_map(read).collect())
    }

    /// These, and the others where these say nothing.
    pub fn beside(&self, others: &Figures) -> Figures {
        Figures(others.0.iter().chain(&self.0).map(|(name, cost)| (name.clone(), *cost)).collect())
    }

    pub fn keep(&self) {
        let mut text = String::new();
        for (name, Cost { instructions, allocations }) in &self.0 {
            let _ = writeln!(text, "{name:<20} {instructions:>10} instructions {allocations:>8.1} allocations");
        }
        print!("{text}");
        std::fs::write(PATH, text).expect("the figures can be written");
    }

    /// Tells each beside what is kept; whether none is worse.
    pub fn compare(&self, kept: &Figures) -> bool {
        println!("{:<20} {:>12} {:>8} {:>12} {:>8}", "case", "instructions", "", "allocations", "kept");
        let worse: Vec<&str> = self
            .0
            .iter()
            .filter(|(name, now)| tell(name, **now, kept.0.get(*name)))
            .map(|(name, _)| name.as_str())
            .collect();
        if !worse.is_empty() {
            println!("worse than what is kept: {}", worse.join(", "));
        }
        worse.is_empty()
    }
}

/// One line of the comparison; whether it is worse. What is not kept yet is neither better nor worse.
fn tell(name: &str, now: Cost, kept: Option<&Cost>) -> bool {
    let before = kept.copied().unwrap_or(now);
    let ratio = now.instructions as f64 / before.instructions.max(1) as f64;
    let change = (ratio - 1.0) * 100.0;
    let Cost { instructions, allocations } = now;
    println!("{name:<20} {instructions:>12} {change:>+7.1}% {allocations:>12.1} {:>8.1}", before.allocations);
    let allocations_max = (before.allocations * WORSE_MAX).max(before.allocations + ALLOCATIONS_MORE_MAX);
    ratio > WORSE_MAX || now.allocations > allocations_max
}

fn read(line: &str) -> Option<(String, Cost)> {
    let mut words = line.split_whitespace();
    let name = words.next()?.to_owned();
    let instructions = words.next()?.parse().ok()?;
    let allocations = words.nth(1)?.parse().ok()?;
    Some((name, Cost { instructions, allocations }))
}
