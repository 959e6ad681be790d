//! Randomness from a seed: the same seed and inputs give the same outputs.

use crate::wind::Entropy;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How tables are hashed whose keys clients choose: nobody who does not know the seed can tell which keys collide.
pub(super) type Keyed = ahash::RandomState;

/// Such a hash, of other bytes than [`Chance`] gives.
pub(super) fn keyed(seed: [u8; 32]) -> Keyed {
    let mut numbers = ChaCha20Rng::from_seed(seed);
    numbers.set_stream(1);
    Keyed::with_seeds(numbers.next_u64(), numbers.next_u64(), numbers.next_u64(), numbers.next_u64())
}

/// A stream of bytes that nobody can guess who does not know the seed.
#[derive(Clone)]
pub(super) struct Chance(ChaCha20Rng);

impl Chance {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Chance(ChaCha20Rng::from_seed(seed))
    }

    /// A number to tell one run of a room from the next.
    pub(super) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }
}

impl Entropy for Chance {
    fn fresh(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
