//! Machines as graphs: one petgraph graph per room and lock, the composed graph over all of them, and what
//! follows from them. The only user of petgraph.
//!
//! [`Program`] is what runs; `lint::check` alone makes one. Nothing here reads a clock, a file or a socket.

mod address;
mod program;

pub(crate) use program::compile;
pub use program::{Bounds, Program};
