//! Findings that an author has looked at and let stand: `// lint: allow(R0302) because a lobby is open`.
//!
//! Such a comment stands at the end of the finding's line, or on a line of its own before it. It says why, and it
//! never hides an error: what is wrong by the language keeps rules from being loaded, whatever a comment says.

use super::rules::{R0904, rule};
use crate::diagnostic::{Code, Diagnostic, Fix, Severity, SourceId, SourceMap, Span};

/// What a comment about lint begins with, after its slashes.
const MARK: &str = "lint:";
/// Codes that one comment may name.
const CODES_MAX: usize = 16;

/// A comment that lets findings of a line stand.
struct Suppression {
    /// The comment.
    span: Span,
    /// The line whose findings it is about.
    line: usize,
    codes: Vec<(Code, Used)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Used {
    Not,
    Yes,
    /// It was to hide an error.
    OnError,
}

/// Whether every rule has looked, so that a comment without a finding is one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    Yes,
    No,
}

/// Takes out what comments let stand, and adds what is wrong with such comments.
pub(super) fn suppress(sources: &SourceMap, found: &mut Vec<Diagnostic>, judged: Judged) {
    let mut suppressions = Vec::new();
    let mut wrong = Vec::new();
    for (id, source) in sources.iter() {
        read(id, &source.text, &mut suppressions, &mut wrong);
    }
    found.retain(|found| {
        let line = sources.locate(found.primary.span).line;
        !suppressions.iter_mut().any(|suppression| suppression.takes(found, line))
    });
    for suppression in &suppressions {
        wrong.extend(suppression.codes.iter().filter_map(|(code, used)| match used {
            Used::Yes => None,
            Used::OnError => Some(on_error(*code, suppression.span).fix(suppression.without(*code, sources))),
            Used::Not if judged == Judged::No => None,
            Used::Not => Some(unused(*code, suppression.span).fix(suppression.without(*code, sources))),
        }));
    }
    found.extend(wrong);
}

impl Suppression {
    fn takes(&mut self, found: &Diagnostic, line: usize) -> bool {
        if found.primary.span.source != self.span.source || line != self.line {
            return false;
        }
        let Some((_, used)) = self.codes.iter_mut().find(|(code, _)| *code == found.code) else { return false };
        let is_error = found.severity == Severity::Error;
        *used = if is_error { Used::OnError } else { Used::Yes };
        !is_error
    }

    /// Takes one code out, and the comment where that was its only one. It lets nothing stand, so nothing else changes.
    fn without(&self, code: Code, sources: &SourceMap) -> Fix {
        let others: Vec<String> =
            self.codes.iter().filter(|(other, _)| *other != code).map(|(other, _)| other.to_string()).collect();
        let comment = sources.text(self.span);
        match comment.find('(').zip(comment.find(')')) {
            Some((open, close)) if !others.is_empty() => {
                let (start, end) = (self.span.start + open as u32 + 1, self.span.start + close as u32);
                let codes = Span { start, end, ..self.span };
                Fix::safe(format!("take `{code}` out of the comment")).replace(codes, others.join(", "))
            }
            Some(_) | None => Fix::safe("take the comment away").remove(self.span),
        }
    }
}

fn on_error(code: Code, span: Span) -> Diagnostic {
    R0904
        .at(span, format!("`{code}` is an error here, and errors cannot be let stand"))
        .label("nothing is hidden by this")
        .help("what is an error keeps the rules from being loaded: mend it, then take this comment away")
}

fn unused(code: Code, span: Span) -> Diagnostic {
    R0904
        .at(span, format!("`{code}` is not found where this comment lets it stand"))
        .label("nothing is hidden by this")
        .help("take the comment away, or put it on the line of the finding or the one before")
}

/// Reads the comments of one file. Lines count from 1.
fn read(source: SourceId, text: &str, suppressions: &mut Vec<Suppression>, wrong: &mut Vec<Diagnostic>) {
    let mut start = 0;
    // Comments on lines of their own, which wait for the line that they are about.
    let mut waiting: Vec<Suppression> = Vec::new();
    for (at, line) in text.split('\n').enumerate() {
        let comment = comment_at(line);
        let is_alone = comment.is_some_and(|at| line.get(..at).is_some_and(|before| before.trim().is_empty()));
        if let Some(comment) = comment {
            let words = line.get(comment..).unwrap_or("").trim_end();
            let first = start + comment;
            let span = Span { source, start: first as u32, end: (first + words.len()) as u32 };
            match parse(words) {
                None => {}
                Some(Ok(codes)) => waiting.push(Suppression { span, line: 0, codes }),
                Some(Err(why)) => wrong.push(
                    R0904
                        .at(span, why)
                        .label("nothing is hidden by this")
                        .help("write a code and a reason, as in `// lint: allow(R0302) because everybody may come in`"),
                ),
            }
        }
        if !is_alone && !line.trim().is_empty() {
            suppressions.extend(waiting.drain(..).map(|suppression| Suppression { line: at + 1, ..suppression }));
        }
        start += line.len() + 1;
    }
    suppressions.extend(waiting);
}

/// Where the comment of a line begins; two slashes inside of a text are none.
fn comment_at(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let (mut is_text, mut at) = (false, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if is_text => at += 1,
            b'"' => is_text = !is_text,
            b'/' if !is_text && bytes.get(at + 1) == Some(&b'/') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The codes of a comment; none where it is not about lint, the reason why not where it says nothing that counts.
fn parse(comment: &str) -> Option<Result<Vec<(Code, Used)>, String>> {
    let words = comment.strip_prefix("//")?.trim_start().strip_prefix(MARK)?.trim();
    Some(codes_of(words))
}

fn codes_of(words: &str) -> Result<Vec<(Code, Used)>, String> {
    let names = words.strip_prefix("allow").map(str::trim_start).and_then(|rest| rest.strip_prefix('('));
    let Some((names, reason)) = names.and_then(|names| names.split_once(')')) else {
        return Err("this comment about lint says nothing that lint knows".to_string());
    };
    let because = reason.trim().strip_prefix("because").map(str::trim);
    if because.is_none_or(|because| !because.contains(char::is_alphanumeric)) {
        return Err(format!("`lint: allow({names})` does not say why"));
    }
    let codes: Vec<&str> = names.split(',').map(str::trim).collect();
    if codes.len() > CODES_MAX {
        return Err(format!("one comment lets at most {CODES_MAX} findings stand"));
    }
    codes.into_iter().map(known_code).collect()
}

fn known_code(name: &str) -> Result<(Code, Used), String> {
    let digits = name.strip_prefix('R').filter(|digits| digits.len() == 4);
    let code = digits.and_then(|digits| digits.parse().ok()).map(Code).filter(|code| rule(*code).is_some());
    code.map(|code| (code, Used::Not)).ok_or_else(|| format!("there is no rule `{name}` that could be let stand"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_names_codes_and_a_reason() {
        let codes = |text: &str| {
            parse(text).map(|parsed| parsed.map(|codes| codes.into_iter().map(|(code, _)| code.0).collect::<Vec<_>>()))
        };
        assert_eq!(codes("// lint: allow(R0302) because it is open"), Some(Ok(vec![302])));
        assert_eq!(codes("//lint: allow( R0302 ,R0401 )  because a b"), Some(Ok(vec![302, 401])));
        for none in ["// about lint", "/// lint: allow(R0302) because x", "//! lint: allow(R0302) because x"] {
            assert!(codes(none).is_none(), "{none}");
        }
        for wrong in [
            "allow",
            "allow(R0302)",
            "allow(R0302) because",
            "allow(R0302) because …",
            "allow(R9999) because x",
            "allow() because x",
            "deny(R0302) because x",
        ] {
            assert!(matches!(codes(&format!("// lint: {wrong}")), Some(Err(_))), "{wrong}");
        }
        let many = |count: usize| codes(&format!("// lint: allow({}) because x", vec!["R0302"; count].join(",")));
        assert!(matches!(many(CODES_MAX), Some(Ok(_))) && matches!(many(CODES_MAX + 1), Some(Err(_))));
    }

    #[test]
    fn two_slashes_in_a_text_are_no_comment() {
        assert_eq!(comment_at(r#"say { a: "http://x\"//" } // b"#), Some(26));
        assert_eq!(comment_at(r#"say { a: "//" }"#), None);
    }
}
