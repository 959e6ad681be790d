//! Reads a frame in one look, if nothing about it wants a closer one: well-formed JSON, no unit of UTF-16 in an escape, no
//! key with an escape, none twice within, and not too much of anything. Nearly all frames are so; what this does not read, `scan` looks at
//! again and finds out what is wrong with it, if anything is.

use super::Limits;
use super::decode::{Entries, Entry};
use crate::value::{blank_end, plain_end};
use smallvec::SmallVec;
use std::borrow::Cow;

/// Deeper frames are not read here, for every level is a call.
const DEPTH_MAX: usize = 64;
/// Up to so many keys of one object are compared each with each.
const FEW_KEYS: usize = 8;

/// The frame's keys and values, unless it wants a closer look.
pub(super) fn read<'text>(text: &'text str, limits: &Limits, entries: &mut Entries<'text>) -> Option<()> {
    if text.len() > limits.bytes_max {
        return None;
    }
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, keys_left: limits.keys_max, names: SmallVec::new() };
    let depth_left = limits.depth_max.min(DEPTH_MAX).checked_sub(1)?;
    reader.skip_blank();
    reader.read_entries(depth_left, entries)?;
    reader.skip_blank();
    (reader.at == text.len()).then_some(())
}

struct Reader<'text> {
    text: &'text str,
    bytes: &'text [u8],
    at: usize,
    keys_left: usize,
    /// Names of the fields so far, of all objects that are not closed, the frame itself not counted.
    names: SmallVec<[&'text str; FEW_KEYS]>,
}

impl<'text> Reader<'text> {
    fn read_entries(&mut self, depth_left: usize, entries: &mut Entries<'text>) -> Option<()> {
        self.require(b'{')?;
        self.read_separated(b'}', |reader| {
            let key = reader.read_key()?;
            let begin = reader.at;
            reader.read_value(depth_left)?;
            let value = reader.text.get(begin..reader.at)?;
            entries.push(Entry { name: Cow::Borrowed(key.get(1..key.len() - 1)?), key, value });
            Some(())
        })
    }

    fn read_object(&mut self, depth_left: usize) -> Option<()> {
        let first = self.names.len();
        self.read_separated(b'}', |reader| {
            let key = reader.read_key()?;
            reader.names.push(key);
            reader.read_value(depth_left)
        })?;
        let are_different = self.names.get_mut(first..).is_none_or(are_different);
        self.names.truncate(first);
        are_different.then_some(())
    }

    fn read_list(&mut self, depth_left: usize) -> Option<()> {
        self.read_separated(b']', |reader| reader.read_value(depth_left))
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

    /// A key with its quotes; the reader is at its value then.
    fn read_key(&mut self) -> Option<&'text str> {
        self.keys_left = self.keys_left.checked_sub(1)?;
        let begin = self.at;
        self.require(b'"')?;
        self.at = plain_end(self.bytes, self.at);
        self.require(b'"')?;
        let key = self.text.get(begin..self.at);
        self.skip_blank();
        self.require(b':')?;
        self.skip_blank();
        key
    }

    fn read_value(&mut self, depth_left: usize) -> Option<()> {
        let first = *self.bytes.get(self.at)?;
        match first {
            b'-' | b'0'..=b'9' => return self.read_number(),
            b't' => return self.read_word("true"),
            b'f' => return self.read_word("false"),
            b'n' => return self.read_word("null"),
            _ => self.at += 1,
        }
        match first {
            b'"' => self.read_text(),
            b'{' => self.read_object(depth_left.checked_sub(1)?),
            b'[' => self.read_list(depth_left.checked_sub(1)?),
            _ => None,
        }
    }

    /// The rest of a text.
    fn read_text(&mut self) -> Option<()> {
        loop {
            self.at = plain_end(self.bytes, self.at);
            if self.take(b'"') {
                return Some(());
            }
            self.require(b'\\')?;
            let is_escape = matches!(self.bytes.get(self.at)?, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't');
            self.at += 1;
            is_escape.then_some(())?;
        }
    }

    fn read_number(&mut self) -> Option<()> {
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
        Some(())
    }

    fn read_digits(&mut self) -> Option<()> {
        let digits = self.bytes.get(self.at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        (digits > 0).then_some(())
    }

    fn read_word(&mut self, word: &str) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        self.at += word.len();
        rest.starts_with(word.as_bytes()).then_some(())
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
fn are_different(names: &mut [&str]) -> bool {
    if names.len() > FEW_KEYS {
        names.sort_unstable();
        return names.windows(2).all(|pair| pair[0] != pair[1]);
    }
    names.iter().enumerate().all(|(at, name)| names.iter().take(at).all(|other| other != name))
}
