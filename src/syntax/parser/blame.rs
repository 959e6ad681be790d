//! What is wrong with a span that is no item or statement.

use super::parts::{Builder, Parts, SYNTAX};
use super::rules::Rule;
use crate::diagnostic::Diagnostic;
use pest::iterators::Pair;

impl<'a> Builder<'a> {
    /// The good parts of a file or a body, in order. What is bad between them is reported; the bodies of things with a bad
    /// head are looked through too.
    pub fn good_parts(&mut self, pair: Pair<'a, Rule>, good: Rule, _strict: Rule) -> Vec<Pair<'a, Rule>> {
        let mut found = Vec::new();
        for part in pair.into_inner() {
            if part.as_rule() == good {
                found.push(part);
            } else if matches!(
                part.as_rule(),
                Rule::bad_item | Rule::bad_statement | Rule::bad_machine | Rule::bad_state
            ) {
                self.fault(&part, "this cannot be read", "");
                if let Some(body) = Parts::of(part).take(Rule::body) {
                    self.body(body);
                }
            }
        }
        found
    }

    /// Says that pest itself had to stop.
    pub fn give_up(&mut self, error: &pest::error::Error<Rule>) {
        let span = self.span_at(0, 0);
        let _ = error;
        self.report(Diagnostic::error(SYNTAX, span, "this file cannot be read"));
    }
}
