//! What goes takes the blanks around it along, and what comes gets a line where it needs one.

use super::{Edit, Fix, SourceMap, Span};

impl Fix {
    /// The same fix where each edit that leaves nothing takes its line along if it has one to itself, and otherwise the
    /// blanks before or after it; and where what is put in before the first letter of a line, and ends in a blank, has a
    /// line of its own. For fixes as they are made, once.
    pub fn laid_out(self, sources: &SourceMap) -> Fix {
        let laid_out = |edit: Edit| match edit.text.strip_suffix(' ') {
            None if edit.text.is_empty() => Edit { span: with_blanks(sources, edit.span), ..edit },
            Some(text) if edit.span.start == edit.span.end => {
                Edit { text: on_a_line(sources, edit.span, text), ..edit }
            }
            Some(_) | None => edit,
        };
        Fix { edits: self.edits.into_iter().map(laid_out).collect(), ..self }
    }
}

/// What is put in at a place, with the blank or the line end that follows it there.
fn on_a_line(sources: &SourceMap, at: Span, text: &str) -> String {
    let before = sources.get(at.source).and_then(|source| source.text.get(..at.start as usize)).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or(before);
    if line.trim().is_empty() { format!("{text}\n{line}") } else { format!("{text} ") }
}

fn with_blanks(sources: &SourceMap, span: Span) -> Span {
    let Some(source) = sources.get(span.source) else { return span };
    let (Some(before), Some(after)) = (source.text.get(..span.start as usize), source.text.get(span.end as usize..))
    else {
        return span;
    };
    let blanks_before = before.len() - before.trim_end_matches([' ', '\t']).len();
    let blanks_after = after.len() - after.trim_start_matches([' ', '\t', '\r']).len();
    let begins_line = before.len() == blanks_before || before.trim_end_matches([' ', '\t']).ends_with('\n');
    let ends_line = after.len() == blanks_after || after.get(blanks_after..).is_some_and(|rest| rest.starts_with('\n'));
    let (back, on) = match (begins_line, ends_line) {
        (true, true) => (blanks_before, (blanks_after + 1).min(after.len())),
        (false, true) => (blanks_before, blanks_after),
        (true, false) | (false, false) => (0, blanks_after),
    };
    // A text has less than 4 GiB.
    Span { start: span.start - back as u32, end: span.end + on as u32, ..span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::apply_fixes;

    fn without(text: &str, what: &str) -> String {
        let mut sources = SourceMap::default();
        let source = sources.add("x", text);
        let start = text.find(what).expect("it stands there");
        let span = Span { source, start: start as u32, end: (start + what.len()) as u32 };
        let fix = Fix::safe("").remove(span).laid_out(&sources);
        apply_fixes(&sources, [&fix]).texts.remove(&source).expect("it is another text")
    }

    #[test]
    fn blanks_go_along() {
        assert_eq!(without("a\n  bb\n  c\n", "bb"), "a\n  c\n");
        assert_eq!(without("a\n  bb", "bb"), "a\n");
        assert_eq!(without("bb\nc", "bb"), "c");
        assert_eq!(without("a  bb\nc", "bb"), "a\nc");
        assert_eq!(without("a bb c", "bb"), "a c");
        assert_eq!(without("a\r\n\tbb \r\nc", "bb"), "a\r\nc");
        assert_eq!(without("  bb c", "bb"), "  c");
    }
}
