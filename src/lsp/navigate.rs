//! Where something is named: its definition, its uses, in every file of the ruleset.

use super::library::Library;
use super::names::{Role, Symbol};
use lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, GotoDefinitionParams, GotoDefinitionResponse,
    Location, ReferenceParams,
};

/// Where the name under the cursor is given. A signal is given by whoever waits for it.
pub(super) fn definition(library: &Library, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let at = &params.text_document_position_params;
    let cursor = library.cursor(&at.text_document, at.position)?;
    let symbol = &cursor.named()?.symbol;
    let given = cursor.ruleset.named(cursor.place, symbol).filter(|(_, _, named)| named.role == Role::Definition);
    let places: Vec<Location> =
        given.filter_map(|(place, document, named)| library.location(place, document, named)).collect();
    (!places.is_empty()).then_some(GotoDefinitionResponse::Array(places))
}

pub(super) fn references(library: &Library, params: &ReferenceParams) -> Option<Vec<Location>> {
    let at = &params.text_document_position;
    let cursor = library.cursor(&at.text_document, at.position)?;
    let symbol = &cursor.named()?.symbol;
    // a signal is named wherever it occurs: who waits for it uses it, too
    let with_definitions = params.context.include_declaration || matches!(symbol, Symbol::Signal(_));
    let named = cursor.ruleset.named(cursor.place, symbol);
    let wanted = named.filter(|(_, _, named)| with_definitions || named.role == Role::Use);
    Some(wanted.filter_map(|(place, document, named)| library.location(place, document, named)).collect())
}

pub(super) fn highlights(library: &Library, params: &DocumentHighlightParams) -> Option<Vec<DocumentHighlight>> {
    let at = &params.text_document_position_params;
    let cursor = library.cursor(&at.text_document, at.position)?;
    let symbol = &cursor.named()?.symbol;
    let kind = |role: Role| match role {
        Role::Definition => DocumentHighlightKind::WRITE,
        Role::Use => DocumentHighlightKind::READ,
    };
    let here = cursor.document.reading().names.of_symbol(symbol);
    let highlight = here
        .map(|named| DocumentHighlight { range: library.range(cursor.document, named), kind: Some(kind(named.role)) });
    Some(highlight.collect())
}
