//! Findings as workflow commands of GitHub Actions, which become annotations of a pull request.

use super::prose;
use crate::diagnostic::{Diagnostic, Severity, SourceMap, region};

/// One finding as one command on one line.
pub fn command(found: &Diagnostic, sources: &SourceMap) -> String {
    let at = region(found.primary.span, sources);
    let name = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    // Columns count only where the finding is on one line.
    let columns =
        if at.line == at.end_line { format!(",col={},endColumn={}", at.column, at.end_column) } else { String::new() };
    let (path, line, end) = (property(&at.path), at.line, at.end_line);
    format!("::{name} file={path},line={line},endLine={end}{columns},title={}::{}", found.code, data(&prose(found)))
}

/// A command ends with its line, so what would end it is written as `%XX`, as the runner reads it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Within a property `:` and `,` would end it, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
