//! What a message carries so that whoever hears it knows which one it is: letters and digits at the beginning of its text, which the server
//! carries along untouched. It is found without reading the frame's JSON, since that would be most of the work of listening.

use std::fmt::Write;
use std::time::Duration;

/// The shortest text that any stamp fits into, in bytes.
pub const PAYLOAD_BYTES_MIN: u64 = 64;

/// Tells stamps of this run from others.
#[derive(Clone, Debug)]
pub(super) struct Mark(String);

/// Which message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Who speaks.
    pub(super) speaker: u32,
    /// Which of the speaker's, from 1 on.
    pub(super) number: u64,
    /// When it should have been sent, since everybody began to speak.
    pub(super) meant: Duration,
}

impl Mark {
    /// The mark of a run.
    pub(super) fn new(run: u32) -> Mark {
        Mark(format!("load-{run:08x}-"))
    }

    /// A text of so many bytes that begins with the stamp.
    pub(super) fn write(&self, stamp: &Stamp, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes);
        text.push_str(&self.0);
        let _ = write!(text, "{}-{}-{}-", stamp.speaker, stamp.number, stamp.meant.as_micros());
        let filling = bytes.saturating_sub(text.len());
        text.extend(std::iter::repeat_n('x', filling));
        text
    }

    /// The stamp in a frame; none where it has none of this run.
    pub(super) fn find(&self, frame: &str) -> Option<Stamp> {
        let (_, rest) = frame.split_once(self.0.as_str())?;
        let mut parts = rest.splitn(4, '-');
        let speaker = parts.next()?.parse().ok()?;
        let number = parts.next()?.parse().ok()?;
        let meant = Duration::from_micros(parts.next()?.parse().ok()?);
        parts.next()?;
        Some(Stamp { speaker, number, meant })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_found_again_in_a_frame() {
        let mark = Mark::new(0xfeed);
        let stamp = Stamp { speaker: 7, number: 12, meant: Duration::from_micros(3_000_017) };
        let text = mark.write(&stamp, 128);
        assert_eq!(text.len(), 128);
        assert_eq!(mark.find(&format!("{{\"message\":{{\"text\":\"{text}\"}}}}")), Some(stamp));
        assert_eq!(Mark::new(1).find(&text), None, "another run's");
        assert_eq!(mark.find("load-0000feed-7-12"), None, "cut off");
    }

    #[test]
    fn the_longest_stamp_fits_into_the_shortest_text() {
        let a_day = Duration::from_secs(86_400);
        let longest = Stamp { speaker: u32::MAX, number: 86_400 * 1_000_000, meant: a_day };
        let text = Mark::new(u32::MAX).write(&longest, PAYLOAD_BYTES_MIN as usize);
        assert_eq!(text.len(), PAYLOAD_BYTES_MIN as usize);
    }
}
