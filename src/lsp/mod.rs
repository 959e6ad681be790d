//! The language server: what `windlass lint`, `fmt` and `explain` know, while somebody types.
//!
//! One thread answers, in the order of the questions; it reads what it needs of the text that the editor has at that moment, so names,
//! completion and symbols never wait for a judgement. Another thread judges whole rulesets: always the latest
//! text, and only when typing pauses. What a client sends wrongly is refused or left out; it never ends the server.

mod actions;
mod capabilities;
mod complete;
mod describe;
mod disk;
mod edits;
mod findings;
mod hover;
mod judge;
mod library;
mod names;
mod navigate;
mod place;
mod reading;
mod rename;
mod session;
mod standing;
mod symbols;
mod text;
mod words;

pub use disk::FindRules;
pub use session::{Ended, serve};
pub use words::{Stands, WORDS, Word};
