//! How tables of sockets are hashed: the server makes the ids, and 62 of their last 64 bits are random, so there is nobody to
//! guard against and nothing to mix but the bits that are the same in all.

use std::hash::{BuildHasherDefault, Hasher};

/// For tables whose keys are [`super::SocketId`]s.
pub type BySocket = BuildHasherDefault<SocketHasher>;

/// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4) of an id's last eight bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct SocketHasher(u64);

/// 2⁶⁴ divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for SocketHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last_chunk() {
            self.0 = u64::from_be_bytes(*last).wrapping_mul(GOLDEN);
        }
    }

    fn write_usize(&mut self, _length: usize) {}

    /// The high bits depend on all others, and a table looks at the low ones first.
    fn finish(&self) -> u64 {
        self.0.rotate_left(32)
    }
}

#[cfg(test)]
mod tests {
    use super::BySocket;
    use crate::wind::SocketId;
    use std::collections::BTreeSet;
    use std::hash::BuildHasher;

    #[test]
    fn ids_that_lie_close_together_are_spread() {
        let hash = |number: u128| BySocket::default().hash_one(SocketId(uuid::Uuid::from_u128(number)));
        let low: BTreeSet<u64> = (0..4096).map(|number| hash(number) % 4096).collect();
        let tags: BTreeSet<u64> = (0..4096).map(|number| hash(number) >> 57).collect();
        assert!(low.len() > 2000 && tags.len() == 128, "{} places, {} tags", low.len(), tags.len());
    }
}
