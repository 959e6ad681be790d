//! The texts of a ruleset and places in them.

use std::sync::Arc;

/// One text of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A range of bytes in one source, `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Which source.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Stands for the place of what no file declares.
    pub const NOWHERE: Span = Span { source: SourceId(u32::MAX), start: 0, end: 0 };

    /// The smallest span that holds both; they must be of one source.
    pub fn to(self, end: Span) -> Span {
        debug_assert_eq!(self.source, end.source, "a span lies in one source");
        Span { source: self.source, start: self.start.min(end.start), end: self.end.max(end.end) }
    }
}

/// A place for people: line and column count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The path as it was given.
    pub path: Arc<str>,
    /// Counts from 1.
    pub line: usize,
    /// Counts from 1, in characters.
    pub column: usize,
}

impl std::fmt::Display for Location {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}", self.path, self.line)
    }
}

/// One text with its path.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as people should see it; it need not exist.
    pub path: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
    line_starts: Vec<u32>,
}

/// All texts of one ruleset, in the order in which they were read.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// Keeps a text. Texts beyond 4 GiB are the reader's to refuse.
    pub fn add(&mut self, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        let text: Arc<str> = text.into();
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
        let line_starts = std::iter::once(0).chain(ends).collect();
        let id = SourceId(self.sources.len() as u32);
        self.sources.push(Source { path: path.into(), text, line_starts });
        id
    }

    /// The source with this id, or none where the id belongs to another map.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0 as usize)
    }

    /// Every source with its id.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.sources.iter().enumerate().map(|(at, source)| (SourceId(at as u32), source))
    }

    /// The text under a span; empty where the span is of another map.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).and_then(|source| source.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// The rule under a span on one line: without comments, spaces and line ends as one space.
    pub fn one_line(&self, span: Span) -> String {
        let code: Vec<&str> = self.text(span).lines().map(without_comment).collect();
        code.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Where a span starts, for people.
    pub fn locate(&self, span: Span) -> Location {
        let Some(source) = self.get(span.source) else {
            return Location { path: "?".into(), line: 0, column: 0 };
        };
        let line = source.line_starts.partition_point(|start| *start <= span.start);
        let line_start = source.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = source.text.get(line_start as usize..span.start as usize).unwrap_or("");
        Location { path: source.path.clone(), line, column: before.chars().count() + 1 }
    }
}

/// A line of rules up to its comment; two slashes inside of a text are none.
fn without_comment(line: &str) -> &str {
    let mut is_text = false;
    let mut before = ' ';
    for (at, letter) in line.char_indices() {
        match (letter, before) {
            ('"', '\\') if is_text => {}
            ('"', _) => is_text = !is_text,
            ('/', '/') if !is_text => return line.get(..at - 1).unwrap_or(line),
            (_, _) => {}
        }
        before = if (letter, before) == ('\\', '\\') { ' ' } else { letter };
    }
    line
}
