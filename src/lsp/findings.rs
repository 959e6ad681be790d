//! Findings as an editor shows them: those of `windlass lint`, no others.

use super::judge::Judged;
use super::library::{Library, Ruleset};
use super::place::Place;
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::lint;
use lsp_types::{
    self as lsp, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location, NumberOrString,
    PublishDiagnosticsParams, Range,
};
use std::collections::BTreeSet;

/// What findings are signed with.
const SOURCE: &str = "windlass";
/// Rules whose findings are about something that nobody needs.
const UNNEEDED: [&str; 3] = ["unreachable-state", "dead-arm", "unused"];

/// The findings of every file that has some, and none for those that had some or are open.
pub(super) fn published(
    library: &Library,
    ruleset: &Ruleset,
    judged: &Judged,
) -> Vec<(Place, PublishDiagnosticsParams)> {
    let places: BTreeSet<Place> = ruleset.files.keys().chain(&ruleset.shown).cloned().collect();
    let about = |place: Place| {
        let found = judged.findings().iter().filter(|found| judged.place(found.primary.span.source) == Some(&place));
        let diagnostics: Vec<lsp::Diagnostic> =
            found.filter_map(|found| diagnostic(library, ruleset, judged, found)).collect();
        let is_news = !diagnostics.is_empty() || ruleset.shown.contains(&place) || library.version(&place).is_some();
        let params =
            PublishDiagnosticsParams { uri: library.uri(&place)?, version: library.version(&place), diagnostics };
        is_news.then_some((place, params))
    };
    places.into_iter().filter_map(about).collect()
}

/// One finding. Notes and help are part of the message: most editors show nothing else.
pub(super) fn diagnostic(
    library: &Library,
    ruleset: &Ruleset,
    judged: &Judged,
    found: &Diagnostic,
) -> Option<lsp::Diagnostic> {
    let label = Some(&found.primary.message).filter(|label| !label.is_empty());
    let first = label.map_or_else(|| found.message.clone(), |label| format!("{}: {label}", found.message));
    let notes = found.notes.iter().map(|note| format!("note: {note}"));
    let help = found.help.iter().map(|help| format!("help: {help}"));
    let message = std::iter::once(first).chain(notes).chain(help).collect::<Vec<_>>().join("\n");
    let related = found.others.iter().filter_map(|other| {
        let location = location(library, ruleset, judged, other.span)?;
        Some(DiagnosticRelatedInformation { location, message: other.message.clone() })
    });
    let related: Vec<_> = related.collect();
    let is_unneeded = lint::rule(found.code).is_some_and(|rule| UNNEEDED.contains(&rule.name));
    Some(lsp::Diagnostic {
        range: location(library, ruleset, judged, found.primary.span)?.range,
        severity: Some(severity(found.severity)),
        code: Some(NumberOrString::String(found.code.to_string())),
        code_description: None,
        source: Some(SOURCE.to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        tags: is_unneeded.then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: None,
    })
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Info => DiagnosticSeverity::INFORMATION,
    }
}

/// A span of what was judged, which must be what is in the editor now.
fn location(library: &Library, ruleset: &Ruleset, judged: &Judged, span: Span) -> Option<Location> {
    let place = judged.place(span.source)?;
    let document = ruleset.files.get(place)?;
    Some(Location { uri: library.uri(place)?, range: document.text.range(span, library.units) })
}

/// The range of a finding in the document that it is in.
pub(super) fn range(library: &Library, ruleset: &Ruleset, judged: &Judged, found: &Diagnostic) -> Option<Range> {
    location(library, ruleset, judged, found.primary.span).map(|location| location.range)
}
