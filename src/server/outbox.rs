//! What waits to be written to one connection, and how far its end has come.
//!
//! Whoever has something to write does it itself as long as nothing waits; otherwise it is queued, in order, and the
//! connection's own task writes it when the kernel takes more. A chunk begins and ends between two frames, except that the
//! first may have been written in part.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

/// What a chunk costs besides its bytes.
const CHUNK_OVERHEAD_BYTES: usize = 48;

/// Takes as many bytes as it can without waiting.
pub(super) trait Sink {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
}

/// How far a connection's end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is up.
    Open,
    /// Its close frame is queued or written; nothing follows it.
    Closing,
    /// Nothing can be written any more.
    Broken,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivered {
    /// It is with the kernel.
    Written,
    /// Some of it waits, or the connection's phase has changed: its task must look.
    Queued,
    /// It waits behind what waited before.
    Behind,
    /// More would wait than may wait.
    Overflow,
    /// The connection ends, and takes nothing any more.
    Refused,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Outbox {
    /// None where nothing waits, as mostly.
    queue: Option<Box<Queue>>,
    /// Whether the last byte written may be in the middle of a frame, whose rest is the first chunk, or lost.
    torn: bool,
    phase: Phase,
}

/// What waits.
#[derive(Debug, Default)]
struct Queue {
    chunks: VecDeque<Vec<u8>>,
    /// How much of the first chunk is written.
    written: usize,
    bytes: usize,
}

impl Outbox {
    pub(super) fn new() -> Self {
        Outbox { queue: None, torn: false, phase: Phase::Open }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.as_ref().is_none_or(|queue| queue.chunks.is_empty())
    }

    fn bytes(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.bytes)
    }

    fn queue_mut(&mut self) -> &mut Queue {
        self.queue.get_or_insert_default()
    }

    /// Writes whole frames, or queues what the sink does not take, up to `bytes_max`.
    pub(super) fn deliver(&mut self, sink: &impl Sink, slices: &mut [IoSlice<'_>], bytes_max: usize) -> Delivered {
        if self.phase != Phase::Open {
            return Delivered::Refused;
        }
        if !self.is_empty() {
            return self.add(slices, bytes_max, Delivered::Behind);
        }
        let length = total(slices);
        match write_all(sink, slices) {
            Ok([]) => Delivered::Written,
            Ok(left) => {
                self.torn = total(left) < length;
                self.add(left, bytes_max, Delivered::Queued)
            }
            Err(_) => {
                self.break_off();
                Delivered::Queued
            }
        }
    }

    fn add(&mut self, slices: &[IoSlice<'_>], bytes_max: usize, queued: Delivered) -> Delivered {
        let length = total(slices);
        let cost = length + CHUNK_OVERHEAD_BYTES;
        if self.bytes() + cost > bytes_max {
            return Delivered::Overflow;
        }
        let mut chunk = Vec::with_capacity(length);
        slices.iter().for_each(|slice| chunk.extend_from_slice(slice));
        let queue = self.queue_mut();
        queue.bytes += cost;
        queue.chunks.push_back(chunk);
        queued
    }

    /// Queues the last frames, close frame included, behind what waits.
    pub(super) fn close(&mut self, last: Vec<u8>) {
        if self.phase == Phase::Open {
            self.phase = Phase::Closing;
            if !last.is_empty() {
                self.queue_mut().chunks.push_back(last);
            }
        }
    }

    /// Queues the last frames in the place of all that waits, but for the rest of a frame that is written in part. Where
    /// that rest is not there any more, nothing can follow.
    pub(super) fn close_instead(&mut self, last: Vec<u8>) {
        if self.torn && self.is_empty() {
            self.break_off();
        } else if self.phase == Phase::Open {
            let torn = usize::from(self.torn);
            self.queue.iter_mut().for_each(|queue| queue.chunks.truncate(torn));
            self.close(last);
        }
    }

    /// Forgets everything: the other side is gone.
    pub(super) fn break_off(&mut self) {
        *self = Outbox { phase: Phase::Broken, ..Outbox::new() };
    }

    /// Writes what waits, as far as the sink takes it. An error leaves nothing.
    pub(super) fn flush(&mut self, sink: &impl Sink) -> io::Result<()> {
        while let Some(queue) = &mut self.queue
            && let Some(chunk) = queue.chunks.front()
        {
            let left = chunk.get(queue.written..).unwrap_or_default();
            match sink.try_write(&[IoSlice::new(left)]) {
                Ok(0) => {
                    self.break_off();
                    return Err(io::ErrorKind::WriteZero.into());
                }
                Ok(count) if count < left.len() => {
                    queue.written += count;
                    self.torn = true;
                }
                Ok(_) => {
                    queue.pop();
                    self.torn = false;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => {
                    self.break_off();
                    return Err(error);
                }
            }
        }
        self.queue = None;
        Ok(())
    }
}

impl Queue {
    /// The first chunk is written.
    fn pop(&mut self) {
        if let Some(chunk) = self.chunks.pop_front() {
            self.bytes = self.bytes.saturating_sub(chunk.len() + CHUNK_OVERHEAD_BYTES);
        }
        self.written = 0;
    }
}

fn total(slices: &[IoSlice<'_>]) -> usize {
    slices.iter().map(|slice| slice.len()).sum()
}

/// Writes until the sink takes no more; what is left.
fn write_all<'a, 'b>(sink: &impl Sink, slices: &'a mut [IoSlice<'b>]) -> io::Result<&'a mut [IoSlice<'b>]> {
    let mut left = slices;
    while !left.is_empty() {
        match sink.try_write(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => IoSlice::advance_slices(&mut left, count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(left),
            Err(error) => return Err(error),
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::RefCell;

    /// Takes so many bytes at each write, as long as it is told how many; 0 is "not now".
    struct Stub {
        takes: RefCell<VecDeque<usize>>,
        taken: RefCell<Vec<u8>>,
    }

    impl Sink for Stub {
        fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
            let count = self.takes.borrow_mut().pop_front().unwrap_or(0).min(all.len());
            if count == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.taken.borrow_mut().extend_from_slice(&all[..count]);
            Ok(count)
        }
    }

    /// Every delivery is a frame of one letter, its length before it.
    fn is_whole(mut bytes: &[u8]) -> bool {
        while let Some((length, rest)) = bytes.split_first() {
            let length = usize::from(*length);
            if rest.len() < length || rest[..length].windows(2).any(|pair| pair[0] != pair[1]) {
                return false;
            }
            bytes = &rest[length..];
        }
        true
    }

    const LAST: &[u8] = b"\x03zzz";

    proptest! {
        #[test]
        fn frames_stay_whole_whatever_the_sink_takes(
            steps in prop::collection::vec((1u8..100, 0u8..4, prop::collection::vec(0usize..150, 0..4)), 1..60),
            bytes_max in 100usize..2000,
            instead in any::<bool>(),
        ) {
            let sink = Stub { takes: RefCell::default(), taken: RefCell::default() };
            let mut outbox = Outbox::new();
            for (at, (length, flushes, takes)) in steps.iter().enumerate() {
                *sink.takes.borrow_mut() = takes.iter().copied().collect();
                let letters = vec![b'a' + (at % 20) as u8; usize::from(*length)];
                let slices = &mut [IoSlice::new(std::slice::from_ref(length)), IoSlice::new(&letters)];
                let delivered = outbox.deliver(&sink, slices, bytes_max);
                prop_assert!(outbox.bytes() <= bytes_max);
                if delivered == Delivered::Overflow {
                    break;
                }
                if *flushes == 0 {
                    outbox.flush(&sink).expect("no error");
                }
            }
            if instead { outbox.close_instead(LAST.to_vec()) } else { outbox.close(LAST.to_vec()) }
            *sink.takes.borrow_mut() = [7; 10_000].into();
            outbox.flush(&sink).expect("no error");
            prop_assert!(outbox.is_empty());
            let torn = outbox.phase() == Phase::Broken;
            let taken = sink.taken.borrow();
            prop_assert!(torn || !instead || (is_whole(&taken) && taken.ends_with(LAST)));
            let late = outbox.deliver(&sink, &mut [IoSlice::new(b"\x01x")], bytes_max);
            prop_assert_eq!(late, Delivered::Refused);
        }
    }
}
