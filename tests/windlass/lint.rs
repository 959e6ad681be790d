//! Tests of `lint`.

use windlass::diagnostic::{Diagnostic, SourceMap};
use windlass::lint::{self, Checked, RULES};

fn check(text: &str) -> Checked {
    let mut sources = SourceMap::default();
    sources.add("rules.room", text);
    lint::check(sources)
}

fn told(checked: &Checked) -> String {
    let told = |found: &Diagnostic| {
        let at = checked.sources.locate(found.primary.span);
        format!("{} {} at {at}: {} {:?}\n", found.code, found.severity, found.message, found.notes)
    };
    checked.diagnostics.iter().map(told).collect()
}

#[test]
fn a_bad_example_is_found_by_its_rule_alone() {
    let mut wrong = String::new();
    for rule in RULES {
        let checked = check(rule.bad);
        let is_right = !checked.diagnostics.is_empty()
            && checked.diagnostics.iter().all(|found| found.code == rule.code && found.severity == rule.severity);
        if !is_right {
            wrong += &format!("the bad example of {} {}:\n{}\n", rule.code, rule.name, told(&checked));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_good_example_is_clean() {
    let mut wrong = String::new();
    for rule in RULES {
        let checked = check(rule.good);
        if !checked.diagnostics.is_empty() || checked.program.is_none() {
            wrong += &format!("the good example of {} {}:\n{}\n", rule.code, rule.name, told(&checked));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn rules_stand_in_the_order_of_their_codes_and_names_are_theirs_alone() {
    let codes: Vec<_> = RULES.iter().map(|rule| rule.code).collect();
    assert!(codes.is_sorted_by(|first, second| first < second), "{codes:?}");
    let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len(), "two rules have one name");
}
