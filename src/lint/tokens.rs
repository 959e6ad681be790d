//! Words of the rules, for the little that is not in the model any more: shapes and constants are put in where they are named.

use crate::diagnostic::{SourceId, SourceMap, Span};
use std::collections::BTreeMap;

/// A word outside of comments and texts, and how deep in brackets it stands.
struct Word<'text> {
    text: &'text str,
    start: usize,
    depth: usize,
}

/// Shapes and constants of the top level whose name stands nowhere else, in any file: so nothing can use them.
pub(crate) fn declared_and_named_once(sources: &SourceMap) -> Vec<(&'static str, String, Span)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut declared = Vec::new();
    for (id, source) in sources.iter() {
        let words = words(&source.text);
        for word in &words {
            *counts.entry(word.text).or_default() += 1;
        }
        for pair in words.windows(2) {
            let [keyword, name] = pair else { continue };
            let what = match keyword.text {
                "shape" => "shape",
                "let" => "constant",
                _ => continue,
            };
            if keyword.depth == 0 && name.depth == 0 {
                declared.push((what, name.text, span(id, name)));
            }
        }
    }
    let once = declared.into_iter().filter(|(_, name, _)| counts.get(name) == Some(&1));
    once.map(|(what, name, span)| (what, name.to_string(), span)).collect()
}

fn span(source: SourceId, word: &Word<'_>) -> Span {
    Span { source, start: word.start as u32, end: (word.start + word.text.len()) as u32 }
}

fn words(text: &str) -> Vec<Word<'_>> {
    let bytes = text.as_bytes();
    let is_letter = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let mut words = Vec::new();
    let (mut at, mut depth) = (0, 0usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'/' if bytes.get(at + 1) == Some(&b'/') => at = end_of_line(text, at),
            b'"' => at = end_of_text(bytes, at),
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ if is_letter(at) => {
                let end = (at..).find(|at| !is_letter(*at)).unwrap_or(text.len());
                words.extend(text.get(at..end).map(|text| Word { text, start: at, depth }));
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    words
}

/// Where the brace opens that is closed last, outside of comments and texts.
pub(crate) fn opening_of_last_brace(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut open, mut last, mut at) = (Vec::new(), None, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'/' if bytes.get(at + 1) == Some(&b'/') => at = end_of_line(text, at),
            b'"' => at = end_of_text(bytes, at),
            b'{' => open.push(at),
            b'}' => last = open.pop().or(last),
            _ => {}
        }
        at += 1;
    }
    last
}

fn end_of_line(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end)
}

/// The closing quote of a text that opens here.
fn end_of_text(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'"' | b'\n' => return at,
            _ => {}
        }
        at += 1;
    }
    at
}
