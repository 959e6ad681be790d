//! A record as it came over the wire, and where its fields stand in it: whoever has read it once has seen them, and they are not
//! looked for again.

use super::Json;
use super::json_text::text_equals;
use super::json_walk::{FieldAt, fields, fields_at};

/// Of so many fields it is known where they stand. In a record with more, and in one whose text is too long, they are looked for.
const FIELDS_MAX: usize = 6;

/// JSON, with an index of its fields. Two are the same if they read the same.
#[derive(Clone)]
pub struct Indexed {
    json: Json,
    index: Index,
}

/// Where the fields of a record stand in its text, if that is known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Index {
    fields: [Stands; FIELDS_MAX],
    /// How many there are; none where they have to be looked for.
    count: Option<u8>,
}

/// Where a field stands: its name without quotes, and its value. Small, for with its message it is handed on and on.
#[derive(Clone, Copy, Debug, Default)]
struct Stands {
    name: u16,
    name_length: u8,
    is_plain: bool,
    value: u16,
    value_end: u16,
}

/// The value of a field as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'json> {
    pub json: &'json str,
    /// It is known to be a text without escapes.
    pub is_plain: bool,
}

impl Indexed {
    /// With an index that was made when this was read.
    pub(crate) fn new(json: Json, index: Index) -> Indexed {
        Indexed { json, index }
    }

    /// The record.
    pub fn json(&self) -> &Json {
        &self.json
    }

    /// The JSON text of a field, as [`Json::field`] finds it.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.piece(name).map(|piece| piece.json)
    }

    /// The same, with what is known of it.
    pub(crate) fn piece(&self, name: &str) -> Option<Piece<'_>> {
        self.index.find(self.json.as_str(), name)
    }

    /// Whether it is known where the fields stand.
    pub(crate) fn is_indexed(&self) -> bool {
        self.index.count.is_some()
    }

    /// The record alone.
    pub fn into_json(self) -> Json {
        self.json
    }
}

impl From<Json> for Indexed {
    fn from(json: Json) -> Indexed {
        let index = Index::of(json.as_str());
        Indexed { json, index }
    }
}

impl PartialEq for Indexed {
    fn eq(&self, other: &Indexed) -> bool {
        self.json == other.json
    }
}

impl std::fmt::Debug for Indexed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.json.fmt(out)
    }
}

impl Index {
    /// Of a record without fields.
    pub(crate) fn empty() -> Index {
        Index { fields: Default::default(), count: Some(0) }
    }

    fn of(json: &str) -> Index {
        let mut index = if json.starts_with('{') { Index::empty() } else { Index::default() };
        fields_at(json).for_each(|field| index.add(&field));
        index
    }

    /// Adds the next field. One too many, or one whose name is long or not as it is written, and nothing is known any more.
    pub(crate) fn add(&mut self, field: &FieldAt) {
        self.count = self.place(field);
    }

    /// Puts a field behind those that are known; how many there are then.
    fn place(&mut self, field: &FieldAt) -> Option<u8> {
        let count = self.count.filter(|_| !field.has_name_escape)?;
        let place = self.fields.get_mut(usize::from(count))?;
        *place = Stands {
            name: u16::try_from(field.name.start).ok()?,
            name_length: u8::try_from(field.name.len()).ok()?,
            is_plain: field.is_plain,
            value: u16::try_from(field.value.start).ok()?,
            value_end: u16::try_from(field.value.end).ok()?,
        };
        Some(count + 1)
    }

    /// The field of this name in the text that this is the index of. Of two of one name the first.
    pub(crate) fn find<'json>(&self, json: &'json str, name: &str) -> Option<Piece<'json>> {
        let Some(count) = self.count else {
            let found = fields(json).find(|(other, _)| **other == *name);
            return found.map(|(_, json)| Piece { json, is_plain: false });
        };
        let is_it = |field: &&Stands| field.name_in(json) == Some(name.as_bytes());
        let field = self.fields.get(..usize::from(count))?.iter().find(is_it)?;
        let value = usize::from(field.value)..usize::from(field.value_end);
        Some(Piece { json: json.get(value)?, is_plain: field.is_plain })
    }
}

impl Stands {
    fn name_in<'json>(&self, json: &'json str) -> Option<&'json [u8]> {
        let name = usize::from(self.name);
        json.as_bytes().get(name..name + usize::from(self.name_length))
    }
}

impl<'json> Piece<'json> {
    /// What stands between the quotes, where that is known to be the text itself.
    pub(crate) fn plain(&self) -> Option<&'json str> {
        if self.is_plain { self.json.get(1..self.json.len() - 1) } else { None }
    }

    /// Whether it is this text.
    pub(crate) fn equals(&self, text: &str) -> bool {
        self.plain().map_or_else(|| text_equals(self.json, text), |plain| plain == text)
    }
}
