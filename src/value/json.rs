//! JSON as text that is known to be well formed.

use super::Value;
use super::json_walk::{fields, items, plain_end};
use serde::de::IgnoredAny;
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
        fields(&self.0).find(|(field, _)| *field == *name).map(|(_, value)| value)
    }

    /// Calls `each` with name and JSON text of every field of a record, in order.
    pub fn each_field<'json>(&'json self, mut each: impl FnMut(&str, &'json str)) {
        fields(&self.0).for_each(|(name, value)| each(&name, value));
    }

    /// Calls `each` with the JSON text of every item of a list, in order.
    pub fn each_item<'json>(&'json self, each: impl FnMut(&'json str)) {
        items(&self.0).for_each(each);
    }
}

/// Appends a text as a JSON string.
pub(super) fn write_text(text: &str, out: &mut String) {
    if plain_end(text.as_bytes(), 0) == text.len() {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
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
