//! What came of one ruleset. Nothing here prints.

use super::scenes::{self, Mistakes};
use super::threshold::Threshold;
use crate::cli::program::services;
use crate::diagnostic::{Diagnostic, Location, Severity};
use crate::engine::Services;
use crate::lint;
use crate::machine::Program;
use crate::ruleset;
use crate::scenario::{Coverage, Entry, Failure, Troupe, Walked, coverage, play};
use std::path::PathBuf;
use std::sync::Arc;

/// What is asked of a ruleset.
pub(super) struct Wanted {
    /// Only scenes whose name or file has this in it.
    pub filter: Option<String>,
    /// Every arrow must be walked.
    pub every_arrow: bool,
    /// So much must be walked.
    pub threshold: Option<Threshold>,
    /// Whether what happened is kept, to be told.
    pub with_log: bool,
}

/// What came of a ruleset.
pub(super) struct Tested {
    pub path: PathBuf,
    /// Errors of the rules, with their places. No scene is played while there are some.
    pub lint_errors: Vec<(Location, Diagnostic)>,
    /// Mistakes in the scenes. No scene is played while there are some.
    pub mistakes: Mistakes,
    /// Those that were played.
    pub scenes: Vec<TestedScene>,
    /// Whether there is any scene, played or not.
    pub has_scenes: bool,
    /// How much was walked; none where scenes were left out, or nothing could be played.
    pub coverage: Option<Coverage>,
    /// What is asked of the coverage and does not hold, in words.
    pub shortfall: Vec<String>,
}

/// What came of a scene.
pub(super) struct TestedScene {
    pub name: String,
    pub path: Arc<str>,
    pub line: usize,
    pub failure: Option<Failure>,
    pub log: Vec<Entry>,
}

impl Tested {
    /// Whether something is wrong beside scenes that failed.
    pub(super) fn is_spoiled(&self) -> bool {
        !self.lint_errors.is_empty() || !self.mistakes.is_empty() || !self.shortfall.is_empty()
    }

    fn new(path: PathBuf) -> Tested {
        Tested {
            path,
            lint_errors: Vec::new(),
            mistakes: Vec::new(),
            scenes: Vec::new(),
            has_scenes: false,
            coverage: None,
            shortfall: Vec::new(),
        }
    }
}

/// Plays the scenes of a ruleset.
pub(super) fn test(wanted: &Wanted, path: PathBuf) -> anyhow::Result<Tested> {
    let checked = lint::check(ruleset::read(&path)?);
    let mut tested = Tested::new(path);
    let Some(program) = checked.program else {
        let errors = checked.diagnostics.into_iter().filter(|found| found.severity == Severity::Error);
        tested.lint_errors = errors.map(|error| (checked.sources.locate(error.primary.span), error)).collect();
        return Ok(tested);
    };
    match scenes::read(&tested.path)? {
        Ok(troupe) => {
            let services = services(&tested.path)?;
            test_scenes(wanted, (&program, &services), &troupe, &mut tested);
        }
        Err(mistakes) => tested.mistakes = mistakes,
    }
    Ok(tested)
}

fn test_scenes(wanted: &Wanted, (program, services): (&Arc<Program>, &Services), troupe: &Troupe, tested: &mut Tested) {
    tested.has_scenes = !troupe.scenes().is_empty();
    let mut walked = Walked::default();
    for (at, scene) in troupe.scenes().iter().enumerate() {
        let is_wanted = |filter: &String| scene.name.contains(filter) || scene.path.contains(filter);
        if !wanted.filter.as_ref().is_none_or(is_wanted) {
            continue;
        }
        let played = play(program, services, troupe, at);
        walked.add(played.walked);
        tested.scenes.push(TestedScene {
            name: scene.name.clone(),
            path: scene.path.clone(),
            line: scene.at.line,
            failure: played.failure,
            log: if wanted.with_log { played.log } else { Vec::new() },
        });
    }
    if wanted.filter.is_none() {
        let coverage = coverage(program, &walked);
        tested.shortfall = shortfall(wanted, &coverage);
        tested.coverage = Some(coverage);
    }
}

fn shortfall(wanted: &Wanted, coverage: &Coverage) -> Vec<String> {
    let mut found = Vec::new();
    if wanted.every_arrow && !coverage.arrows_unwalked.is_empty() {
        let (unwalked, arrows) = (coverage.arrows_unwalked.len(), coverage.arrows);
        found.push(format!("{unwalked} of {arrows} arrows are not walked, and every one must be"));
    }
    if let Some(threshold) = wanted.threshold.as_ref().filter(|threshold| !threshold.is_reached_by(coverage.share())) {
        let (part, whole) = coverage.share();
        found.push(format!("{part} of {whole} arrows and states are fewer than the {threshold}% that must be walked"));
    }
    found
}
