//! The properties of content hashes, on random rules: layout changes none, and each change of meaning those of the machine
//! and of all that call it.

use super::compile;
use super::mutation::{mutated, parts};
use crate::wind::ruleset;
use crate::wind::tape::Tape;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use windlass::machine::{Content, Program, contents};
use windlass::model::{Call, LockCall, Machine, MachineId, Model};

const CASES: usize = 24;

fn each_ruleset(mut look: impl FnMut(&str, &Program, &mut Tape<'_>)) {
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, random);
    let mut valid = 0;
    for _ in 0..CASES {
        let tapes = (vec(any::<u16>(), 60..900), vec(any::<u16>(), 300));
        let (rules, choices) = tapes.new_tree(&mut runner).expect("numbers").current();
        let text = ruleset::write(&mut Tape::new(&rules));
        if let Some(program) = compile(std::slice::from_ref(&text)) {
            valid += 1;
            look(&text, &program, &mut Tape::new(&choices));
        }
    }
    assert!(valid * 4 >= CASES, "only {valid} of {CASES} random rulesets are valid");
}

fn by_name(model: &Model) -> BTreeMap<String, Content> {
    let names = model.machines.iter().map(|machine| machine.name.to_string());
    names.zip(contents(model)).collect()
}

#[test]
fn layout_order_files_and_comments_do_not_count() {
    each_ruleset(|text, program, tape| {
        let before = by_name(&program.model);
        let other = laid_out_anew(text, tape);
        let after = compile(&other).unwrap_or_else(|| panic!("still valid:\n{}", other.join("\n---\n")));
        assert_eq!(before, by_name(&after.model), "{}", other.join("\n---\n"));
    });
}

/// The same items in another order, over three files, one of them formatted, with comments between lines.
fn laid_out_anew(text: &str, tape: &mut Tape<'_>) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in text.lines() {
        match items.last_mut() {
            Some(item) if line.starts_with([' ', '}']) => *item += &format!("\n{line}"),
            Some(_) | None => items.push(line.to_owned()),
        }
    }
    let mut files = vec![String::new(), String::new(), String::new()];
    while !items.is_empty() {
        let item = items.remove(tape.below(items.len()));
        let item = item.replace('\n', "   // no matter\n\n   ");
        files[tape.below(3)] += &format!("/// About the next one.\n{item}\n");
    }
    let mut sources = windlass::diagnostic::SourceMap::default();
    let source = sources.add("rules.room", files[0].as_str());
    files[0] = windlass::syntax::format_file(&sources, source).expect("it has a layout");
    files
}

#[test]
fn a_change_of_meaning_changes_the_machine_and_all_that_call_it() {
    let mut tried = 0;
    each_ruleset(|text, program, tape| {
        for _ in 0..20 {
            let at = tape.below(program.model.machines.len());
            let mut model = program.model.clone();
            let number = tape.below(parts(&model.machines[at]));
            let Some(site) = mutated(&mut model.machines[at], number) else { continue };
            tried += 1;
            assert_only_callers_change(&program.model, &model, at, &format!("{site}:\n{text}"));
        }
    });
    assert!(tried > CASES * 3, "only {tried} mutations");
}

#[test]
fn every_part_of_every_machine_counts() {
    let mut sites = BTreeSet::new();
    each_ruleset(|text, program, tape| {
        let before = contents(&program.model);
        let at = tape.below(before.len());
        for number in 0..parts(&program.model.machines[at]) {
            let mut model = program.model.clone();
            let site = mutated(&mut model.machines[at], number).expect("a part");
            assert_ne!(before[at].own, contents(&model)[at].own, "{site}:\n{text}");
            sites.insert(site);
        }
    });
    assert!(sites.len() >= 15, "kinds of changes: {sites:?}");
}

fn assert_only_callers_change(before: &Model, after: &Model, changed: usize, what: &str) {
    let (old, new) = (contents(before), contents(after));
    let callers = callers(before, after, changed);
    for (at, machine) in before.machines.iter().enumerate() {
        let name = &machine.name;
        assert_eq!(old[at].own != new[at].own, at == changed, "`{name}` itself after {what}");
        assert_eq!(old[at].with_called != new[at].with_called, callers.contains(&at), "`{name}` after {what}");
    }
}

/// The machine, and all that may wind it before or after the change.
fn callers(before: &Model, after: &Model, changed: usize) -> BTreeSet<usize> {
    let calls = |model: &Model, at: usize| called(&model.machines[at]);
    let mut found = BTreeSet::from([changed]);
    loop {
        let size = found.len();
        for at in 0..before.machines.len() {
            let all: BTreeSet<_> = calls(before, at).into_iter().chain(calls(after, at)).collect();
            if all.iter().any(|lock| found.contains(&lock.index())) {
                found.insert(at);
            }
        }
        if found.len() == size {
            return found;
        }
    }
}

fn called(machine: &Machine) -> Vec<MachineId> {
    let room = machine.room().into_iter();
    let required = room.flat_map(|room| room.requires.iter().flat_map(|found| &found.locks).chain(room.on_request()));
    let asked = machine.states.iter().filter_map(|state| state.call.as_ref()).flat_map(|call| match call {
        Call::Lock(locks) => locks.as_slice(),
        Call::Check(_) => &[],
    });
    required.chain(asked).map(|LockCall { lock, .. }| *lock).collect()
}

/// What is outside of all machines counts for those that use it, directly or through what they call.
#[test]
fn what_a_machine_uses_counts() {
    let rules =
        std::fs::read_to_string(crate::fixtures::root().join("tests/fixtures/machine/old.room")).expect("rules");
    for (from, to, names) in [
        ("role: \"guest\" | \"keeper\" = \"guest\"", "role: \"guest\" | \"keeper\" = \"keeper\"", "badge vault"),
        ("client \"log\"", "client \"log\" client \"book\"", "hall"),
        ("check stamp(code: text)", "check stamp(code: text?)", "badge vault"),
        ("shape note { text: text(1..500) }", "shape note { text: text(1..501) }", "hall"),
        ("invitation\"", "letter\"", "hall identity vault"),
        ("group desk in audit", "group table in audit", "hall"),
    ] {
        let changed = rules.replace(from, to);
        assert_ne!(rules, changed, "{from}");
        let (old, new) = (compile(std::slice::from_ref(&rules)).expect("valid"), compile(&[changed]).expect("valid"));
        let (old, new) = (by_name(&old.model), by_name(&new.model));
        let differ = old.iter().filter(|(name, content)| new[*name].with_called != content.with_called);
        assert_eq!(differ.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" "), names, "{from}");
    }
}
