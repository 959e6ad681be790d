//! `windlass lint`

use super::render::{self, Coloured, Finding};
use super::ruleset;
use crate::diagnostic::{Diagnostic, Severity};
use crate::lint::{self, Checked};
use crate::machine::{Bounds, PASS_STEPS_MAX, STACK_FRAMES_MAX};
use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Says whether rulesets may run, and what is wrong with them.
///
/// Exit code 0: nothing as severe as --fail-level; 1: something is; 2: it could not be done. The same for every format.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Directories of rulesets, or single files.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// How findings are written.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Whether they are coloured; `auto` asks the terminal and NO_COLOR.
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
    /// The least severity that makes the exit code 1.
    #[arg(short = 'D', long, alias = "deny", value_enum, value_name = "SEVERITY", default_value_t = FailLevel::Error)]
    fail_level: FailLevel,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// With the lines of source, for people.
    Human,
    /// One line for each finding.
    Short,
    /// One JSON document.
    Json,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FailLevel {
    #[value(alias = "errors")]
    Error,
    #[value(alias = "warnings")]
    Warning,
    Info,
}

/// The JSON document. `format_version` counts changes that a reader would have to know.
#[derive(Serialize)]
struct Document<'found> {
    format_version: u32,
    /// Whether nothing is as severe as the fail level.
    ok: bool,
    findings: Vec<Finding<'found>>,
}

struct Linted {
    files: usize,
    checked: Checked,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut paths = Vec::new();
    for path in &arguments.paths {
        for found in ruleset::find(path)? {
            if !paths.contains(&found) {
                paths.push(found);
            }
        }
    }
    let mut rulesets = Vec::new();
    for path in paths {
        let sources = ruleset::read(&path)?;
        rulesets.push(Linted { files: sources.iter().count(), checked: lint::check(sources) });
    }
    let least = arguments.fail_level.severity();
    let ok = findings(&rulesets).all(|(found, _)| found.severity < least);
    let text = match arguments.format {
        Format::Human => human(&rulesets),
        Format::Short => short(&rulesets),
        Format::Json => json(&rulesets, ok)?,
    };
    let mut out = AutoStream::new(io::stdout().lock(), arguments.color.choice());
    // Whoever closes the pipe has read enough; the exit code still says what was found.
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn findings(rulesets: &[Linted]) -> impl Iterator<Item = (&Diagnostic, &Checked)> {
    rulesets.iter().flat_map(|linted| linted.checked.diagnostics.iter().map(move |found| (found, &linted.checked)))
}

fn human(rulesets: &[Linted]) -> String {
    let mut text = String::new();
    for (found, checked) in findings(rulesets) {
        text.push_str(&render::human(found, &checked.sources, Coloured::Yes));
        text.push_str("\n\n");
    }
    text.push_str(&summary(rulesets));
    text
}

fn short(rulesets: &[Linted]) -> String {
    let lines = findings(rulesets).map(|(found, checked)| render::short(found, &checked.sources) + "\n");
    lines.collect::<String>() + &summary(rulesets)
}

fn json(rulesets: &[Linted], ok: bool) -> anyhow::Result<String> {
    let findings = findings(rulesets).map(|(found, checked)| render::finding(found, &checked.sources)).collect();
    Ok(serde_json::to_string(&Document { format_version: 1, ok, findings })? + "\n")
}

/// `checked 2 rulesets, 7 files: 1 error, 2 warnings`, and where all of them may run, what no pass can exceed.
fn summary(rulesets: &[Linted]) -> String {
    let files = rulesets.iter().map(|linted| linted.files).sum();
    let checked = format!("checked {}, {}", count(rulesets.len(), "ruleset"), count(files, "file"));
    let severities = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "hint")];
    let counts: Vec<String> = severities
        .into_iter()
        .map(|(severity, name)| (findings(rulesets).filter(|(found, _)| found.severity == severity).count(), name))
        .filter(|(found, _)| *found > 0)
        .map(|(found, name)| count(found, name))
        .collect();
    let counts = if counts.is_empty() { "nothing found".to_string() } else { counts.join(", ") };
    format!("{checked}: {counts}\n{}", bounds(rulesets).map(told).unwrap_or_default())
}

fn told(bounds: Bounds) -> String {
    let (pass, depth) = (bounds.pass, bounds.depth);
    format!("longest pass {pass} of {PASS_STEPS_MAX} steps, deepest stack {depth} of {STACK_FRAMES_MAX} frames\n")
}

/// The bounds of all rulesets; none if one of them may not run.
fn bounds(rulesets: &[Linted]) -> Option<Bounds> {
    let bounds = rulesets.iter().map(|linted| linted.checked.program.as_ref().map(|program| program.bounds));
    let bounds: Vec<Bounds> = bounds.collect::<Option<_>>()?;
    let pass = bounds.iter().map(|bounds| bounds.pass).max()?;
    let depth = bounds.iter().map(|bounds| bounds.depth).max()?;
    Some(Bounds { pass, depth })
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

impl FailLevel {
    fn severity(self) -> Severity {
        match self {
            FailLevel::Error => Severity::Error,
            FailLevel::Warning => Severity::Warning,
            FailLevel::Info => Severity::Info,
        }
    }
}

impl Colour {
    fn choice(self) -> ColorChoice {
        match self {
            Colour::Auto => AutoStream::choice(&io::stdout()),
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        }
    }
}
