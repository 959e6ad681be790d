//! Blanks, line ends and comments anywhere between tokens: the result is stable, and means the same.

use super::{all_rules, format_twice};
use proptest::prelude::*;

/// What is put between two tokens.
const GAPS: [&str; 10] = [" ", "  ", "      ", "\n", "\n\n\n", "\n    ", "\t", " // why\n", "\n// above\n", "\r\n"];
const GAPS_OF_COMMENTS: [&str; 4] = [" /// said\n", "\n/// said\n\n", "\n//! said\n", "//tight\n\n\n// twice\n"];

/// Where blanks stand in a text, outside of quotes and comments.
fn blanks(text: &str) -> Vec<(usize, usize)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match letter {
            '"' => 1 + quoted(&rest[1..]),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if letter.is_whitespace() => {
                let length = rest.find(|letter: char| !letter.is_whitespace()).unwrap_or(rest.len());
                // what ends a comment is not replaced
                let ends_comment = text[..at].lines().last().is_some_and(|line| line.contains("//"));
                if !ends_comment {
                    found.push((at, at + length));
                }
                length
            }
            _ => letter.len_utf8(),
        };
        at += length;
    }
    found
}

/// How long a text is, with its closing quote, after the opening one.
fn quoted(rest: &str) -> usize {
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn mutate(text: &str, choices: &[(prop::sample::Index, usize)]) -> String {
    let places = blanks(text);
    let mut chosen: Vec<((usize, usize), &str)> = Vec::new();
    for (place, gap) in choices {
        let gap = GAPS.iter().chain(&GAPS_OF_COMMENTS).nth(*gap).expect("a gap");
        chosen.push((places[place.index(places.len())], gap));
    }
    chosen.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
    chosen.dedup_by_key(|(place, _)| *place);
    let mut text = text.to_owned();
    for ((start, end), gap) in chosen {
        text.replace_range(start..end, gap);
    }
    text
}

/// Rules without syntax errors.
fn good_rules() -> Vec<String> {
    all_rules().into_iter().map(|(_, text)| text).filter(|text| super::format(text).is_ok()).collect()
}

#[test]
fn stable_whatever_the_blanks() {
    let rules = good_rules();
    let choices = prop::collection::vec((any::<prop::sample::Index>(), 0..GAPS.len() + GAPS_OF_COMMENTS.len()), 1..40);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(any::<prop::sample::Index>(), choices), |(file, choices)| {
            let text = mutate(&rules[file.index(rules.len())], &choices);
            format_twice(&text, "mutation");
            Ok(())
        })
        .expect("a stable result");
}

#[test]
fn stable_with_one_gap_everywhere() {
    // every third is enough for a test that runs each time
    for rule in good_rules().into_iter().step_by(3) {
        for gap in GAPS.iter().chain(&GAPS_OF_COMMENTS) {
            let mut text = rule.clone();
            for (start, end) in blanks(&rule).into_iter().rev() {
                text.replace_range(start..end, gap);
            }
            format_twice(&text, gap);
        }
    }
}
