//! Brackets that are open at the cursor, and what each holds.

use super::tokens::Token;

/// What a bracket holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    Top,
    Client,
    Group,
    Room,
    Lock,
    State,
    /// What follows a trigger.
    Block,
    /// Parameters, or a record of types.
    Types,
    /// A record of values.
    Record,
    /// Arguments, a list, or parentheses.
    Values,
    /// The ends of a range.
    Nothing,
}

/// An open bracket, and the tokens in it; those in brackets that are closed again are left out.
pub(super) struct Open<'text> {
    pub inside: Inside,
    pub tail: Vec<Token<'text>>,
    pub is_lock: bool,
}

impl<'text> Open<'text> {
    /// The token so many before the cursor, from 1; "" where there is none.
    pub(super) fn back(&self, count: usize) -> &'text str {
        self.tail.len().checked_sub(count).and_then(|at| self.tail.get(at)).map_or("", |token| token.text)
    }
}

/// The bracket in which the cursor is after these tokens; the file itself where it is in none.
pub(super) fn innermost<'text>(tokens: &[Token<'text>]) -> Option<Open<'text>> {
    let mut opens = vec![Open { inside: Inside::Top, tail: Vec::new(), is_lock: false }];
    for token in tokens {
        match token.text {
            "{" | "(" | "[" => {
                let open = opens.last()?;
                let inside = inside(open, token.text);
                let is_lock = open.is_lock || inside == Inside::Lock;
                opens.push(Open { inside, tail: Vec::new(), is_lock });
            }
            "}" | ")" | "]" if opens.len() > 1 => {
                opens.pop();
                keep(&mut opens, *token);
            }
            _any => keep(&mut opens, *token),
        }
    }
    opens.pop()
}

fn keep<'text>(opens: &mut [Open<'text>], token: Token<'text>) {
    if let Some(open) = opens.last_mut() {
        open.tail.push(token);
    }
}

/// What a bracket holds that opens after what another one holds so far.
fn inside(open: &Open<'_>, bracket: &str) -> Inside {
    let last = open.back(1);
    match (open.inside, bracket) {
        (Inside::Record | Inside::Values, _) => {
            if bracket == "{" {
                Inside::Record
            } else {
                Inside::Values
            }
        }
        (Inside::Types | Inside::Client, "{") => {
            if last == "=" {
                Inside::Record
            } else {
                Inside::Types
            }
        }
        (_, "(") if last == "list" => Inside::Types,
        (_, "(") if matches!(last, "text" | "int" | "number") => Inside::Nothing,
        (Inside::Top, "(") => Inside::Types,
        (Inside::Room | Inside::Lock, "(") if open.back(2) == "state" => Inside::Types,
        (_, "(" | "[") => Inside::Values,
        (Inside::Top, _) => inside_item(open),
        (Inside::Room | Inside::Lock | Inside::State | Inside::Block, _) => inside_body(open),
        (Inside::Group | Inside::Nothing | Inside::Types | Inside::Client, _) => Inside::Nothing,
    }
}

/// The braces of an item.
fn inside_item(open: &Open<'_>) -> Inside {
    if open.back(1) == "gives" || open.back(2) == "shape" {
        return Inside::Types;
    }
    // the type that something gives may be called as an item is
    let heads = (1..=open.tail.len()).filter(|at| open.back(at + 1) != "gives").map(|at| open.back(at));
    let head = heads.into_iter().find(|word| matches!(*word, "room" | "lock" | "client" | "group"));
    match head {
        Some("room") => Inside::Room,
        Some("lock") => Inside::Lock,
        Some("client") => Inside::Client,
        Some("group") => Inside::Group,
        Some(_) | None => Inside::Nothing,
    }
}

/// Braces in a body: a state, a block, a pattern or a record.
fn inside_body(open: &Open<'_>) -> Inside {
    let (last, before) = (open.back(1), open.back(2));
    let is_state = before == "state" || last == ")" && open.back(3) == "state";
    if is_state {
        return Inside::State;
    }
    if last == "on" || last == "," || before == "signal" && open.back(3) == "on" {
        return Inside::Types;
    }
    if is_value_next(open) {
        return Inside::Record;
    }
    match head(open) {
        "match" => Inside::Types,
        "tell" => Inside::Record,
        "signal" => Inside::Record,
        _other => Inside::Block,
    }
}

/// Whether the last token wants a value after it.
pub(super) fn is_value_next(open: &Open<'_>) -> bool {
    let last = open.back(1);
    let is_operator = matches!(last, "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "and" | "or" | "not" | "in");
    let is_head = matches!(last, "ask" | "say" | "post" | "identify" | "resolve" | "fail" | "drop" | "when" | "match");
    // `on reload drop` wants nothing
    (is_operator || is_head) && open.back(2) != "reload"
}

/// The word that what stands before the cursor belongs to: names, fields and arguments are passed over.
pub(super) fn head<'text>(open: &Open<'text>) -> &'text str {
    let is_part = |word: &str| {
        matches!(word, "." | ")" | "client" | "members" | "everyone" | "room" | "socket" | "handshake")
            || !crate::syntax::is_reserved(word)
                && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let words = open.tail.iter().rev().map(|token| token.text);
    words.into_iter().find(|word| !is_part(word)).unwrap_or("")
}

/// Words that begin lists.
const LISTS: [&str; 12] =
    ["doors", "offers", "renews", "requires", "of", "receives", "to", "in", "->", "}", "on", "match"];

/// The word that begins the list in which the cursor is, after a comma.
pub(super) fn list_head<'text>(open: &Open<'text>) -> &'text str {
    open.tail.iter().rev().map(|token| token.text).find(|word| LISTS.contains(word)).unwrap_or("")
}
