//! Fixes put into the texts, round by round, until nothing is left that could be mended.

use super::{Checked, Levels, Rule, check_at, rule};
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity, SourceId, SourceMap, apply_fixes};
use crate::syntax::{format_file, parse_file};

/// Rounds after which texts are left as they are; a fix that makes room for another needs one more.
pub const FIX_ROUNDS_MAX: usize = 32;

/// What became of the texts.
#[derive(Debug)]
pub struct Mended {
    /// The texts, judged.
    pub checked: Checked,
    /// How many fixes were applied.
    pub applied: usize,
}

/// Applies the fixes of what is found, and of what is found then, up to this applicability. `overlook` takes out the
/// findings that are to stay. A text in the one style stays in it, and one that could be read can be read.
pub fn mend(
    sources: SourceMap,
    levels: &Levels,
    most: Applicability,
    mut overlook: impl FnMut(&mut Vec<Diagnostic>, &SourceMap),
) -> Mended {
    let mut mended = Mended { checked: check_at(sources, levels), applied: 0 };
    for _ in 0..FIX_ROUNDS_MAX {
        let sources = &mended.checked.sources;
        let mut found = mended.checked.diagnostics.clone();
        overlook(&mut found, sources);
        // What names and types seem to lack may stand where nothing could be read.
        if found.iter().any(is_unread) {
            found.retain(is_unread);
        }
        let fixed = apply_fixes(sources, found.iter().filter_map(|found| fix_of(found, most)));
        let Some(next) = with_texts(sources, |id| fixed.texts.get(&id)).filter(|_| fixed.applied > 0) else { break };
        mended.checked = check_at(next, levels);
        mended.applied += fixed.applied;
    }
    mended
}

fn is_unread(found: &Diagnostic) -> bool {
    found.severity == Severity::Error && rule(found.code).is_some_and(Rule::is_of_the_parser)
}

/// The fix of a finding that would be applied: the first that does not go too far.
pub fn fix_of(found: &Diagnostic, most: Applicability) -> Option<&Fix> {
    found.fixes.iter().find(|fix| fix.applicability <= most)
}

/// The same sources with other texts in place of some; none if one of those could not be read any more.
fn with_texts<'new>(sources: &SourceMap, text: impl Fn(SourceId) -> Option<&'new String>) -> Option<SourceMap> {
    let mut next = SourceMap::default();
    for (id, source) in sources.iter() {
        let Some(text) = text(id) else {
            next.add(source.path.clone(), source.text.clone());
            continue;
        };
        let mut alone = SourceMap::default();
        let new = alone.add(source.path.clone(), text.as_str());
        if parse_file(&alone, new).diagnostics.len() > parse_file(sources, id).diagnostics.len() {
            return None;
        }
        let was_in_style = format_file(sources, id).is_ok_and(|formatted| *formatted == *source.text);
        let formatted = format_file(&alone, new).ok().filter(|_| was_in_style);
        next.add(source.path.clone(), formatted.as_ref().unwrap_or(text).as_str());
    }
    Some(next)
}
