//! What can be done about a finding: mend it, if it says how, or let it stand, with a reason.

use super::findings;
use super::judge::Judged;
use super::library::{Library, Ruleset};
use super::place::Place;
use super::reading::Document;
use crate::diagnostic::{Applicability, Code, Diagnostic, Fix, Severity};
use crate::lint;
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, Position, Range, TextEdit,
};
use std::collections::BTreeMap;

/// The rule about comments that let findings stand; it cannot be let stand itself.
const UNUSED_SUPPRESSION: Code = Code(904);
/// What is put where the author is to say why.
const REASON: &str = "(say why)";

/// What can be done about the findings in a range; nothing while the text has not been judged.
pub(super) fn actions(library: &Library, params: &CodeActionParams) -> Option<CodeActionResponse> {
    let cursor = library.cursor(&params.text_document, params.range.start)?;
    let judged = cursor.ruleset.judged_now()?;
    // the kinds that are asked for name those below them, too; "" names all
    let is_wanted = |only: &Vec<CodeActionKind>| only.iter().any(|kind| matches!(kind.as_str(), "" | "quickfix"));
    if !params.context.only.as_ref().is_none_or(is_wanted) {
        return Some(Vec::new());
    }
    let mut found = Vec::new();
    for finding in judged.findings() {
        if judged.place(finding.primary.span.source) != Some(cursor.place) {
            continue;
        }
        let Some(range) = findings::range(library, cursor.ruleset, judged, finding) else { continue };
        if range.start <= params.range.end && params.range.start <= range.end {
            found.extend(mending(library, cursor.ruleset, judged, finding));
            found.extend(let_stand(library, cursor.ruleset, judged, cursor.place, finding));
        }
    }
    Some(found.into_iter().map(CodeActionOrCommand::CodeAction).collect())
}

/// The fixes that a finding brings. What is safe goes first with editors that mend all at once.
fn mending(library: &Library, ruleset: &Ruleset, judged: &Judged, finding: &Diagnostic) -> Vec<CodeAction> {
    let shown = findings::diagnostic(library, ruleset, judged, finding);
    let action = |fix: &Fix| {
        let mut edits: BTreeMap<Place, Vec<TextEdit>> = BTreeMap::new();
        for edit in &fix.edits {
            let place = judged.place(edit.span.source)?;
            let range = ruleset.files.get(place)?.text.range(edit.span, library.units);
            edits.entry(place.clone()).or_default().push(TextEdit { range, new_text: edit.text.clone() });
        }
        let (title, is_preferred) = match fix.applicability {
            Applicability::Safe => (fix.message.clone(), true),
            Applicability::Unsafe => {
                (format!("{} (look at it: this may change what the rules do)", fix.message), false)
            }
        };
        Some(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: shown.clone().map(|shown| vec![shown]),
            edit: Some(library.workspace_edit(edits)),
            is_preferred: Some(is_preferred),
            ..CodeAction::default()
        })
    };
    finding.fixes.iter().filter_map(action).collect()
}

/// The first line of the documentation that ends before a line: between the two, a comment would part them.
fn above_docs(document: &Document, line: u32) -> u32 {
    let is_doc =
        |line: &u32| document.text.line(*line as usize).is_some_and(|(_, words)| words.trim_start().starts_with("///"));
    (0..line).rev().take_while(is_doc).last().unwrap_or(line)
}

/// A comment on a line of its own before the finding's.
fn let_stand(
    library: &Library,
    ruleset: &Ruleset,
    judged: &Judged,
    place: &Place,
    finding: &Diagnostic,
) -> Option<CodeAction> {
    let rule = lint::rule(finding.code)?;
    if rule.severity == Severity::Error || rule.code == UNUSED_SUPPRESSION {
        return None;
    }
    let document = ruleset.files.get(place)?;
    let line = above_docs(document, findings::range(library, ruleset, judged, finding)?.start.line);
    let (_, words) = document.text.line(line as usize)?;
    let indent: String = words.chars().take_while(|letter| letter.is_whitespace()).collect();
    let start = Position { line, character: 0 };
    let comment = format!("{indent}// lint: allow({}) because {REASON}\n", rule.code);
    let edit = TextEdit { range: Range { start, end: start }, new_text: comment };
    let edits = BTreeMap::from([(place.clone(), vec![edit])]);
    Some(CodeAction {
        title: format!("let `{}` ({}) stand here", rule.name, rule.code),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: findings::diagnostic(library, ruleset, judged, finding).map(|found| vec![found]),
        edit: Some(library.workspace_edit(edits)),
        ..CodeAction::default()
    })
}
