//! From docs to lines: decides which groups fit on a line.

use super::WIDTH;
use super::comments::{Around, Comment};
use super::doc::Doc;
use super::tree::Token;

/// How much further in a block begins.
const INDENT: usize = 4;

/// One line of the result.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Blanks before it.
    pub indent: usize,
    /// Its tokens.
    pub cells: Vec<Cell>,
    /// The comment at its end, or the only thing on it.
    pub comment: Option<Comment>,
    /// Blanks between the tokens and the comment.
    pub comment_blanks: usize,
}

/// A token on a line.
#[derive(Debug)]
pub(super) struct Cell {
    /// With the comma behind it.
    pub text: String,
    /// Blanks before it.
    pub blanks: usize,
    /// The line on which it was written.
    pub source_line: usize,
    /// The column at which it was written.
    pub source_column: usize,
    /// Blanks that were written before it.
    pub source_gap: usize,
    /// Only what is of one kin is lined up: the same keyword or sign, what follows a trigger, or (empty) names and literals.
    pub kin: String,
}

impl Line {
    /// Columns up to a cell, without the blanks before it.
    pub fn width_before(&self, cell: usize) -> usize {
        let widths = self.cells.iter().take(cell).map(|cell| cell.blanks + cell.text.chars().count());
        self.indent + widths.sum::<usize>()
    }

    /// Columns of everything but the comment.
    pub fn width(&self) -> usize {
        self.width_before(self.cells.len())
    }
}

/// The lines of a doc.
pub(super) fn lines(doc: &Doc, tokens: &[Token], around: &[Around]) -> Vec<Line> {
    let mut writer =
        Writer { tokens, around, lines: Vec::new(), pending: None, has_space: false, is_at_start: true, told: None };
    let mut agenda = vec![Entry { doc, indent: 0, is_flat: false }];
    while let Some(entry) = agenda.pop() {
        writer.doc(entry, &mut agenda);
    }
    writer.lines
}

/// A doc that is to be printed.
#[derive(Clone, Copy)]
struct Entry<'d> {
    doc: &'d Doc,
    indent: usize,
    is_flat: bool,
}

/// A line end that is printed when something follows it.
#[derive(Clone, Copy)]
struct LineEnd {
    indent: usize,
    /// A blank line that was written here is kept.
    keeps_blank: bool,
}

struct Writer<'t> {
    tokens: &'t [Token],
    around: &'t [Around],
    lines: Vec<Line>,
    pending: Option<LineEnd>,
    has_space: bool,
    /// Nothing has been printed since a bracket was opened, or since the file began.
    is_at_start: bool,
    /// The token whose comments have been printed already.
    told: Option<usize>,
}

impl Writer<'_> {
    fn doc<'d>(&mut self, entry: Entry<'d>, agenda: &mut Vec<Entry<'d>>) {
        let Entry { doc, indent, is_flat } = entry;
        match doc {
            Doc::Token(at) => self.token(*at, indent),
            Doc::Comments(at) => self.comments(*at, indent),
            Doc::Comma => self.comma(),
            Doc::CommaIfBroken if !is_flat => self.comma(),
            Doc::CommaIfFlat if is_flat => self.comma(),
            Doc::CommaIfBroken | Doc::CommaIfFlat => {}
            Doc::Space => self.has_space = true,
            Doc::Fold if is_flat || self.fits(Entry { doc: &Doc::Space, ..entry }, agenda) => self.has_space = true,
            Doc::Fold => self.pending = Some(LineEnd { indent: indent + INDENT, keeps_blank: false }),
            Doc::More(docs) => {
                let goes_on = self.lines.last().is_some_and(|line| line.comment.is_none());
                let is_flat = is_flat || goes_on && self.fits(Entry { is_flat: true, ..entry }, agenda);
                if is_flat {
                    self.has_space = true;
                } else {
                    self.pending = Some(LineEnd { indent: indent + INDENT, keeps_blank: false });
                }
                agenda.extend(docs.iter().rev().map(|doc| Entry { doc, indent: indent + INDENT, is_flat }));
            }
            Doc::Line if is_flat => self.has_space = true,
            Doc::SoftLine if is_flat => {}
            Doc::Line | Doc::SoftLine => self.pending = Some(LineEnd { indent, keeps_blank: true }),
            Doc::Group { is_broken, docs } => {
                let flat = Entry { is_flat: true, ..entry };
                let is_flat = is_flat || !is_broken && self.fits(flat, agenda);
                agenda.extend(docs.iter().rev().map(|doc| Entry { doc, indent, is_flat }));
            }
            Doc::Indent(docs) => {
                agenda.extend(docs.iter().rev().map(|doc| Entry { doc, indent: indent + INDENT, is_flat }));
            }
        }
    }

    /// Whether a doc, and what follows it up to where a line may end, fits on the line.
    fn fits(&self, entry: Entry<'_>, agenda: &[Entry<'_>]) -> bool {
        let Some(mut left) = WIDTH.checked_sub(self.column(entry.indent)) else { return false };
        let mut ahead: Vec<(&Doc, bool)> = vec![(entry.doc, entry.is_flat || matches!(entry.doc, Doc::Space))];
        let mut rest = agenda.iter().rev();
        loop {
            let next = ahead.pop().or_else(|| rest.next().map(|entry| (entry.doc, entry.is_flat)));
            let Some((doc, is_flat)) = next else { return true };
            let width = match doc {
                Doc::Token(at) => match self.token_width(*at) {
                    Some(width) => width,
                    None => return true,
                },
                Doc::Comments(_) => 0,
                Doc::Fold | Doc::More(_) | Doc::Line | Doc::SoftLine if !is_flat => return true,
                Doc::Space | Doc::Fold | Doc::Line | Doc::Comma => 1,
                Doc::More(docs) => {
                    ahead.extend(docs.iter().rev().map(|doc| (doc, true)));
                    1
                }
                Doc::SoftLine => 0,
                Doc::CommaIfBroken => usize::from(!is_flat),
                Doc::CommaIfFlat => usize::from(is_flat),
                Doc::Group { is_broken, docs } => {
                    ahead.extend(docs.iter().rev().map(|doc| (doc, is_flat && !is_broken)));
                    0
                }
                Doc::Indent(docs) => {
                    ahead.extend(docs.iter().rev().map(|doc| (doc, is_flat)));
                    0
                }
            };
            match left.checked_sub(width) {
                Some(less) => left = less,
                None => return false,
            }
            if let Doc::Token(at) = doc
                && self.around.get(*at).is_some_and(|around| around.trailing.is_some())
            {
                return true;
            }
        }
    }

    /// Columns of a token; none if a line ends before it in any case.
    fn token_width(&self, at: usize) -> Option<usize> {
        let around = self.around.get(at)?;
        let ends_before = self.told != Some(at) && !around.before.is_empty() || around.must_stay_apart;
        if ends_before { None } else { self.tokens.get(at).map(|token| token.text.chars().count()) }
    }

    /// The column at which the next token would stand.
    fn column(&self, indent: usize) -> usize {
        match (self.pending, self.lines.last()) {
            (Some(end), _) => end.indent,
            (None, Some(line)) if line.comment.is_none() => line.width() + usize::from(self.has_space),
            (None, Some(_) | None) => indent + INDENT,
        }
    }

    fn token(&mut self, at: usize, indent: usize) {
        let (Some(token), Some(around)) = (self.tokens.get(at), self.around.get(at)) else { return };
        let is_close = matches!(token.text.as_str(), "}" | ")" | "]");
        let unasked = if is_close || self.lines.is_empty() { indent } else { indent + INDENT };
        let has_comments = self.told != Some(at) && !around.before.is_empty();
        if has_comments {
            let end = self.pending.map_or(unasked, |end| end.indent);
            self.comments(at, end);
        }
        if self.pending.is_none() && self.must_end_line(around.must_stay_apart) {
            self.pending = Some(LineEnd { indent: unasked, keeps_blank: false });
        }
        if let Some(end) = self.pending.take() {
            let keeps_blank = end.keeps_blank && !is_close && around.place.line_ends > 1;
            self.begin_line(end.indent, keeps_blank);
            self.has_space = false;
        }
        let cell = Cell {
            text: token.text.clone(),
            blanks: usize::from(self.has_space),
            source_line: around.place.line,
            source_column: around.place.column,
            source_gap: around.place.gap,
            kin: kin(token),
        };
        if let Some(line) = self.lines.last_mut() {
            line.cells.push(cell);
            line.comment = around.trailing.clone();
        }
        self.has_space = false;
        self.is_at_start = matches!(token.text.as_str(), "{" | "(" | "[");
    }

    fn must_end_line(&self, must_stay_apart: bool) -> bool {
        must_stay_apart || self.lines.last().is_none_or(|line| line.comment.is_some())
    }

    fn comments(&mut self, at: usize, indent: usize) {
        let Some(around) = self.around.get(at) else { return };
        self.told = Some(at);
        for comment in &around.before {
            let keeps_blank = self.pending.take().is_none_or(|end| end.keeps_blank);
            self.begin_line(indent, keeps_blank && comment.place.line_ends > 1);
            if let Some(line) = self.lines.last_mut() {
                line.comment = Some(comment.clone());
            }
            self.is_at_start = false;
            self.pending = Some(LineEnd { indent, keeps_blank: true });
        }
    }

    fn begin_line(&mut self, indent: usize, after_blank: bool) {
        if after_blank && !self.is_at_start {
            self.lines.push(Line::default());
        }
        self.lines.push(Line { indent, ..Line::default() });
    }

    fn comma(&mut self) {
        if let Some(cell) = self.lines.last_mut().and_then(|line| line.cells.last_mut()) {
            cell.text.push(',');
        }
    }
}

fn kin(token: &Token) -> String {
    let is_literal = token.text.starts_with(|letter: char| letter == '"' || letter.is_ascii_digit());
    match token.text.as_str() {
        "{" => "->".to_string(),
        "true" | "false" | "_" => String::new(),
        _ if token.manner.is_name || is_literal => String::new(),
        text => text.to_string(),
    }
}
