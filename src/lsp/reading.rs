//! One version of one document. It is read when somebody asks, and then once: what is typed over is never parsed.

use super::names::Names;
use super::text::Text;
use crate::diagnostic::{SourceMap, has_errors};
use crate::syntax::{ast, parse_file};
use std::cell::OnceCell;

/// A text, and what it reads as.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) text: Text,
    reading: OnceCell<Reading>,
}

/// A document's tree. Its spans are of a source that stands by itself: only their bytes count.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) tree: ast::File,
    pub(super) names: Names,
    /// Whether all of it could be read.
    pub(super) is_whole: bool,
}

impl Document {
    pub(super) fn new(text: Text) -> Document {
        Document { text, reading: OnceCell::new() }
    }

    pub(super) fn reading(&self) -> &Reading {
        self.reading.get_or_init(|| {
            let mut sources = SourceMap::default();
            let source = sources.add("", self.text.text.clone());
            let parsed = parse_file(&sources, source);
            let names = Names::of(&parsed.file);
            Reading { names, is_whole: !has_errors(&parsed.diagnostics), tree: parsed.file }
        })
    }

    /// The text under a span, on one line.
    pub(super) fn words(&self, span: crate::diagnostic::Span) -> String {
        let words = self.text.text.get(span.start as usize..span.end as usize).unwrap_or("");
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
