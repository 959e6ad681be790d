//! From a client's text to an [`Envelope`]. The content stays the text it came as.

use super::scan::{self, Fault};
use super::{Address, Envelope, Limits, Refusal, Request, address, codes, plain};
use crate::value::{FieldAt, Index, Indexed, Json, fields_at};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt;

/// The longest id, in bytes as the client writes it, a text's quotes not counted.
pub const ID_BYTES_MAX: usize = 64;

/// Reads one frame: one JSON object, at most as large, as deep and with as many keys as the limits say, no key
/// twice in any object, no half characters. What is not a reserved key is content and is not touched.
pub fn decode(text: &str, limits: &Limits) -> Result<Envelope, Refusal> {
    let mut entries = Entries::new();
    match plain::read(text, limits, &mut entries) {
        Some(object) => read_plain(object, &entries),
        None => read_closely(text, limits),
    }
}

/// Nothing can be wrong any more with a frame that was read in one look, but what its words say.
fn read_plain(text: &str, entries: &[Entry]) -> Result<Envelope, Refusal> {
    if entries.iter().all(|entry| entry.word.is_none()) {
        return Ok(Envelope { id: None, request: Request::Message { to: None, content: whole(text, entries) } });
    }
    let id = read_id(text, entries).map_err(|(code, message)| Refusal { id: None, code, message })?;
    match read_request(text, entries) {
        Ok(request) => Ok(Envelope { id, request }),
        Err((code, message)) => Err(Refusal { id, code, message }),
    }
}

fn read_closely(text: &str, limits: &Limits) -> Result<Envelope, Refusal> {
    let unnamed = |(code, message): Fault| Refusal { id: None, code, message };
    scan::measure(text, limits).map_err(unnamed)?;
    let (text, entries, mut names) = read_entries(text).map_err(unnamed)?;
    let id = read_id(text, &entries).map_err(unnamed)?;
    let checked = scan::check_keys(&mut names).and_then(|()| scan::check_strictly(text));
    match checked.and_then(|()| read_request(text, &entries)) {
        Ok(request) => Ok(Envelope { id, request }),
        Err((code, message)) => Err(Refusal { id, code, message }),
    }
}

/// One key and value of the frame's object, where they stand in the frame.
pub(super) struct Entry {
    pub field: FieldAt,
    /// What the key means to the server, if anything.
    pub word: Option<Word>,
}

/// A reserved key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    To,
    Id,
    Verb(Verb),
}

/// A key that says what is wanted in the place of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Ack,
    Leave,
    Cancel,
    Resume,
}

impl Word {
    pub(super) fn of(name: &[u8]) -> Option<Word> {
        match name {
            b"to" => Some(Word::To),
            b"id" => Some(Word::Id),
            b"ack" => Some(Word::Verb(Verb::Ack)),
            b"leave" => Some(Word::Verb(Verb::Leave)),
            b"cancel" => Some(Word::Verb(Verb::Cancel)),
            b"resume" => Some(Word::Verb(Verb::Resume)),
            _ => None,
        }
    }
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Verb::Ack => "ack",
            Verb::Leave => "leave",
            Verb::Cancel => "cancel",
            Verb::Resume => "resume",
        }
    }
}

impl Entry {
    fn value<'text>(&self, text: &'text str) -> &'text str {
        text.get(self.field.value.clone()).unwrap_or_default()
    }
}

/// Keys and values in their order. Most frames have few.
pub(super) type Entries = SmallVec<[Entry; 4]>;

/// Reads what wants a closer look than `plain` takes: the object's own text, what is in it, and what its keys read.
fn read_entries(text: &str) -> Result<(&str, Entries, Vec<Cow<'_, str>>), Fault> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_map(Object).and_then(|()| reader.end()).map_err(|error| not_an_object(&error))?;
    let text = text.trim_ascii();
    let (mut entries, mut names) = (Entries::new(), Vec::new());
    for field in fields_at(text) {
        let key = text.get(field.name.start - 1..field.name.end + 1).unwrap_or_default();
        let name = scan::decode_text(key)?;
        entries.push(Entry { word: Word::of(name.as_bytes()), field });
        names.push(name);
    }
    Ok((text, entries, names))
}

fn not_an_object(error: &serde_json::Error) -> Fault {
    let what = "a frame is one JSON object, like {\"text\": \"hi\"}";
    // JSON that is no object would be repeated in the error, however long it is.
    let message = if error.is_data() { what.to_string() } else { format!("{what}; {error}") };
    (codes::MALFORMED, message)
}

/// An object of which nothing is kept.
struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<Map: MapAccess<'de>>(self, mut map: Map) -> Result<(), Map::Error> {
        while map.next_entry::<&RawValue, &RawValue>()?.is_some() {}
        Ok(())
    }
}

fn read_id(text: &str, entries: &[Entry]) -> Result<Option<Json>, Fault> {
    let Some(entry) = entry_of(Word::Id, entries) else { return Ok(None) };
    let value = entry.value(text);
    let is_text = value.starts_with('"');
    let is_number = value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let bytes = value.len() - if is_text { 2 } else { 0 };
    if (is_text || is_number) && bytes <= ID_BYTES_MAX {
        if is_text {
            scan::decode_text(value)?;
        }
        return Ok(Some(Json::from_trusted(value)));
    }
    Err((codes::BAD_ID, format!("`id` is a number or a text of at most {ID_BYTES_MAX} bytes: send such a one or none")))
}

fn entry_of(word: Word, entries: &[Entry]) -> Option<&Entry> {
    entries.iter().find(|entry| entry.word == Some(word))
}

fn read_request(text: &str, entries: &[Entry]) -> Result<Request, Fault> {
    let verb = entries.iter().find_map(|entry| match entry.word {
        Some(Word::Verb(verb)) => Some((verb, entry.value(text))),
        Some(Word::To | Word::Id) | None => None,
    });
    match verb {
        Some((verb, value)) => read_verb(verb, value, entries),
        None => read_message(text, entries),
    }
}

fn read_verb(verb: Verb, value: &str, entries: &[Entry]) -> Result<Request, Fault> {
    if entries.iter().any(|other| other.word != Some(Word::Verb(verb)) && other.word != Some(Word::Id)) {
        return Err((
            codes::BAD_REQUEST,
            format!("a frame with `{}` has no other key but `id`: send two frames", verb.name()),
        ));
    }
    match verb {
        Verb::Cancel if value == "true" => Ok(Request::Cancel),
        Verb::Cancel => Err((codes::BAD_REQUEST, "`cancel` is `true`, or not there at all".into())),
        Verb::Leave => read_leave(value),
        Verb::Ack => read_object(verb, value).map(Request::Ack),
        Verb::Resume => read_object(verb, value).map(Request::Resume),
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

fn read_object(verb: Verb, value: &str) -> Result<Json, Fault> {
    if value.starts_with('{') {
        return Ok(Json::from_trusted(value));
    }
    Err((codes::BAD_REQUEST, format!("`{}` is an object: write it in braces", verb.name())))
}

fn read_message(text: &str, entries: &[Entry]) -> Result<Request, Fault> {
    let to = entry_of(Word::To, entries);
    let to = to.map(|entry| read_address("to", entry.value(text))).transpose()?;
    let content =
        if entries.iter().any(|entry| entry.word.is_some()) { splice(text, entries) } else { whole(text, entries) };
    Ok(Request::Message { to, content })
}

fn read_address(key: &str, value: &str) -> Result<Address, Fault> {
    if !value.starts_with('"') {
        return Err((codes::BAD_ADDRESS, format!("`{key}` is a text, like \"room:hall\"")));
    }
    let text = scan::decode_text(value)?;
    address::parse_address(&text).map_err(|message| (codes::BAD_ADDRESS, message))
}

/// The object as it is, without reserved keys in it.
fn whole(text: &str, entries: &[Entry]) -> Indexed {
    let mut index = Index::empty();
    entries.iter().for_each(|entry| index.add(&entry.field));
    Indexed::new(Json::from_trusted(text), index)
}

/// The object without its reserved keys: keys and values as they were written, in their order.
fn splice(text: &str, entries: &[Entry]) -> Indexed {
    let mut content = String::with_capacity(text.len());
    let mut index = Index::empty();
    content.push('{');
    for Entry { field, .. } in entries.iter().filter(|entry| entry.word.is_none()) {
        if content.len() > 1 {
            content.push(',');
        }
        let name = content.len() + 1;
        content.push_str(text.get(field.name.start - 1..field.name.end + 1).unwrap_or_default());
        content.push(':');
        let value = content.len();
        content.push_str(text.get(field.value.clone()).unwrap_or_default());
        let (name, value) = (name..value - 2, value..content.len());
        index.add(&FieldAt { name, value, ..*field });
    }
    content.push('}');
    Indexed::new(Json::from_trusted(content), index)
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

    fn told(text: &str, entries: &[Entry]) -> Vec<(String, String)> {
        let name = |entry: &Entry| text[entry.field.name.clone()].to_owned();
        entries.iter().map(|entry| (name(entry), entry.value(text).to_owned())).collect()
    }

    fn closely(text: &str, limits: &Limits) -> Option<Vec<(String, String)>> {
        scan::measure(text, limits).ok()?;
        let (object, entries, mut names) = read_entries(text).ok()?;
        scan::check_keys(&mut names).ok()?;
        scan::check_strictly(text).ok()?;
        Some(told(object, &entries))
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
            let object = plain::read(&text, &limits, &mut entries);
            let closely = closely(&text, &limits);
            if let Some(object) = object {
                prop_assert_eq!(Some(told(object, &entries)), closely, "{}", text);
            } else if !text.contains('\\') {
                prop_assert_eq!(None, closely, "{}", text);
            }
        }
    }
}
