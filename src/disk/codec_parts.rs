//! The parts of items: numbers, texts, JSON, values with their types.

use crate::store::TokenHash;
use crate::value::{Json, RoomKey, Value};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An item whose sum is right and that this version does not understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Seven bits a byte, the lowest first; the eighth says that more follow.
pub(super) fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn put_numbers(numbers: &[u64], out: &mut Vec<u8>) {
    numbers.iter().for_each(|number| put_number(*number, out));
}

pub(super) fn put_text(text: &str, out: &mut Vec<u8>) {
    put_number(text.len() as u64, out);
    out.extend(text.as_bytes());
}

pub(super) fn put_option<T>(value: Option<&T>, put: impl FnOnce(&T, &mut Vec<u8>), out: &mut Vec<u8>) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put(value, out);
    }
}

/// What is left to read of an item.
pub(super) struct Parts<'item>(&'item [u8]);

impl<'item> Parts<'item> {
    pub(super) fn new(item: &'item [u8]) -> Self {
        Parts(item)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                return Err(Malformed);
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Malformed)
    }

    pub(super) fn text(&mut self) -> Result<Arc<str>, Malformed> {
        self.str().map(Arc::from)
    }

    pub(super) fn json(&mut self) -> Result<Json, Malformed> {
        Json::parse(self.str()?).map_err(|_| Malformed)
    }

    pub(super) fn hash(&mut self) -> Result<TokenHash, Malformed> {
        let (hash, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*hash)
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(Malformed),
        }
    }

    pub(super) fn attributes(&mut self) -> Result<BTreeMap<Arc<str>, Value>, Malformed> {
        let typed: BTreeMap<Arc<str>, Typed> = serde_json::from_str(self.str()?).map_err(|_| Malformed)?;
        typed.into_iter().map(|(name, typed)| Ok((name, typed.into_value()?))).collect()
    }

    /// Nothing may be left.
    pub(super) fn finish(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    fn str(&mut self) -> Result<&'item str, Malformed> {
        let length = usize::try_from(self.number()?).map_err(|_| Malformed)?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| Malformed)
    }
}

/// A value that is JSON and keeps its type: `{"time":1760000000000}`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Typed {
    None,
    Bool(bool),
    Int(i64),
    /// As text: what reads JSON may round the last digit.
    Number(String),
    Text(Arc<str>),
    Nonce(Arc<str>),
    Duration(u64),
    Time(u64),
    Client(Arc<str>),
    Room(Arc<str>),
    Group(Arc<str>),
    Json(Box<RawValue>),
}

/// Appends attributes as one JSON record.
pub(super) fn put_attributes(attributes: &BTreeMap<Arc<str>, Value>, out: &mut Vec<u8>) {
    let typed: BTreeMap<&str, Typed> =
        attributes.iter().map(|(name, value)| (&**name, Typed::from_value(value))).collect();
    let text = serde_json::to_string(&typed).unwrap_or_else(|_| "{}".to_owned());
    put_text(&text, out);
}

impl Typed {
    fn from_value(value: &Value) -> Typed {
        match value {
            Value::None | Value::Secret(_) => Typed::None,
            Value::Bool(value) => Typed::Bool(*value),
            Value::Int(value) => Typed::Int(*value),
            Value::Number(value) => Typed::Number(value.to_string()),
            Value::Text(value) => Typed::Text(value.clone()),
            Value::Nonce(value) => Typed::Nonce(value.clone()),
            Value::Duration(value) => Typed::Duration(*value),
            Value::Time(value) => Typed::Time(*value),
            Value::Client(value) => Typed::Client(value.clone()),
            Value::Room(RoomKey(value)) => Typed::Room(value.clone()),
            Value::Group(value) => Typed::Group(value.clone()),
            Value::Json(value) => RawValue::from_string(value.as_str().to_owned()).map_or(Typed::None, Typed::Json),
        }
    }

    fn into_value(self) -> Result<Value, Malformed> {
        Ok(match self {
            Typed::None => Value::None,
            Typed::Bool(value) => Value::Bool(value),
            Typed::Int(value) => Value::Int(value),
            Typed::Number(value) => Value::Number(value.parse().map_err(|_| Malformed)?),
            Typed::Text(value) => Value::Text(value),
            Typed::Nonce(value) => Value::Nonce(value),
            Typed::Duration(value) => Value::Duration(value),
            Typed::Time(value) => Value::Time(value),
            Typed::Client(value) => Value::Client(value),
            Typed::Room(value) => Value::Room(RoomKey(value)),
            Typed::Group(value) => Value::Group(value),
            Typed::Json(value) => Value::Json(Json::parse(value.get()).map_err(|_| Malformed)?),
        })
    }
}
