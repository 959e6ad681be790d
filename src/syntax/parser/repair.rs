//! What is wrong with the letters of a text, and the text without those faults.
//!
//! Whatever is found here is wrong wherever it stands, so it is reported here, with the words for it, and what the author
//! meant is put in its place: the grammar then reads on as if nothing had been the matter.

use super::brackets;
use super::edits::{Edit, Edits};
use super::parts::{ENCODING, FINDINGS_MAX, SYNTAX};
use super::scan::{Token, TokenKind, tokens};
use crate::diagnostic::{Applicability, Code, Diagnostic, Fix, SourceId, Span};
use std::collections::BTreeSet;

/// A text that the grammar can read to its end.
pub(super) struct Repaired {
    /// The text.
    pub text: String,
    /// What was changed.
    pub edits: Edits,
    /// Why.
    pub findings: Vec<Diagnostic>,
    /// Whether brackets nest no deeper than they may.
    pub readable: bool,
}

/// Repairs a text.
pub(super) fn repair(source: SourceId, text: &str) -> Repaired {
    let mut repair = Repair { source, text, edits: Vec::new(), findings: Vec::new() };
    repair.characters();
    let tokens: Vec<Token> = tokens(text).collect();
    repair.tokens(&tokens);
    let readable = brackets::balance(&mut repair, &tokens);
    let (repaired, edits) = Edits::apply(text, repair.edits);
    Repaired { text: repaired, edits, findings: repair.findings, readable }
}

/// A text on its way to being repaired.
pub(super) struct Repair<'t> {
    source: SourceId,
    /// The text as it was written.
    pub text: &'t str,
    edits: Vec<Edit>,
    findings: Vec<Diagnostic>,
}

impl<'t> Repair<'t> {
    /// Where bytes of the text stand.
    pub fn span(&self, start: usize, end: usize) -> Span {
        // a text has at most `SOURCE_BYTES_MAX` bytes
        Span { source: self.source, start: start as u32, end: end as u32 }
    }

    /// Keeps a finding, unless there are too many already.
    pub fn report(&mut self, finding: Diagnostic) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }

    /// Puts something else in the place of bytes of the text.
    pub fn replace(&mut self, start: usize, end: usize, instead: impl Into<String>) {
        self.edits.push(Edit { start, end, instead: instead.into() });
    }

    fn fault(&mut self, code: Code, token: Token, message: String, help: &str) {
        let span = self.span(token.start, token.end);
        self.report(Diagnostic::error(code, span, message).help(help));
    }

    /// A fault of syntax of which is known what was meant.
    fn mendable(&mut self, token: Token, message: String, help: &str, fix: Fix) {
        let span = self.span(token.start, token.end);
        self.report(Diagnostic::error(SYNTAX, span, message).help(help).fix(fix));
    }

    /// Characters that hide what a text says, wherever they are.
    fn characters(&mut self) {
        for (at, character) in self.text.char_indices() {
            let what = match character {
                '\0' => "a NUL character",
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                    "a character that turns the direction of writing, so the text is not what it looks like"
                }
                _ => continue,
            };
            let span = self.span(at, at + character.len_utf8());
            let message = format!("{} is {what}", code_point(character));
            self.report(
                Diagnostic::error(ENCODING, span, message).help("remove it, or write it as an escape in a text"),
            );
        }
    }

    fn tokens(&mut self, tokens: &[Token]) {
        let mut foreign_names = BTreeSet::new();
        let mut semicolons = 0_usize;
        for token in tokens {
            match token.kind {
                TokenKind::Word | TokenKind::Number => self.word(*token, &mut foreign_names),
                TokenKind::OpenText => self.open_text(*token),
                TokenKind::ForeignText => self.foreign_text(*token),
                TokenKind::HashComment => {
                    let help = "write `//` instead of `#`";
                    let sign = Token { end: token.start + 1, ..*token };
                    let fix = Fix::safe("write `//`").replace(self.span(sign.start, sign.end), "//");
                    self.mendable(sign, "comments begin with `//`".to_string(), help, fix);
                    self.replace(token.start, token.start + 1, "//");
                }
                TokenKind::BlockComment => {
                    let sign = Token { end: token.start + 2, ..*token };
                    let help = "begin each line of it with `//`";
                    self.fault(SYNTAX, sign, "comments begin with `//` and end with their line".to_string(), help);
                    self.replace(token.start, token.end, " ");
                }
                TokenKind::Sign if token.of(self.text) == ";" => {
                    semicolons += 1;
                    if semicolons == 1 {
                        let help = "remove the `;`, here and wherever else one stands";
                        let fix = self.without_semicolons(tokens);
                        self.mendable(*token, "nothing ends with a `;` here".to_string(), help, fix);
                    }
                    self.replace(token.start, token.end, " ");
                }
                TokenKind::Sign => self.sign(*token),
                TokenKind::Foreign => self.foreign(*token),
                TokenKind::Text | TokenKind::Open | TokenKind::Close => {}
            }
        }
    }

    fn without_semicolons(&self, tokens: &[Token]) -> Fix {
        let semicolons = tokens.iter().filter(|token| token.kind == TokenKind::Sign && token.of(self.text) == ";");
        let without = |fix: Fix, token: &Token| {
            let between = if self.stands_free(*token) == (false, false) { " " } else { "" };
            fix.replace(self.span(token.start, token.end), between)
        };
        semicolons.fold(Fix::safe("take every `;` away"), without)
    }

    /// A word or sign in the place of another, apart from its neighbours.
    fn written(&self, token: Token, meant: &str) -> Fix {
        let (free_before, free_after) = self.stands_free(token);
        let (left, right) = (if free_before { "" } else { " " }, if free_after { "" } else { " " });
        let instead = format!("{left}{meant}{right}");
        Fix::safe(format!("write `{meant}`")).replace(self.span(token.start, token.end), instead)
    }

    /// Whether nothing touches it before and after.
    fn stands_free(&self, token: Token) -> (bool, bool) {
        let blank = |letter: Option<char>| letter.is_none_or(char::is_whitespace);
        let before = self.text.get(..token.start).and_then(|text| text.chars().next_back());
        let after = self.text.get(token.end..).and_then(|text| text.chars().next());
        (blank(before), blank(after))
    }

    fn word(&mut self, token: Token, known: &mut BTreeSet<&'t str>) {
        let word = token.of(self.text);
        if word.is_ascii() {
            return;
        }
        if known.insert(word) {
            let help = "names have the letters a to z and A to Z, digits and `_`";
            self.fault(ENCODING, token, format!("`{}` has letters that a name cannot have", shortened(word)), help);
        }
        let plain: String = word.chars().map(|letter| if letter.is_ascii() { letter } else { '_' }).collect();
        self.replace(token.start, token.end, plain);
    }

    fn open_text(&mut self, token: Token) {
        let help = "close it with `\"` on the same line; a line end inside a text is written `\\n`";
        self.fault(SYNTAX, token, "this text is not closed".to_string(), help);
        self.replace(token.end, token.end, "\"");
    }

    fn foreign_text(&mut self, token: Token) {
        let quoted = token.of(self.text);
        let mut letters = quoted.chars();
        letters.next();
        letters.next_back();
        let inside = letters.as_str().replace('\\', "\\\\").replace('"', "\\\"");
        let help = format!("write `\"{}\"`", shortened(&inside));
        let quotes = Fix::safe("write it in double quotes");
        let fix = quotes.replace(self.span(token.start, token.end), format!("\"{inside}\""));
        self.mendable(token, "texts stand in double quotes".to_string(), &help, fix);
        self.replace(token.start, token.end, format!("\"{inside}\""));
    }

    fn sign(&mut self, token: Token) {
        let sign = token.of(self.text);
        let meant = match sign {
            "&&" | "&" => "and",
            "||" => "or",
            "!" => "not",
            "=>" => "->",
            "===" => "==",
            "<>" => "!=",
            _ => return,
        };
        let fix = self.written(token, meant);
        // `not` binds looser than `!` elsewhere.
        let fix = if meant == "not" { Fix { applicability: Applicability::Unsafe, ..fix } } else { fix };
        self.mendable(token, format!("`{sign}` is written `{meant}`"), &format!("write `{meant}`"), fix);
        self.replace(token.start, token.end, format!(" {meant} "));
    }

    fn foreign(&mut self, token: Token) {
        let character = token.of(self.text).chars().next().unwrap_or('\0');
        let instead = match character {
            '\u{feff}' if token.start == 0 => " ",
            '→' | '⇒' => {
                let fix = self.written(token, "->");
                self.mendable(token, format!("`{character}` is written `->`"), "write `->`", fix);
                " -> "
            }
            // reported with the characters that are wrong anywhere
            '\0' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => " ",
            _ => {
                let name = if character.is_control() || character.is_whitespace() || !character.is_ascii() {
                    code_point(character)
                } else {
                    format!("`{character}`")
                };
                self.fault(ENCODING, token, format!("{name} may stand only in texts and comments"), "remove it");
                " "
            }
        };
        self.replace(token.start, token.end, instead);
    }
}

fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

/// What an author wrote, cut where it would fill the screen.
pub(super) fn shortened(letters: &str) -> String {
    const LETTERS_MAX: usize = 32;
    match letters.char_indices().nth(LETTERS_MAX) {
        Some((cut, _)) => format!("{}…", letters.get(..cut).unwrap_or("")),
        None => letters.to_string(),
    }
}
