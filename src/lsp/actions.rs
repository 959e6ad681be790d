//! What can be done about a finding: let it stand, with a reason.

use super::findings;
use super::judge::Judged;
use super::library::{Library, Ruleset};
use super::place::Place;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint;
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Position, Range, TextDocumentEdit, TextEdit, WorkspaceEdit,
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
    let is_wanted = |kind: &CodeActionKind| {
        params.context.only.as_ref().is_none_or(|only| {
            only.iter().any(|wanted| kind.as_str() == wanted.as_str() || kind.as_str().starts_with(&format!("{}.", wanted.as_str())))
        })
    };
    if !is_wanted(&CodeActionKind::QUICKFIX) {
        return Some(Vec::new());
    }
    let mut found = Vec::new();
    for finding in judged.findings() {
        if judged.place(finding.primary.span.source) != Some(cursor.place) {
            continue;
        }
        let Some(range) = findings::range(library, cursor.ruleset, judged, finding) else { continue };
        if range.start <= params.range.end && params.range.start <= range.end {
            found.extend(let_stand(library, cursor.ruleset, judged, cursor.place, finding));
        }
    }
    Some(found.into_iter().map(CodeActionOrCommand::CodeAction).collect())
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
    let line = findings::range(library, ruleset, judged, finding)?.start.line;
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
        edit: Some(workspace_edit(library, edits)),
        ..CodeAction::default()
    })
}

/// Edits by place, each for the version that the editor has.
fn workspace_edit(library: &Library, edits: BTreeMap<Place, Vec<TextEdit>>) -> WorkspaceEdit {
    let edits = edits.into_iter().filter_map(|(place, edits)| {
        let id = OptionalVersionedTextDocumentIdentifier { uri: library.uri(&place)?, version: library.version(&place) };
        Some(TextDocumentEdit { text_document: id, edits: edits.into_iter().map(OneOf::Left).collect() })
    });
    WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(edits.collect())), ..WorkspaceEdit::default() }
}
