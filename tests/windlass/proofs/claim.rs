//! What may be claimed about small rules, and what `lint` says of it.

use std::fmt;
use std::sync::Arc;
use windlass::diagnostic::{Code, Diagnostic, SourceMap};
use windlass::lint;
use windlass::machine::Program;

/// One `prove`. The attribute is always `client.x`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    RoomBehind(String, Vec<String>),
    SetBehind(Vec<String>),
    NeverSet,
    NeverTo(String, String),
    Depth(u32),
}

/// No stack of small rules is deeper.
const DEPTH_MAX: u32 = 7;

impl fmt::Display for Claim {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Claim::RoomBehind(room, locks) => write!(out, "prove {room} behind {}", locks.join(" or ")),
            Claim::SetBehind(locks) => write!(out, "prove set client.x behind {}", locks.join(" or ")),
            Claim::NeverSet => write!(out, "prove never set client.x"),
            Claim::NeverTo(from, to) => write!(out, "prove never {from} to {to}"),
            Claim::Depth(most) => write!(out, "prove depth <= {most}"),
        }
    }
}

/// Everything that can be claimed with these rooms, and one or two of these locks.
pub fn all(rooms: &[String], locks: &[String]) -> Vec<Claim> {
    let single = locks.iter().map(|lock| vec![lock.clone()]);
    let pairs = locks
        .iter()
        .enumerate()
        .flat_map(|(at, first)| locks[at + 1..].iter().map(move |second| vec![first.clone(), second.clone()]));
    let choices: Vec<Vec<String>> = single.chain(pairs).collect();
    let mut claims = vec![Claim::NeverSet];
    claims.extend((1..=DEPTH_MAX).map(Claim::Depth));
    for choice in &choices {
        claims.push(Claim::SetBehind(choice.clone()));
        claims.extend(rooms.iter().map(|room| Claim::RoomBehind(room.clone(), choice.clone())));
    }
    for from in rooms {
        let others = rooms.iter().filter(|to| *to != from);
        claims.extend(others.map(|to| Claim::NeverTo(from.clone(), to.clone())));
    }
    claims
}

/// The rules as they run; what is wrong with them where they do not.
pub fn program(text: &str) -> Result<Arc<Program>, String> {
    let mut sources = SourceMap::default();
    sources.add("rules.room", text);
    let checked = lint::check(sources);
    let place = |found: &Diagnostic| checked.sources.locate(found.primary.span);
    let told = |found: &Diagnostic| format!("{} {}: {}\n", found.code, place(found), found.message);
    checked.program.ok_or_else(|| checked.diagnostics.iter().map(told).collect())
}

/// For each claim what `lint` has against it, none where it holds.
pub fn refusals(text: &str, claims: &[Claim]) -> Vec<Option<Diagnostic>> {
    let first = text.lines().count() + 1;
    let written: String = claims.iter().map(|claim| format!("{claim}\n")).collect();
    let mut sources = SourceMap::default();
    sources.add("rules.room", format!("{text}{written}"));
    let checked = lint::check(sources);
    let mut refusals = vec![None; claims.len()];
    for found in checked.diagnostics.into_iter().filter(|found| found.code == Code(301)) {
        let line = checked.sources.locate(found.primary.span).line as usize;
        if let Some(place) = line.checked_sub(first).and_then(|at| refusals.get_mut(at)) {
            *place = Some(found);
        }
    }
    refusals
}
