//! JSON as text that is known to be well formed.

use super::Value;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// One JSON value as text, well formed, cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Arc<str>);

impl fmt::Debug for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Json {
    /// Checks a text. The error is serde_json's, with line and column.
    pub fn parse(text: &str) -> Result<Json, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Ok(Json(raw.get().into()))
    }

    /// Takes a text that this crate has just written as JSON.
    pub(crate) fn from_trusted(text: impl Into<Arc<str>>) -> Json {
        let text = text.into();
        debug_assert!(serde_json::from_str::<IgnoredAny>(&text).is_ok(), "not JSON: {text}");
        Json(text)
    }

    /// `{}`
    pub fn empty_record() -> Json {
        Json("{}".into())
    }

    /// A record of these fields, in this order.
    pub fn record<'a>(fields: impl IntoIterator<Item = (&'a str, Value)>) -> Json {
        let mut text = String::from("{");
        for (name, value) in fields {
            if text.len() > 1 {
                text.push(',');
            }
            write_text(name, &mut text);
            text.push(':');
            value.write_json(&mut text);
        }
        text.push('}');
        Json::from_trusted(text)
    }

    /// A list of these values.
    pub fn list(values: impl IntoIterator<Item = Value>) -> Json {
        let mut text = String::from("[");
        for value in values {
            if text.len() > 1 {
                text.push(',');
            }
            value.write_json(&mut text);
        }
        text.push(']');
        Json::from_trusted(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a record, `{…}`.
    pub fn is_record(&self) -> bool {
        self.0.starts_with('{')
    }

    /// Whether this is a list, `[…]`.
    pub fn is_list(&self) -> bool {
        self.0.starts_with('[')
    }

    /// The JSON text of a field, none where this is no record or has no such field. Of two fields with one
    /// name the first counts; the envelope refuses such records before a rule sees them.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut found = None;
        self.each_field(|field, value| {
            if found.is_none() && field == name {
                found = Some(value);
            }
        });
        found
    }

    /// Calls `each` with name and JSON text of every field of a record, in order.
    pub fn each_field<'json>(&'json self, each: impl FnMut(&str, &'json str)) {
        each_field(&self.0, each);
    }

    /// Calls `each` with the JSON text of every item of a list, in order.
    pub fn each_item<'json>(&'json self, each: impl FnMut(&'json str)) {
        each_item(&self.0, each);
    }
}

/// [`Json::each_field`] for a piece of JSON; does nothing where it is no record.
pub(crate) fn each_field<'json>(json: &'json str, each: impl FnMut(&str, &'json str)) {
    if json.starts_with('{') {
        let mut reader = serde_json::Deserializer::from_str(json);
        let read = reader.deserialize_map(Fields(each));
        debug_assert!(read.is_ok(), "a record reads");
    }
}

/// [`Json::each_item`] for a piece of JSON; does nothing where it is no list.
pub(crate) fn each_item<'json>(json: &'json str, each: impl FnMut(&'json str)) {
    if json.starts_with('[') {
        let mut reader = serde_json::Deserializer::from_str(json);
        let read = reader.deserialize_seq(Items(each));
        debug_assert!(read.is_ok(), "a list reads");
    }
}

/// A field's name; borrowed unless it is written with escapes.
struct FieldName<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for FieldName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = FieldName<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("the name of a field")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(FieldName(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(FieldName(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(Read)
    }
}

struct Fields<Each>(Each);

impl<'de, Each: FnMut(&str, &'de str)> Visitor<'de> for Fields<Each> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a record")
    }

    fn visit_map<Map: MapAccess<'de>>(mut self, mut map: Map) -> Result<(), Map::Error> {
        while let Some(name) = map.next_key::<FieldName<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            (self.0)(&name.0, value.get());
        }
        Ok(())
    }
}

struct Items<Each>(Each);

impl<'de, Each: FnMut(&'de str)> Visitor<'de> for Items<Each> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<Seq: SeqAccess<'de>>(mut self, mut items: Seq) -> Result<(), Seq::Error> {
        while let Some(item) = items.next_element::<&'de RawValue>()? {
            (self.0)(item.get());
        }
        Ok(())
    }
}

/// Appends a text as a JSON string.
pub(super) fn write_text(text: &str, out: &mut String) {
    match serde_json::to_string(text) {
        Ok(quoted) => out.push_str(&quoted),
        Err(_) => out.push_str("\"\""),
    }
}

pub(super) fn read_value(json: &str) -> Value {
    let json = json.trim();
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(json).map_or(Value::None, |text| Value::Text(text.into())),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'{' | b'[') => Value::Json(Json(json.into())),
        Some(b'-' | b'0'..=b'9') => read_number(json),
        Some(_) | None => Value::None,
    }
}

fn read_number(json: &str) -> Value {
    if let Ok(int) = json.parse::<i64>() {
        return Value::Int(int);
    }
    match json.parse::<f64>() {
        Ok(number) if number.is_finite() => Value::Number(number),
        Ok(_) | Err(_) => Value::Json(Json(json.into())),
    }
}
