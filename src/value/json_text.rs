//! JSON strings looked at where they stand, without a copy.

use super::plain_end;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The longest escape, `\u0041`.
const ESCAPE_BYTES_MAX: usize = 6;

/// The characters of a JSON string, escapes resolved. A `None` among them is half a character (a lone
/// surrogate), which no text can hold.
pub(crate) struct TextChars<'json>(std::str::Chars<'json>);

/// The characters of a piece of JSON, none where it is no string.
pub(crate) fn text_chars(json: &str) -> Option<TextChars<'_>> {
    inside(json).map(|inside| TextChars(inside.chars()))
}

/// How many characters a piece of JSON has, none where it is no text.
pub(crate) fn text_length(json: &str) -> Option<usize> {
    let inside = inside(json)?;
    if !has_escape(inside) {
        return Some(inside.chars().count());
    }
    TextChars(inside.chars()).try_fold(0, |length, letter| letter.map(|_| length + 1))
}

/// Whether a piece of JSON is a text of so many characters.
pub(crate) fn has_text_length(json: &str, lengths: RangeInclusive<usize>) -> bool {
    match inside(json) {
        Some(inside) if !has_escape(inside) => has_length(inside, lengths),
        Some(_) => text_length(json).is_some_and(|length| lengths.contains(&length)),
        None => false,
    }
}

/// Whether a text has so many characters. Most texts are so far from both ends that their bytes tell.
pub(crate) fn has_length(text: &str, lengths: RangeInclusive<usize>) -> bool {
    // A character takes one to four bytes.
    let is_sure = *lengths.start() <= text.len() / 4 && text.len() <= *lengths.end();
    is_sure || lengths.contains(&text.chars().count())
}

/// Whether a piece of JSON is this text.
pub(crate) fn text_equals(json: &str, text: &str) -> bool {
    let Some(inside) = inside(json) else {
        return false;
    };
    // An escape takes more bytes than what it stands for, and at most six for one.
    if inside.len() <= text.len() || inside.len() > text.len() * ESCAPE_BYTES_MAX {
        return inside == text && !has_escape(inside);
    }
    TextChars(inside.chars()).eq(text.chars().map(Some))
}

/// The text that a piece of JSON is, none where it is no text.
pub(crate) fn read_text(json: &str) -> Option<Arc<str>> {
    let inside = inside(json)?;
    if !has_escape(inside) {
        return Some(inside.into());
    }
    let text: Option<String> = TextChars(inside.chars()).collect();
    text.map(Arc::from)
}

/// Whether something inside a JSON string does not stand for itself.
fn has_escape(inside: &str) -> bool {
    plain_end(inside.as_bytes(), 0) < inside.len()
}

fn inside(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
}

impl Iterator for TextChars<'_> {
    type Item = Option<char>;

    fn next(&mut self) -> Option<Option<char>> {
        let letter = self.0.next()?;
        Some(if letter == '\\' { self.escaped() } else { Some(letter) })
    }
}

impl TextChars<'_> {
    fn escaped(&mut self) -> Option<char> {
        match self.0.next()? {
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'u' => self.unit_escaped(),
            plain => Some(plain),
        }
    }

    /// `\u….` and, where that is the first half of a character, the second.
    fn unit_escaped(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        let second_follows = self.0.as_str().starts_with("\\u");
        if !second_follows {
            return None;
        }
        self.0.nth(1);
        let second = self.four_digits()?;
        let second = second.checked_sub(0xdc00).filter(|second| *second < 0x400)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + second)
    }

    fn four_digits(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |unit, _| Some(unit * 16 + self.0.next()?.to_digit(16)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_count_as_one_character() {
        assert_eq!(text_length(r#""a\n\"\u00e9\ud83d\udd12""#), Some(5));
        assert_eq!(text_length(r#""äöü""#), Some(3));
        assert_eq!(text_length(r#""""#), Some(0));
        assert_eq!(text_length("12"), None);
        assert_eq!(text_length("\""), None);
    }

    #[test]
    fn half_a_character_is_no_text() {
        for json in [r#""\ud83d""#, r#""\ud83dx""#, r#""\ud83d\u0041""#, r#""\udd12""#] {
            assert_eq!(text_length(json), None, "{json}");
            assert_eq!(read_text(json), None, "{json}");
        }
    }

    #[test]
    fn a_text_reads_as_serde_reads_it() {
        for json in [r#""plain""#, r#""tab\tquote\"slash\/\\ \b\f\r\n""#, r#""\u0041\uD83D\uDD12""#] {
            let whole: String = serde_json::from_str(json).expect("well-formed");
            assert_eq!(read_text(json).as_deref(), Some(whole.as_str()), "{json}");
            assert!(text_equals(json, &whole), "{json}");
            assert!(!text_equals(json, "other"), "{json}");
        }
    }
}
