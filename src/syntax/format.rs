//! Writes a file in the one style, which docs/format.md describes. Tokens, comments and their order stay; only blanks, line
//! ends and the commas that lists may do without change. A file with syntax errors is never touched.
//!
//! The parser cuts the file into a [`tree`] of tokens; [`comments`] finds what stands between them; [`doc`] says where lines may
//! end, [`write`] where they do, and [`align`] what is lined up. The result is parsed again and compared.

mod align;
mod comments;
mod doc;
pub(super) mod tree;
mod write;

use super::ast;
use super::parser::{layout, parse_file};
use crate::diagnostic::{Diagnostic, Severity, SourceId, SourceMap};

/// No line is longer, in characters, where it can be broken. Comments at the end of a line are not counted.
pub const WIDTH: usize = 100;

/// Why a file is not formatted.
#[derive(Clone, Debug, PartialEq)]
pub enum Unformatted {
    /// It has syntax errors: these.
    Syntax(Vec<Diagnostic>),
    /// The result would not mean the same, which is a fault of the formatter.
    Altered,
}

/// The text of a file in the one style. Formatting the result again changes nothing.
pub fn format_file(sources: &SourceMap, source: SourceId) -> Result<String, Unformatted> {
    let parsed = parse_file(sources, source);
    if parsed.diagnostics.iter().any(|found| found.severity == Severity::Error) {
        return Err(Unformatted::Syntax(parsed.diagnostics));
    }
    format_parsed(sources, &parsed.file)
}

/// The same for a file that parsed without an error.
pub(crate) fn format_parsed(sources: &SourceMap, file: &ast::File) -> Result<String, Unformatted> {
    let text = sources.get(file.source).map(|found| found.text.as_ref()).unwrap_or("");
    let formatted = format_text(text.trim_start_matches('\u{feff}')).ok_or(Unformatted::Altered)?;
    if formatted == text {
        return Ok(formatted);
    }
    let is_same = is_same_tree(file, &formatted);
    debug_assert!(is_same, "formatting changed what the file means:\n{formatted}");
    if is_same { Ok(formatted) } else { Err(Unformatted::Altered) }
}

fn format_text(text: &str) -> Option<String> {
    let tree = layout(text)?;
    let around = comments::surroundings(text, &tree.tokens);
    let doc = doc::file(&tree, &around);
    let mut lines = write::lines(&doc, &tree.tokens, &around);
    align::align(&mut lines);
    Some(lines.iter().map(line_text).collect())
}

fn line_text(line: &write::Line) -> String {
    let mut text = String::new();
    let cells = line.cells.iter().map(|cell| (cell.blanks, &cell.text));
    let comment = line.comment.iter().map(|comment| (line.comment_blanks, &comment.text));
    for (blanks, piece) in cells.chain(comment) {
        text.extend(std::iter::repeat_n(' ', blanks));
        text.push_str(piece);
    }
    let indent = if text.is_empty() { 0 } else { line.indent };
    format!("{}{text}\n", " ".repeat(indent))
}

/// Whether a text reads as this tree, apart from where things stand.
fn is_same_tree(file: &ast::File, text: &str) -> bool {
    let mut sources = SourceMap::default();
    let source = sources.add("", text);
    let parsed = parse_file(&sources, source);
    let is_clean = parsed.diagnostics.iter().all(|found| found.severity != Severity::Error);
    is_clean && without_places(file) == without_places(&parsed.file)
}

/// A tree as text, its places left out. Whoever writes a place's letters into a text of a rule loses only this check of that text.
fn without_places(file: &ast::File) -> String {
    let tree = format!("{:?}", (&file.doc, &file.items));
    let mut pieces = tree.split("Span { source: SourceId(");
    let mut bare = pieces.next().unwrap_or("").to_string();
    for piece in pieces {
        bare.push_str(piece.split_once('}').map_or(piece, |(_, rest)| rest));
    }
    bare
}
