//! JSON as text that is known to be well formed.

use super::Value;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
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
        if self.is_record() {
            let mut reader = serde_json::Deserializer::from_str(&self.0);
            let read = reader.deserialize_map(Fields(each));
            debug_assert!(read.is_ok(), "a record reads");
        }
    }

    /// Calls `each` with the JSON text of every item of a list, in order.
    pub fn each_item<'json>(&'json self, each: impl FnMut(&'json str)) {
        if self.is_list() {
            let mut reader = serde_json::Deserializer::from_str(&self.0);
            let read = reader.deserialize_seq(Items(each));
            debug_assert!(read.is_ok(), "a list reads");
        }
    }
}

struct Fields<Each>(Each);

impl<'de, Each: FnMut(&str, &'de str)> Visitor<'de> for Fields<Each> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a record")
    }

    fn visit_map<Map: MapAccess<'de>>(mut self, mut map: Map) -> Result<(), Map::Error> {
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let value: &'de RawValue = map.next_value()?;
            (self.0)(&name, value.get());
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
