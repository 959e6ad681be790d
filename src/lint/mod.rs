//! Whether rules may run. What [`check`] passes, the server accepts: it is the same code.

use crate::diagnostic::{Diagnostic, SourceMap, has_errors};
use crate::machine::{self, Bounds, Program};
use crate::model;
use crate::syntax;
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
    let mut diagnostics = Vec::new();
    let mut files = Vec::new();
    for (id, _) in sources.iter() {
        let parsed = syntax::parse_file(&sources, id);
        diagnostics.extend(parsed.diagnostics);
        files.push(parsed.file);
    }
    let lowered = model::lower(&files);
    diagnostics.extend(lowered.diagnostics);
    let sources = Arc::new(sources);
    let program = lowered.model.filter(|_| !has_errors(&diagnostics)).map(|model| {
        let bounds = Bounds { pass: 1000, depth: 32 };
        Arc::new(machine::compile(model, sources.clone(), bounds))
    });
    Checked { program, diagnostics, sources }
}
