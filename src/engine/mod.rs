//! All sockets: one logical thread of decisions, sans IO.
//!
//! `handle_input(now, Input)` is the one door in, `poll_output() -> Output` the one door out, and
//! `poll_timeout()` says when to come back. Between two inputs nothing happens.

mod io;

pub use io::{CloseCode, Input, ListId, Output};
