//! A plan for people: what changes first, then what does not, then the sum.

use crate::machine::plan::{Changes, Kind, Outcome, Part, Plan, Planned};
use crate::model::Reload;
use std::fmt::Write;

/// Places of parts stand in one column where the parts are not longer, in characters.
const COLUMN_MAX: usize = 64;

/// All of it.
pub(in crate::cli) fn plan(plan: &Plan) -> String {
    let (unchanged, others): (Vec<_>, Vec<_>) =
        plan.machines.iter().partition(|machine| machine.outcome == Outcome::Unchanged);
    let mut out: String = others.into_iter().map(machine).collect();
    if !unchanged.is_empty() {
        let names: Vec<String> = unchanged.iter().map(|machine| title(machine)).collect();
        let _ = writeln!(out, "unchanged, and moved silently: {}\n", names.join(", "));
    }
    let of_rules = [
        ("attributes", "client.", &plan.attributes),
        ("groups", "group ", &plan.groups),
        ("checks", "check ", &plan.checks),
        ("proofs", "", &plan.proofs),
    ];
    for (title, word, changes) in of_rules.into_iter().filter(|(_, _, changes)| !changes.is_empty()) {
        let _ = writeln!(out, "{title}\n{}", parts(&[(word, changes)]));
    }
    if !plan.breaking.is_empty() {
        out.push_str("breaking\n");
        for breaking in &plan.breaking {
            let _ = writeln!(out, "  ! {} (was {})", breaking.message, breaking.was);
        }
        out.push('\n');
    }
    out + &sum(plan)
}

fn machine(machine: &Planned) -> String {
    let mut out = format!("{} ({}): {}\n", title(machine), machine.at, outcome(machine));
    if machine.requires_more {
        out.push_str(
            "    requires more: who is in it and lacks a key is asked for it before anything is said or delivered\n",
        );
    }
    out + &parts(&[("", &machine.ways), ("state ", &machine.states), ("arm ", &machine.arms)]) + "\n"
}

fn title(machine: &Planned) -> String {
    let kind = match machine.kind {
        Kind::Room => "room",
        Kind::Lock => "lock",
    };
    format!("{kind} {}", machine.name)
}

fn outcome(machine: &Planned) -> String {
    let changed = if machine.itself { "changed" } else { "changed in what it calls or uses" };
    match (machine.outcome, machine.kind) {
        (Outcome::Unchanged, _) => "unchanged".to_string(),
        (Outcome::New, _) => "new".to_string(),
        (Outcome::Gone, Kind::Room) => {
            "gone: its members are told, and who stands there goes to the entry room".to_string()
        }
        (Outcome::Gone, Kind::Lock) => format!("gone; {}", gone_lock(machine.on_reload)),
        (Outcome::Moved, _) => format!("{changed}; moved: who is in it goes on there at once"),
        (Outcome::Restarted, Kind::Room) => format!("{changed}; restarted: it begins again for who is in it"),
        (Outcome::Dropped, Kind::Room) => {
            format!("{changed}; dropped: the socket of who stands there is closed, to come back")
        }
        (Outcome::Pinned, _) => format!("{changed}; pinned: {PINNED}"),
        (Outcome::Restarted, Kind::Lock) => format!("{changed}; restarted: {RESTARTED}"),
        (Outcome::Dropped, Kind::Lock) => format!("{changed}; dropped: {DROPPED}"),
    }
}

const PINNED: &str = "a run in the middle of it finishes under the old rules";
const RESTARTED: &str = "a run in the middle of it is wound anew, attempts and deadlines kept";
const DROPPED: &str = "the socket of a run in the middle of it is closed, to come back";

fn gone_lock(on_reload: Reload) -> String {
    match on_reload {
        Reload::Pin => format!("drained: {PINNED}, or after a while fails as `gone`"),
        Reload::Restart => format!("restarted: {RESTARTED}"),
        Reload::Drop => format!("dropped: {DROPPED}"),
    }
}

fn parts(all: &[(&str, &Changes)]) -> String {
    let signed = |sign: char, word: &str, list: &[Part]| -> Vec<(String, String)> {
        list.iter().map(|part| (format!("  {sign} {word}{}", part.text), part.at.to_string())).collect()
    };
    let rows = all.iter().flat_map(|(word, changes)| {
        let lost = signed('-', word, &changes.lost);
        lost.into_iter().chain(signed('+', word, &changes.gained))
    });
    let rows: Vec<(String, String)> = rows.collect();
    let widths = rows.iter().map(|(text, _)| text.chars().count());
    let width = widths.filter(|width| *width <= COLUMN_MAX).max().unwrap_or(0);
    rows.iter().map(|(text, place)| format!("{text:width$}  {place}\n")).collect()
}

/// `3 unchanged, 1 pinned; no socket would be dropped; 1 proof lost`
fn sum(plan: &Plan) -> String {
    let outcomes = [
        (Outcome::Unchanged, "unchanged"),
        (Outcome::Moved, "moved"),
        (Outcome::Pinned, "pinned"),
        (Outcome::Restarted, "restarted"),
        (Outcome::Dropped, "dropped"),
        (Outcome::Gone, "gone"),
        (Outcome::New, "new"),
    ];
    let count = |wanted| plan.machines.iter().filter(|machine| machine.outcome == wanted).count();
    let counts = outcomes.into_iter().map(|(outcome, name)| (count(outcome), name)).filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, name)| format!("{count} {name}")).collect();
    let drops = if plan.drops() { "sockets would be dropped" } else { "no socket would be dropped" };
    let proofs = match plan.proofs.lost.len() {
        0 => "no proof lost".to_string(),
        1 => "1 proof lost".to_string(),
        lost => format!("{lost} proofs lost"),
    };
    format!("{}; {drops}; {proofs}\n", counts.join(", "))
}
