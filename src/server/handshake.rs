//! What a request says to the rules: its query and headers, what is written in some of them, and what its connection has shown.

use super::certificate;
use super::upgrade::tokens;
use crate::envelope;
use crate::model::{HandshakePart, Parts};
use crate::value::{Json, Value};
use crate::wind::Handshake;
use hyper::{HeaderMap, Request, header};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// Headers of the way to a WebSocket itself, which say nothing about who comes.
const MECHANICS: [&str; 6] = [
    "connection",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-version",
    "transfer-encoding",
    "upgrade",
];

/// What browsers keep other sites of a domain from setting, as long as the cookie is called so.
const GUARDED: [&str; 4] = ["__Host-", "__Host-Http-", "__Http-", "__Secure-"];

/// What rules ask about the handshake. What they do not ask for is not kept.
pub type Reads = Parts<Fields>;

/// Which fields of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fields {
    /// These.
    Only(Vec<Arc<str>>),
    /// All of them.
    All,
}

/// None.
impl Default for Fields {
    fn default() -> Self {
        Fields::Only(Vec::new())
    }
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
}

/// Nothing.
impl Default for Reads {
    fn default() -> Self {
        Parts::each(|_| Fields::default())
    }
}

impl Reads {
    /// What either asks.
    pub(super) fn or(&self, other: &Reads) -> Reads {
        Parts::each(|part| self.part(part).or(other.part(part)))
    }

    /// Whether a socket's handshake need not be kept at all.
    pub(super) fn nothing(&self) -> bool {
        *self == Reads::default()
    }
}

/// What of a request the rules read.
pub(super) fn read<B>(reads: &Reads, request: &Request<B>) -> Handshake {
    let headers = request.headers();
    Handshake {
        query: texts(query_fields(&reads.query, request.uri().query())),
        headers: texts(header_fields(&reads.headers, headers)),
        cookies: texts(cookie_fields(&reads.cookies, headers)),
        protocols: texts(protocol_fields(&reads.protocols, headers)),
        certificate: certificate_record(&reads.certificate, request.extensions().get()),
    }
}

fn texts(fields: BTreeMap<String, String>) -> Json {
    Json::record(fields.iter().map(|(name, value)| (name.as_str(), Value::Text(value.as_str().into()))))
}

fn certificate_record(reads: &Fields, shown: Option<&Arc<CertificateDer<'static>>>) -> Json {
    let shown = shown.filter(|_| *reads != Fields::default());
    let fields = shown.map(|shown| certificate::fields(shown)).unwrap_or_default();
    HandshakePart::Certificate.record(fields.into_iter().filter(|(name, _)| reads.have(name)))
}

/// Of two fields with one name the first counts; one that is not UTF-8 does not.
fn query_fields(reads: &Fields, query: Option<&str>) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if let (Some(name), Some(value)) = (decode(name), decode(value))
            && reads.have(&name)
        {
            fields.entry(name).or_insert(value);
        }
    }
    fields
}

/// Names in lower case with `_` for `-`. Values of one name are joined with `, ` (RFC 9110, section 5.3); one that is not
/// visible ASCII does not count.
fn header_fields(reads: &Fields, headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (header, value) in headers.iter().filter(|(header, _)| !MECHANICS.contains(&header.as_str())) {
        let name = header.as_str().replace('-', "_");
        let Some(value) = value.to_str().ok().filter(|_| reads.have(&name)) else { continue };
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

/// Names with `_` for `-`, values as they were sent. One that is there twice does not count: another site of the domain may have
/// set one of the two, and which is which cannot be told (RFC 6265, section 8.6).
fn cookie_fields(reads: &Fields, headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, Option<String>> = BTreeMap::new();
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    for (name, value) in lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('=')) {
        let field = name.trim().replace('-', "_");
        if reads.have(&field) && !is_posing(name.trim(), &field) {
            let value = value.trim().to_owned();
            found.entry(field).and_modify(|first| *first = None).or_insert(Some(value));
        }
    }
    found.into_iter().filter_map(|(field, value)| Some((field, value?))).collect()
}

/// Whether a cookie would be taken for one that browsers guard, by a name that they do not.
fn is_posing(name: &str, field: &str) -> bool {
    GUARDED.iter().any(|guarded| field.starts_with(&guarded.replace('-', "_")) && !name.starts_with(guarded))
}

/// Of subprotocols, those that are `NAME.VALUE`, names with `_` for `-`; of two with one name the first counts. Ours are none of them.
fn protocol_fields(reads: &Fields, headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let named = tokens(headers, header::SEC_WEBSOCKET_PROTOCOL).filter(|token| !token.starts_with(envelope::OWN));
    for (name, value) in named.filter_map(|token| token.split_once('.')) {
        let name = name.replace('-', "_");
        if reads.have(&name) {
            fields.entry(name).or_insert_with(|| value.to_owned());
        }
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
