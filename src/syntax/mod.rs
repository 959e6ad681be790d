//! From text to tree: reads `.room` files, finds as many errors as there are, and keeps the good parts.

pub mod ast;
mod parser;

pub use parser::{PARSE_DEPTH_MAX, Parsed, parse_file};
