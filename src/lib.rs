//! Windlass: a WebSocket room server whose rooms and locks are written in small `.room` files.
//!
//! # From text to machine
//!
//! [`syntax`] reads `.room` files into a tree, [`model`] gives every name an id and every expression a type,
//! [`machine`] builds one graph per room and lock and the composed graph over them, and [`lint`] says whether
//! the whole may run. Each stage is a total function: it returns its value and what it found wrong with it.
//!
//! # From message to message
//!
//! A connection's bytes become an [`envelope`], the [`engine`] hands it to one socket's [`wind`] stack, one
//! evaluation pass later the stack and an ordered list of effects come out, and the engine turns those into
//! frames for other sockets. Everything up to here is pure: no clock, no randomness, no IO, no threads.
//! Around it stand `server`, `check`, `ruleset` and `cli`, which own the world (feature `server`).
#![forbid(unsafe_code)]
#![warn(missing_docs)]

// L0: words that every other module uses
pub mod diagnostic;
pub mod envelope;
pub mod value;

// L1 to L4: from text to machine
pub mod lint;
pub mod machine;
pub mod model;
pub mod syntax;

// L4 to L6: from message to message
pub mod engine;
pub mod scenario;
pub mod store;
pub mod wind;

// L7 and L8: the world
#[cfg(feature = "server")]
pub mod check;
#[cfg(feature = "server")]
pub mod cli;
#[cfg(feature = "server")]
pub mod disk;
#[cfg(feature = "server")]
pub mod load;
#[cfg(feature = "server")]
pub mod lsp;
#[cfg(feature = "server")]
pub mod ruleset;
#[cfg(feature = "server")]
pub mod server;
