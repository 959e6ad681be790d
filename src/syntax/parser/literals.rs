//! Literals: from their letters to their values, within the bounds of what a value can be.

use super::parts::{Builder, Parts, SYNTAX};
use super::rules::Rule;
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Literal, Millis, Spanned, Text};
use pest::iterators::Pair;
use std::sync::Arc;

impl<'a> Builder<'a> {
    /// Any literal.
    pub fn literal(&mut self, pair: Pair<'a, Rule>) -> Option<Spanned<Literal>> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let node = if let Some(part) = parts.take(Rule::boolean) {
            Literal::Bool(part.as_str() == "true")
        } else if let Some(part) = parts.take(Rule::duration) {
            Literal::Duration(self.duration(part)?.node)
        } else if let Some(part) = parts.take(Rule::number) {
            Literal::Number(self.number(part)?)
        } else if let Some(part) = parts.take(Rule::integer) {
            Literal::Int(self.integer(part)?)
        } else {
            Literal::Text(self.text_literal(parts.take(Rule::string)?).node)
        };
        Some(Spanned { node, span })
    }

    fn integer(&mut self, pair: Pair<'a, Rule>) -> Option<i64> {
        let read = pair.as_str().parse().ok();
        if read.is_none() {
            self.fault(
                &pair,
                format!("`{}` is too large a number", shortened(pair.as_str())),
                format!("whole numbers lie between {} and {}", i64::MIN, i64::MAX),
            );
        }
        read
    }

    fn number(&mut self, pair: Pair<'a, Rule>) -> Option<f64> {
        let read = pair.as_str().parse().ok().filter(|number: &f64| number.is_finite());
        if read.is_none() {
            self.fault(
                &pair,
                format!("`{}` is too large a number", shortened(pair.as_str())),
                "numbers have at most 308 digits before the point",
            );
        }
        read
    }

    /// `500`, where something is counted.
    pub fn count(&mut self, pair: Pair<'a, Rule>) -> Option<Spanned<u64>> {
        let node = u64::try_from(self.integer(pair.clone())?).ok()?;
        Some(Spanned { node, span: self.span(&pair) })
    }

    /// `30s`, in milliseconds.
    pub fn duration(&mut self, pair: Pair<'a, Rule>) -> Option<Millis> {
        let read = millis(pair.as_str());
        if read.is_none() {
            self.fault(
                &pair,
                format!("`{}` is too long a duration", shortened(pair.as_str())),
                "choose a shorter one; durations are counted in milliseconds, in 64 bits",
            );
        }
        Some(Spanned { node: read?, span: self.span(&pair) })
    }

    /// `"…"`, unescaped. A wrong escape is reported and stands for itself.
    pub fn text_literal(&mut self, pair: Pair<'a, Rule>) -> Text {
        let quoted = pair.as_str();
        let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("");
        let inside_start = pair.as_span().start() + 1;
        let mut text = String::with_capacity(inside.len());
        let mut at = 0;
        while let Some(rest) = inside.get(at..).filter(|rest| !rest.is_empty()) {
            let step = match rest.strip_prefix('\\') {
                None => {
                    let plain = rest.find('\\').unwrap_or(rest.len());
                    text.push_str(rest.get(..plain).unwrap_or(""));
                    plain
                }
                Some(escaped) => 1 + self.escape(escaped, inside_start + at, &mut text),
            };
            at += step.max(1);
        }
        Spanned { node: Arc::from(text), span: self.span(&pair) }
    }

    /// Appends what an escape means; gives its length after the backslash.
    fn escape(&mut self, escaped: &str, start: usize, text: &mut String) -> usize {
        let letter = escaped.chars().next().unwrap_or('\\');
        let plain = match letter {
            '"' | '\\' => Some(letter),
            'n' => Some('\n'),
            't' => Some('\t'),
            _ => None,
        };
        if let Some(plain) = plain {
            text.push(plain);
            return letter.len_utf8();
        }
        if let Some((character, length)) = unicode_escape(escaped) {
            text.push(character);
            return length;
        }
        let length = letter.len_utf8();
        let span = self.span_at(start, start + 1 + length);
        let message = match letter {
            'u' => "this is no character: `\\u` takes a code point in braces".to_string(),
            _ => format!("`\\{letter}` is not an escape"),
        };
        self.report(
            Diagnostic::error(SYNTAX, span, message)
                .help("the escapes are `\\\"`, `\\\\`, `\\n`, `\\t` and `\\u{1f512}`; for a backslash write `\\\\`"),
        );
        text.push('\\');
        text.push(letter);
        length
    }
}

/// `u{1f512}`: the character, and how many bytes name it.
fn unicode_escape(escaped: &str) -> Option<(char, usize)> {
    let digits = escaped.strip_prefix("u{")?;
    let digits = digits.get(..digits.find('}')?)?;
    if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    Some((character, digits.len() + 3))
}

fn millis(duration: &str) -> Option<u64> {
    let unit_at = duration.find(|letter: char| !letter.is_ascii_digit())?;
    let (count, unit) = duration.split_at_checked(unit_at)?;
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(unit)
}

/// The letters of a number, cut where they would fill the screen.
fn shortened(letters: &str) -> String {
    const LETTERS_MAX: usize = 24;
    match letters.char_indices().nth(LETTERS_MAX) {
        Some((cut, _)) => format!("{}…", letters.get(..cut).unwrap_or("")),
        None => letters.to_string(),
    }
}
