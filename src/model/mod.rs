//! The rules with every name resolved to an id and every expression typed.
//!
//! [`Model`] is what runs: `wind` reads it, `machine` builds graphs over it. A [`Model`] that came with errors
//! is good for an editor and for finding more errors, and nothing else: only `machine::compile` turns one
//! that came without into a `Program`.

mod expr;
mod handshake;
mod items;
mod lower;
mod matching;
mod type_display;
mod types;
mod typing;

pub use expr::*;
pub use handshake::{HandshakePart, PartField, Parts};
pub use items::*;
pub use lower::{Lowered, is_type_name, lower};
pub use matching::is_client_id;
pub use types::*;
pub(crate) use typing::{Family, names_client};
