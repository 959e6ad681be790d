//! Tests of `wind`: the real pass beside a naive one.

mod event;
mod naive;
mod pair;
mod real;
mod steps;
mod world;
