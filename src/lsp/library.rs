//! The open documents, and the rulesets that they belong to: what is typed goes before what is on disk.

use super::disk::{self, FindRules};
use super::judge::{Job, Judged};
use super::names::{Named, Symbol};
use super::place::Place;
use super::reading::Document;
use super::text::{Text, Units};
use crate::diagnostic::SourceMap;
use crate::lint::Levels;
use lsp_types::{
    DocumentChanges, Location, OneOf, OptionalVersionedTextDocumentIdentifier, Position, Range,
    TextDocumentContentChangeEvent, TextDocumentEdit, TextDocumentIdentifier, TextDocumentItem, TextEdit, Uri,
    VersionedTextDocumentIdentifier, WorkspaceEdit,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

/// How the editor takes changes of several files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edits {
    /// Each for a version of its text.
    Versioned,
    /// As they are.
    Plain,
}

/// Everything that the editor has opened.
#[derive(Debug)]
pub(super) struct Library {
    pub(super) units: Units,
    pub(super) edits: Edits,
    /// The folders that the editor works in.
    pub(super) folders: Vec<PathBuf>,
    pub(super) find: FindRules,
    open: BTreeMap<Place, Open>,
    rulesets: BTreeMap<Place, Ruleset>,
}

/// A document in the editor.
#[derive(Debug)]
struct Open {
    /// As the editor spells it.
    uri: Uri,
    version: i32,
    root: Place,
    document: Rc<Document>,
}

/// The rules of one directory, or of a document that is in none.
#[derive(Debug, Default)]
pub(super) struct Ruleset {
    /// Sorted by path, as `windlass lint` reads them.
    pub(super) files: BTreeMap<Place, Rc<Document>>,
    /// Counts its changes.
    revision: u64,
    levels: Levels,
    /// The latest version that was judged; it may be an older one.
    pub(super) judged: Option<Rc<Judged>>,
    /// The places for which the editor shows findings.
    pub(super) shown: BTreeSet<Place>,
}

/// A place in a document that is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'library> {
    pub(super) ruleset: &'library Ruleset,
    pub(super) place: &'library Place,
    pub(super) document: &'library Document,
    pub(super) offset: usize,
}

impl<'library> Cursor<'library> {
    pub(super) fn named(self) -> Option<&'library Named> {
        self.document.reading().names.at(self.offset)
    }
}

impl Ruleset {
    /// The judgement of exactly these texts, none while that is awaited.
    pub(super) fn judged_now(&self) -> Option<&Judged> {
        self.judged.as_deref().filter(|judged| judged.revision == self.revision)
    }

    /// Every place where something is named, its definitions too.
    pub(super) fn named<'a>(
        &'a self,
        home: &'a Place,
        symbol: &'a Symbol,
    ) -> impl Iterator<Item = (&'a Place, &'a Document, &'a Named)> {
        let files = self.files.iter().filter(move |(place, _)| !symbol.is_of_its_file() || *place == home);
        files.flat_map(move |(place, document)| {
            document.reading().names.of_symbol(symbol).map(move |named| (place, &**document, named))
        })
    }
}

impl Library {
    pub(super) fn new(units: Units, edits: Edits, folders: Vec<PathBuf>, find: FindRules) -> Library {
        Library { units, edits, folders, find, open: BTreeMap::new(), rulesets: BTreeMap::new() }
    }

    /// Opens a document; the ruleset that changes with it, and what could not be read of it.
    pub(super) fn open(&mut self, item: TextDocumentItem) -> (Place, Option<String>) {
        let place = Place::of(&item.uri);
        let root = place.path().map_or_else(|| place.clone(), |path| Place::File(disk::root_of(path, &self.folders)));
        let document = Rc::new(Document::new(Text::new(item.text)));
        self.open.insert(place, Open { uri: item.uri, version: item.version, root: root.clone(), document });
        let trouble = self.read_again(&root);
        (root, trouble)
    }

    /// Changes an open document; the ruleset that changes with it.
    pub(super) fn change(
        &mut self,
        id: VersionedTextDocumentIdentifier,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) -> Option<Place> {
        let place = Place::of(&id.uri);
        let open = self.open.get_mut(&place)?;
        let mut text = open.document.text.clone();
        for change in changes {
            text = text.changed(change, self.units);
        }
        (open.version, open.document) = (id.version, Rc::new(Document::new(text)));
        let ruleset = self.rulesets.get_mut(&open.root)?;
        ruleset.files.insert(place, open.document.clone());
        ruleset.revision += 1;
        Some(open.root.clone())
    }

    /// Closes a document: what is on disk counts again. The ruleset that changes with it.
    pub(super) fn close(&mut self, id: &TextDocumentIdentifier) -> Option<Place> {
        let closed = self.open.remove(&Place::of(&id.uri))?;
        self.read_again(&closed.root);
        Some(closed.root)
    }

    /// Whether a document of the ruleset is open.
    pub(super) fn is_open(&self, root: &Place) -> bool {
        self.open.values().any(|open| open.root == *root)
    }

    /// Forgets a ruleset; the places for which the editor still shows findings.
    pub(super) fn forget(&mut self, root: &Place) -> BTreeSet<Place> {
        self.rulesets.remove(root).map(|ruleset| ruleset.shown).unwrap_or_default()
    }

    pub(super) fn roots(&self) -> Vec<Place> {
        self.rulesets.keys().cloned().collect()
    }

    pub(super) fn rulesets(&self) -> impl Iterator<Item = &Ruleset> {
        self.rulesets.values()
    }

    pub(super) fn ruleset(&self, root: &Place) -> Option<&Ruleset> {
        self.rulesets.get(root)
    }

    pub(super) fn ruleset_mut(&mut self, root: &Place) -> Option<&mut Ruleset> {
        self.rulesets.get_mut(root)
    }

    /// Looks at the disk again. What went wrong, in words; the open documents are there in any case.
    pub(super) fn read_again(&mut self, root: &Place) -> Option<String> {
        let ruleset = self.rulesets.entry(root.clone()).or_default();
        ruleset.revision += 1;
        let mut trouble = None;
        let before = std::mem::take(&mut ruleset.files);
        if let Place::File(directory) = root {
            ruleset.files = disk::read(directory, self.find, &before).unwrap_or_else(|why| {
                trouble = Some(why);
                BTreeMap::new()
            });
            ruleset.levels = disk::levels(directory).unwrap_or_else(|why| {
                trouble = Some(why);
                Levels::default()
            });
        }
        for (place, open) in self.open.iter().filter(|(_, open)| open.root == *root) {
            ruleset.files.insert(place.clone(), open.document.clone());
        }
        trouble
    }

    /// What is to be judged now of a ruleset.
    pub(super) fn job(&self, root: &Place) -> Option<Job> {
        let ruleset = self.rulesets.get(root)?;
        let mut sources = SourceMap::default();
        for (place, document) in &ruleset.files {
            sources.add(name_below(place, root), document.text.text.clone());
        }
        let places = ruleset.files.keys().cloned().collect();
        Some(Job { root: root.clone(), revision: ruleset.revision, sources, places, levels: ruleset.levels.clone() })
    }

    /// A place in a document that is open.
    pub(super) fn cursor(&self, id: &TextDocumentIdentifier, at: Position) -> Option<Cursor<'_>> {
        let (place, open) = self.open.get_key_value(&Place::of(&id.uri))?;
        let ruleset = self.rulesets.get(&open.root)?;
        let offset = open.document.text.offset(at, self.units);
        Some(Cursor { ruleset, place, document: &open.document, offset })
    }

    /// The URI of a place, as the editor spells it.
    pub(super) fn uri(&self, place: &Place) -> Option<Uri> {
        self.open.get(place).map(|open| open.uri.clone()).or_else(|| place.uri())
    }

    /// The version that the editor has of a place.
    pub(super) fn version(&self, place: &Place) -> Option<i32> {
        self.open.get(place).map(|open| open.version)
    }

    /// Edits by place, each for the version that the editor has.
    pub(super) fn workspace_edit(&self, edits: BTreeMap<Place, Vec<TextEdit>>) -> WorkspaceEdit {
        let placed =
            edits.into_iter().filter_map(|(place, edits)| Some((self.uri(&place)?, self.version(&place), edits)));
        match self.edits {
            Edits::Versioned => {
                let changes = placed.map(|(uri, version, edits)| TextDocumentEdit {
                    text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
                    edits: edits.into_iter().map(OneOf::Left).collect(),
                });
                let changes = DocumentChanges::Edits(changes.collect());
                WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
            }
            Edits::Plain => {
                #[expect(clippy::mutable_key_type, reason = "the protocol's own type; nothing changes the URIs")]
                let changes = placed.map(|(uri, _, edits)| (uri, edits)).collect();
                WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
            }
        }
    }

    pub(super) fn range(&self, document: &Document, named: &Named) -> Range {
        Range {
            start: document.text.position(named.start as usize, self.units),
            end: document.text.position(named.end() as usize, self.units),
        }
    }

    pub(super) fn location(&self, place: &Place, document: &Document, named: &Named) -> Option<Location> {
        Some(Location { uri: self.uri(place)?, range: self.range(document, named) })
    }
}

/// The path of a place from its ruleset's directory on.
fn name_below(place: &Place, root: &Place) -> String {
    match (place, root) {
        (Place::File(path), Place::File(root)) => path.strip_prefix(root).unwrap_or(path).display().to_string(),
        (Place::File(path), Place::Other(_)) => path.display().to_string(),
        (Place::Other(uri), _) => uri.clone(),
    }
}
