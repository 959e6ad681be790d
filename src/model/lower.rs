//! From tree to model: names to ids, expressions to types.

use super::Model;
use crate::diagnostic::Diagnostic;
use crate::syntax::ast;

/// A model, as far as there is one, and what is wrong with the rules.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// None only where there is no entry room to begin with.
    pub model: Option<Model>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Resolves and types all files of one ruleset.
pub fn lower(_files: &[ast::File]) -> Lowered {
    Lowered { model: None, diagnostics: Vec::new() }
}
