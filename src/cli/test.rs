//! `windlass test`

mod json;
mod junit;
pub(super) mod report;
pub(super) mod scenes;
mod tested;
mod threshold;

use super::print::print;
use super::watch;
use crate::ruleset::{self, ROOM_ENDING, SCENE_ENDING, SETTINGS_FILE};
use std::path::PathBuf;
use std::process::ExitCode;
use tested::{Tested, Wanted};
use threshold::Threshold;

/// Plays the scenes beside the rules.
///
/// A scene is a list of steps in a `.scene.yaml` file anywhere below a ruleset's directory. Exit code 0: every scene
/// went as written; 1: some did not, or the rules have errors, or too little was walked; 2: it could not be done.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Rulesets, or directories of rulesets.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Play only scenes whose name or file has this in it.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Tell every step, pass and frame.
    #[arg(long, short)]
    verbose: bool,
    /// Fail if there is an arrow that no scene walks.
    #[arg(long, conflicts_with = "filter")]
    every_arrow: bool,
    /// Fail if scenes walk less than this percentage of a ruleset's arrows and states.
    #[arg(long, value_name = "PERCENT", conflicts_with = "filter")]
    threshold: Option<Threshold>,
    /// Play them again whenever rules, scenes or settings change, until ctrl-c.
    #[arg(long, short)]
    watch: bool,
    /// How it is told.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How it is told what came of the scenes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// As the XML that build servers read.
    Junit,
    /// As one JSON object.
    Json,
}

/// What came of all rulesets so far.
#[derive(Default)]
struct Tally {
    rulesets: usize,
    scenes: usize,
    failed: usize,
    /// Rulesets with errors in their rules or scenes, or of which less was walked than must be.
    spoiled: usize,
}

impl Tally {
    fn add(&mut self, tested: &Tested) {
        self.rulesets += 1;
        self.scenes += tested.scenes.len();
        self.failed += tested.scenes.iter().filter(|scene| scene.failure.is_some()).count();
        self.spoiled += usize::from(tested.is_spoiled());
    }
}

/// Files of which each says something about what comes of the scenes.
const WATCHED: [&str; 3] = [ROOM_ENDING, SCENE_ENDING, SETTINGS_FILE];

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let wanted = Wanted {
        filter: arguments.filter.clone(),
        every_arrow: arguments.every_arrow,
        threshold: arguments.threshold.clone(),
        with_log: arguments.verbose && arguments.format == Format::Human,
    };
    if arguments.watch {
        return watch::repeat(&arguments.paths, &WATCHED, || test_once(&arguments, &wanted));
    }
    test_once(&arguments, &wanted)
}

fn test_once(arguments: &Arguments, wanted: &Wanted) -> anyhow::Result<ExitCode> {
    let mut rulesets = Vec::new();
    for path in &arguments.paths {
        rulesets.extend(ruleset::find(path)?);
    }
    let mut tally = Tally::default();
    let mut all = Vec::new();
    for path in rulesets {
        let tested = tested::test(wanted, path)?;
        tally.add(&tested);
        if arguments.format == Format::Human {
            print(&report::ruleset(&tested, arguments.verbose))?;
        }
        all.push(tested);
    }
    match arguments.format {
        Format::Human => print(&format!("{}\n", report::summary(&tally)))?,
        Format::Junit => print(&junit::report(&all))?,
        Format::Json => print(&format!("{}\n", json::report(&all, &tally)?))?,
    }
    Ok(if tally.failed + tally.spoiled > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
