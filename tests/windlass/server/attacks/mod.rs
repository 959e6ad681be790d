//! Attacks, one test for each kind that the page on security names and that no other test has; the page says which test has which.
//!
//! Those that take minutes run where `WINDLASS_LONG_TESTS` is set, and say so where it is not.

mod addresses;
mod crowds;
mod forging;
mod guessing;
mod secrets;
mod sizes;
