//! No `match` over our own enums has an arm for everything else: a new variant must be thought of everywhere.

use super::source::{Code, block_length, code, holds_word};
use std::collections::BTreeSet;

/// A match as far as text can tell: where, and the pattern of each arm.
struct Match {
    line: usize,
    patterns: Vec<String>,
}

#[test]
fn no_wildcard_over_our_own_enums() {
    let files = code();
    let enums: BTreeSet<String> = files.iter().flat_map(|file| enums_of(&file.code)).collect();
    assert!(enums.len() > 10, "our enums are found: {enums:?}");
    let mut found = Vec::new();
    for file in &files {
        for each in matches_of(file) {
            let names_ours = |pattern: &String| enums.iter().any(|name| pattern.contains(&format!("{name}::")));
            // with one named arm it is an `if let` in other letters
            let is_wild = each.patterns.len() > 2 && each.patterns.iter().any(|pattern| pattern == "_");
            // a tuple or a slice is no enum, and has no end of other values
            let is_plain = each.patterns.iter().all(|pattern| !pattern.starts_with(['(', '[']));
            if is_wild && is_plain && each.patterns.iter().any(names_ours) {
                found.push(format!("{}:{}", file.path, each.line));
            }
        }
    }
    assert!(found.is_empty(), "a match over our own enum with `_ =>`: name the variants:\n{}", found.join("\n"));
}

fn enums_of(code: &str) -> Vec<String> {
    let names = code.match_indices("enum ").map(|(at, word)| &code[at + word.len()..]);
    let name = |rest: &str| rest.chars().take_while(|letter| letter.is_alphanumeric()).collect::<String>();
    names.map(name).filter(|name| !name.is_empty()).collect()
}

fn matches_of(file: &Code) -> Vec<Match> {
    let code = &file.code;
    let mut found = Vec::new();
    for (at, word) in code.match_indices("match ") {
        if !holds_word(&code[at.saturating_sub(1)..at + word.len()], "match ") {
            continue;
        }
        let rest = &code[at + word.len()..];
        let Some(open) = body(rest) else { continue };
        let inside = &rest[open + 1..open + block_length(&rest[open..]) - 1];
        let line = code[..at].matches('\n').count() + 1;
        found.push(Match { line, patterns: patterns(inside) });
    }
    found
}

/// Where the body of a match begins: the first brace outside of parentheses.
fn body(rest: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(letter) = rest[at..].chars().next() {
        match letter {
            '{' => return Some(at),
            '(' | '[' => at += block_length(&rest[at..]),
            ';' | '}' => return None,
            _ => at += letter.len_utf8(),
        }
    }
    None
}

/// The pattern of each arm, without its guard.
fn patterns(inside: &str) -> Vec<String> {
    let mut patterns = Vec::new();
    let mut rest = inside;
    while let Some(arrow) = find_outside(rest, "=>") {
        let pattern = rest[..arrow].trim().trim_start_matches(',').trim();
        let pattern = pattern.split(" if ").next().unwrap_or(pattern);
        patterns.push(pattern.split_whitespace().collect::<Vec<_>>().join(" "));
        rest = rest[arrow + 2..].trim_start();
        if rest.starts_with('{') {
            rest = &rest[block_length(rest)..];
        } else {
            let Some(comma) = find_outside(rest, ",") else { break };
            rest = &rest[comma + 1..];
        }
    }
    patterns
}

/// The first place outside of any braces, brackets and parentheses.
fn find_outside(rest: &str, what: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(letter) = rest[at..].chars().next() {
        if rest[at..].starts_with(what) {
            return Some(at);
        }
        match letter {
            '{' | '(' | '[' => at += block_length(&rest[at..]),
            _ => at += letter.len_utf8(),
        }
    }
    None
}

#[test]
fn a_wildcard_would_be_found() {
    let code = "fn f() { match g(x) { Shape::A { y } if y => 1, Shape::B(..) => { 2 } _ => h(|z| { z }), } }";
    let file = Code { path: String::new(), code: code.to_owned() };
    let found = matches_of(&file);
    assert_eq!(found[0].patterns, ["Shape::A { y }", "Shape::B(..)", "_"]);
    assert_eq!(enums_of("pub enum Shape { A }\nenum Tone {}"), ["Shape", "Tone"]);
}
