//! WebSocket frames as bytes (RFC 6455, section 5.2): those that the server writes, and the heads of those it reads.
//!
//! What the server writes is not masked, so one frame's bytes serve every receiver.

use crate::engine::CloseCode;

/// The longest reason that a close frame holds, in bytes (RFC 6455, section 5.5).
const REASON_BYTES_MAX: usize = 123;
const FINAL: u8 = 0x80;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;

/// Appends a text as one frame.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    write_head(TEXT, text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// Appends a ping without content.
pub(super) fn write_ping(out: &mut Vec<u8>) {
    write_head(PING, 0, out);
}

/// Appends a close frame; a reason that is too long is cut between two characters.
pub(super) fn write_close(code: CloseCode, reason: &str, out: &mut Vec<u8>) {
    let reason = cut(reason);
    write_head(CLOSE, 2 + reason.len(), out);
    out.extend_from_slice(&code.0.to_be_bytes());
    out.extend_from_slice(reason.as_bytes());
}

fn cut(reason: &str) -> &str {
    let end = (0..=REASON_BYTES_MAX).rev().find(|end| reason.is_char_boundary(*end));
    if reason.len() <= REASON_BYTES_MAX { reason } else { reason.get(..end.unwrap_or(0)).unwrap_or_default() }
}

fn write_head(opcode: u8, length: usize, out: &mut Vec<u8>) {
    out.push(FINAL | opcode);
    if length < 126 {
        out.push(length as u8);
    } else if let Ok(length) = u16::try_from(length) {
        out.push(126);
        out.extend_from_slice(&length.to_be_bytes());
    } else {
        out.push(127);
        out.extend_from_slice(&(length as u64).to_be_bytes());
    }
}

/// Why a client's frames are not read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excess {
    /// A message comes in too many frames.
    Fragments,
    /// Too many pings and pongs in too short a time.
    Control,
    /// A message takes too long to come.
    Slow,
}

impl std::fmt::Display for Excess {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Excess::Fragments => "a message in too many fragments",
            Excess::Control => "too many control frames",
            Excess::Slow => "a message that takes too long to come",
        })
    }
}

impl std::error::Error for Excess {}

/// Counts the frames of a byte stream without understanding them: tungstenite joins fragments, empty ones included, for
/// as long as they come.
#[derive(Debug)]
pub(super) struct FrameGauge {
    fragments_max: u32,
    fragments: u32,
    control: u32,
    /// How many messages have ended, and come round to nothing after very many.
    ended: u32,
    place: Place,
}

/// Where in a frame the stream is.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Before its first byte.
    First,
    /// After its first byte.
    Second,
    /// So many bytes of its length are left to read (then its mask, if `masked`).
    Length { left: u8, so_far: u64, masked: bool },
    /// So many bytes of it are left.
    Rest(u64),
}

/// So many control frames may come between one [`FrameGauge::forgive`] and the next.
const CONTROL_FRAMES_MAX: u32 = 64;
const MASK_BYTES: u64 = 4;

impl FrameGauge {
    pub(super) fn new(fragments_max: u32) -> Self {
        FrameGauge { fragments_max, fragments: 0, control: 0, ended: 0, place: Place::First }
    }

    /// The number of the message that is under way, if one is.
    pub(super) fn under_way(&self) -> Option<u32> {
        let between = self.fragments == 0 && matches!(self.place, Place::First);
        (!between).then_some(self.ended)
    }

    /// Time has passed: control frames count from nothing again.
    pub(super) fn forgive(&mut self) {
        self.control = 0;
    }

    /// Counts what came.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Excess> {
        while let Some((first, rest)) = bytes.split_first() {
            if let Place::Rest(left) = self.place {
                let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                bytes = bytes.get(skipped..).unwrap_or_default();
                self.place = self.rest(left - skipped as u64);
                continue;
            }
            bytes = rest;
            self.place = self.head(*first)?;
        }
        Ok(())
    }

    fn head(&mut self, byte: u8) -> Result<Place, Excess> {
        match self.place {
            Place::First => {
                self.count(byte)?;
                Ok(Place::Second)
            }
            Place::Second => {
                let masked = byte & 0x80 != 0;
                Ok(match byte & 0x7f {
                    126 => Place::Length { left: 2, so_far: 0, masked },
                    127 => Place::Length { left: 8, so_far: 0, masked },
                    length => self.body(u64::from(length), masked),
                })
            }
            Place::Length { left, so_far, masked } => {
                let so_far = (so_far << 8) | u64::from(byte);
                Ok(match left {
                    0 | 1 => self.body(so_far, masked),
                    left => Place::Length { left: left - 1, so_far, masked },
                })
            }
            Place::Rest(left) => Ok(self.rest(left.saturating_sub(1))),
        }
    }

    fn body(&self, length: u64, masked: bool) -> Place {
        self.rest(length.saturating_add(if masked { MASK_BYTES } else { 0 }))
    }

    fn rest(&self, left: u64) -> Place {
        if left == 0 { Place::First } else { Place::Rest(left) }
    }

    fn count(&mut self, first: u8) -> Result<(), Excess> {
        if first & 0x08 != 0 {
            self.control += 1;
            return if self.control > CONTROL_FRAMES_MAX { Err(Excess::Control) } else { Ok(()) };
        }
        self.fragments += 1;
        if self.fragments > self.fragments_max {
            return Err(Excess::Fragments);
        }
        if first & FINAL != 0 {
            self.fragments = 0;
            self.ended = self.ended.wrapping_add(1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A client's frame with this first byte and so long a payload.
    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_head(0, length, &mut bytes);
        bytes[0] = first;
        bytes[1] |= 0x80;
        bytes.resize(bytes.len() + 4 + length, 0xff);
        bytes
    }

    proptest! {
        #[test]
        fn it_counts_alike_however_the_bytes_come(
            frames in prop::collection::vec((prop::sample::select(vec![0x81, 0x01, 0x00, 0x80, 0x89]), 0usize..70_000), 0..12),
            pieces in prop::collection::vec(1usize..9000, 1..40),
            fragments_max in 1u32..5,
        ) {
            let bytes: Vec<u8> = frames.iter().flat_map(|(first, length)| frame(*first, *length)).collect();
            let mut whole = FrameGauge::new(fragments_max);
            let expected = whole.feed(&bytes);
            let mut parts = FrameGauge::new(fragments_max);
            let mut rest = bytes.as_slice();
            let mut fed = Ok(());
            for length in pieces.iter().cycle() {
                if rest.is_empty() || fed.is_err() {
                    break;
                }
                let (piece, after) = rest.split_at((*length).min(rest.len()));
                fed = parts.feed(piece);
                rest = after;
            }
            prop_assert_eq!(fed, expected);
            if expected.is_ok() {
                prop_assert_eq!(parts.under_way(), whole.under_way());
                let open = frames.iter().rev().find(|(first, _)| first & 8 == 0).is_some_and(|(first, _)| first & 0x80 == 0);
                prop_assert_eq!(whole.under_way().is_some(), open);
            }
        }
    }

    #[test]
    fn a_reason_is_cut_between_characters() {
        for (reason, length) in
            [("short", 5), ("é", 2), (&"x".repeat(123), 123), (&"x".repeat(124), 123), (&"é".repeat(70), 122)]
        {
            let mut bytes = Vec::new();
            write_close(CloseCode(4000), reason, &mut bytes);
            assert_eq!((bytes[1], bytes.len()), (length + 2, usize::from(length) + 4));
            assert!(std::str::from_utf8(&bytes[4..]).is_ok());
        }
    }
}
