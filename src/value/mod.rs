//! What rules compute with: values, rooms as values, and JSON carried along untouched.
//!
//! A record or list that came over the wire stays the text it came as ([`Json`]); fields are read out of it
//! when a rule asks for them, so what a rule does not name is passed on byte for byte.

mod few;
mod indexed;
mod json;
mod json_text;
mod json_walk;

pub use few::Few;
pub use indexed::Indexed;
pub(crate) use indexed::{Index, Piece};
pub use json::Json;
pub(crate) use json_text::{has_length, has_text_length, read_text, text_chars, text_equals, text_length};
pub(crate) use json_walk::{FieldAt, blank_end, fields, fields_at, items, plain_end};

use std::fmt;
use std::sync::Arc;

/// A point in time in milliseconds: of the engine's monotonic clock in deadlines, since 1970 in [`Value::Time`].
pub type Millis = u64;

/// A value of the rules.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// What is missing.
    None,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Always finite.
    Number(f64),
    /// A text.
    Text(Arc<str>),
    /// A text that only this server can have made, fit for one check.
    Nonce(Arc<str>),
    /// A text that is never shown: its `Debug` is redacted and it has no JSON.
    Secret(Arc<str>),
    /// A length of time.
    Duration(Millis),
    /// A wall-clock time, since 1970.
    Time(Millis),
    /// A client, by its id.
    Client(Arc<str>),
    /// A room.
    Room(RoomKey),
    /// A group, by its name.
    Group(Arc<str>),
    /// A record, a list, or anything whose type is `any`.
    Json(Json),
}

/// One room, or one member of a family of rooms, by the name it has on the wire: `hall`, `table/5`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomKey(pub Arc<str>);

impl fmt::Debug for RoomKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "room:{}", self.0)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Secret(_) => out.write_str("(secret)"),
            Value::None => out.write_str("none"),
            Value::Bool(value) => value.fmt(out),
            Value::Int(value) => value.fmt(out),
            Value::Number(value) => value.fmt(out),
            Value::Text(value) | Value::Nonce(value) => value.fmt(out),
            Value::Duration(value) => write!(out, "{value}ms"),
            Value::Time(value) => write!(out, "@{value}"),
            Value::Client(value) => write!(out, "client:{value}"),
            Value::Room(value) => value.fmt(out),
            Value::Group(value) => write!(out, "group:{value}"),
            Value::Json(value) => value.fmt(out),
        }
    }
}

impl Value {
    /// The characters of a text, a nonce, a client's id or a group's name; none for everything else,
    /// a secret included.
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Value::Text(text) | Value::Nonce(text) | Value::Client(text) | Value::Group(text) => Some(text),
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number(_)
            | Value::Secret(_)
            | Value::Duration(_)
            | Value::Time(_)
            | Value::Room(_)
            | Value::Json(_) => None,
        }
    }

    /// The value as it goes over the wire. A room goes as `room:NAME`, durations and times as milliseconds,
    /// a secret as null.
    pub fn to_json(&self) -> Json {
        let mut text = String::new();
        self.write_json(&mut text);
        Json::from_trusted(text)
    }

    /// Appends what [`Value::to_json`] gives.
    pub fn write_json(&self, out: &mut String) {
        match self {
            Value::None | Value::Secret(_) => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Int(value) => out.push_str(&value.to_string()),
            Value::Number(value) => out.push_str(&serde_json::Value::from(*value).to_string()),
            Value::Text(value) | Value::Nonce(value) | Value::Client(value) => json::write_text(value, out),
            Value::Group(value) => json::write_text(&format!("group:{value}"), out),
            Value::Room(RoomKey(name)) => json::write_text(&format!("room:{name}"), out),
            Value::Duration(value) | Value::Time(value) => out.push_str(&value.to_string()),
            Value::Json(value) => out.push_str(value.as_str()),
        }
    }

    /// The value of a piece of JSON, scalars unwrapped: `"a"` is a text, `3` an int, `null` is missing.
    /// A number that fits neither an `i64` nor a finite `f64` stays JSON.
    pub fn from_json(json: &str) -> Value {
        json::read_value(json)
    }
}

/// Bytes as text, two characters each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
