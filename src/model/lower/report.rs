//! Where findings are gathered, and the words of those that many places make.

use super::codes;
use crate::diagnostic::{Code, Diagnostic, Fix, Span};
use crate::syntax::ast::{File, Name};
use std::collections::HashSet;
use std::sync::Arc;

/// So many names are listed where one is unknown; more would be noise.
const LISTED_MAX: usize = 8;
/// So many unknown names are compared with all known ones; a text full of them would take the square of its length.
const SUGGESTIONS_MAX: usize = 200;

/// What was found so far.
#[derive(Default)]
pub(super) struct Report {
    found: Vec<Diagnostic>,
    suggestions: usize,
    /// Names of what is there and could not be read.
    unread: HashSet<Arc<str>>,
}

impl Report {
    pub(super) fn new(files: &[File]) -> Report {
        Report { unread: files.iter().flat_map(|file| &file.unread).cloned().collect(), ..Report::default() }
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    pub(super) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::error(code, span, message));
    }

    /// A name that nothing of this kind has. `what` is the kind: `lock`, `state`. Of what could not be read the parser has told.
    pub(super) fn unknown<'n>(&mut self, what: &str, name: &Name, known: impl Iterator<Item = &'n str>) {
        self.unknown_in(what, "", name, known);
    }

    /// [`Report::unknown`], where a name can be right elsewhere. `whose` says here: ` in the room `hall``.
    pub(super) fn unknown_in<'n>(
        &mut self,
        what: &str,
        whose: &str,
        name: &Name,
        known: impl Iterator<Item = &'n str>,
    ) {
        if self.unread.contains(&name.node) {
            return;
        }
        let message = format!("there is no {what} `{}`{whose}", name.node);
        let finding = Diagnostic::error(codes::UNKNOWN_NAME, name.span, message);
        self.suggestions += 1;
        self.push(match self.suggestions {
            ..=SUGGESTIONS_MAX => with_suggestions(finding, &name.node, known.collect()),
            _more => finding,
        });
    }

    /// A second thing of one name. `what` is the kind: `state`.
    pub(super) fn duplicate(&mut self, what: &str, name: &Name, first: Span) {
        let message = format!("{what} `{}` is there already", name.node);
        let finding = Diagnostic::error(codes::DUPLICATE_NAME, name.span, message).other(first, "the first one");
        self.push(finding.help("give one of them another name"));
    }

    /// Something said twice that can be said once.
    pub(super) fn said_twice(&mut self, what: &str, span: Span, first: Span) {
        let message = format!("`{what}` can be said only once here");
        let finding = Diagnostic::error(codes::DUPLICATE_NAME, span, message).other(first, "said here first");
        self.push(finding.help("remove one of them"));
    }

    /// All findings, in source order, each once.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|one, other| {
            (one.primary.span, one.code, &one.message).cmp(&(other.primary.span, other.code, &other.message))
        });
        self.found.dedup();
        self.found
    }
}

/// The same finding with "did you mean", or with a list of what there is.
pub(super) fn with_suggestions(finding: Diagnostic, name: &str, mut known: Vec<&str>) -> Diagnostic {
    known.sort_unstable();
    known.dedup();
    let near = known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), *known))
        .filter(|(distance, known)| *distance <= known.len().max(name.len()) / 3)
        .min();
    match near {
        Some((_, near)) => {
            let span = finding.primary.span;
            let fix = Fix::unsafe_to_apply(format!("write `{near}`")).replace(span, near);
            finding.help(format!("did you mean `{near}`?")).fix(fix)
        }
        None if known.is_empty() || known.len() > LISTED_MAX => finding,
        None => {
            let listed: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
            finding.note(format!("there is {}", listed.join(", ")))
        }
    }
}

/// `1 argument`, `2 arguments`
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
