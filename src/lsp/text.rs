//! A text as an editor sees it: lines from 0, and columns in the units that editor and server agreed on.

use crate::diagnostic::Span;
use lsp_types::{Position, PositionEncodingKind, Range, TextDocumentContentChangeEvent};
use std::sync::Arc;

/// What columns count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Units {
    /// Bytes, where the client offers it.
    Utf8,
    /// Pairs of bytes of UTF-16, which every client knows.
    #[default]
    Utf16,
}

impl Units {
    /// UTF-8 if the client offers it: then nothing needs to be counted.
    pub(super) fn agreed(offered: Option<&[PositionEncodingKind]>) -> Units {
        let offered = offered.unwrap_or_default();
        if offered.contains(&PositionEncodingKind::UTF8) { Units::Utf8 } else { Units::Utf16 }
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Units::Utf8 => PositionEncodingKind::UTF8,
            Units::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, letter: char) -> usize {
        match self {
            Units::Utf8 => letter.len_utf8(),
            Units::Utf16 => letter.len_utf16(),
        }
    }
}

/// One version of a text, with its lines found.
#[derive(Clone, Debug)]
pub(super) struct Text {
    /// All of it.
    pub(super) text: Arc<str>,
    starts: Vec<usize>,
}

impl Text {
    /// Lines end with `\n`, `\r\n` or `\r`, as the protocol has it.
    pub(super) fn new(text: impl Into<Arc<str>>) -> Text {
        let text: Arc<str> = text.into();
        let bytes = text.as_bytes();
        let is_end = |at: usize, byte: u8| byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        let ends = bytes.iter().enumerate().filter(|(at, byte)| is_end(*at, **byte)).map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(ends).collect();
        Text { text, starts }
    }

    /// The byte at a position; what is beyond a line's end is its end, what is beyond the text is the text's end.
    pub(super) fn offset(&self, at: Position, units: Units) -> usize {
        let Some((start, line)) = self.line(at.line as usize) else { return self.text.len() };
        let mut left = at.character as usize;
        for (before, letter) in line.char_indices() {
            let width = units.width(letter);
            if left < width {
                return start + before;
            }
            left -= width;
        }
        start + line.len()
    }

    /// The position of a byte.
    pub(super) fn position(&self, offset: usize, units: Units) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = self.text.get(start..offset.min(self.text.len())).unwrap_or("");
        let character = before.chars().map(|letter| units.width(letter)).sum::<usize>();
        Position { line: line as u32, character: character as u32 }
    }

    /// The range of a span, whose source is taken to be this text.
    pub(super) fn range(&self, span: Span, units: Units) -> Range {
        Range {
            start: self.position(span.start as usize, units),
            end: self.position(span.end.max(span.start) as usize, units),
        }
    }

    /// Where a line starts, and its letters without its end; none beyond the last.
    pub(super) fn line(&self, number: usize) -> Option<(usize, &str)> {
        let start = *self.starts.get(number)?;
        let end = self.starts.get(number + 1).copied().unwrap_or(self.text.len());
        Some((start, self.text.get(start..end)?.trim_end_matches(['\r', '\n'])))
    }

    /// The text after a change. A range that ends before it begins is read backwards.
    pub(super) fn changed(&self, change: TextDocumentContentChangeEvent, units: Units) -> Text {
        let Some(range) = change.range else { return Text::new(change.text) };
        let (first, last) = (self.offset(range.start, units), self.offset(range.end, units));
        let (start, end) = (first.min(last), first.max(last));
        let before = self.text.get(..start).unwrap_or("");
        let after = self.text.get(end..).unwrap_or("");
        Text::new([before, &change.text, after].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_are_counted_in_the_agreed_units() {
        let text = Text::new("a🔒b\r\né\rc");
        assert_eq!(text.offset(at(0, 3), Units::Utf16), 5);
        assert_eq!(text.offset(at(0, 2), Units::Utf16), 1, "the midst of a letter is its beginning");
        assert_eq!(text.offset(at(0, 5), Units::Utf8), 5);
        assert_eq!(text.offset(at(0, 99), Units::Utf16), 6, "a line's end is before its line end");
        assert_eq!(text.offset(at(2, 0), Units::Utf16), 11);
        assert_eq!(text.offset(at(9, 9), Units::Utf16), 12);
        assert_eq!(text.position(5, Units::Utf16), at(0, 3));
        assert_eq!(text.position(5, Units::Utf8), at(0, 5));
        assert_eq!(text.position(99, Units::Utf16), at(2, 1));
    }

    #[test]
    fn a_change_replaces_its_range_wherever_that_is() {
        let change = |start: Position, end: Position, text: &str| TextDocumentContentChangeEvent {
            range: Some(Range { start, end }),
            range_length: None,
            text: text.to_owned(),
        };
        let text = Text::new("one\ntwo\n");
        assert_eq!(&*text.changed(change(at(0, 1), at(1, 1), "-"), Units::Utf16).text, "o-wo\n");
        assert_eq!(&*text.changed(change(at(1, 1), at(0, 1), "-"), Units::Utf16).text, "o-wo\n");
        assert_eq!(&*text.changed(change(at(7, 7), at(9, 9), "!"), Units::Utf16).text, "one\ntwo\n!");
    }
}
