//! From text to tree: reads `.room` files, finds as many errors as there are, and keeps the good parts.

pub mod ast;
mod format;
mod parser;

pub use format::{Unformatted, WIDTH, format_file};
pub use parser::{
    EXPRESSION_DEPTH_MAX, FINDINGS_MAX, OPERANDS_MAX, PARSE_DEPTH_MAX, Parsed, SOURCE_BYTES_MAX, is_reserved,
    parse_file,
};
