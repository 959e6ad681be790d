//! What is wrong with a span that is no item or statement: it is read once more, strictly, and what the grammar expected
//! where it had to stop is put into words.

use super::expected::{Expected, explain};
use super::parts::{Builder, FINDINGS_MAX, Parts, SYNTAX};
use super::rules::{Grammar, Rule};
use super::scan::{Token, TokenKind, token_from};
use crate::diagnostic::Diagnostic;
use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pair;
use std::sync::Arc;

impl<'a> Builder<'a> {
    /// The good parts of a file or a body, in order. What is bad between them is reported; the bodies of things with a bad
    /// head are looked through too.
    pub fn good_parts(&mut self, pair: Pair<'a, Rule>, good: Rule, strict: Rule) -> Vec<Pair<'a, Rule>> {
        let mut found: Vec<Pair<'a, Rule>> = Vec::new();
        for part in pair.into_inner() {
            if part.as_rule() == good {
                found.push(part);
            } else if matches!(
                part.as_rule(),
                Rule::bad_item | Rule::bad_statement | Rule::bad_machine | Rule::bad_state
            ) {
                self.blame(&part, found.last(), strict);
                self.unread.extend(declared_name(&part));
                if let Some(body) = after_head(part) {
                    self.body(body);
                }
            }
        }
        found
    }

    /// Says what is wrong with a bad span. What stands before it on its line is read again with it: it may lack an end.
    fn blame(&mut self, bad: &Pair<'a, Rule>, before: Option<&Pair<'a, Rule>>, strict: Rule) {
        if self.findings.len() >= FINDINGS_MAX {
            return;
        }
        let place = bad.as_span();
        let start = before
            .map(|before| before.as_span())
            .filter(|before| !self.text.get(before.end()..place.start()).unwrap_or("\n").contains('\n'))
            .map_or(place.start(), |before| before.start());
        let span = self.text.get(start..place.end()).unwrap_or("");
        match Grammar::parse(strict, span) {
            Ok(_) => self.fault(bad, "this cannot stand here", "move it to a line of its own"),
            Err(error) => self.stopped(&error, start),
        }
    }

    /// Reports where pest stopped in a text that begins at `start`.
    fn stopped(&mut self, error: &Error<Rule>, start: usize) {
        let at = start
            + match error.location {
                InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
            };
        let ErrorVariant::ParsingError { positives, negatives } = &error.variant else {
            let span = self.span_at(at, at);
            let message = "this is nested too deep to be read";
            self.report(Diagnostic::error(SYNTAX, span, message).help("name a part of it with `let` or `shape`"));
            return;
        };
        let rules = if positives.is_empty() { negatives } else { positives };
        let expected = Expected::of(rules);
        let before = self.token_before(start, at);
        let finding = explain(self, &expected, before, token_from(self.text, at), at);
        self.report(finding);
    }

    /// The last token that ends at or before a place, looked for from `start` on.
    fn token_before(&self, start: usize, at: usize) -> Option<Token> {
        let mut before = None;
        let mut from = start;
        while let Some(token) = token_from(self.text, from).filter(|token| token.end <= at) {
            before = Some(token);
            from = token.end;
        }
        before
    }

    /// Says that pest could not even read a text as a row of bad items.
    pub fn give_up(&mut self, error: &Error<Rule>) {
        self.stopped(error, 0);
    }
}

/// The name that a bad thing has all the same: the word behind the one that it begins with.
fn declared_name(bad: &Pair<'_, Rule>) -> Option<Arc<str>> {
    let kind = token_from(bad.as_str(), 0)?;
    let name = token_from(bad.as_str(), kind.end).filter(|name| name.kind == TokenKind::Word)?;
    Some(name.of(bad.as_str()).into())
}

/// The body of a thing with a bad head.
fn after_head(pair: Pair<'_, Rule>) -> Option<Pair<'_, Rule>> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::bad_head)?;
    parts.take(Rule::body)
}
