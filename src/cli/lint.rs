//! `windlass lint`

mod baseline;
mod bindings;
mod fix;

use super::print::print_to;
use super::program::program;
use super::render::{self, Coloured, github, junit, sarif};
use super::watch;
use crate::diagnostic::{Code, Diagnostic, Findings, Severity, finding};
use crate::lint::{self, Checked, Level, Levels};
use crate::machine::{Bounds, PASS_STEPS_MAX, Program, STACK_FRAMES_MAX};
use crate::ruleset::{self, ROOM_ENDING, SETTINGS_FILE};
use crate::server::config::{self, Config};
use anstream::{AutoStream, ColorChoice};
use anyhow::{Context, bail};
use baseline::Baseline;
use fix::Fixing;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Says whether rulesets may run, and what is wrong with them.
///
/// Exit code 0: nothing as severe as --fail-level; 1: something is; 2: it could not be done. The same for every format.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Directories of rulesets, or single files.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// The settings of the server, in which every check must be bound [default: windlass.yaml beside the rules, if there is one].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How findings are written.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Whether they are coloured; `auto` asks the terminal and NO_COLOR.
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
    /// The least severity that makes the exit code 1.
    #[arg(short = 'D', long, alias = "deny", value_enum, value_name = "SEVERITY", default_value_t = FailLevel::Error)]
    fail_level: FailLevel,
    /// Tells the findings of a rule as errors. These four go before `lint.levels` in windlass.yaml beside the rules.
    #[arg(long, value_name = "CODE", value_parser = code)]
    error: Vec<Code>,
    /// Tells the findings of a rule as warnings.
    #[arg(long, value_name = "CODE", value_parser = code)]
    warn: Vec<Code>,
    /// Tells the findings of a rule as hints; hints are not told unless they are asked for.
    #[arg(long, value_name = "CODE", value_parser = code)]
    info: Vec<Code>,
    /// Does not tell the findings of a rule. An error of the language cannot be lowered.
    #[arg(long, value_name = "CODE", value_parser = code)]
    allow: Vec<Code>,
    /// Also tells what would break if the rules took the place of these: a directory, or a single file.
    #[arg(long, value_name = "OLD")]
    against: Option<PathBuf>,
    /// Leaves out the findings that this file knows.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Writes what is found, errors excepted, to a file for `--baseline`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "watch"])]
    write_baseline: Option<PathBuf>,
    /// Looks again whenever rules or settings change, until ctrl-c.
    #[arg(long, short)]
    watch: bool,
    #[command(flatten)]
    fix: fix::Arguments,
}

fn code(text: &str) -> Result<Code, String> {
    lint::parse_code(text).ok_or_else(|| "write a rule's code, such as R0302".to_string())
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// With the lines of source, for people.
    Human,
    /// One line for each finding.
    Short,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// JUnit XML.
    Junit,
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

struct Linted {
    files: usize,
    checked: Checked,
    /// How many findings the baseline knew.
    known: usize,
    /// How many fixes were applied.
    fixed: usize,
    /// What they change, for show.
    diff: String,
}

/// Files of which each says something about the findings.
const WATCHED: [&str; 2] = [ROOM_ENDING, SETTINGS_FILE];

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if arguments.watch {
        return watch::repeat(&arguments.paths, &WATCHED, || lint_once(&arguments));
    }
    lint_once(&arguments)
}

fn lint_once(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut paths = Vec::new();
    for path in &arguments.paths {
        for found in ruleset::find(path)? {
            if !paths.contains(&found) {
                paths.push(found);
            }
        }
    }
    let old = match &arguments.against {
        Some(_) if paths.len() > 1 => bail!("--against compares with one ruleset: name one of the {}", paths.len()),
        Some(old) => {
            let Some(program) = program(old)? else {
                bail!("`{}` has errors, so nothing can be compared with it", old.display());
            };
            Some(program)
        }
        None => None,
    };
    let fixing = arguments.fix.fixing();
    let mut baseline = arguments.baseline.as_deref().map(Baseline::read).transpose()?;
    let mut rulesets = Vec::new();
    for path in paths {
        rulesets.push(arguments.lint(&path, fixing, baseline.as_ref(), old.as_deref())?);
    }
    if let Some(path) = &arguments.write_baseline {
        Baseline::of(placed(&rulesets)).write(path)?;
        baseline = Some(Baseline::read(path)?);
    }
    for linted in &mut rulesets {
        let Some(baseline) = &mut baseline else { break };
        linted.known = baseline.leave_out(&mut linted.checked.diagnostics, &linted.checked.sources);
    }
    let text = match fixing {
        Fixing::Show(_) => shown(&rulesets, fixing),
        Fixing::Not | Fixing::Write(_) => arguments.text(&rulesets, fixing)?,
    };
    let mut out = AutoStream::new(io::stdout().lock(), arguments.color.choice());
    print_to(&mut out, &text)?;
    Ok(if is_well(&rulesets, arguments.fail_level.severity()) { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn findings(rulesets: &[Linted]) -> impl Iterator<Item = (&Diagnostic, &Checked)> {
    rulesets.iter().flat_map(|linted| linted.checked.diagnostics.iter().map(move |found| (found, &linted.checked)))
}

fn placed(rulesets: &[Linted]) -> impl Iterator<Item = (&Diagnostic, &crate::diagnostic::SourceMap)> {
    findings(rulesets).map(|(found, checked)| (found, &*checked.sources))
}

impl Arguments {
    /// Judges one ruleset, and mends it if that is asked for.
    fn lint(
        &self,
        path: &Path,
        fixing: Fixing,
        known: Option<&Baseline>,
        old: Option<&Program>,
    ) -> anyhow::Result<Linted> {
        let sources = ruleset::read(path)?;
        let settings = config::load_for_lint(path, self.config.as_deref())?;
        let levels = self.levels(settings.as_ref().map(|(_, config)| config))?;
        let files = sources.iter().count();
        let as_it_is = |checked| Linted { files, checked, known: 0, fixed: 0, diff: String::new() };
        let mut linted = match fixing {
            Fixing::Not => as_it_is(match old {
                Some(old) => lint::check_against(sources, &levels, old),
                None => lint::check_at(sources, &levels),
            }),
            Fixing::Write(most) => {
                let mended = fix::mended(sources.clone(), &levels, most, known);
                fix::write(&sources, &mended.checked.sources)?;
                Linted { fixed: mended.applied, ..as_it_is(mended.checked) }
            }
            Fixing::Show(most) => {
                let mended = fix::mended(sources.clone(), &levels, most, known);
                let diff = fix::shown(&sources, &mended.checked.sources);
                Linted { fixed: mended.applied, diff, ..as_it_is(lint::check_at(sources, &levels)) }
            }
        };
        if let Some((file, config)) = &settings {
            bindings::add(&mut linted.checked, file, config);
        }
        Ok(linted)
    }

    /// The levels of a ruleset: those of its settings, and over them the flags.
    fn levels(&self, settings: Option<&Config>) -> anyhow::Result<Levels> {
        let mut levels = Levels::default();
        if let Some(config) = settings {
            config.lint.levels.put(&mut levels).map_err(anyhow::Error::msg).context("`lint.levels`")?;
        }
        let flags = [
            ("--error", &self.error, Level::Error),
            ("--warn", &self.warn, Level::Warn),
            ("--info", &self.info, Level::Info),
            ("--allow", &self.allow, Level::Allow),
        ];
        for (flag, codes, level) in flags {
            for code in codes {
                levels.set(*code, level).map_err(anyhow::Error::msg).context(flag)?;
            }
        }
        Ok(levels)
    }

    /// What is printed of what was found.
    fn text(&self, rulesets: &[Linted], fixing: Fixing) -> anyhow::Result<String> {
        let least = self.fail_level.severity();
        Ok(match self.format {
            Format::Human => human(rulesets) + &fix::told(rulesets, fixing),
            Format::Short => short(rulesets) + &fix::told(rulesets, fixing),
            Format::Json => json(rulesets, is_well(rulesets, least))?,
            Format::Sarif => serde_json::to_string(&sarif::log(placed(rulesets)))? + "\n",
            Format::Github => placed(rulesets).map(|(found, sources)| github::command(found, sources) + "\n").collect(),
            Format::Junit => {
                let rulesets = rulesets.iter().map(|linted| &linted.checked);
                junit::suites(rulesets.map(|checked| (&*checked.sources, &checked.diagnostics[..])), least)
            }
        })
    }
}

/// Whether nothing is as severe.
fn is_well(rulesets: &[Linted], least: Severity) -> bool {
    findings(rulesets).all(|(found, _)| found.severity < least)
}

fn shown(rulesets: &[Linted], fixing: Fixing) -> String {
    rulesets.iter().map(|linted| &*linted.diff).collect::<String>() + &fix::told(rulesets, fixing)
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
    let findings = findings(rulesets).map(|(found, checked)| finding(found, &checked.sources)).collect();
    let fixed = rulesets.iter().map(|linted| linted.fixed).sum();
    Ok(serde_json::to_string(&Findings { fixed, ..Findings::new(ok, findings) })? + "\n")
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
    let known: usize = rulesets.iter().map(|linted| linted.known).sum();
    let known = if known == 0 { String::new() } else { format!(" ({known} more in the baseline)") };
    format!("{checked}: {counts}{known}\n{}", bounds(rulesets).map(told).unwrap_or_default())
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
