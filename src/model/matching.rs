//! Whether a value is of a type: a piece of JSON that came over the wire, or a value that rules compute with.
//!
//! This is the hot path of every message: a record is walked once, and nothing is copied that is only looked at.

use super::{CLIENT_ID_LENGTH_MAX, Field, Literal, Type};
use crate::value::{
    Indexed, Json, Piece, RoomKey, Value, fields, has_length, has_text_length, items, read_text, text_chars,
    text_equals, text_length,
};
use std::borrow::Cow;
use std::sync::Arc;

impl Type {
    /// Whether a well-formed piece of JSON is a value of the type. Records are open; an optional field may be
    /// missing or null; an int is written without fraction and exponent.
    pub fn matches(&self, json: &str) -> bool {
        let json = json.trim_ascii();
        match self {
            Type::Text { least, most } => has_text_length(json, *least as usize..=*most as usize),
            Type::Int { least, most } => read_int(json).is_some_and(|int| (*least..=*most).contains(&int)),
            Type::Number { least, most } => read_number(json).is_some_and(|number| (*least..=*most).contains(&number)),
            Type::Bool => matches!(json, "true" | "false"),
            Type::Choice(literals) => literals.iter().any(|literal| literal_matches(literal, json)),
            Type::List(item) => matches_list(item, json),
            Type::Duration | Type::Time => read_millis(json).is_some(),
            Type::Client => text_chars(json).is_some_and(is_client_id),
            Type::Room => has_address(json, "room:"),
            Type::Group => has_address(json, "group:"),
            Type::Secret => text_length(json).is_some(),
            Type::Any => true,
            Type::Optional(inner) => json == "null" || inner.matches(json),
            Type::Record(fields) => matches_record(fields, json),
        }
    }

    /// The same of a text with an index of its fields.
    pub(crate) fn matches_indexed(&self, json: &Indexed) -> bool {
        let Type::Record(wanted) = self else { return self.matches(json.json().as_str()) };
        if !json.is_indexed() {
            return self.matches(json.json().as_str());
        }
        wanted.iter().all(|field| match json.piece(&field.name) {
            Some(piece) => field.ty.matches_piece(piece),
            None => may_lack(field),
        })
    }

    /// The same of a field's value.
    pub(crate) fn matches_piece(&self, piece: Piece<'_>) -> bool {
        match (self, piece.plain()) {
            (Type::Text { least, most }, Some(text)) => has_length(text, *least as usize..=*most as usize),
            (_, _) => self.matches(piece.json),
        }
    }

    /// The value of a piece of JSON, none where it is not of the type. A record or a list stays the text it came
    /// as. A room is the one named, as it was written: whether there is such a room, or whether the name is an
    /// alias, is not known here.
    pub fn read(&self, json: &str) -> Option<Value> {
        let json = json.trim_ascii();
        if !self.matches(json) {
            return None;
        }
        match self {
            Type::Text { .. } => read_text(json).map(Value::Text),
            Type::Int { .. } => read_int(json).map(Value::Int),
            Type::Number { .. } => read_number(json).map(Value::Number),
            Type::Bool => Some(Value::Bool(json == "true")),
            Type::Choice(literals) => {
                literals.iter().find(|literal| literal_matches(literal, json)).map(Literal::value)
            }
            Type::List(_) | Type::Record(_) => Some(Value::Json(Json::from_trusted(json))),
            Type::Duration => read_millis(json).map(Value::Duration),
            Type::Time => read_millis(json).map(Value::Time),
            Type::Client => read_text(json).map(Value::Client),
            Type::Room => read_address(json, "room:").map(|name| Value::Room(RoomKey(name))),
            Type::Group => read_address(json, "group:").map(Value::Group),
            Type::Secret => read_text(json).map(Value::Secret),
            Type::Any => Some(Value::from_json(json)),
            Type::Optional(_) if json == "null" => Some(Value::None),
            Type::Optional(inner) => inner.read(json),
        }
    }

    /// Whether a value is of the type as it is.
    pub fn admits(&self, value: &Value) -> bool {
        match (self, value) {
            (Type::Any, value) => !matches!(value, Value::Secret(_)),
            (_, Value::Json(json)) => self.matches(json.as_str()),
            (Type::Optional(inner), value) => *value == Value::None || inner.admits(value),
            (Type::Choice(literals), value) => literals.iter().any(|literal| literal.equals(value)),
            (Type::Text { least, most }, Value::Text(text) | Value::Nonce(text) | Value::Client(text)) => {
                within(text.chars().count(), *least, *most)
            }
            (Type::Client, Value::Text(text) | Value::Nonce(text) | Value::Client(text)) => {
                is_client_id(text.chars().map(Some))
            }
            (Type::Int { least, most }, Value::Int(int)) => (*least..=*most).contains(int),
            (Type::Number { least, most }, Value::Int(int)) => (*least..=*most).contains(&(*int as f64)),
            (Type::Number { least, most }, Value::Number(number)) => (*least..=*most).contains(number),
            (Type::Bool, Value::Bool(_))
            | (Type::Duration, Value::Duration(_))
            | (Type::Time, Value::Time(_))
            | (Type::Room, Value::Room(_))
            | (Type::Group, Value::Group(_))
            | (Type::Secret, Value::Secret(_)) => true,
            (
                Type::Text { .. }
                | Type::Client
                | Type::Int { .. }
                | Type::Number { .. }
                | Type::Bool
                | Type::Duration
                | Type::Time
                | Type::Room
                | Type::Group
                | Type::Secret
                | Type::List(_)
                | Type::Record(_),
                _,
            ) => false,
        }
    }

    /// The value as one of the type, none where it is not: what `match` binds. What came as `any` keeps the form
    /// it has on the wire until a pattern says what it is: `"room:hall"` becomes a room, `30` a duration.
    pub fn take(&self, value: &Value) -> Option<Value> {
        if let Value::Json(json) = value {
            return self.read(json.as_str());
        }
        if self.admits(value) {
            return Some(value.clone());
        }
        match (self, value) {
            (Type::Optional(inner), value) => inner.take(value),
            (Type::Duration, Value::Int(int)) => u64::try_from(*int).ok().map(Value::Duration),
            (Type::Time, Value::Int(int)) => u64::try_from(*int).ok().map(Value::Time),
            (Type::Room, Value::Text(text)) => address(text, "room:").map(|name| Value::Room(RoomKey(name.into()))),
            (Type::Group, Value::Text(text)) => address(text, "group:").map(|name| Value::Group(name.into())),
            (Type::Secret, Value::Text(text)) => Some(Value::Secret(text.clone())),
            (Type::Choice(literals), Value::Int(int)) => {
                let millis = Literal::Duration(u64::try_from(*int).ok()?);
                literals.contains(&millis).then(|| millis.value())
            }
            (_, _) => None,
        }
    }
}

impl Literal {
    /// The literal as a value.
    pub fn value(&self) -> Value {
        match self {
            Literal::Bool(value) => Value::Bool(*value),
            Literal::Int(value) => Value::Int(*value),
            Literal::Number(value) => Value::Number(*value),
            Literal::Text(value) => Value::Text(value.clone()),
            Literal::Duration(value) => Value::Duration(*value),
        }
    }

    /// Whether a value is this one; a client is equal to its id, an int to the number of its size.
    fn equals(&self, value: &Value) -> bool {
        match (self, value) {
            (Literal::Text(text), Value::Text(other) | Value::Nonce(other) | Value::Client(other)) => text == other,
            (Literal::Number(number), Value::Int(int)) => *number == *int as f64,
            (literal, value) => literal.value() == *value,
        }
    }
}

/// Whether these are the characters of a client's id.
pub fn is_client_id(letters: impl Iterator<Item = Option<char>>) -> bool {
    let mut length = 0;
    for letter in letters {
        length += 1;
        if length > CLIENT_ID_LENGTH_MAX || letter.is_none_or(char::is_control) {
            return false;
        }
    }
    length > 0
}

fn within(length: usize, least: u32, most: u32) -> bool {
    u32::try_from(length).is_ok_and(|length| (least..=most).contains(&length))
}

fn read_int(json: &str) -> Option<i64> {
    json.parse().ok()
}

fn read_millis(json: &str) -> Option<u64> {
    read_int(json).and_then(|int| u64::try_from(int).ok())
}

/// The guard keeps out `inf` and `nan`, which are names and no JSON, but which Rust would read.
fn read_number(json: &str) -> Option<f64> {
    let written_as_number = json.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    json.parse().ok().filter(|number: &f64| written_as_number && number.is_finite())
}

fn literal_matches(literal: &Literal, json: &str) -> bool {
    match literal {
        Literal::Bool(value) => json == if *value { "true" } else { "false" },
        Literal::Int(value) => read_int(json) == Some(*value),
        Literal::Number(value) => read_number(json) == Some(*value),
        Literal::Text(value) => text_equals(json, value),
        Literal::Duration(value) => read_millis(json) == Some(*value),
    }
}

fn matches_list(item: &Type, json: &str) -> bool {
    json.starts_with('[') && items(json).all(|piece| item.matches(piece))
}

fn matches_record(wanted: &[Field], json: &str) -> bool {
    let mut seen = Seen::of(wanted.len());
    let mut matches = |(name, piece): (Cow<'_, str>, &str)| {
        let known = wanted.iter().enumerate().find(|(_, field)| *field.name == *name);
        known.is_none_or(|(at, field)| !seen.first(at) || field.ty.matches(piece))
    };
    let all_match = json.starts_with('{') && fields(json).all(&mut matches);
    all_match && wanted.iter().enumerate().all(|(at, field)| !seen.first(at) || may_lack(field))
}

fn may_lack(field: &Field) -> bool {
    matches!(field.ty, Type::Optional(_))
}

/// Which fields of a pattern a record has; no allocation for patterns of up to 64 fields.
enum Seen {
    Few(u64),
    Many(Vec<bool>),
}

impl Seen {
    fn of(fields: usize) -> Seen {
        if fields <= 64 { Seen::Few(0) } else { Seen::Many(vec![false; fields]) }
    }

    /// Notes a field, and says whether this was the first time.
    fn first(&mut self, at: usize) -> bool {
        match self {
            Seen::Few(bits) => {
                let bit = 1 << at;
                let first = *bits & bit == 0;
                *bits |= bit;
                first
            }
            Seen::Many(flags) => flags.get_mut(at).is_some_and(|flag| !std::mem::replace(flag, true)),
        }
    }
}

/// What follows the kind in an address: `hall` in `room:hall`.
fn address<'text>(text: &'text str, kind: &str) -> Option<&'text str> {
    let name = text.strip_prefix(kind)?;
    (!name.is_empty() && !name.contains(char::is_control)).then_some(name)
}

fn has_address(json: &str, kind: &str) -> bool {
    let Some(mut letters) = text_chars(json) else {
        return false;
    };
    let of_kind = kind.chars().all(|letter| letters.next() == Some(Some(letter)));
    let mut length = 0;
    of_kind
        && letters.inspect(|_| length += 1).all(|letter| letter.is_some_and(|letter| !letter.is_control()))
        && length > 0
}

fn read_address(json: &str, kind: &str) -> Option<Arc<str>> {
    read_text(json).and_then(|text| address(&text, kind).map(Arc::from))
}
