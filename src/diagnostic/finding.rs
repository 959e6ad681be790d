//! Findings for programs, as `windlass lint --format json` writes them and the API answers.

use super::{Diagnostic, SourceMap, Span};
use serde::Serialize;

/// The JSON document. `format_version` counts changes that a reader would have to know.
#[derive(Debug, Serialize)]
pub struct Findings<'found> {
    /// Of the format.
    pub format_version: u32,
    /// Whether nothing is as severe as makes the rules unfit.
    pub ok: bool,
    /// In the order of the sources.
    pub findings: Vec<Finding<'found>>,
}

impl<'found> Findings<'found> {
    /// All of these.
    pub fn new(ok: bool, findings: Vec<Finding<'found>>) -> Self {
        Findings { format_version: 1, ok, findings }
    }
}

/// One finding for programs.
#[derive(Debug, Serialize)]
pub struct Finding<'found> {
    code: String,
    severity: String,
    message: &'found str,
    #[serde(flatten)]
    at: Place<'found>,
    others: Vec<Place<'found>>,
    notes: &'found [String],
    help: &'found [String],
}

/// A place in a file. Lines and columns count from 1, columns in characters; the end is the place after the last character.
#[derive(Debug, Serialize)]
pub struct Place<'found> {
    /// The file.
    pub path: String,
    /// Where it begins.
    pub line: usize,
    /// Where in the line.
    pub column: usize,
    /// Where it ends.
    pub end_line: usize,
    /// Where in that line.
    pub end_column: usize,
    /// What it has to do with the finding.
    pub label: &'found str,
}

/// A place in a file for programs.
pub fn place<'found>(span: Span, label: &'found str, sources: &SourceMap) -> Place<'found> {
    let start = sources.locate(span);
    let end = sources.locate(Span { start: span.end, ..span });
    let (end_line, end_column) = (end.line, end.column);
    Place { path: start.path.to_string(), line: start.line, column: start.column, end_line, end_column, label }
}

/// One finding for programs.
pub fn finding<'found>(found: &'found Diagnostic, sources: &SourceMap) -> Finding<'found> {
    let place = |span, label| place(span, label, sources);
    Finding {
        code: found.code.to_string(),
        severity: found.severity.to_string(),
        message: &found.message,
        at: place(found.primary.span, &found.primary.message),
        others: found.others.iter().map(|other| place(other.span, &other.message)).collect(),
        notes: &found.notes,
        help: &found.help,
    }
}
