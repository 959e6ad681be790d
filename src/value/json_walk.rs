//! Walking through JSON that is known to be well formed: fields and items where they stand, without a copy. What is no record or
//! no list has none.

use std::borrow::Cow;
use std::ops::Range;

/// In every byte of a word, its lowest and its highest bit.
const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// From `at` on, the place of the first byte that does not stand for itself in a text: a quote, a backslash, a control
/// character. The end where there is none.
pub(crate) fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let found = special_bytes(u64::from_le_bytes(*eight));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + bytes.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| is_plain(byte)).count())
}

fn is_plain(byte: &u8) -> bool {
    !matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// The highest bit of each such byte. Above the lowest of them there may be wrong ones, for a borrow goes on.
fn special_bytes(word: u64) -> u64 {
    // With this bit turned, a quote is next to the control characters: below 33.
    let quote_or_control = (word ^ (LOW_BITS * 2)).wrapping_sub(LOW_BITS * 33);
    let backslash = (word ^ (LOW_BITS * u64::from(b'\\'))).wrapping_sub(LOW_BITS);
    (quote_or_control | backslash) & !word & HIGH_BITS
}

/// From `at` on, the place of the first byte that is no blank.
pub(crate) fn blank_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\t' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// Behind the text whose opening quote is at `at`, and whether it has an escape.
fn text_end(bytes: &[u8], at: usize) -> (usize, bool) {
    let (mut at, mut has_escape) = (at + 1, false);
    loop {
        at = plain_end(bytes, at);
        match bytes.get(at) {
            Some(b'\\') => (at, has_escape) = (at + 2, true),
            Some(b'"') => return (at + 1, has_escape),
            Some(_) => at += 1,
            None => return (bytes.len(), has_escape),
        }
    }
}

/// Behind the value that begins at `at`.
fn value_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'"') => text_end(bytes, at).0,
        Some(b'{' | b'[') => nested_end(bytes, at),
        Some(_) | None => {
            let is_inside = |byte: &u8| !matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\t' | b'\r');
            at + bytes.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| is_inside(byte)).count())
        }
    }
}

fn nested_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = text_end(bytes, at).0;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// Where a field of a record stands.
pub(crate) struct FieldAt {
    /// Its name, without quotes.
    pub name: Range<usize>,
    /// The name is written with escapes.
    pub has_name_escape: bool,
    pub value: Range<usize>,
    /// The value is a text without escapes.
    pub is_plain: bool,
}

/// Where the fields of a record stand, in their order.
pub(crate) struct FieldsAt<'json> {
    bytes: &'json [u8],
    at: usize,
}

/// Where the fields of a piece of JSON stand.
pub(crate) fn fields_at(json: &str) -> FieldsAt<'_> {
    FieldsAt { bytes: json.as_bytes(), at: if json.starts_with('{') { 1 } else { json.len() } }
}

impl Iterator for FieldsAt<'_> {
    type Item = FieldAt;

    fn next(&mut self) -> Option<FieldAt> {
        let bytes = self.bytes;
        let name = blank_end(bytes, self.at);
        let (name_end, has_name_escape) = match bytes.get(name) {
            Some(b'"') => text_end(bytes, name),
            Some(_) | None => return None,
        };
        let value = blank_end(bytes, blank_end(bytes, name_end) + 1);
        let (value_end, is_plain) = match bytes.get(value) {
            Some(b'"') => {
                let (end, has_escape) = text_end(bytes, value);
                (end, !has_escape)
            }
            Some(_) | None => (value_end(bytes, value), false),
        };
        // Behind the comma, or the brace.
        self.at = blank_end(bytes, value_end) + 1;
        Some(FieldAt { name: name + 1..name_end - 1, has_name_escape, value: value..value_end, is_plain })
    }
}

/// The fields of a record in their order: the name, borrowed unless it is written with escapes, and the value as it is written.
pub(crate) struct Fields<'json> {
    json: &'json str,
    places: FieldsAt<'json>,
}

/// The fields of a piece of JSON.
pub(crate) fn fields(json: &str) -> Fields<'_> {
    Fields { json, places: fields_at(json) }
}

impl<'json> Iterator for Fields<'json> {
    type Item = (Cow<'json, str>, &'json str);

    fn next(&mut self) -> Option<Self::Item> {
        let FieldAt { name, has_name_escape, value, is_plain: _ } = self.places.next()?;
        let name = match has_name_escape {
            false => Cow::Borrowed(self.json.get(name)?),
            true => Cow::Owned(super::read_text(self.json.get(name.start - 1..name.end + 1)?)?.to_string()),
        };
        Some((name, self.json.get(value)?))
    }
}

/// The items of a list in their order, as they are written.
pub(crate) struct Items<'json> {
    json: &'json str,
    at: usize,
}

/// The items of a piece of JSON.
pub(crate) fn items(json: &str) -> Items<'_> {
    Items { json, at: if json.starts_with('[') { 1 } else { json.len() } }
}

impl<'json> Iterator for Items<'json> {
    type Item = &'json str;

    fn next(&mut self) -> Option<&'json str> {
        let bytes = self.json.as_bytes();
        let item = blank_end(bytes, self.at);
        if matches!(bytes.get(item), Some(b']') | None) {
            return None;
        }
        let item_end = value_end(bytes, item);
        self.at = blank_end(bytes, item_end) + 1;
        self.json.get(item..item_end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_stands_for_itself_ends_at_the_first_byte_that_does_not() {
        for special in ['"', '\\', '\n', '\u{0}', '\u{1f}'] {
            for place in 0..20 {
                let text = format!(
                    "{}{special}\"{}",
                    "ä~ \u{7f}".repeat(8).chars().take(place).collect::<String>(),
                    "x".repeat(9)
                );
                let wanted = text.find(special).expect("it is in it");
                assert_eq!(plain_end(text.as_bytes(), 0), wanted, "{text:?}");
            }
        }
        assert_eq!(plain_end("no such byte".as_bytes(), 3), 12);
    }

    /// JSON with blanks and escapes, a few levels deep.
    fn any_json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "null|true|-?[1-9][0-9]{0,4}",
            any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
            Just(r#""\u00e9\"\\\ud83d\udd12}],{""#.to_owned()),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[ {}\t]", items.join(" ,"))),
                prop::collection::vec((any::<String>(), inner), 0..4).prop_map(|fields| {
                    let field = |(name, value): &(String, String)| {
                        format!("{} : {value}", serde_json::Value::from(name.as_str()))
                    };
                    format!("{{\n{} }}", fields.iter().map(field).collect::<Vec<_>>().join(" , "))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn fields_and_items_are_those_that_serde_reads(json in any_json()) {
            let names: Vec<String> = fields(&json).map(|(name, _)| name.into_owned()).collect();
            match serde_json::from_str(&json).expect("JSON") {
                serde_json::Value::Object(wanted) => {
                    prop_assert!(names.iter().all(|name| wanted.contains_key(name)) && wanted.keys().all(|name| names.contains(name)));
                    let last = |name: &String| fields(&json).filter(|(other, _)| *other == *name).last().map(|(_, value)| value);
                    for (name, value) in &wanted {
                        let read: Option<serde_json::Value> = last(name).and_then(|text| serde_json::from_str(text).ok());
                        prop_assert_eq!(read.as_ref(), Some(value));
                    }
                }
                serde_json::Value::Array(wanted) => {
                    let read: Vec<serde_json::Value> = items(&json).map(|item| serde_json::from_str(item).expect("JSON")).collect();
                    prop_assert_eq!(read, wanted);
                }
                _ => prop_assert!(names.is_empty() && items(&json).next().is_none()),
            }
        }
    }
}
