//! Tests of `wind`: the real pass beside a naive one.

mod event;
mod naive;
mod pair;
mod random;
mod real;
mod ruleset;
mod shrink;
mod steps;
mod tape;
mod world;
