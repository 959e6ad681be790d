//! From a client's text to an [`Envelope`]. The content stays the text it came as.

use super::scan::{self, Fault};
use super::{Address, Envelope, Limits, Refusal, Request, address, codes, plain};
use crate::value::Json;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The longest id, in bytes as the client writes it, a text's quotes not counted.
pub const ID_BYTES_MAX: usize = 64;

/// Below so many keys, comparing each with each is cheaper than sorting them.
const FEW_KEYS: usize = 8;

/// Reads one frame: one JSON object, at most as large, as deep and with as many keys as the limits say, no key
/// twice in any object, no half characters. What is not a reserved key is content and is not touched.
pub fn decode(text: &str, limits: &Limits) -> Result<Envelope, Refusal> {
    let unnamed = |(code, message): Fault| Refusal { id: None, code, message };
    let mut entries = Entries::new();
    let is_plain = plain::read(text, limits, &mut entries).is_some();
    if !is_plain {
        scan::measure(text, limits).map_err(unnamed)?;
        entries = read_entries(text).map_err(unnamed)?;
    }
    let id = read_id(&entries).map_err(unnamed)?;
    let named = |(code, message): Fault| Refusal { id: id.clone(), code, message };
    check_names(&entries).map_err(named)?;
    if !is_plain {
        scan::check_strictly(text).map_err(named)?;
    }
    let request = read_request(text, &entries).map_err(named)?;
    Ok(Envelope { id, request })
}

/// One key and value of the frame's object.
pub(super) struct Entry<'text> {
    pub name: Cow<'text, str>,
    /// The key as written, with its quotes.
    pub key: &'text str,
    /// The value as written.
    pub value: &'text str,
}

/// Keys and values in their order. Most frames have few.
pub(super) type Entries<'text> = SmallVec<[Entry<'text>; 4]>;

/// Reads what wants a closer look than `plain` takes.
fn read_entries(text: &str) -> Result<Entries<'_>, Fault> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let raw = reader.deserialize_map(Raw).and_then(|raw| reader.end().map(|()| raw));
    raw.map_err(|error| not_an_object(&error))?
        .into_iter()
        .map(|(key, value)| Ok(Entry { name: scan::decode_text(key.get())?, key: key.get(), value: value.get() }))
        .collect()
}

fn not_an_object(error: &serde_json::Error) -> Fault {
    let what = "a frame is one JSON object, like {\"text\": \"hi\"}";
    // JSON that is no object would be repeated in the error, however long it is.
    let message = if error.is_data() { what.to_string() } else { format!("{what}; {error}") };
    (codes::MALFORMED, message)
}

struct Raw;

impl<'de> Visitor<'de> for Raw {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<Map: MapAccess<'de>>(self, mut map: Map) -> Result<Self::Value, Map::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

fn check_names(entries: &[Entry<'_>]) -> Result<(), Fault> {
    if entries.len() <= FEW_KEYS {
        let seen_before = |at: usize, entry: &Entry<'_>| entries.iter().take(at).any(|other| other.name == entry.name);
        let twice = entries.iter().enumerate().find(|(at, entry)| seen_before(*at, entry));
        return twice.map_or(Ok(()), |(_, entry)| Err(scan::duplicate(&entry.name)));
    }
    let mut names: Vec<&str> = entries.iter().map(|entry| &*entry.name).collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    twice.map_or(Ok(()), |pair| Err(scan::duplicate(pair[0])))
}

fn is_reserved(name: &str) -> bool {
    matches!(name, "to" | "id" | "ack" | "leave" | "cancel" | "resume")
}

fn read_id(entries: &[Entry<'_>]) -> Result<Option<Json>, Fault> {
    let Some(entry) = entries.iter().find(|entry| entry.name == "id") else { return Ok(None) };
    let is_text = entry.value.starts_with('"');
    let is_number = entry.value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let bytes = entry.value.len() - if is_text { 2 } else { 0 };
    if (is_text || is_number) && bytes <= ID_BYTES_MAX {
        if is_text {
            scan::decode_text(entry.value)?;
        }
        return Ok(Some(Json::from_trusted(entry.value)));
    }
    Err((codes::BAD_ID, format!("`id` is a number or a text of at most {ID_BYTES_MAX} bytes: send such a one or none")))
}

fn read_request(text: &str, entries: &[Entry<'_>]) -> Result<Request, Fault> {
    let verb = entries.iter().find(|entry| matches!(&*entry.name, "ack" | "leave" | "cancel" | "resume"));
    let Some(verb) = verb else { return read_message(text, entries) };
    if entries.iter().any(|entry| entry.name != verb.name && entry.name != "id") {
        return Err((
            codes::BAD_REQUEST,
            format!("a frame with `{}` has no other key but `id`: send two frames", verb.name),
        ));
    }
    match &*verb.name {
        "cancel" if verb.value == "true" => Ok(Request::Cancel),
        "cancel" => Err((codes::BAD_REQUEST, "`cancel` is `true`, or not there at all".into())),
        "leave" => read_leave(verb.value),
        "ack" => read_object(verb, Request::Ack),
        _ => read_object(verb, Request::Resume),
    }
}

fn read_leave(value: &str) -> Result<Request, Fault> {
    match read_address("leave", value)? {
        Address::Room(room) => Ok(Request::Leave(room)),
        Address::Client(_) | Address::Group(_) | Address::Lock(_) | Address::Ticket(_) => {
            Err((codes::BAD_ADDRESS, "only rooms are left: write `room:NAME`".into()))
        }
    }
}

fn read_object(verb: &Entry<'_>, request: impl FnOnce(Json) -> Request) -> Result<Request, Fault> {
    if verb.value.starts_with('{') {
        return Ok(request(Json::from_trusted(verb.value)));
    }
    Err((codes::BAD_REQUEST, format!("`{}` is an object: write it in braces", verb.name)))
}

fn read_message(text: &str, entries: &[Entry<'_>]) -> Result<Request, Fault> {
    let to = entries.iter().find(|entry| entry.name == "to");
    let to = to.map(|entry| read_address("to", entry.value)).transpose()?;
    let content = if entries.iter().any(|entry| is_reserved(&entry.name)) {
        splice(entries)
    } else {
        Arc::from(text.trim_ascii())
    };
    Ok(Request::Message { to, content: Json::from_trusted(content) })
}

fn read_address(key: &str, value: &str) -> Result<Address, Fault> {
    if !value.starts_with('"') {
        return Err((codes::BAD_ADDRESS, format!("`{key}` is a text, like \"room:hall\"")));
    }
    let text = scan::decode_text(value)?;
    address::parse_address(&text).map_err(|message| (codes::BAD_ADDRESS, message))
}

/// The object without its reserved keys: keys and values as they were written, in their order.
fn splice(entries: &[Entry<'_>]) -> Arc<str> {
    let content = entries.iter().filter(|entry| !is_reserved(&entry.name));
    let bytes = content.clone().map(|entry| entry.key.len() + entry.value.len() + 2).sum::<usize>();
    let mut text = String::with_capacity(bytes + 2);
    text.push('{');
    for (at, entry) in content.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(entry.key);
        text.push(':');
        text.push_str(entry.value);
    }
    text.push('}');
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What makes a frame, and what does not.
    const PIECES: [&str; 24] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"a\"",
        "\"b\"",
        "\"a\":",
        "\"b\":",
        "\"\\n\"",
        "\"\\u00e9\"",
        "\"\\x\"",
        "\"\t\"",
        "\"ä, long enough {}\"",
        "1",
        "-0.5e+3",
        "01",
        "1.",
        "-",
        "true",
        "nul",
        " ",
        "\"",
    ];

    fn closely(text: &str, limits: &Limits) -> Option<Vec<(String, String)>> {
        scan::measure(text, limits).ok()?;
        let entries = read_entries(text).ok()?;
        scan::check_strictly(text).ok()?;
        Some(entries.iter().map(|entry| (entry.key.to_owned(), entry.value.to_owned())).collect())
    }

    proptest! {
        #[test]
        fn what_is_read_in_one_look_is_what_a_closer_one_reads(
            pieces in prop::collection::vec(prop::sample::select(PIECES.as_slice()), 0..14),
            is_framed in any::<bool>(),
        ) {
            let text = if is_framed { format!("{{\"f\":{}}}", pieces.concat()) } else { pieces.concat() };
            let limits = Limits { depth_max: 3, keys_max: 4, bytes_max: 120 };
            let mut entries = Entries::new();
            let is_plain = plain::read(&text, &limits, &mut entries).is_some() && check_names(&entries).is_ok();
            let entries = entries.iter().map(|entry| (entry.key.to_owned(), entry.value.to_owned()));
            let closely = closely(&text, &limits);
            if is_plain {
                prop_assert_eq!(Some(entries.collect()), closely, "{}", text);
            } else if !text.contains('\\') {
                prop_assert_eq!(None, closely, "{}", text);
            }
        }
    }
}
