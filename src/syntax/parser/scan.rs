//! Words and signs of a text, as far as they must be known before the grammar sees it: where texts and comments are,
//! which brackets there are, and what belongs to no rule file at all.

/// What a stretch of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A keyword or a name, also one with letters that names cannot have.
    Word,
    /// Something that begins with a digit, with all letters that follow it.
    Number,
    /// `"…"`
    Text,
    /// `"…` with no end on its line; what may be brackets behind it is not part of it.
    OpenText,
    /// `'…'` or `“…”`
    ForeignText,
    /// `# …`
    HashComment,
    /// `/* … */`
    BlockComment,
    /// `{`, `(`, `[`
    Open,
    /// `}`, `)`, `]`
    Close,
    /// Any other sign.
    Sign,
    /// A character that may stand only in texts and comments.
    Foreign,
}

/// A stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Token {
    /// Its letters.
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

const SIGNS: [&str; 12] = ["===", "->", "=>", "==", "!=", "<>", "<=", ">=", "..", "&&", "||", "--"];

/// The next token at or after a place; blanks and `//` comments are passed over.
pub(super) fn token_from(text: &str, from: usize) -> Option<Token> {
    let start = skip_blanks(text, from);
    let rest = text.get(start..)?;
    let first = rest.chars().next()?;
    let (kind, length) = match first {
        '{' | '(' | '[' => (TokenKind::Open, 1),
        '}' | ')' | ']' => (TokenKind::Close, 1),
        '"' => text_token(rest),
        '\'' | '“' | '”' | '„' | '‘' | '’' => foreign_text(rest, first),
        '#' => (TokenKind::HashComment, line_length(rest)),
        '/' if rest.starts_with("/*") => (TokenKind::BlockComment, block_comment_length(rest)),
        digit if digit.is_ascii_digit() => (TokenKind::Number, number_length(rest)),
        letter if letter == '_' || letter.is_alphanumeric() => (TokenKind::Word, word_length(rest)),
        sign if sign.is_ascii() && !sign.is_ascii_control() => (TokenKind::Sign, sign_length(rest)),
        foreign => (TokenKind::Foreign, foreign.len_utf8()),
    };
    Some(Token { kind, start, end: start + length })
}

/// All tokens of a text.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let token = token_from(text, at)?;
        at = token.end;
        Some(token)
    })
}

fn skip_blanks(text: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(rest) = text.get(at..) {
        let blank = rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        let comment = match rest.get(blank..) {
            Some(comment) if comment.starts_with("//") => line_length(comment),
            Some(_) | None => 0,
        };
        if blank + comment == 0 {
            break;
        }
        at += blank + comment;
    }
    at
}

fn line_length(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

fn word_length(rest: &str) -> usize {
    rest.find(|letter: char| letter != '_' && !letter.is_alphanumeric()).unwrap_or(rest.len())
}

fn number_length(rest: &str) -> usize {
    let whole = word_length(rest);
    let fraction = rest.get(whole..).and_then(|rest| rest.strip_prefix('.')).unwrap_or("");
    if fraction.starts_with(|digit: char| digit.is_ascii_digit()) { whole + 1 + word_length(fraction) } else { whole }
}

fn sign_length(rest: &str) -> usize {
    SIGNS.iter().find(|sign| rest.starts_with(**sign)).map_or(1, |sign| sign.len())
}

/// How far the end of a block comment is looked for, so that a text full of beginnings is not read over and over.
const BLOCK_COMMENT_BYTES_MAX: usize = 4096;

fn block_comment_length(rest: &str) -> usize {
    let within = (0..4).find_map(|back| rest.get(..BLOCK_COMMENT_BYTES_MAX - back)).unwrap_or(rest);
    within.find("*/").map_or_else(|| line_length(rest), |end| end + 2)
}

fn text_token(rest: &str) -> (TokenKind, usize) {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '\n' | '\r' => break,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (TokenKind::Text, at + 1),
            _ => {}
        }
    }
    (TokenKind::OpenText, guessed_text_length(rest))
}

/// A text that is not closed probably ends before the brackets at the end of its line.
fn guessed_text_length(rest: &str) -> usize {
    let line = rest.get(..line_length(rest)).unwrap_or(rest);
    let kept = line.trim_end_matches([' ', '\t', '\r', '}', ')', ']', ',']).trim_end_matches('\\');
    kept.len().max(1)
}

fn foreign_text(rest: &str, quote: char) -> (TokenKind, usize) {
    let ends: &[char] = if quote == '\'' { &['\''] } else { &['”', '“', '„', '’', '‘'] };
    let inside = rest.get(quote.len_utf8()..).unwrap_or("");
    let stop = inside.find(|letter| letter == '\n' || ends.contains(&letter));
    match stop.filter(|at| !inside.get(*at..).unwrap_or("").starts_with('\n')) {
        Some(at) => {
            let end = inside.get(at..).and_then(|end| end.chars().next()).map_or(1, char::len_utf8);
            (TokenKind::ForeignText, quote.len_utf8() + at + end)
        }
        None => (TokenKind::Foreign, quote.len_utf8()),
    }
}
