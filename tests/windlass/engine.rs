//! Tests of `engine` and `envelope`.

mod authority;
mod bounds;
mod clocks;
mod crashes;
mod decoding;
mod hands;
mod holding;
mod invariants;
mod outgoing;
mod plays;
mod revocations;
mod shaky;
mod space;
pub mod stage;
