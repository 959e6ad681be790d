//! Tests of `engine` and `envelope`.

mod decoding;
mod outgoing;
mod plays;
mod stage;
