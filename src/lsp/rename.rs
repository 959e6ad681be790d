//! Another name for something, in every file of its ruleset, if everything keeps its meaning.
//!
//! That is not guessed: the texts are changed, read again, and every name must stand for what it stood for.

use super::library::{Cursor, Library, Ruleset};
use super::names::{Named, Role, Symbol};
use super::place::Place;
use super::reading::Document;
use super::session::Refusal;
use super::text::Text;
use crate::model::is_type_name;
use crate::syntax::is_reserved;
use lsp_types::{PrepareRenameResponse, RenameParams, TextDocumentPositionParams, TextEdit, WorkspaceEdit};
use std::collections::BTreeMap;

/// The name under the cursor, if it can be another.
pub(super) fn prepare(
    library: &Library,
    params: &TextDocumentPositionParams,
) -> Result<Option<PrepareRenameResponse>, Refusal> {
    let Some((cursor, named)) = find(library, params) else { return Ok(None) };
    is_ours(cursor, named)?;
    Ok(Some(PrepareRenameResponse::RangeWithPlaceholder {
        range: library.range(cursor.document, named),
        placeholder: named.symbol.name().to_owned(),
    }))
}

pub(super) fn rename(library: &Library, params: &RenameParams) -> Result<Option<WorkspaceEdit>, Refusal> {
    let at = &params.text_document_position;
    let Some((cursor, named)) = find(library, at) else {
        return Err("there is no name here that could be another".to_owned());
    };
    is_ours(cursor, named)?;
    let (symbol, new) = (&named.symbol, params.new_name.as_str());
    may_name(symbol, new)?;
    is_readable(library, cursor.ruleset)?;
    is_free(library, cursor, symbol, new)?;
    let mut edits = BTreeMap::new();
    for (place, spots) in spots(cursor, symbol) {
        let Some(document) = cursor.ruleset.files.get(place) else { continue };
        keeps_its_meaning(document, &spots, symbol, new)?;
        let edit = |named: &&Named| TextEdit { range: library.range(document, named), new_text: new.to_owned() };
        edits.insert(place.clone(), spots.iter().map(edit).collect());
    }
    Ok(Some(library.workspace_edit(edits)))
}

fn find<'a>(library: &'a Library, params: &TextDocumentPositionParams) -> Option<(Cursor<'a>, &'a Named)> {
    let cursor = library.cursor(&params.text_document, params.position)?;
    Some((cursor, cursor.named()?))
}

/// What is named nowhere in the rules is the language's, or a mistake. Signals need no more than to be named.
fn is_ours(cursor: Cursor<'_>, named: &Named) -> Result<(), Refusal> {
    let is_given = |(_, _, found): (_, _, &Named)| found.role == Role::Definition;
    if matches!(named.symbol, Symbol::Signal(_)) || cursor.ruleset.named(cursor.place, &named.symbol).any(is_given) {
        return Ok(());
    }
    Err(format!("`{}` is named nowhere in these rules", named.symbol.name()))
}

/// Whether a word can be such a name at all.
fn may_name(symbol: &Symbol, new: &str) -> Result<(), Refusal> {
    let is_word = new.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_word || new.is_empty() || new == "_" || new.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(format!("`{new}` is no name: write a letter or `_`, then letters, digits and `_`"));
    }
    if is_reserved(new) {
        return Err(format!("`{new}` is a word of the language and cannot name anything"));
    }
    match symbol {
        Symbol::Shape(_) if is_type_name(new) => Err(format!("`{new}` is a type of the language")),
        Symbol::Attribute(_) if new == "id" => Err("`client.id` is the client's own id".to_owned()),
        Symbol::Global(_)
        | Symbol::Shape(_)
        | Symbol::Check(_)
        | Symbol::Attribute(_)
        | Symbol::Signal(_)
        | Symbol::State(..)
        | Symbol::Local(..) => Ok(()),
    }
}

/// Where rules cannot be read, names would be missed.
fn is_readable(library: &Library, ruleset: &Ruleset) -> Result<(), Refusal> {
    let broken = ruleset.files.iter().find(|(_, document)| !document.reading().is_whole);
    let name = |place: &Place| library.uri(place).map_or_else(String::new, |uri| uri.as_str().to_owned());
    broken.map_or(Ok(()), |(place, _)| Err(format!("`{}` has syntax errors: correct them first", name(place))))
}

/// Whether nothing of the kind has the name already.
fn is_free(library: &Library, cursor: Cursor<'_>, symbol: &Symbol, new: &str) -> Result<(), Refusal> {
    if new == symbol.name() {
        return Ok(());
    }
    let taken = symbol.renamed(new);
    if let Some((place, document, named)) = cursor.ruleset.named(cursor.place, &taken).next() {
        return Err(format!(
            "`{new}` is the name of something else already: {}",
            spot(library, place, document, named)
        ));
    }
    let model = cursor.ruleset.judged.as_ref().and_then(|judged| judged.model());
    let mut built_in = model.iter().flat_map(|model| &model.checks).filter(|check| check.span.is_none());
    if matches!(symbol, Symbol::Check(_)) && built_in.any(|check| *check.name == *new) {
        return Err(format!("the check `{new}` is built in"));
    }
    Ok(())
}

fn spot(library: &Library, place: &Place, document: &Document, named: &Named) -> String {
    let line = document.text.position(named.start as usize, library.units).line + 1;
    format!("{}:{line}", library.uri(place).map_or_else(String::new, |uri| uri.as_str().to_owned()))
}

fn spots<'a>(cursor: Cursor<'a>, symbol: &'a Symbol) -> BTreeMap<&'a Place, Vec<&'a Named>> {
    let mut spots: BTreeMap<&Place, Vec<&Named>> = BTreeMap::new();
    for (place, _, named) in cursor.ruleset.named(cursor.place, symbol) {
        spots.entry(place).or_default().push(named);
    }
    spots
}

/// Reads the changed text, and compares name by name what each stands for.
fn keeps_its_meaning(document: &Document, spots: &[&Named], symbol: &Symbol, new: &str) -> Result<(), Refusal> {
    let changed = Document::new(Text::new(replaced(&document.text.text, spots, new)));
    let shift = |at: u32| moved(at, spots, new);
    let expected = document.reading().names.all.iter().map(|named| {
        let renamed = if named.symbol == *symbol { named.symbol.renamed(new) } else { named.symbol.clone() };
        let symbol = match renamed {
            Symbol::State(machine, name) => Symbol::State(shift(machine), name),
            Symbol::Local(at, name) => Symbol::Local(shift(at), name),
            global @ (Symbol::Global(_)
            | Symbol::Shape(_)
            | Symbol::Check(_)
            | Symbol::Attribute(_)
            | Symbol::Signal(_)) => global,
        };
        Named { start: shift(named.start), symbol, role: named.role }
    });
    let reading = changed.reading();
    if reading.is_whole && expected.eq(reading.names.all.iter().cloned()) {
        return Ok(());
    }
    Err(format!("with the name `{new}` the rules would mean something else: one name would hide another"))
}

fn replaced(text: &str, spots: &[&Named], new: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut from = 0;
    for spot in spots {
        replaced.push_str(text.get(from..spot.start as usize).unwrap_or(""));
        replaced.push_str(new);
        from = spot.end() as usize;
    }
    replaced.push_str(text.get(from..).unwrap_or(""));
    replaced
}

/// Where a byte is once every spot before it has the new name.
fn moved(at: u32, spots: &[&Named], new: &str) -> u32 {
    let before = spots.iter().take_while(|spot| spot.start < at);
    let lengths: (u32, u32) =
        before.fold((0, 0), |(old, new_), spot| (old + spot.symbol.name().len() as u32, new_ + new.len() as u32));
    (at + lengths.1).saturating_sub(lengths.0)
}
