//! Findings for people and for programs. Nothing here decides anything; it draws what the diagnostics hold.

pub mod github;
pub mod junit;
pub mod sarif;

use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity, SourceId, SourceMap, Span};
use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Patch, Renderer, Snippet, normalize_untrusted_str,
};
use std::collections::BTreeMap;

/// Columns beyond which lines are cut.
const WIDTH: usize = 140;

/// Draws one finding with its lines of source, as rustc does. `coloured` adds ANSI sequences, which a stream that is no
/// terminal takes out again.
pub fn human(found: &Diagnostic, sources: &SourceMap, coloured: Coloured) -> String {
    let renderer = match coloured {
        Coloured::Yes => Renderer::styled(),
        Coloured::No => Renderer::plain(),
    };
    let title = level(found.severity).primary_title(found.message.clone()).id(found.code.to_string());
    let notes = found.notes.iter().map(|note| Level::NOTE.message(normalize_untrusted_str(note)));
    let help = found.help.iter().map(|help| Level::HELP.message(normalize_untrusted_str(help)));
    let group = title.elements(snippets(found, sources)).elements(notes).elements(help);
    let groups: Vec<Group<'_>> =
        std::iter::once(group).chain(found.fixes.iter().map(|fix| patch(fix, sources))).collect();
    renderer.term_width(WIDTH).render(&groups)
}

/// How the lines of source would look after a fix.
fn patch<'found>(fix: &'found Fix, sources: &'found SourceMap) -> Group<'found> {
    let how = match fix.applicability {
        Applicability::Safe => "`--fix` would",
        Applicability::Unsafe => "`--fix --unsafe-fixes` would",
    };
    let title = format!("{how} {}", normalize_untrusted_str(&fix.message));
    let mut group = Group::with_title(Level::HELP.secondary_title(title));
    for (file, edits) in by_file(&fix.edits) {
        let Some(source) = sources.get(file) else { continue };
        let patch = |edit: &&'found Edit| Patch::new(edit.span.start as usize..edit.span.end as usize, &*edit.text);
        let patches: Vec<Patch<'_>> = edits.iter().map(patch).collect();
        group = group.element(Snippet::source(&*source.text).path(&*source.path).patches(patches));
    }
    group
}

/// The edits of each text, in the order of the texts.
fn by_file(edits: &[Edit]) -> BTreeMap<SourceId, Vec<&Edit>> {
    let mut files: BTreeMap<SourceId, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        files.entry(edit.span.source).or_default().push(edit);
    }
    files
}

/// Whether output has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coloured {
    /// ANSI sequences.
    Yes,
    /// Plain text.
    No,
}

/// One finding on one line: `path:line:column: error[R0301]: message`.
pub fn short(found: &Diagnostic, sources: &SourceMap) -> String {
    let at = sources.locate(found.primary.span);
    format!("{at}:{}: {}[{}]: {}", at.column, found.severity, found.code, normalize_untrusted_str(&found.message))
}

/// What is wrong, why, and what to do about it: everything of a finding that is no place, a line each.
fn prose(found: &Diagnostic) -> String {
    let notes = found.notes.iter().map(|note| format!("\n{note}"));
    let help = found.help.iter().map(|help| format!("\nhelp: {help}"));
    std::iter::once(found.message.clone()).chain(notes).chain(help).collect()
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

/// One snippet for each file that the finding points into, the one with the caret first.
fn snippets<'found>(found: &'found Diagnostic, sources: &'found SourceMap) -> Vec<Element<'found>> {
    let mut files: Vec<SourceId> = vec![found.primary.span.source];
    for other in &found.others {
        if !files.contains(&other.span.source) {
            files.push(other.span.source);
        }
    }
    files.into_iter().filter_map(|file| snippet(found, sources, file)).map(Element::from).collect()
}

fn snippet<'found>(
    found: &'found Diagnostic,
    sources: &'found SourceMap,
    file: SourceId,
) -> Option<Snippet<'found, Annotation<'found>>> {
    let source = sources.get(file)?;
    let annotate = |kind: AnnotationKind, span: Span, message: &'found str| {
        let end = source.text.len();
        let range = (span.start as usize).min(end)..(span.end as usize).min(end);
        kind.span(range).label((!message.is_empty()).then_some(message))
    };
    let primary = (found.primary.span.source == file)
        .then(|| annotate(AnnotationKind::Primary, found.primary.span, &found.primary.message));
    let others = found.others.iter().filter(|other| other.span.source == file);
    let others = others.map(|other| annotate(AnnotationKind::Context, other.span, &other.message));
    let snippet = Snippet::source(&*source.text).path(&*source.path);
    Some(snippet.annotations(primary.into_iter().chain(others)))
}
