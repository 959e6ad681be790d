//! `windlass test`

mod report;
mod scenes;

use super::ruleset;
use crate::diagnostic::Severity;
use crate::lint;
use crate::machine::Program;
use crate::scenario::{Troupe, coverage, play};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Plays the scenes beside the rules.
///
/// A scene is a list of steps in a `.scene.yaml` file anywhere below a ruleset's directory. Exit code 0: every scene
/// went as written; 1: some did not, or the rules have errors; 2: it could not be done.
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
}

/// What came of all rulesets so far.
#[derive(Default)]
struct Tally {
    rulesets: usize,
    scenes: usize,
    failed: usize,
    /// Rulesets with errors in their rules or scenes, or with arrows that had to be walked.
    spoiled: usize,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut rulesets = Vec::new();
    for path in &arguments.paths {
        rulesets.extend(ruleset::find(path)?);
    }
    let mut tally = Tally::default();
    for path in rulesets {
        test_ruleset(&arguments, &path, &mut tally)?;
    }
    anstream::println!("{}", report::summary(&tally));
    Ok(if tally.failed + tally.spoiled > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn test_ruleset(arguments: &Arguments, path: &Path, tally: &mut Tally) -> anyhow::Result<()> {
    tally.rulesets += 1;
    anstream::println!("{}", report::heading(path));
    let checked = lint::check(ruleset::read(path)?);
    let Some(program) = checked.program.clone() else {
        tally.spoiled += 1;
        let errors = checked.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        let errors: Vec<_> = errors.collect();
        anstream::print!("{}", report::lint_errors(path, &errors, &checked.sources));
        return Ok(());
    };
    match scenes::read(path)? {
        Ok(troupe) if troupe.scenes().is_empty() && !arguments.every_arrow => {
            anstream::println!("{}", report::no_scenes(path));
        }
        Ok(troupe) => test_scenes(arguments, &program, &troupe, tally),
        Err(mistakes) => {
            tally.spoiled += 1;
            anstream::print!("{}", report::mistakes(&mistakes));
        }
    }
    Ok(())
}

fn test_scenes(arguments: &Arguments, program: &Arc<Program>, troupe: &Troupe, tally: &mut Tally) {
    let mut walked = BTreeSet::new();
    for (at, scene) in troupe.scenes().iter().enumerate() {
        let is_wanted = |filter: &String| scene.name.contains(filter) || scene.path.contains(filter);
        if !arguments.filter.as_ref().is_none_or(is_wanted) {
            continue;
        }
        let played = play(program, troupe, at);
        tally.scenes += 1;
        tally.failed += usize::from(played.failure.is_some());
        anstream::println!("{}", report::verdict(scene, played.failure.as_ref()));
        if arguments.verbose {
            anstream::print!("{}", report::log(&played.log));
        }
        if let Some(failure) = &played.failure {
            anstream::print!("{}", report::failure(failure));
        }
        walked.extend(played.walked);
    }
    if arguments.filter.is_none() {
        let coverage = coverage(program, &walked);
        anstream::print!("{}", report::coverage(&coverage, arguments.verbose));
        tally.spoiled += usize::from(arguments.every_arrow && !coverage.arrows_unwalked.is_empty());
    }
}
