//! Findings for programs, as `windlass lint --format json` writes them and the API answers.

use super::{Applicability, Diagnostic, Edit, Fix, SourceMap, Span};
use serde::Serialize;

/// The JSON document. `format_version` counts changes that a reader would have to know.
#[derive(Debug, Serialize)]
pub struct Findings<'found> {
    /// Of the format.
    pub format_version: u32,
    /// Whether nothing is as severe as makes the rules unfit.
    pub ok: bool,
    /// How many fixes were written.
    pub fixed: usize,
    /// In the order of the sources.
    pub findings: Vec<Finding<'found>>,
}

impl<'found> Findings<'found> {
    /// All of these, none of them mended.
    pub fn new(ok: bool, findings: Vec<Finding<'found>>) -> Self {
        Findings { format_version: 1, ok, fixed: 0, findings }
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
    fixes: Vec<Mend<'found>>,
}

/// What would mend a finding, for programs: all the edits or none.
#[derive(Debug, Serialize)]
struct Mend<'found> {
    message: &'found str,
    /// `safe` or `unsafe`, as `--fix` takes it.
    applicability: &'static str,
    edits: Vec<Change<'found>>,
}

/// One edit: what stands at the place becomes this text.
#[derive(Debug, Serialize)]
struct Change<'found> {
    #[serde(flatten)]
    at: Region,
    text: &'found str,
}

/// A place in a file. Lines and columns count from 1, columns in characters; the end is the place after the last character.
#[derive(Debug, Serialize)]
pub struct Place<'found> {
    #[serde(flatten)]
    /// The letters.
    pub region: Region,
    /// What it has to do with the finding.
    pub label: &'found str,
}

/// The letters from one to another.
#[derive(Debug, Serialize)]
pub struct Region {
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
}

/// A place in a file for programs.
pub fn place<'found>(span: Span, label: &'found str, sources: &SourceMap) -> Place<'found> {
    Place { region: region(span, sources), label }
}

/// The letters of a place for programs.
pub fn region(span: Span, sources: &SourceMap) -> Region {
    let start = sources.locate(span);
    let end = sources.locate(Span { start: span.end, ..span });
    let (end_line, end_column) = (end.line, end.column);
    Region { path: start.path.to_string(), line: start.line, column: start.column, end_line, end_column }
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
        fixes: found.fixes.iter().map(|fix| mend(fix, sources)).collect(),
    }
}

fn mend<'found>(fix: &'found Fix, sources: &SourceMap) -> Mend<'found> {
    let applicability = match fix.applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
    };
    let change = |edit: &'found Edit| Change { at: region(edit.span, sources), text: &edit.text };
    Mend { message: &fix.message, applicability, edits: fix.edits.iter().map(change).collect() }
}
