//! The same layout as `windlass fmt`, line by line, so that the cursor stays where it is.

use super::library::Library;
use super::reading::Document;
use super::text::Units;
use crate::diagnostic::SourceMap;
use crate::syntax::format_file;
use lsp_types::{DocumentFormattingParams, Range, TextEdit};
use similar::{DiffOp, TextDiff};

/// What brings a document into the one style; nothing where its rules cannot be read. Options of the client change nothing: there is one
/// style.
pub(super) fn format(library: &Library, params: &DocumentFormattingParams) -> Option<Vec<TextEdit>> {
    let cursor = library.cursor(&params.text_document, lsp_types::Position::default())?;
    let old = &cursor.document.text.text;
    let mut sources = SourceMap::default();
    let source = sources.add("", old.clone());
    let new = format_file(&sources, source).ok()?;
    Some(line_edits(cursor.document, &new, library.units))
}

/// The lines that differ.
fn line_edits(document: &Document, new: &str, units: Units) -> Vec<TextEdit> {
    let old = &*document.text.text;
    let diff = TextDiff::from_lines(old, new);
    let starts = |text: &str| -> Vec<usize> {
        let lengths = text.split_inclusive('\n').scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        });
        std::iter::once(0).chain(lengths).collect()
    };
    let (old_starts, new_starts) = (starts(old), starts(new));
    let byte = |starts: &[usize], line: usize, text: &str| starts.get(line).copied().unwrap_or(text.len());
    let changed = diff.ops().iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    let edit = |op: &DiffOp| {
        let (old_lines, new_lines) = (op.old_range(), op.new_range());
        let position = |line: usize| document.text.position(byte(&old_starts, line, old), units);
        let text = new.get(byte(&new_starts, new_lines.start, new)..byte(&new_starts, new_lines.end, new));
        TextEdit {
            range: Range { start: position(old_lines.start), end: position(old_lines.end) },
            new_text: text.unwrap_or("").to_owned(),
        }
    };
    changed.map(edit).collect()
}
