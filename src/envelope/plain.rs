//! Reads a frame in one look, if nothing about it wants a closer one: well-formed JSON, no unit of UTF-16 in an escape, no
//! key with an escape, none twice within, and not too much of anything. Nearly all frames are so; what this does not read, `scan` looks at
//! again and finds out what is wrong with it, if anything is.

use super::Limits;
use super::decode::{Entries, Entry, Word};
use crate::value::{FieldAt, blank_end, plain_end};
use smallvec::SmallVec;
use std::ops::Range;

/// Deeper frames are not read here, for every level is a call.
const DEPTH_MAX: usize = 64;
/// Up to so many keys of one object are compared each with each.
const FEW_KEYS: usize = 8;

/// The frame's object, and its keys and values as they stand in that, unless it wants a closer look.
pub(super) fn read<'text>(text: &'text str, limits: &Limits, entries: &mut Entries) -> Option<&'text str> {
    if text.len() > limits.bytes_max {
        return None;
    }
    let text = text.get(blank_end(text.as_bytes(), 0)..)?;
    let mut reader = Reader { bytes: text.as_bytes(), at: 0, keys_left: limits.keys_max, names: SmallVec::new() };
    let depth_left = limits.depth_max.min(DEPTH_MAX).checked_sub(1)?;
    reader.read_entries(depth_left, entries)?;
    let object = text.get(..reader.at)?;
    reader.skip_blank();
    (reader.at == text.len()).then_some(object)
}

struct Reader<'text> {
    bytes: &'text [u8],
    at: usize,
    keys_left: usize,
    /// Names of the fields so far, of all objects that are not closed.
    names: SmallVec<[&'text [u8]; FEW_KEYS]>,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As a text without escapes.
    Plain,
    Otherwise,
}

impl Reader<'_> {
    fn read_entries(&mut self, depth_left: usize, entries: &mut Entries) -> Option<()> {
        self.require(b'{')?;
        self.read_fields(|reader| {
            let name = reader.read_key()?;
            let value = reader.at;
            let is_plain = reader.read_value(depth_left)? == Form::Plain;
            let field = FieldAt { name, has_name_escape: false, value: value..reader.at, is_plain };
            entries.push(Entry { word: reader.names.last().and_then(|name| Word::of(name)), field });
            Some(())
        })
    }

    fn read_object(&mut self, depth_left: usize) -> Option<Form> {
        self.read_fields(|reader| {
            reader.read_key()?;
            reader.read_value(depth_left)?;
            Some(())
        })?;
        Some(Form::Otherwise)
    }

    /// The fields of an object, of which none has the name of another.
    fn read_fields(&mut self, read: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let first = self.names.len();
        self.read_separated(b'}', read)?;
        let names = self.names.get_mut(first..).unwrap_or_default();
        let are_different = names.len() < 2 || are_different(names);
        self.names.truncate(first);
        are_different.then_some(())
    }

    fn read_list(&mut self, depth_left: usize) -> Option<Form> {
        self.read_separated(b']', |reader| reader.read_value(depth_left).map(drop))?;
        Some(Form::Otherwise)
    }

    /// What is separated by commas, up to the bracket that closes it.
    fn read_separated(&mut self, closes: u8, mut read: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.skip_blank();
        if self.take(closes) {
            return Some(());
        }
        loop {
            self.skip_blank();
            read(self)?;
            self.skip_blank();
            if self.take(closes) {
                return Some(());
            }
            self.require(b',')?;
        }
    }

    /// Where a key stands, without its quotes; it is the last of the names, and the reader at its value then.
    fn read_key(&mut self) -> Option<Range<usize>> {
        self.keys_left = self.keys_left.checked_sub(1)?;
        self.require(b'"')?;
        let begin = self.at;
        self.at = plain_end(self.bytes, self.at);
        let name = begin..self.at;
        self.require(b'"')?;
        self.names.push(self.bytes.get(name.clone())?);
        self.skip_blank();
        self.require(b':')?;
        self.skip_blank();
        Some(name)
    }

    fn read_value(&mut self, depth_left: usize) -> Option<Form> {
        let first = *self.bytes.get(self.at)?;
        match first {
            b'"' => self.read_text(),
            b'{' => {
                self.at += 1;
                self.read_object(depth_left.checked_sub(1)?)
            }
            b'[' => {
                self.at += 1;
                self.read_list(depth_left.checked_sub(1)?)
            }
            b'-' | b'0'..=b'9' => self.read_number(),
            b't' => self.read_word("true"),
            b'f' => self.read_word("false"),
            b'n' => self.read_word("null"),
            _ => None,
        }
    }

    fn read_text(&mut self) -> Option<Form> {
        self.at += 1;
        let mut form = Form::Plain;
        loop {
            self.at = plain_end(self.bytes, self.at);
            if self.take(b'"') {
                return Some(form);
            }
            self.require(b'\\')?;
            form = Form::Otherwise;
            let is_escape = matches!(self.bytes.get(self.at)?, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't');
            self.at += 1;
            is_escape.then_some(())?;
        }
    }

    fn read_number(&mut self) -> Option<Form> {
        self.take(b'-');
        if !self.take(b'0') {
            self.read_digits()?;
        }
        if self.take(b'.') {
            self.read_digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.read_digits()?;
        }
        Some(Form::Otherwise)
    }

    fn read_digits(&mut self) -> Option<()> {
        let digits = self.bytes.get(self.at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        (digits > 0).then_some(())
    }

    fn read_word(&mut self, word: &str) -> Option<Form> {
        let rest = self.bytes.get(self.at..)?;
        self.at += word.len();
        rest.starts_with(word.as_bytes()).then_some(Form::Otherwise)
    }

    fn skip_blank(&mut self) {
        self.at = blank_end(self.bytes, self.at);
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn require(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }
}

/// Whether no key of an object is there twice. None has an escape, so they are as they are written.
fn are_different(names: &mut [&[u8]]) -> bool {
    if names.len() > FEW_KEYS {
        names.sort_unstable();
        return names.windows(2).all(|pair| pair[0] != pair[1]);
    }
    names.iter().enumerate().all(|(at, name)| names.iter().take(at).all(|other| other != name))
}
