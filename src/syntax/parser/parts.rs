//! Walking what pest found: the parts of a rule in order, their places, names and documentation.

use super::edits::Edits;
use super::rules::{Rule, is_token};
use crate::diagnostic::{Code, Diagnostic, SourceId, Span};
use crate::syntax::ast::{Name, Spanned};
use pest::iterators::{Pair, Pairs};
use std::sync::Arc;

/// Something that is written wrongly.
pub(super) const SYNTAX: Code = Code(1);
/// Something that a rule file must not hold, whatever it means.
pub(super) const ENCODING: Code = Code(2);
/// A reserved word where a name belongs.
pub(super) const RESERVED: Code = Code(5);

/// How many findings one file yields at most; the rest of it is read without them.
pub const FINDINGS_MAX: usize = 100;

/// Builds the tree of one text, and collects what is wrong with it.
pub(super) struct Builder<'a> {
    /// Which source is read.
    pub source: SourceId,
    /// The text as it was written.
    pub original: &'a str,
    /// The text as pest read it.
    pub text: &'a str,
    /// The way from `text` to `original`.
    pub edits: &'a Edits,
    /// What is wrong.
    pub findings: Vec<Diagnostic>,
    /// Names of what could not be read.
    pub unread: Vec<Arc<str>>,
}

/// The parts of a rule that have not been taken yet.
pub(super) struct Parts<'a>(Pairs<'a, Rule>);

impl<'a> Parts<'a> {
    /// The parts of this rule.
    pub fn of(pair: Pair<'a, Rule>) -> Self {
        Parts(pair.into_inner())
    }

    /// Takes the next part if it is of this rule; keywords and signs before it are passed over.
    pub fn take(&mut self, rule: Rule) -> Option<Pair<'a, Rule>> {
        let mut ahead = self.0.clone();
        loop {
            let part = ahead.next()?;
            if part.as_rule() == rule {
                self.0 = ahead;
                return Some(part);
            }
            if !is_token(part.as_rule()) {
                return None;
            }
        }
    }

    /// Whether this keyword or sign comes next, which takes it.
    pub fn has(&mut self, rule: Rule) -> bool {
        self.take(rule).is_some()
    }

    /// The next part that is no keyword or sign.
    pub fn next(&mut self) -> Option<Pair<'a, Rule>> {
        self.0.find(|part| !is_token(part.as_rule()))
    }

    /// The next part, whatever it is.
    pub fn next_token(&mut self) -> Option<Pair<'a, Rule>> {
        self.0.next()
    }
}

impl<'a> Builder<'a> {
    /// Keeps a finding, unless there are too many already, or another one of this place.
    pub fn report(&mut self, finding: Diagnostic) {
        let is_known = self.findings.iter().any(|known| known.primary.span == finding.primary.span);
        if self.findings.len() < FINDINGS_MAX && !is_known {
            self.findings.push(finding);
        }
    }

    /// Keeps a syntax error at this part.
    pub fn fault(&mut self, pair: &Pair<'a, Rule>, message: impl Into<String>, help: impl Into<String>) {
        self.report(Diagnostic::error(SYNTAX, self.span(pair), message).help(help));
    }

    /// Where something stands in the text as it was written, without the blanks and comments that pest read on to.
    pub fn span(&self, pair: &Pair<'a, Rule>) -> Span {
        let place = pair.as_span();
        let end = pair.clone().into_inner().flatten().last().map_or(place.end(), |last| last.as_span().end());
        self.span_at(place.start(), end)
    }

    /// Where bytes of the repaired text stand in the text as it was written.
    pub fn span_at(&self, start: usize, end: usize) -> Span {
        let start = self.edits.original(start);
        let end = self.edits.original(end).max(start);
        // a text has at most `SOURCE_BYTES_MAX` bytes
        Span { source: self.source, start: start as u32, end: end as u32 }
    }

    /// A name that is used, or a field's.
    pub fn name(&self, pair: Pair<'a, Rule>) -> Name {
        Spanned { node: Arc::from(pair.as_str()), span: self.span(&pair) }
    }

    /// A name that is given. A reserved word is reported and taken all the same.
    pub fn declared(&mut self, pair: Pair<'a, Rule>) -> Name {
        if super::rules::is_reserved(pair.as_str()) {
            let finding = reserved(pair.as_str(), self.span(&pair));
            self.report(finding);
        }
        self.name(pair)
    }

    /// The `///` lines right above a place, without their markers.
    pub fn doc_above(&self, span: Span) -> String {
        let before = self.original.get(..span.start as usize).unwrap_or("");
        let mut lines = before.rsplit('\n');
        if !lines.next().unwrap_or("").trim().is_empty() {
            return String::new();
        }
        let docs = lines.map_while(|line| doc_line(line, "///"));
        let mut docs: Vec<&str> = docs.collect();
        docs.reverse();
        docs.join("\n")
    }

    /// The `//!` lines at the head of the file, without their markers.
    pub fn file_doc(&self) -> String {
        let lines = self.original.trim_start_matches('\u{feff}').lines();
        let lines = lines.skip_while(|line| line.trim().is_empty());
        lines.map_while(|line| doc_line(line, "//!")).collect::<Vec<_>>().join("\n")
    }
}

/// What a documentation line says, or none where the line is something else.
fn doc_line<'t>(line: &'t str, marker: &str) -> Option<&'t str> {
    let said = line.trim().strip_prefix(marker)?;
    if said.starts_with('/') {
        return None;
    }
    Some(said.strip_prefix(' ').unwrap_or(said))
}

/// The finding that a reserved word cannot be a name.
pub(super) fn reserved(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error(RESERVED, span, format!("`{word}` is a word of the language, so it cannot name anything"))
        .help(format!("choose another name, as in `{word}_` or `my_{word}`"))
}
