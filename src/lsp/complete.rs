//! What may be written at the cursor, with what it means.

mod fields;
mod open;
mod tokens;
mod wanted;

use super::describe::{self, Described};
use super::library::{Cursor, Library};
use super::names::{Local, Role, Symbol};
use super::reading::Document;
use super::text::Text;
use super::words::{Stands, WORDS, Word};
use crate::syntax::ast::{Item, Statement};
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionParams, CompletionResponse, Documentation, MarkupContent, MarkupKind,
};
use std::collections::BTreeSet;
use wanted::Wanted;

/// Stands at the cursor where no word does, so that what is around it can be read.
const SOMETHING: &str = "something_that_is_being_written";

/// Whether a text ends in a comment or in a text of the rules.
pub(super) fn is_in_words(before: &str) -> bool {
    tokens::before(before).is_in_words
}

pub(super) fn complete(library: &Library, params: &CompletionParams) -> Option<CompletionResponse> {
    let at = &params.text_document_position;
    let cursor = library.cursor(&at.text_document, at.position)?;
    let text = &*cursor.document.text.text;
    let before = tokens::before(text.get(..cursor.offset)?);
    if before.is_in_words {
        return None;
    }
    let read;
    let document = if before.word.is_empty() {
        read = Document::new(Text::new([text.get(..cursor.offset)?, SOMETHING, text.get(cursor.offset..)?].concat()));
        &read
    } else {
        cursor.document
    };
    let place = At { cursor, document };
    let mut items: Vec<CompletionItem> =
        wanted::wanted(&before).iter().flat_map(|wanted| place.offer(wanted)).collect();
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert((item.label.clone(), item.detail.clone())));
    Some(CompletionResponse::Array(items))
}

/// Where something is to be written.
#[derive(Clone, Copy)]
struct At<'a> {
    cursor: Cursor<'a>,
    /// The text, with something at the cursor.
    document: &'a Document,
}

fn item(label: &str, kind: CompletionItemKind, described: Described) -> CompletionItem {
    let doc = MarkupContent { kind: MarkupKind::Markdown, value: described.doc };
    CompletionItem {
        label: label.to_owned(),
        kind: Some(kind),
        detail: Some(described.signature).filter(|signature| !signature.is_empty()),
        documentation: (!doc.value.is_empty()).then_some(Documentation::MarkupContent(doc)),
        ..CompletionItem::default()
    }
}

fn word(word: &Word) -> CompletionItem {
    let kind = match word.stands {
        Stands::Type => CompletionItemKind::TYPE_PARAMETER,
        Stands::Value => CompletionItemKind::CONSTANT,
        Stands::Item
        | Stands::RoomHead
        | Stands::Room
        | Stands::Machine
        | Stands::Lock
        | Stands::Body
        | Stands::State
        | Stands::Action
        | Stands::RoomArrow
        | Stands::LockArrow
        | Stands::Arrow
        | Stands::Event
        | Stands::Reload
        | Stands::Dest
        | Stands::Claim
        | Stands::Inside => CompletionItemKind::KEYWORD,
    };
    item(word.word, kind, Described { signature: String::new(), doc: word.means.to_owned() })
}

/// A word that goes on with what was begun: where it also begins something, that is not what is meant.
fn one_word(letters: &str) -> CompletionItem {
    let mut known = WORDS.iter().filter(|known| known.word == letters);
    let goes_on = known.clone().find(|known| matches!(known.stands, Stands::Inside | Stands::Value));
    match goes_on.or_else(|| known.next()) {
        Some(known) => word(known),
        None => item(letters, CompletionItemKind::FIELD, Described::default()),
    }
}

/// What kind of item is wanted, and how it is shown.
fn wants(wanted: &Wanted, item: &Item) -> Option<CompletionItemKind> {
    match (wanted, item) {
        (Wanted::Rooms, Item::Room(_)) => Some(CompletionItemKind::CLASS),
        (Wanted::Locks, Item::Lock(_)) => Some(CompletionItemKind::INTERFACE),
        (Wanted::Groups, Item::Group(_)) => Some(CompletionItemKind::ENUM),
        (Wanted::Checks, Item::Check(_)) => Some(CompletionItemKind::FUNCTION),
        (Wanted::Shapes, Item::Shape(_)) => Some(CompletionItemKind::STRUCT),
        (Wanted::Values, Item::Let(_)) => Some(CompletionItemKind::CONSTANT),
        (_, _) => None,
    }
}

impl<'a> At<'a> {
    fn offer(self, wanted: &Wanted) -> Vec<CompletionItem> {
        match wanted {
            Wanted::Words(stands) => WORDS.iter().filter(|known| known.stands == *stands).map(word).collect(),
            Wanted::Word(one) => vec![one_word(one)],
            Wanted::Rooms | Wanted::Locks | Wanted::Groups | Wanted::Shapes => self.items(wanted),
            Wanted::Checks => [self.items(wanted), self.built_in_checks()].concat(),
            Wanted::Signals => self.signals(),
            Wanted::Attributes => self.attributes(),
            Wanted::States => self.states(),
            Wanted::Values => self.values(wanted),
            Wanted::Fields(path) => self.fields(path),
        }
    }

    fn items(self, wanted: &Wanted) -> Vec<CompletionItem> {
        let mut items = Vec::new();
        for document in self.cursor.ruleset.files.values() {
            for found in &document.reading().tree.items {
                let Some((kind, name)) = wants(wanted, found).zip(describe::name_of(found)) else { continue };
                items.extend(describe::item(document, found).map(|described| item(&name.node, kind, described)));
            }
        }
        items
    }

    fn built_in_checks(self) -> Vec<CompletionItem> {
        let model = self.cursor.ruleset.judged.as_ref().and_then(|judged| judged.model());
        let checks = model.into_iter().flat_map(|model| &model.checks);
        checks
            .filter_map(|check| Some(item(&check.name, CompletionItemKind::FUNCTION, describe::check(check)?)))
            .collect()
    }

    fn signals(self) -> Vec<CompletionItem> {
        let files = self.cursor.ruleset.files.values();
        let names = files.flat_map(|document| &document.reading().names.all);
        let signals: BTreeSet<&str> = names
            .filter_map(|named| match &named.symbol {
                Symbol::Signal(name) => Some(&**name),
                Symbol::Global(_)
                | Symbol::Shape(_)
                | Symbol::Check(_)
                | Symbol::Attribute(_)
                | Symbol::State(..)
                | Symbol::Local(..) => None,
            })
            .collect();
        signals.into_iter().map(|name| item(name, CompletionItemKind::EVENT, Described::default())).collect()
    }

    fn attributes(self) -> Vec<CompletionItem> {
        let mut items = Vec::new();
        for document in self.cursor.ruleset.files.values() {
            for named in &document.reading().names.all {
                if let (Symbol::Attribute(name), Role::Definition) = (&named.symbol, named.role) {
                    let described = describe::at(document, named);
                    items.extend(described.map(|described| item(name, CompletionItemKind::FIELD, described)));
                }
            }
        }
        items
    }

    /// The body that the cursor is in.
    fn body(self) -> &'a [Statement] {
        let at = self.cursor.offset as u32;
        let bodies = self.document.reading().tree.items.iter().filter_map(|found| match found {
            Item::Room(room) => Some((room.span, &room.body)),
            Item::Lock(lock) => Some((lock.span, &lock.body)),
            Item::Entry(_)
            | Item::Client(_)
            | Item::Group(_)
            | Item::Check(_)
            | Item::Shape(_)
            | Item::Let(_)
            | Item::Prove(_) => None,
        });
        let mut around = bodies.filter(|(span, _)| (span.start..=span.end).contains(&at));
        around.next().map_or(&[], |(_, body)| body.as_slice())
    }

    fn states(self) -> Vec<CompletionItem> {
        let state = |state: &crate::syntax::ast::StateItem| {
            let described = describe::state_head(self.document, state);
            item(&state.name.node, CompletionItemKind::ENUM_MEMBER, described)
        };
        describe::states(self.body()).map(state).collect()
    }

    fn values(self, wanted: &Wanted) -> Vec<CompletionItem> {
        let local = |local: &Local| {
            let described = describe::local(self.cursor.ruleset, self.cursor.place, self.document, local);
            item(&local.name, CompletionItemKind::VARIABLE, described)
        };
        let mut items: Vec<CompletionItem> =
            self.document.reading().names.locals_at(self.cursor.offset).into_iter().map(local).collect();
        items.extend(self.items(wanted));
        items.extend([Wanted::Groups, Wanted::Rooms].iter().flat_map(|wanted| self.items(wanted)));
        items.extend(self.offer(&Wanted::Words(Stands::Value)));
        items
    }

    fn fields(self, path: &[String]) -> Vec<CompletionItem> {
        let Some((name, path)) = path.split_first() else { return Vec::new() };
        let locals = self.document.reading().names.locals_at(self.cursor.offset);
        let Some(local) = locals.into_iter().find(|local| *local.name == **name) else { return Vec::new() };
        let fields = fields::of(self.cursor.ruleset, self.document, local, path);
        let field = |(name, signature): (String, String)| {
            item(&name, CompletionItemKind::FIELD, Described { signature, doc: String::new() })
        };
        fields.into_iter().map(field).collect()
    }
}
