//! Tests of `prove`: what `lint` says of a claim, beside everything that the real engine can be brought to do.

mod case;
mod claim;
mod digest;
mod explore;
mod leak;
mod random;
mod reloaded;
mod ruleset;
mod watch;
