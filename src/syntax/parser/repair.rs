//! What is wrong with the letters and brackets of a text, and the text without those faults.

use super::edits::Edits;
use crate::diagnostic::{Diagnostic, SourceId};

/// A text that the grammar can read to its end.
pub(super) struct Repaired {
    /// The text.
    pub text: String,
    /// What was changed.
    pub edits: Edits,
    /// Why.
    pub findings: Vec<Diagnostic>,
    /// Whether the text keeps all limits.
    pub readable: bool,
}

/// Repairs a text.
pub(super) fn repair(_source: SourceId, text: &str) -> Repaired {
    let (text, edits) = Edits::apply(text, Vec::new());
    Repaired { text, edits, findings: Vec::new(), readable: true }
}
