//! What a document holds, for an outline, and what all open rulesets hold, for a search.

use super::describe;
use super::library::Library;
use super::reading::Document;
use crate::diagnostic::Span;
use crate::syntax::ast::{Claim, Item, Name, StateItem, Statement};
use lsp_types::{
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, Location, OneOf, SymbolKind, WorkspaceSymbol,
    WorkspaceSymbolParams, WorkspaceSymbolResponse,
};

/// No search answers with more.
const FOUND_MAX: usize = 500;

/// One line of an outline.
struct Entry {
    name: String,
    detail: Option<String>,
    kind: SymbolKind,
    /// Its name.
    at: Span,
    /// All of it.
    whole: Span,
    inside: Vec<Entry>,
}

pub(super) fn of_document(library: &Library, params: &DocumentSymbolParams) -> Option<DocumentSymbolResponse> {
    let cursor = library.cursor(&params.text_document, lsp_types::Position::default())?;
    let entries = entries(cursor.document).into_iter().map(|entry| symbol(library, cursor.document, entry));
    Some(DocumentSymbolResponse::Nested(entries.collect()))
}

/// Everything whose name holds the words, of whatever case.
pub(super) fn of_workspace(library: &Library, params: &WorkspaceSymbolParams) -> Option<WorkspaceSymbolResponse> {
    let wanted = params.query.to_lowercase();
    let mut found = Vec::new();
    for (place, document) in library.rulesets().flat_map(|ruleset| &ruleset.files) {
        let Some(uri) = library.uri(place) else { continue };
        for (entry, container) in flat(entries(document)) {
            if found.len() < FOUND_MAX && entry.name.to_lowercase().contains(&wanted) {
                let range = document.text.range(entry.at, library.units);
                found.push(WorkspaceSymbol {
                    name: entry.name,
                    kind: entry.kind,
                    tags: None,
                    container_name: container,
                    location: OneOf::Left(Location { uri: uri.clone(), range }),
                    data: None,
                });
            }
        }
    }
    Some(WorkspaceSymbolResponse::Nested(found))
}

fn flat(entries: Vec<Entry>) -> Vec<(Entry, Option<String>)> {
    let mut all = Vec::new();
    for mut entry in entries {
        let inside = std::mem::take(&mut entry.inside);
        let name = entry.name.clone();
        all.push((entry, None));
        all.extend(inside.into_iter().map(|inner| (inner, Some(name.clone()))));
    }
    all
}

fn symbol(library: &Library, document: &Document, entry: Entry) -> DocumentSymbol {
    let inside: Vec<_> = entry.inside.into_iter().map(|entry| symbol(library, document, entry)).collect();
    #[expect(deprecated, reason = "the field has to be written")]
    DocumentSymbol {
        name: entry.name,
        detail: entry.detail,
        kind: entry.kind,
        tags: None,
        deprecated: None,
        range: document.text.range(entry.whole, library.units),
        selection_range: document.text.range(entry.at, library.units),
        children: (!inside.is_empty()).then_some(inside),
    }
}

fn entries(document: &Document) -> Vec<Entry> {
    document.reading().tree.items.iter().map(|item| entry(document, item)).collect()
}

fn entry(document: &Document, item: &Item) -> Entry {
    let named = |name: &Name, kind: SymbolKind, whole: Span| Entry {
        name: name.node.to_string(),
        detail: describe::item(document, item).map(|described| described.signature),
        kind,
        at: name.span,
        whole: name.span.to(whole),
        inside: Vec::new(),
    };
    match item {
        Item::Entry(room) => {
            Entry { name: format!("entry {}", room.node), ..named(room, SymbolKind::EVENT, room.span) }
        }
        Item::Client(client) => {
            let attributes = client.attributes.iter().map(|attribute| Entry {
                name: attribute.name.node.to_string(),
                detail: Some(document.words(attribute.ty.span)),
                kind: SymbolKind::FIELD,
                at: attribute.name.span,
                whole: attribute.name.span.to(attribute.ty.span),
                inside: Vec::new(),
            });
            let head = Span { end: client.span.start + "client".len() as u32, ..client.span };
            let inside = attributes.collect();
            Entry {
                name: "client".to_owned(),
                detail: None,
                kind: SymbolKind::STRUCT,
                at: head,
                whole: client.span,
                inside,
            }
        }
        Item::Group(group) => named(&group.name, SymbolKind::ARRAY, group.name.span),
        Item::Room(room) => {
            Entry { inside: states(document, &room.body), ..named(&room.name, SymbolKind::CLASS, room.span) }
        }
        Item::Lock(lock) => {
            Entry { inside: states(document, &lock.body), ..named(&lock.name, SymbolKind::INTERFACE, lock.span) }
        }
        Item::Check(check) => named(&check.name, SymbolKind::FUNCTION, check.gives.span),
        Item::Shape(shape) => named(&shape.name, SymbolKind::STRUCT, shape.ty.span),
        Item::Let(constant) => named(&constant.name, SymbolKind::CONSTANT, constant.value.span),
        Item::Prove(prove) => Entry {
            name: document.words(prove.span),
            detail: None,
            kind: SymbolKind::BOOLEAN,
            at: proved(&prove.claim).unwrap_or(prove.span),
            whole: prove.span,
            inside: Vec::new(),
        },
    }
}

/// What a proof is about.
fn proved(claim: &Claim) -> Option<Span> {
    match claim {
        Claim::RoomBehind { room: name, .. } | Claim::NeverTo { from: name, .. } => Some(name.span),
        Claim::SetBehind { attribute, .. } | Claim::NeverSet { attribute } => Some(attribute.span),
        Claim::Depth { most } => Some(most.span),
    }
}

fn states(document: &Document, body: &[Statement]) -> Vec<Entry> {
    let state = |state: &StateItem| Entry {
        name: state.name.node.to_string(),
        detail: (!state.params.is_empty()).then(|| describe::params(document, &state.params)),
        kind: SymbolKind::ENUM_MEMBER,
        at: state.name.span,
        whole: state.span,
        inside: Vec::new(),
    };
    describe::states(body).map(state).collect()
}
