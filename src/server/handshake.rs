//! What a request says to the rules: its query and its headers.

use crate::value::{Json, Value};
use crate::wind::Handshake;
use hyper::HeaderMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Headers of the way to a WebSocket itself, which say nothing about who comes.
const MECHANICS: [&str; 6] = [
    "connection",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-version",
    "transfer-encoding",
    "upgrade",
];

/// What rules ask about the handshake. What they do not ask for is not kept.
#[derive(Clone, Debug)]
pub struct Reads {
    /// Of the query.
    pub query: Fields,
    /// Of the headers.
    pub headers: Fields,
}

/// Which fields of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fields {
    /// These.
    Only(Vec<Arc<str>>),
    /// All of them.
    All,
}

impl Fields {
    fn have(&self, name: &str) -> bool {
        match self {
            Fields::Only(names) => names.iter().any(|known| **known == *name),
            Fields::All => true,
        }
    }

    fn or(&self, other: &Fields) -> Fields {
        match (self, other) {
            (Fields::Only(own), Fields::Only(others)) => Fields::Only(own.iter().chain(others).cloned().collect()),
            (Fields::All, _) | (_, Fields::All) => Fields::All,
        }
    }

    fn are_none(&self) -> bool {
        *self == Fields::Only(Vec::new())
    }
}

impl Reads {
    /// What either asks.
    pub(super) fn or(&self, other: &Reads) -> Reads {
        Reads { query: self.query.or(&other.query), headers: self.headers.or(&other.headers) }
    }

    /// Whether a socket's handshake need not be kept at all.
    pub(super) fn nothing(&self) -> bool {
        self.query.are_none() && self.headers.are_none()
    }
}

/// What of a request the rules read.
pub(super) fn read(reads: &Reads, query: Option<&str>, headers: &HeaderMap) -> Handshake {
    Handshake { query: record(query_fields(reads, query)), headers: record(header_fields(reads, headers)) }
}

fn record(fields: BTreeMap<String, String>) -> Json {
    Json::record(fields.iter().map(|(name, value)| (name.as_str(), Value::Text(value.as_str().into()))))
}

/// Of two fields with one name the first counts; one that is not UTF-8 does not.
fn query_fields(reads: &Reads, query: Option<&str>) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if let (Some(name), Some(value)) = (decode(name), decode(value))
            && reads.query.have(&name)
        {
            fields.entry(name).or_insert(value);
        }
    }
    fields
}

/// Names in lower case with `_` for `-`. Values of one name are joined with `, ` (RFC 9110, section 5.3); one that is not
/// visible ASCII does not count.
fn header_fields(reads: &Reads, headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (header, value) in headers.iter().filter(|(header, _)| !MECHANICS.contains(&header.as_str())) {
        let name = header.as_str().replace('-', "_");
        let Some(value) = value.to_str().ok().filter(|_| reads.headers.have(&name)) else { continue };
        fields
            .entry(name)
            .and_modify(|before| {
                before.push_str(", ");
                before.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    fields
}

/// `application/x-www-form-urlencoded`
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        (rest, bytes) = match (first, after) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(hex(*high) << 4 | hex(*low));
                (after, bytes)
            }
            (b'+', after) => {
                bytes.push(b' ');
                (after, bytes)
            }
            (other, after) => {
                bytes.push(*other);
                (after, bytes)
            }
        };
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> u8 {
    char::from(digit).to_digit(16).unwrap_or(0) as u8
}
