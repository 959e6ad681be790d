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
    let reason = &reason[..reason.floor_char_boundary(REASON_BYTES_MAX)];
    write_head(CLOSE, 2 + reason.len(), out);
    out.extend_from_slice(&code.0.to_be_bytes());
    out.extend_from_slice(reason.as_bytes());
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
}

impl std::fmt::Display for Excess {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Excess::Fragments => "a message in too many fragments",
            Excess::Control => "too many control frames",
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
        FrameGauge { fragments_max, fragments: 0, control: 0, place: Place::First }
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
        }
        Ok(())
    }
}
