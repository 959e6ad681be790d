//! Reads `.room` text with pest. Nothing outside this module names pest.
//!
//! A text goes through four hands. [`repair`] finds what is wrong with its letters and brackets and gives a text that has
//! neither fault; [`rules`] parses that, with `bad_…` rules where nothing else fits; [`parts`] and its neighbours build the
//! tree of what is good; and [`blame`] reads each bad span once more, strictly, to say what is wrong with it.

mod actions;
mod blame;
mod bodies;
mod brackets;
mod edits;
mod expected;
mod expressions;
mod items;
mod layout;
mod literals;
mod parts;
mod repair;
mod rules;
mod scan;
mod types;

pub(super) use layout::layout;

pub use expressions::{EXPRESSION_DEPTH_MAX, OPERANDS_MAX};
pub use parts::FINDINGS_MAX;
pub use rules::is_reserved;

use super::ast;
use crate::diagnostic::{Diagnostic, SourceId, SourceMap, Span};
use parts::{Builder, SYNTAX};
use pest::Parser;
use rules::{Grammar, Rule};

/// How deep blocks, types and expressions may nest.
pub const PARSE_DEPTH_MAX: usize = 64;
/// How long one file may be, in bytes.
pub const SOURCE_BYTES_MAX: usize = 1024 * 1024;

/// A file as far as it could be read, and what could not.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What could be read.
    pub file: ast::File,
    /// What could not, in source order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads one file. Total: every text, however wrong, gives a tree of what is good and says what is not. A text beyond one of the
/// limits above gives an empty tree.
pub fn parse_file(sources: &SourceMap, source: SourceId) -> Parsed {
    let text = sources.get(source).map(|found| found.text.as_ref()).unwrap_or("");
    let mut file = ast::File { source, doc: String::new(), items: Vec::new(), unread: Vec::new() };
    if text.len() > SOURCE_BYTES_MAX {
        let whole = Span { source, start: 0, end: 0 };
        let message = format!("this file is longer than {SOURCE_BYTES_MAX} bytes");
        let fault =
            Diagnostic::error(SYNTAX, whole, message).help("split it; all files of a directory are one ruleset");
        return Parsed { file, diagnostics: vec![fault] };
    }
    let repaired = repair::repair(source, text);
    let mut builder = Builder {
        source,
        original: text,
        text: &repaired.text,
        edits: &repaired.edits,
        findings: repaired.findings,
        unread: Vec::new(),
    };
    file.doc = builder.file_doc();
    if repaired.readable {
        file.items = builder.file_items();
    }
    file.unread = builder.unread;
    let mut diagnostics = builder.findings;
    diagnostics.sort_by_key(|finding| (finding.primary.span.start, finding.primary.span.end));
    Parsed { file, diagnostics }
}

impl<'a> Builder<'a> {
    fn file_items(&mut self) -> Vec<ast::Item> {
        let text = self.text;
        let file = match Grammar::parse(Rule::file, text) {
            Ok(mut found) => found.next(),
            Err(error) => {
                self.give_up(&error);
                None
            }
        };
        let Some(file) = file else { return Vec::new() };
        let mut items = Vec::new();
        for pair in self.good_parts(file, Rule::item, Rule::lone_items) {
            items.extend(self.item(pair));
        }
        items
    }
}
