//! What `windlass test` prints. Colours are always written; where they are not wanted the printer takes them out.

use super::Tally;
use super::scenes::Mistakes;
use super::tested::Tested;
use crate::diagnostic::{Diagnostic, Location};
use crate::scenario::{Coverage, Entry, Failure, Node, Problem, Unwalked};
use similar::{ChangeTag, TextDiff};
use std::fmt::Write;
use std::path::Path;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const DIM: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// Values that are longer go over several lines.
const WIDTH: usize = 88;
/// So many errors of the rules are shown; `windlass lint` shows them all.
const LINT_ERRORS_SHOWN: usize = 3;

/// Everything about one ruleset.
pub(super) fn ruleset(tested: &Tested, is_verbose: bool) -> String {
    let mut out = format!("{BOLD}{}{PLAIN}\n", tested.path.display());
    if !tested.lint_errors.is_empty() {
        out.push_str(&lint_errors(&tested.path, &tested.lint_errors));
    } else if !tested.mistakes.is_empty() {
        out.push_str(&mistakes(&tested.mistakes));
    } else if !tested.has_scenes && tested.shortfall.is_empty() {
        out.push_str(&no_scenes(&tested.path));
    }
    for scene in &tested.scenes {
        out.push_str(&verdict(&scene.name, scene.failure.as_ref()));
        if is_verbose {
            out.push_str(&log(&scene.log));
        }
        out.push_str(&scene.failure.as_ref().map(failure).unwrap_or_default());
    }
    if let Some(found) = tested.coverage.as_ref().filter(|_| tested.has_scenes || !tested.shortfall.is_empty()) {
        out.push_str(&coverage(found, is_verbose));
    }
    for short in &tested.shortfall {
        let _ = writeln!(out, "  {RED}{short}{PLAIN}");
    }
    out
}

fn lint_errors(path: &Path, errors: &[(Location, Diagnostic)]) -> String {
    let mut out = String::new();
    for (place, error) in errors.iter().take(LINT_ERRORS_SHOWN) {
        let _ = writeln!(out, "  {RED}error{PLAIN} {place}: {} [{}]", error.message, error.code);
    }
    let path = path.display();
    let _ = writeln!(out, "  no scene is played while the rules have errors: `windlass lint {path}` tells them all");
    out
}

fn no_scenes(path: &Path) -> String {
    let path = if path.is_dir() { path.join("first.scene.yaml") } else { path.with_extension("scene.yaml") };
    format!("  no scenes: write some, as in `{}`\n", path.display())
}

fn mistakes(mistakes: &Mistakes) -> String {
    let mut out = String::new();
    for (path, mistake) in mistakes {
        let _ = writeln!(out, "  {RED}error{PLAIN} {path}:{}: {}", mistake.at.line, mistake.message);
    }
    out.push_str("  no scene is played while scenes have errors\n");
    out
}

fn verdict(name: &str, failure: Option<&Failure>) -> String {
    match failure {
        None => format!("  {GREEN}ok{PLAIN}      {name}\n"),
        Some(_) => format!("  {RED}FAILED{PLAIN}  {name}\n"),
    }
}

pub(super) fn failure(failure: &Failure) -> String {
    let mut out = String::new();
    let Failure { path, at, act, problem, stacks, is_inherited } = failure;
    let _ = writeln!(out, "    {BOLD}{path}:{}{PLAIN}  {act}", at.line);
    if *is_inherited {
        out.push_str("    this step is of a scene that it continues, and which fails by itself\n");
        return out;
    }
    match problem {
        Problem::Said(message) => drop(writeln!(out, "    {message}")),
        Problem::Unequal { what, expected, came } => {
            let _ = writeln!(out, "    {what} ({RED}- expected{PLAIN}, {GREEN}+ came{PLAIN}):");
            out.push_str(&diff(&lines(expected), &lines(came)));
        }
    }
    for (socket, stack) in stacks {
        let _ = writeln!(out, "    {DIM}the stack of `{socket}` then: [{}]{PLAIN}", stack.join(", "));
    }
    out
}

fn lines(nodes: &[Node]) -> String {
    nodes.iter().map(|node| node.to_lines(WIDTH) + "\n").collect()
}

fn diff(expected: &str, came: &str) -> String {
    let mut out = String::new();
    for change in TextDiff::from_lines(expected, came).iter_all_changes() {
        let (colour, sign) = match change.tag() {
            ChangeTag::Equal => (PLAIN, ' '),
            ChangeTag::Delete => (RED, '-'),
            ChangeTag::Insert => (GREEN, '+'),
        };
        let _ = writeln!(out, "      {colour}{sign} {}{PLAIN}", change.value().trim_end_matches('\n'));
    }
    out
}

pub(in crate::cli) fn log(entries: &[Entry]) -> String {
    let mut out = String::new();
    for entry in entries {
        let _ = match entry {
            Entry::Step { path, at, words } => writeln!(out, "    {BOLD}{path}:{}{PLAIN}  {words}", at.line),
            Entry::Got { receiver, frame } => writeln!(out, "      {receiver} gets {frame}"),
            Entry::Asked { socket, check, args } => writeln!(out, "      {socket} waits for {check} {args}"),
            Entry::Closed { socket, code, reason } => writeln!(out, "      {socket} is closed: {code} {reason}"),
            Entry::Pass { socket, trace } => {
                let (before, after) = (trace.before.join(", "), trace.after.join(", "));
                let _ = writeln!(out, "      {DIM}{socket}: [{before}] to [{after}]{PLAIN}");
                trace.told.iter().try_for_each(|(words, place)| writeln!(out, "        {DIM}{place}  {words}{PLAIN}"))
            }
        };
    }
    out
}

pub(super) fn coverage(coverage: &Coverage, with_others: bool) -> String {
    let Coverage { arrows, arrows_unwalked, states, states_unentered, others, others_unwalked } = coverage;
    let mut out = String::new();
    if arrows_unwalked.is_empty() {
        let _ = writeln!(out, "  {GREEN}all {arrows} arrows walked{PLAIN}");
    } else {
        let walked = arrows - arrows_unwalked.len();
        let _ = writeln!(out, "  {walked} of {arrows} arrows walked, no scene takes:");
        out.push_str(&unwalked(arrows_unwalked));
    }
    if !states_unentered.is_empty() {
        let entered = states - states_unentered.len();
        let _ = writeln!(out, "  {entered} of {states} states entered, no scene enters:");
        out.push_str(&unwalked(states_unentered));
    } else if *states > 0 {
        let _ = writeln!(out, "  {GREEN}all {states} states entered{PLAIN}");
    }
    if !others_unwalked.is_empty() {
        let count = others_unwalked.len();
        let rest = if with_others { ":" } else { "; `--verbose` tells which" };
        let _ = writeln!(out, "  no scene takes {count} of {others} arms without an arrow{rest}");
        if with_others {
            out.push_str(&unwalked(others_unwalked));
        }
    }
    out
}

fn unwalked(arms: &[Unwalked]) -> String {
    let mut out = String::new();
    for Unwalked { place, machine, text } in arms {
        let _ = writeln!(out, "    {place}  {machine}: {text}");
    }
    out
}

pub(super) fn summary(tally: &Tally) -> String {
    let Tally { rulesets, scenes, failed, spoiled } = tally;
    let mut out = format!("{} in {}", counted(*scenes, "scene"), counted(*rulesets, "ruleset"));
    match failed {
        0 => out.push_str(", none failed"),
        failed => drop(write!(out, ", {RED}{failed} failed{PLAIN}")),
    }
    if *spoiled > 0 {
        let _ = write!(out, ", {RED}{} not as it must be{PLAIN}", counted(*spoiled, "ruleset"));
    }
    out
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
