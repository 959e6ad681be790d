//! Tests of `engine` and `envelope`.

mod bounds;
mod decoding;
mod invariants;
mod outgoing;
mod plays;
pub mod stage;
