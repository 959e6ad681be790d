//! Where comments and line ends stand between tokens. Nothing here decides how they are printed.

use super::tree::Token;

/// How far a tab reaches.
const TAB_COLUMNS: usize = 4;

/// Where something stands on its line, as it was written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// Counts from 0.
    pub line: usize,
    /// Counts from 0, in characters; a tab reaches to the next multiple of four.
    pub column: usize,
    /// Columns of blanks before it, if something stands before it on its line.
    pub gap: usize,
    /// Line ends between it and what stands before it.
    pub line_ends: usize,
}

/// A comment to the end of its line.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    /// With its `//`, without blanks at its end.
    pub text: String,
    /// Where it was written.
    pub place: Place,
}

/// What stands around a token.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    /// Where the token was written.
    pub place: Place,
    /// Comments on lines of their own before it.
    pub before: Vec<Comment>,
    /// The comment behind it on its line.
    pub trailing: Option<Comment>,
    /// It must stay on another line than the word before it, which would mean something else if it did not.
    pub must_stay_apart: bool,
}

/// What stands around each token, and at last around the end of the file.
pub(super) fn surroundings(text: &str, tokens: &[Token]) -> Vec<Around> {
    let mut reader = Reader { text, at: 0, line: 0, column: 0 };
    let mut found: Vec<Around> = Vec::with_capacity(tokens.len() + 1);
    for token in tokens {
        reader.gap(token.start, &mut found);
        reader.step_to(token.end);
    }
    reader.gap(text.len(), &mut found);
    for (at, pair) in tokens.windows(2).enumerate() {
        if let ([left, right], Some(around)) = (pair, found.get_mut(at + 1)) {
            around.must_stay_apart = begins_an_item(left, right) && around.begins_a_line();
        }
    }
    pass_commas(tokens, &mut found);
    found
}

impl Around {
    /// Whether a line end was written before the token.
    pub fn begins_a_line(&self) -> bool {
        self.place.line_ends > 0 || !self.before.is_empty()
    }
}

/// Whether two words on one line would begin an item, though the first is a name (`entry`, `group`, `shape`, `prove`).
fn begins_an_item(left: &Token, right: &Token) -> bool {
    let begins_a_word = right.text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    left.manner.is_name && begins_a_word && matches!(left.text.as_str(), "entry" | "group" | "shape" | "prove")
}

/// Comments around a comma go behind it: it is printed right after what it ends.
fn pass_commas(tokens: &[Token], found: &mut [Around]) {
    for at in (1..tokens.len()).filter(|at| tokens.get(*at).is_some_and(|token| token.manner.is_comma)) {
        let Some(comma) = found.get_mut(at).map(std::mem::take) else { continue };
        let mut moved = comma.before;
        let mut trailing = comma.trailing;
        if let Some(left) = found.get_mut(at - 1)
            && moved.is_empty()
            && left.trailing.is_none()
        {
            left.trailing = trailing.take();
        }
        moved.extend(trailing);
        // What documented nothing must not begin to.
        for comment in moved.iter_mut().filter(|comment| comment.text.starts_with("///")) {
            comment.text.replace_range(..3, "//");
        }
        if let Some(right) = found.get_mut(at + 1) {
            right.place.line_ends = right.place.line_ends.max(usize::from(!moved.is_empty()));
            right.before.splice(0..0, moved);
        }
    }
}

/// Walks a text, counting lines and columns.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    column: usize,
}

impl Reader<'_> {
    fn step_to(&mut self, end: usize) {
        for letter in self.text.get(self.at..end).unwrap_or("").chars() {
            match letter {
                '\n' => (self.line, self.column) = (self.line + 1, 0),
                '\t' => self.column += TAB_COLUMNS - self.column % TAB_COLUMNS,
                _ => self.column += 1,
            }
        }
        self.at = end;
    }

    /// Reads blanks and comments up to a token, and puts what was found around it and the token before it.
    fn gap(&mut self, end: usize, found: &mut Vec<Around>) {
        let mut next = Around::default();
        loop {
            let (line, column) = (self.line, self.column);
            let rest = self.text.get(self.at..end).unwrap_or("");
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            self.step_to(self.at + blank);
            let line_ends = self.line - line;
            let gap = if line_ends == 0 { self.column - column } else { 0 };
            let place = Place { line: self.line, column: self.column, gap, line_ends };
            let Some(comment) = self.comment(end) else {
                next.place = place;
                break;
            };
            let comment = Comment { text: comment, place };
            match found.last_mut() {
                Some(left) if line_ends == 0 && next.before.is_empty() && left.trailing.is_none() => {
                    left.trailing = Some(comment);
                }
                Some(_) | None => next.before.push(comment),
            }
        }
        found.push(next);
    }

    fn comment(&mut self, end: usize) -> Option<String> {
        let rest = self.text.get(self.at..end).unwrap_or("");
        if rest.is_empty() {
            return None;
        }
        let comment = rest.split('\n').next().unwrap_or("");
        self.step_to(self.at + comment.len());
        Some(comment.trim_end().to_string())
    }
}
