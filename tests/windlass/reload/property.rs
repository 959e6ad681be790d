//! The property: whatever is edited, whenever it takes over, and whatever happens around it, what `checks` says holds.

use super::acts::Acts;
use super::checks::Checks;
use super::crowd;
use super::edits::talkative;
use super::house::{House, Ruleset};
use super::shrink::Case;
use crate::wind::ruleset;
use crate::wind::tape::Tape;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::panic::{AssertUnwindSafe, catch_unwind};
use windlass::engine::Settings;

/// Cases without `WINDLASS_CASES`. Which they are is the same every time, unless `WINDLASS_SEED` says another number.
const CASES: u64 = 60;
/// Acts of one case.
const ACTS: usize = 160;
/// No more failing cases than these are made small and shown.
const FAILURES_SHOWN: usize = 2;

#[test]
fn no_reload_loses_doubles_mixes_or_closes_anything() {
    let cases = number("WINDLASS_CASES").unwrap_or(CASES);
    let seed = number("WINDLASS_SEED").unwrap_or(0);
    let mut counted = Counted::default();
    let mut failures = Vec::new();
    let mut tapes = Tapes::new(seed);
    for number in 0..cases {
        let (rules, happenings) = tapes.next();
        if let Err(case) = one_case(&rules, &happenings, &mut counted) {
            eprintln!("seed {seed}, case {number} fails, and is made smaller: {:?}", case.play().0);
            failures.push(format!("seed {seed}, case {number}\n{}", case.smallest()));
        }
        if failures.len() == FAILURES_SHOWN {
            break;
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n----\n\n"));
    eprintln!("{cases} cases: {counted:?}");
    let is_enough = counted.reloads > cases && counted.pinned > cases / 4 && counted.held > cases / 10;
    assert!(is_enough, "too little is tested: {counted:?}");
}

/// What the cases came to.
#[derive(Debug, Default)]
pub struct Counted {
    pub rulesets: u64,
    pub inputs: u64,
    pub reloads: u64,
    pub moves: u64,
    pub pinned: u64,
    pub posts: u64,
    /// Messages that came later than to others, because their socket had yet to be looked at.
    pub held: u64,
}

pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Random numbers, for rules and for what happens.
pub struct Tapes(TestRunner);

impl Tapes {
    pub fn new(seed: u64) -> Tapes {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Tapes(TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, random))
    }

    pub fn next(&mut self) -> (Vec<u16>, Vec<u16>) {
        let tapes = (vec(any::<u16>(), 200..900), vec(any::<u16>(), 1_000..3_000));
        tapes.new_tree(&mut self.0).expect("numbers").current()
    }
}

/// A few bounds that random cases meet.
pub fn settings(tape: &mut Tape<'_>) -> Settings {
    Settings {
        sockets_per_client_max: 2 + tape.below(2),
        absent_clients_max: 1 + tape.below(3),
        epochs_max: tape.one_of(&[2, 3, 8]),
        moves_per_tick_max: tape.one_of(&[1, 2, 512]),
        looks_per_frame_max: tape.one_of(&[0, 1, 64]),
        // Random rules answer signals with signals.
        signals_per_input_max: 8,
        departures_per_input_max: 40,
        socket_frames_per_second: 0,
        unidentified_frames_per_second: 0,
        client_frames_per_second: 0,
        ..Settings::default()
    }
}

fn random_ruleset(tape: &mut Tape<'_>, rules: &[u16]) -> Vec<Ruleset> {
    let text = talkative(tape, &ruleset::write(&mut Tape::new(rules)));
    Ruleset::read(&text).into_iter().collect()
}

fn one_case(rules: &[u16], happenings: &[u16], counted: &mut Counted) -> Result<(), Box<Case>> {
    let mut tape = Tape::new(happenings);
    let is_crowd = tape.chance(30);
    let rulesets = if is_crowd { crowd::rulesets() } else { random_ruleset(&mut tape, rules) };
    let Some(first) = rulesets.first() else { return Ok(()) };
    counted.rulesets += 1;
    let settings = settings(&mut tape);
    let mut house = House::new(first, settings.clone());
    let mut case = Case { rulesets, settings, acts: Vec::new(), tries: 0 };
    let mut checks = Checks::default();
    let reloads = tape.one_of(&[4, 8, 20]);
    let mut acts = Acts { tape: &mut tape, messages: 0, active: 0, reloads };
    let mut first_acts = if is_crowd { crowd::gathers() } else { Vec::new() }.into_iter();
    while case.acts.len() < ACTS && acts.tape.goes_on() {
        let act = first_acts.next().unwrap_or_else(|| acts.next(&house, &mut case.rulesets));
        case.acts.push(act.clone());
        let went =
            AssertUnwindSafe(|| house.perform(&case.rulesets, &act, &mut |house, came| checks.look(house, came)));
        if !matches!(catch_unwind(went), Ok(Ok(()))) {
            return Err(Box::new(case));
        }
    }
    let ended = AssertUnwindSafe(|| checks.end(&mut house));
    if !matches!(catch_unwind(ended), Ok(Ok(()))) {
        return Err(Box::new(case));
    }
    checks.count(&house, counted);
    Ok(())
}
