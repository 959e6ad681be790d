//! What came of the scenes, as one JSON object.

use super::Tally;
use super::report;
use super::tested::{Tested, TestedScene};
use crate::scenario::{Coverage, Unwalked};
use anstream::adapter::strip_str;
use serde::Serialize;

#[derive(Serialize)]
struct Report<'test> {
    format_version: u32,
    /// Whether nothing failed and nothing is missing.
    ok: bool,
    rulesets: Vec<Ruleset<'test>>,
    scenes: usize,
    failed: usize,
    /// Rulesets with errors, or of which less was walked than must be.
    spoiled: usize,
}

#[derive(Serialize)]
struct Ruleset<'test> {
    path: String,
    /// What is wrong with the rules, or with how the scenes are written.
    errors: Vec<Fault<'test>>,
    scenes: Vec<Scene<'test>>,
    coverage: Option<Covered<'test>>,
    /// What is asked of the coverage and does not hold.
    shortfall: &'test [String],
}

#[derive(Serialize)]
struct Fault<'test> {
    path: &'test str,
    line: usize,
    message: &'test str,
    code: Option<String>,
}

#[derive(Serialize)]
struct Scene<'test> {
    name: &'test str,
    path: &'test str,
    line: usize,
    failure: Option<Failed<'test>>,
}

#[derive(Serialize)]
struct Failed<'test> {
    path: &'test str,
    line: usize,
    act: &'test str,
    /// As people read it, over several lines.
    told: String,
}

#[derive(Serialize)]
struct Covered<'test> {
    arrows: Share<'test>,
    states: Share<'test>,
    others: Share<'test>,
}

#[derive(Serialize)]
struct Share<'test> {
    total: usize,
    walked: usize,
    unwalked: Vec<Missing<'test>>,
}

#[derive(Serialize)]
struct Missing<'test> {
    path: &'test str,
    line: usize,
    machine: &'test str,
    text: &'test str,
}

pub(super) fn report(all: &[Tested], tally: &Tally) -> serde_json::Result<String> {
    let rulesets = all.iter().map(ruleset).collect();
    let Tally { scenes, failed, spoiled, .. } = *tally;
    serde_json::to_string_pretty(&Report {
        format_version: 1,
        ok: failed + spoiled == 0,
        rulesets,
        scenes,
        failed,
        spoiled,
    })
}

fn ruleset(tested: &Tested) -> Ruleset<'_> {
    let lint = tested.lint_errors.iter().map(|(place, error)| Fault {
        path: &place.path,
        line: place.line,
        message: &error.message,
        code: Some(error.code.to_string()),
    });
    let mistakes = tested.mistakes.iter().map(|(path, mistake)| Fault {
        path,
        line: mistake.at.line,
        message: &mistake.message,
        code: None,
    });
    Ruleset {
        path: tested.path.display().to_string(),
        errors: lint.chain(mistakes).collect(),
        scenes: tested.scenes.iter().map(scene).collect(),
        coverage: tested.coverage.as_ref().map(covered),
        shortfall: &tested.shortfall,
    }
}

fn scene(scene: &TestedScene) -> Scene<'_> {
    let failure = scene.failure.as_ref().map(|failure| Failed {
        path: &failure.path,
        line: failure.at.line,
        act: &failure.act,
        told: strip_str(&report::failure(failure)).to_string(),
    });
    Scene { name: &scene.name, path: &scene.path, line: scene.line, failure }
}

fn covered(coverage: &Coverage) -> Covered<'_> {
    Covered {
        arrows: share(coverage.arrows, &coverage.arrows_unwalked),
        states: share(coverage.states, &coverage.states_unentered),
        others: share(coverage.others, &coverage.others_unwalked),
    }
}

fn share(total: usize, unwalked: &[Unwalked]) -> Share<'_> {
    let walked = total.saturating_sub(unwalked.len());
    let unwalked = unwalked.iter().map(|Unwalked { place, machine, text }| Missing {
        path: &place.path,
        line: place.line,
        machine,
        text,
    });
    Share { total, walked, unwalked: unwalked.collect() }
}
