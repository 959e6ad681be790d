//! Brackets: how deep they nest, and which of them lacks its other half.
//!
//! Where every bracket has its match, nothing is done. Otherwise indentation tells which one was forgotten: a `}` that
//! stands further left than the line of the bracket it would close belongs to an outer one, and an item that
//! begins in the first column begins outside of everything.

use super::PARSE_DEPTH_MAX;
use super::expected::begins_something;
use super::parts::SYNTAX;
use super::repair::Repair;
use super::scan::{Token, TokenKind};
use crate::diagnostic::Diagnostic;

/// Words with which an item begins, in the first column of a line.
const ITEM_WORDS: [&str; 9] = ["room", "lock", "group", "entry", "client", "check", "shape", "let", "prove"];

/// An opening bracket that waits for its other half.
#[derive(Clone, Copy)]
struct Opened {
    token: Token,
    line: Line,
    /// Whether its line begins with `state`.
    begins_with_state: bool,
}

/// The line that a token stands on.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Line {
    start: usize,
    indent: usize,
}

/// Adds what is missing and takes away what is too much. False where the brackets nest too deep, which is reported.
pub(super) fn balance(repair: &mut Repair<'_>, tokens: &[Token]) -> bool {
    let text = repair.text;
    let Some(surplus) = unbalance(repair, tokens) else { return false };
    if surplus == Unbalance::None {
        return true;
    }
    let mut opened: Vec<Opened> = Vec::new();
    let mut last_end = 0;
    let mut line = Line { start: 0, indent: indent_of(text, 0) };
    let mut looked_to = 0;
    for token in tokens {
        if let Some(end) = text.get(looked_to..token.start).and_then(|between| between.rfind('\n')) {
            let start = looked_to + end + 1;
            line = Line { start, indent: indent_of(text, start) };
        }
        looked_to = token.start;
        let is_first = line.start + line.indent == token.start;
        if is_first && token.kind == TokenKind::Word && begins_something(token.of(text)) {
            // what is in parentheses goes on over lines, but not with a statement
            while let Some(open) = opened.pop_if(|open| open.token.of(text) != "{") {
                never_closed(repair, open.token, last_end);
            }
        }
        match token.kind {
            TokenKind::Open if opened.len() == PARSE_DEPTH_MAX => {
                too_deep(repair, *token);
                return false;
            }
            TokenKind::Open => {
                let begins_with_state = text.get(line.start + line.indent..).is_some_and(|at| at.starts_with("state "));
                opened.push(Opened { token: *token, line, begins_with_state });
            }
            TokenKind::Close => {
                let place = Place { line, is_first, last_end, surplus };
                close(repair, &mut opened, *token, place);
            }
            TokenKind::Word if is_first && line.indent == 0 && ITEM_WORDS.contains(&token.of(text)) => {
                while let Some(open) = opened.pop() {
                    never_closed(repair, open.token, last_end);
                }
            }
            // two states side by side: the first has ended
            TokenKind::Word if is_first && token.of(text) == "state" => {
                while let Some(open) = opened.pop_if(|open| open.line.indent == line.indent && open.begins_with_state) {
                    never_closed(repair, open.token, last_end);
                }
            }
            TokenKind::Word
            | TokenKind::Number
            | TokenKind::Text
            | TokenKind::OpenText
            | TokenKind::ForeignText
            | TokenKind::HashComment
            | TokenKind::BlockComment
            | TokenKind::Sign
            | TokenKind::Foreign => {}
        }
        if !matches!(token.kind, TokenKind::HashComment | TokenKind::BlockComment) {
            last_end = token.end;
        }
    }
    while let Some(open) = opened.pop() {
        never_closed(repair, open.token, last_end);
    }
    true
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unbalance {
    None,
    /// There are more closing brackets than opening ones.
    Closing,
    /// There are not.
    Opening,
}

/// How brackets are out of balance if one is matched with the next; none where they nest too deep.
fn unbalance(repair: &mut Repair<'_>, tokens: &[Token]) -> Option<Unbalance> {
    let text = repair.text;
    let mut waiting: Vec<&str> = Vec::new();
    let (mut balanced, mut opening, mut closing) = (true, 0_usize, 0_usize);
    for token in tokens {
        if token.kind == TokenKind::Open {
            if waiting.len() == PARSE_DEPTH_MAX {
                too_deep(repair, *token);
                return None;
            }
            opening += 1;
            waiting.push(other_half(token.of(text)));
        } else if token.kind == TokenKind::Close {
            closing += 1;
            balanced &= waiting.pop() == Some(token.of(text));
        }
    }
    Some(match balanced && waiting.is_empty() {
        true => Unbalance::None,
        false if closing > opening => Unbalance::Closing,
        false => Unbalance::Opening,
    })
}

/// Where a closing bracket stands.
struct Place {
    line: Line,
    is_first: bool,
    last_end: usize,
    surplus: Unbalance,
}

fn close(repair: &mut Repair<'_>, opened: &mut Vec<Opened>, token: Token, place: Place) {
    let text = repair.text;
    let sign = token.of(text);
    let matches = |open: &Opened| other_half(open.token.of(text)) == sign;
    let begins_left = |open: &Opened| place.is_first && open.line != place.line && open.line.indent > place.line.indent;
    // an outer bracket whose line is as far left as this one is what the author meant to close
    let meant = opened.iter().rposition(|open| matches(open) && open.line.indent == place.line.indent);
    while let Some(open) = opened.last().copied() {
        let is_meant_for_outer = begins_left(&open) && meant.is_some_and(|at| at + 1 < opened.len());
        if matches(&open) && !is_meant_for_outer {
            let closes_too_early =
                place.is_first && place.surplus == Unbalance::Closing && place.line.indent > open.line.indent;
            if closes_too_early {
                break;
            }
            opened.pop();
            return;
        }
        if !opened.iter().any(matches) {
            break;
        }
        opened.pop();
        never_closed(repair, open.token, place.last_end);
    }
    let span = repair.span(token.start, token.end);
    repair.report(
        Diagnostic::error(SYNTAX, span, format!("this `{sign}` closes nothing"))
            .help("remove it, or open what it closes"),
    );
    repair.replace(token.start, token.end, " ");
}

fn never_closed(repair: &mut Repair<'_>, open: Token, at: usize) {
    let sign = open.of(repair.text);
    let half = other_half(sign);
    let span = repair.span(open.start, open.end);
    let end = repair.span(at, at);
    repair.report(
        Diagnostic::error(SYNTAX, span, format!("this `{sign}` is never closed"))
            .other(end, format!("`{half}` may be missing here"))
            .help(format!("add the missing `{half}`")),
    );
    repair.replace(at, at, half);
}

fn other_half(sign: &str) -> &'static str {
    match sign {
        "{" => "}",
        "(" => ")",
        _ => "]",
    }
}

fn indent_of(text: &str, line_start: usize) -> usize {
    let line = text.get(line_start..).unwrap_or("");
    line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn too_deep(repair: &mut Repair<'_>, token: Token) {
    let span = repair.span(token.start, token.end);
    let message = format!("brackets nest at most {PARSE_DEPTH_MAX} deep, this one is deeper");
    repair.report(Diagnostic::error(SYNTAX, span, message).help("name a part of it with `let` or `shape`"));
}
