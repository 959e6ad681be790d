//! The property: what `lint` lets stand, nothing that the engine can be brought to breaks; and what it refuses can
//! mostly be done.

use super::super::wind::tape::Tape;
use super::case::{Case, Hands, Tally};
use super::leak;
use super::ruleset::{self, Ruleset};
use crate::fixtures::files;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::fs::read_to_string;

/// Rulesets without `WINDLASS_CASES`. Which they are is the same every time, unless `WINDLASS_SEED` says another number.
const CASES: u64 = 60;
/// Inputs for one ruleset, without `WINDLASS_INPUTS`.
const INPUTS: u64 = 1_500;
/// Inputs for one ruleset with one leak.
const LEAK_INPUTS: usize = 400;
/// Inputs for one of the fixtures.
const FIXTURE_INPUTS: usize = 1_500;
/// No more failing cases than these are looked at.
const FAILURES_SHOWN: usize = 3;
/// At least so many of a hundred rulesets must be valid, or the test tests too little.
const VALID_PERCENT: u64 = 30;
/// At most so many of a hundred refusals may be about what cannot be done, where everything was tried.
const IMPRECISE_PERCENT: u64 = 40;

#[test]
fn what_lint_lets_stand_cannot_be_broken() {
    let (cases, inputs) = (number("WINDLASS_CASES").unwrap_or(CASES), number("WINDLASS_INPUTS").unwrap_or(INPUTS));
    let (mut valid, mut tallies, mut failures) = (0, BTreeMap::<&str, Tally>::new(), Vec::new());
    for (case, tape) in (0..cases).zip(tapes(number("WINDLASS_SEED").unwrap_or(0))) {
        let hands = if case % 2 == 0 { Hands::Off } else { Hands::On };
        let case = Case { rules: ruleset::write(&mut Tape::new(&tape)), hands, inputs: inputs as usize };
        match case.judge(&mut tallies) {
            Ok(was_valid) => valid += u64::from(was_valid),
            Err(claim) => failures.push(case.smallest(&claim)),
        }
        if failures.len() == FAILURES_SHOWN {
            break;
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n----\n\n"));
    let share = valid * 100 / cases;
    eprintln!("{cases} rulesets, {share} % valid");
    tallies.iter().for_each(|(form, tally)| eprintln!("{form:12} {tally:?}"));
    assert!(share >= VALID_PERCENT, "only {share} % of the random rulesets are valid");
    let imprecise: u64 = tallies.values().map(|tally| tally.imprecise).sum();
    let broken: u64 = tallies.values().map(|tally| tally.broken).sum();
    assert!(imprecise * 100 <= IMPRECISE_PERCENT * (imprecise + broken), "{imprecise} beside {broken} that break");
}

/// Tapes of random numbers; which, the seed says.
fn tapes(seed: u64) -> impl Iterator<Item = Vec<u16>> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, random);
    std::iter::repeat_with(move || vec(any::<u16>(), 40..300).new_tree(&mut runner).expect("numbers").current())
}

/// A leak that `lint` overlooked would be let stand, and break.
#[test]
fn no_leak_is_overlooked() {
    let tape: Vec<u16> = tapes(number("WINDLASS_SEED").unwrap_or(0)).flatten().take(400).collect();
    judge_all(leak::all(&mut Tape::new(&tape)), LEAK_INPUTS);
}

#[test]
fn nothing_of_the_fixtures_is_overlooked() {
    let files = files("proofs", "room");
    judge_all(files.iter().map(|path| ruleset::named(read_to_string(path).expect("rules"))), FIXTURE_INPUTS);
}

/// With an administrator and without. All are valid.
fn judge_all(all: impl Iterator<Item = Ruleset>, inputs: usize) {
    let (mut tallies, mut failures) = (BTreeMap::new(), Vec::new());
    for rules in all {
        for hands in [Hands::Off, Hands::On] {
            let case = Case { rules: rules.clone(), hands, inputs };
            match case.judge(&mut tallies) {
                Ok(true) => {}
                Ok(false) => failures.push(format!("not valid:\n{}", rules.text)),
                Err(claim) if failures.len() < FAILURES_SHOWN => failures.push(case.smallest(&claim)),
                Err(_) => {}
            }
        }
    }
    tallies.iter().for_each(|(form, tally)| eprintln!("{form:12} {tally:?}"));
    assert!(failures.is_empty(), "{}", failures.join("\n\n----\n\n"));
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
