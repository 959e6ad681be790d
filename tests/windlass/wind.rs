//! Tests of `wind`: the real pass beside a naive one.

mod event;
mod naive;
mod pair;
mod random;
mod real;
pub mod ruleset;
pub mod shrink;
mod steps;
pub mod tape;
mod world;
