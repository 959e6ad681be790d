//! What would mend a finding: changes of the texts, and how sure it is that they are meant.

use super::{SourceId, SourceMap, Span};
use std::collections::BTreeMap;

/// How much of an author's meaning a fix may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// The rules do afterwards what they did before.
    Safe,
    /// Probably what was meant, and for a person to look at.
    Unsafe,
}

/// One change of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes; empty where something is only put in.
    pub span: Span,
    /// What stands there instead.
    pub text: String,
}

/// Edits that mend one finding, all of them or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: lower case, no full stop.
    pub message: String,
    /// How sure it is.
    pub applicability: Applicability,
    /// The changes; they neither overlap nor touch.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix that leaves what the rules do as it is, with no edits yet.
    pub fn safe(message: impl Into<String>) -> Fix {
        Fix { message: message.into(), applicability: Applicability::Safe, edits: Vec::new() }
    }

    /// A fix that somebody should look at, with no edits yet.
    pub fn unsafe_to_apply(message: impl Into<String>) -> Fix {
        Fix { applicability: Applicability::Unsafe, ..Fix::safe(message) }
    }

    /// The same fix with a place where something else is to stand.
    pub fn replace(mut self, span: Span, text: impl Into<String>) -> Fix {
        self.edits.push(Edit { span, text: text.into() });
        self
    }

    /// The same fix with something to put in before a byte.
    pub fn insert(self, source: SourceId, at: u32, text: impl Into<String>) -> Fix {
        self.replace(Span { source, start: at, end: at }, text)
    }

    /// The same fix with something to take away.
    pub fn remove(self, span: Span) -> Fix {
        self.replace(span, "")
    }
}

/// Texts after fixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// The texts that are others now.
    pub texts: BTreeMap<SourceId, String>,
    /// How many fixes were applied.
    pub applied: usize,
    /// How many were left, because they touch one that was applied or do not fit the text.
    pub left: usize,
}

/// Edits that do not touch, by where they begin.
type Accepted<'fix> = BTreeMap<(SourceId, u32), &'fix Edit>;

/// Applies fixes in the order in which they come. One that touches what an earlier one changes is left whole: it was
/// made for the text as it is, so it waits for findings in the text as it will be.
pub fn apply_fixes<'fix>(sources: &SourceMap, fixes: impl IntoIterator<Item = &'fix Fix>) -> Fixed {
    let mut accepted = Accepted::new();
    let mut fixed = Fixed::default();
    for fix in fixes {
        if can_be_applied(sources, fix, &accepted) {
            accepted.extend(fix.edits.iter().map(|edit| ((edit.span.source, edit.span.start), edit)));
            fixed.applied += 1;
        } else {
            fixed.left += 1;
        }
    }
    fixed.texts = edited(sources, &accepted);
    fixed
}

fn can_be_applied(sources: &SourceMap, fix: &Fix, accepted: &Accepted<'_>) -> bool {
    let mut own = Accepted::new();
    for edit in &fix.edits {
        if !fits(sources, edit) || !is_free(accepted, edit) || !is_free(&own, edit) {
            return false;
        }
        own.insert((edit.span.source, edit.span.start), edit);
    }
    !own.is_empty()
}

fn fits(sources: &SourceMap, edit: &Edit) -> bool {
    let range = edit.span.start as usize..edit.span.end as usize;
    sources.get(edit.span.source).is_some_and(|source| source.text.get(range).is_some())
}

/// Whether nothing accepted touches the edit. Those do not touch each other, so the last that begins before its end decides.
fn is_free(accepted: &Accepted<'_>, edit: &Edit) -> bool {
    let Span { source, start, end } = edit.span;
    let before = accepted.range((source, 0)..=(source, end)).next_back();
    before.is_none_or(|(_, other)| other.span.end < start)
}

/// The texts that are others now.
fn edited(sources: &SourceMap, accepted: &Accepted<'_>) -> BTreeMap<SourceId, String> {
    let mut texts: BTreeMap<SourceId, (String, usize)> = BTreeMap::new();
    for ((id, _), edit) in accepted {
        let Some(source) = sources.get(*id) else { continue };
        let (text, read) = texts.entry(*id).or_default();
        text.push_str(source.text.get(*read..edit.span.start as usize).unwrap_or(""));
        text.push_str(&edit.text);
        *read = edit.span.end as usize;
    }
    let rest = |id| sources.get(id).map_or("", |source| &source.text);
    texts.into_iter().map(|(id, (text, read))| (id, text + rest(id).get(read..).unwrap_or(""))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(fixes: &[Fix]) -> (Vec<String>, usize, usize) {
        let mut sources = SourceMap::default();
        sources.add("one", "abcdef");
        sources.add("two", "grüsse");
        let fixed = apply_fixes(&sources, fixes);
        (fixed.texts.into_values().collect(), fixed.applied, fixed.left)
    }

    fn span(source: u32, start: u32, end: u32) -> Span {
        Span { source: SourceId(source), start, end }
    }

    #[test]
    fn edits_of_several_fixes_and_texts_are_made_in_one_go() {
        let first = Fix::safe("").replace(span(0, 4, 5), "EE").insert(SourceId(0), 0, "^");
        let second = Fix::safe("").remove(span(0, 1, 3)).replace(span(1, 2, 4), "ue");
        assert_eq!(texts(&[first, second]), (vec!["^adEEf".to_string(), "gruesse".to_string()], 2, 0));
    }

    #[test]
    fn what_touches_waits_whole() {
        let first = Fix::safe("").replace(span(0, 1, 3), "x");
        for touching in [span(0, 2, 4), span(0, 3, 3), span(0, 0, 1), span(0, 0, 6), span(0, 1, 3)] {
            let second = Fix::safe("").replace(touching, "y").remove(span(1, 0, 1));
            assert_eq!(texts(&[first.clone(), second]), (vec!["axdef".to_string()], 1, 1), "{touching:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_left() {
        for wrong in [span(1, 3, 4), span(0, 5, 9), span(7, 0, 1), span(0, 3, 2)] {
            assert_eq!(texts(&[Fix::safe("").remove(wrong)]), (vec![], 0, 1), "{wrong:?}");
        }
        assert_eq!(texts(&[Fix::safe("nothing")]), (vec![], 0, 1));
        let with_itself = Fix::safe("").remove(span(0, 1, 3)).remove(span(0, 2, 4));
        assert_eq!(texts(&[with_itself]), (vec![], 0, 1));
    }
}
