//! The closer look at a frame: its brackets, colons and quotes before anything is built of it, and once more for what a
//! lenient reader would let pass: a key twice in one object, half a character.
//!
//! The first look must stand any bytes; the second is only taken at text that is known to be JSON.

use super::{Limits, codes};
use std::borrow::Cow;

/// What a frame is refused for: a code and words for people.
pub(super) type Fault = (&'static str, String);

/// Counts brackets and keys, without building anything.
pub(super) fn measure(text: &str, limits: &Limits) -> Result<(), Fault> {
    if text.len() > limits.bytes_max {
        return Err((codes::TOO_LARGE, format!("a frame has at most {} bytes: send less at a time", limits.bytes_max)));
    }
    let (mut depth, mut keys) = (0_usize, 0_usize);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_text(&mut bytes),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b':' => keys += 1,
            _ => {}
        }
        if depth > limits.depth_max {
            return Err((codes::TOO_DEEP, format!("a frame nests at most {} deep: send it flatter", limits.depth_max)));
        }
        if keys > limits.keys_max {
            return Err((codes::TOO_MANY_KEYS, format!("a frame has at most {} keys: send fewer", limits.keys_max)));
        }
    }
    Ok(())
}

/// Goes on to the end of a text whose opening quote is behind.
fn skip_text(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

/// Refuses JSON that two readers may read differently: a key twice in one object, or a text with half of a
/// surrogate pair.
pub(super) fn check_strictly(json: &str) -> Result<(), Fault> {
    let mut keys: Vec<Cow<'_, str>> = Vec::new();
    let mut opened: Vec<usize> = Vec::new();
    let mut rest = json;
    while let Some(byte) = rest.bytes().next() {
        match byte {
            b'"' => {
                let (text, after) = split_text(rest);
                let decoded = decode_text(text)?;
                if after.trim_start().starts_with(':') {
                    keys.push(decoded);
                }
                rest = after;
                continue;
            }
            b'{' => opened.push(keys.len()),
            b'}' => {
                let first = opened.pop().unwrap_or(0);
                check_keys(keys.get_mut(first..).unwrap_or_default())?;
                keys.truncate(first);
            }
            _ => {}
        }
        // Outside texts, JSON is ASCII.
        rest = rest.get(1..).unwrap_or_default();
    }
    Ok(())
}

/// A text with its quotes, and what follows it.
fn split_text(json: &str) -> (&str, &str) {
    let mut bytes = json.bytes();
    bytes.next();
    skip_text(&mut bytes);
    json.split_at_checked(json.len() - bytes.len()).unwrap_or((json, ""))
}

/// What a quoted text says.
pub(super) fn decode_text(quoted: &str) -> Result<Cow<'_, str>, Fault> {
    let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.contains('\\') => Ok(Cow::Borrowed(inner)),
        Some(_) | None => serde_json::from_str::<String>(quoted).map(Cow::Owned).map_err(|_| {
            (codes::MALFORMED, "a text holds half of a surrogate pair: send whole characters".to_string())
        }),
    }
}

/// Refuses a key that is there twice.
pub(super) fn check_keys(keys: &mut [Cow<'_, str>]) -> Result<(), Fault> {
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(duplicate(&pair[0])),
        None => Ok(()),
    }
}

/// How much of a key is repeated in an error, in characters.
const KEY_SHOWN_MAX: usize = 32;

/// The fault of a key that an object has twice.
pub(super) fn duplicate(key: &str) -> Fault {
    let shown: String = key.chars().filter(|c| !c.is_control()).take(KEY_SHOWN_MAX).collect();
    (codes::DUPLICATE_KEY, format!("an object has the key `{shown}` twice: send it once"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_colons_in_texts_do_not_count() {
        let limits = Limits { depth_max: 1, keys_max: 1, ..Limits::default() };
        assert_eq!(measure(r#"{"a":"{[[[:::\"}]"}"#, &limits), Ok(()));
    }

    #[test]
    fn limits_hold_at_their_edges() {
        let limits = Limits { depth_max: 2, keys_max: 2, bytes_max: 16 };
        let code = |text: &str| measure(text, &limits).err().map(|(code, _)| code);
        assert_eq!(code(r#"{"a":[]}"#), None);
        assert_eq!(code(r#"{"a":[[]]}"#), Some(codes::TOO_DEEP));
        assert_eq!(code(r#"{"a":1,"b":2}"#), None);
        assert_eq!(code("{:::"), Some(codes::TOO_MANY_KEYS));
        assert_eq!(code("                "), None);
        assert_eq!(code("                 "), Some(codes::TOO_LARGE));
    }

    #[test]
    fn keys_are_compared_as_they_read() {
        assert!(check_strictly(r#"{"a":{"b":1,"c":{"b":2}},"b":[{"b":1},{"b":2}]}"#).is_ok());
        let code = |text: &str| check_strictly(text).err().map(|(code, _)| code);
        assert_eq!(code(r#"{"x":{"a" : 1, "\u0061":2}}"#), Some(codes::DUPLICATE_KEY));
        assert_eq!(code(r#"{"x":["\ud800"]}"#), Some(codes::MALFORMED));
        assert_eq!(code(r#"{"x":["ä\ud83d\ude00"]}"#), None);
    }
}
