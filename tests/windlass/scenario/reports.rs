//! What `windlass test` counts, what it asks for, and the forms in which it is told.

use super::windlass_test;
use crate::fixtures::{expect_beside, files};

#[test]
fn reports_are_as_they_were() {
    for case in files("scenario/reports", "args") {
        let arguments = std::fs::read_to_string(&case).expect("a fixture");
        let (text, code) = windlass_test(&arguments.split_whitespace().collect::<Vec<_>>());
        expect_beside(&case, &format!("{text}exit code {code}\n"));
    }
}

#[test]
fn programs_can_read_it() {
    let (text, _) = windlass_test(&["partly", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON and nothing else");
    let states = &report["rulesets"][0]["coverage"]["states"];
    assert_eq!((&states["total"], &states["walked"]), (&3.into(), &2.into()));
    assert_eq!(states["unwalked"][0]["line"], 13);
}

/// Of two arrows one is walked: in all, 50 per cent.
#[test]
fn a_threshold_is_exact() {
    for (threshold, code) in [("0", 0), ("49.999999", 0), ("50", 0), ("50.000001", 1), ("100", 1)] {
        let (text, found) = windlass_test(&["unwalked", "--threshold", threshold]);
        assert_eq!(found, code, "{threshold}: {text}");
        assert_eq!(text.contains("1 of 2 arrows and states are fewer than"), code == 1, "{threshold}: {text}");
    }
}

#[test]
fn what_is_no_threshold_is_refused() {
    for threshold in ["101", "-1", "9o", "1.1234567", ""] {
        let (text, code) = windlass_test(&["unwalked", &format!("--threshold={threshold}")]);
        assert_eq!(code, 2, "{threshold}: {text}");
        assert!(text.contains("is no percentage: write a number from 0 to 100"), "{text}");
    }
    assert_eq!(windlass_test(&["unwalked", "--threshold", "50", "--filter", "b"]).1, 2);
}
