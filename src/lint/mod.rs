//! Whether rules may run. What [`check`] passes, the server accepts: it is the same code.

use crate::diagnostic::{Diagnostic, SourceMap};
use crate::machine::Program;
use std::sync::Arc;

/// What there is to say about one ruleset.
#[derive(Debug)]
pub struct Checked {
    /// The ruleset, if no finding is an error.
    pub program: Option<Arc<Program>>,
    /// Every finding, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that the findings point into.
    pub sources: Arc<SourceMap>,
}

/// Parses, lowers, compiles and judges the files of one ruleset.
pub fn check(sources: SourceMap) -> Checked {
    Checked { program: None, diagnostics: Vec::new(), sources: Arc::new(sources) }
}
