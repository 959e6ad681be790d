//! The words for a syntax error: what was expected, what was found, and what the author probably meant.

use super::parts::{Builder, SYNTAX, reserved};
use super::repair::shortened;
use super::rules::{Prose, Rule, is_reserved, prose};
use super::scan::{Token, TokenKind};
use crate::diagnostic::{Diagnostic, Fix, Span};

/// What the grammar would have gone on with.
pub(super) struct Expected<'r> {
    rules: &'r [Rule],
}

/// How many things a message names before it stops counting.
const NAMED_MAX: usize = 7;

const ITEMS: [&str; 9] = ["entry", "client", "group", "room", "lock", "check", "shape", "let", "prove"];
const PROPERTIES: [&str; 15] = [
    "requires",
    "admit",
    "capacity",
    "history",
    "mailbox",
    "presence",
    "posts",
    "receives",
    "doors",
    "offers",
    "renews",
    "limit",
    "transient",
    "attempts",
    "let",
];
const ARMS: [&str; 11] =
    ["state", "on", "when", "else", "after", "resolved", "failed", "passed", "match", "lock", "check"];
const ACTIONS: [&str; 8] = ["ask", "say", "post", "tell", "signal", "identify", "set", "leave"];
const TARGETS: [&str; 6] = ["resolve", "fail", "admit", "retry", "move", "drop"];
const UNITS: &str = "the units are `ms`, `s`, `m`, `h` and `d`";

/// Words of other languages, and what is written here.
const ELSEWHERE: [(&str, &str); 7] = [
    ("if", "when"),
    ("elif", "when"),
    ("return", "resolve"),
    ("const", "let"),
    ("var", "let"),
    ("send", "say"),
    ("broadcast", "post"),
];

impl<'r> Expected<'r> {
    /// What pest tried where it stopped.
    pub fn of(rules: &'r [Rule]) -> Self {
        Expected { rules }
    }

    fn any(&self, wanted: &[Rule]) -> bool {
        wanted.iter().any(|rule| self.rules.contains(rule))
    }

    /// "`->` or `{`", "`,` or a statement".
    fn listed(&self) -> String {
        if self.any(&[Rule::k_resolve]) && self.any(&[Rule::k_move]) {
            return "where the arrow leads (a state, `resolve`, `fail`, `admit`, `retry`, `move` or `drop`)"
                .to_string();
        }
        let mut names = self.names(false);
        if names.is_empty() {
            names = self.names(true);
        }
        let ends = [prose_text(Rule::EOI), prose_text(Rule::close)];
        if names.len() > 2 && names.iter().any(|name| name == "a statement" || name == "an item") {
            names.retain(|name| !ends.contains(name));
        }
        match names.split_last() {
            None => "something else".to_string(),
            Some((only, [])) => only.clone(),
            Some((_, _)) if names.len() > NAMED_MAX => {
                names.truncate(NAMED_MAX);
                format!("{} or something like it", names.join(", "))
            }
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
        }
    }

    fn names(&self, asides: bool) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let has_more = self.any(&[Rule::item, Rule::statement]);
        for rule in self.rules.iter().filter(|rule| !(has_more && **rule == Rule::EOI)) {
            let is_aside = matches!(prose(*rule), Prose::Aside(_) | Prose::AsideThing(_));
            let name = prose_text(*rule);
            for name in name.split(" or ") {
                if is_aside == asides && !names.iter().any(|known| known == name) {
                    names.push(name.to_string());
                }
            }
        }
        names
    }

    /// Words that could stand here.
    fn words(&self) -> Vec<&'static str> {
        let mut words: Vec<&'static str> = Vec::new();
        for rule in self.rules {
            match rule {
                Rule::item => words.extend(ITEMS),
                Rule::statement => {
                    words.extend(PROPERTIES);
                    words.extend(ARMS);
                    words.extend(ACTIONS);
                }
                Rule::action => words.extend(ACTIONS),
                Rule::target => words.extend(TARGETS),
                Rule::guard => words.push("when"),
                Rule::binding => words.push("as"),
                Rule::otherwise => words.push("else"),
                Rule::gives => words.push("gives"),
                Rule::alias => words.push("alias"),
                Rule::uuid => words.push("uuid"),
                Rule::connective => words.extend(["and", "or"]),
                Rule::operator => words.push("in"),
                _ => {
                    if let Prose::Word(word) = prose(*rule) {
                        words.push(word);
                    }
                }
            }
        }
        words
    }
}

/// Whether a line that begins with this word begins a statement or an item.
pub(super) fn begins_something(word: &str) -> bool {
    [&ITEMS[..], &PROPERTIES, &ARMS, &ACTIONS].iter().any(|words| words.contains(&word))
}

fn prose_text(rule: Rule) -> String {
    match prose(rule) {
        Prose::Word(word) => format!("`{word}`"),
        Prose::Sign(text) | Prose::Aside(text) | Prose::AsideThing(text) | Prose::Thing(text) => text.to_string(),
    }
}

/// What was found where something else was expected.
struct Found<'t> {
    kind: Option<TokenKind>,
    word: &'t str,
    span: Span,
    /// Whether it stands on the line of what stands before it.
    on_same_line: bool,
}

impl Found<'_> {
    fn named(&self) -> String {
        match self.kind {
            None => "the end of the file".to_string(),
            Some(_) if self.word.is_empty() => "the end of it".to_string(),
            Some(_) => format!("`{}`", shortened(self.word)),
        }
    }

    fn has_letters(&self) -> bool {
        self.word.contains(|letter: char| letter.is_ascii_alphabetic())
    }

    fn is(&self, sign: &str) -> bool {
        self.kind.is_some() && self.word == sign
    }
}

/// The finding for a place where the grammar had to stop.
pub(super) fn explain(
    builder: &Builder<'_>,
    expected: &Expected<'_>,
    before: Option<Token>,
    found: Option<Token>,
    at: usize,
) -> Diagnostic {
    let text = builder.text;
    let before_text = before.map_or("", |token| token.of(text));
    let found = match found {
        Some(token) => {
            let span = builder.span_at(token.start, token.end);
            // a bracket that the repair added is not there for the author
            let word = if span.start == span.end { "" } else { token.of(text) };
            let gap = before.and_then(|before| text.get(before.end..token.start)).unwrap_or("");
            Found { kind: Some(token.kind), word, span, on_same_line: !gap.contains('\n') }
        }
        None => {
            let end = before.map_or(at, |token| token.end);
            Found { kind: None, word: "", span: builder.span_at(end, end), on_same_line: true }
        }
    };
    if let Some(special) = special(expected, before_text, &found) {
        return special;
    }
    let message = format!("expected {}, found {}", expected.listed(), found.named());
    let finding = Diagnostic::error(SYNTAX, found.span, message);
    let misspelt = found.kind == Some(TokenKind::Word);
    if let Some(word) = misspelt.then(|| nearest(found.word, &expected.words())).flatten() {
        return finding.help(format!("did you mean `{word}`?")).fix(instead(&found, word));
    }
    match advice(expected, before_text, &found) {
        Some(advice) => finding.help(advice),
        None => finding,
    }
}

/// The commonest mistakes, each in its own words.
fn special(expected: &Expected<'_>, before: &str, found: &Found<'_>) -> Option<Diagnostic> {
    let error = |message: String| Diagnostic::error(SYNTAX, found.span, message);
    if found.is("=") && expected.any(&[Rule::operator]) {
        let finding = error("`=` gives a value, it does not compare".to_string()).help("write `==` to compare");
        return Some(finding.fix(instead(found, "==")));
    }
    if found.is("==") && expected.any(&[Rule::assign]) {
        let finding = error("`==` compares, it does not give a value".to_string()).help("write `=`");
        return Some(finding.fix(instead(found, "=")));
    }
    if found.is(",") && before == "," {
        return Some(error("two commas follow one another".to_string()).help("remove one of them"));
    }
    let wants_name = expected.rules.iter().any(|rule| prose_text(*rule) == "a name");
    if found.kind == Some(TokenKind::Number) && wants_name && !expected.any(&[Rule::operand, Rule::duration]) {
        let message = format!("`{}` is no name", shortened(found.word));
        return Some(error(message).help("a name begins with a letter or `_`"));
    }
    if found.kind == Some(TokenKind::Number) && (expected.any(&[Rule::duration]) || found.has_letters()) {
        return Some(unit_missing(found, expected));
    }
    if found.is("not") && expected.any(&[Rule::operand]) {
        let message = "`not` binds looser than the operator before it".to_string();
        return Some(error(message).help("put it and what it denies in parentheses"));
    }
    if expected.any(&[Rule::colon]) && expected.rules.len() == 1 && is_word(before) {
        let message = format!("a `:` is missing after `{}`, found {}", shortened(before), found.named());
        return Some(error(message).help(format!("write `{}: …`", shortened(before))));
    }
    let names_something = matches!(before, "as" | "resolved" | "failed" | "passed" | "signal");
    if names_something && expected.any(&[Rule::name]) && is_reserved(found.word) {
        return Some(reserved(found.word, found.span));
    }
    None
}

/// Something else in the place of what was found.
fn instead(found: &Found<'_>, meant: &str) -> Fix {
    Fix::unsafe_to_apply(format!("write `{}`", shortened(meant))).replace(found.span, meant)
}

fn unit_missing(found: &Found<'_>, expected: &Expected<'_>) -> Diagnostic {
    let digits = found.word.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    if digits == found.word && !digits.contains('.') {
        let message = format!("the duration `{}` has no unit", shortened(found.word));
        let help = format!("write `{0}s` for seconds; {UNITS}", shortened(digits));
        let seconds = format!("{digits}s");
        return Diagnostic::error(SYNTAX, found.span, message).help(help).fix(instead(found, &seconds));
    }
    let wanted = if expected.any(&[Rule::duration]) { "not a duration" } else { "neither a number nor a duration" };
    let message = format!("`{}` is {wanted}", shortened(found.word));
    Diagnostic::error(SYNTAX, found.span, message).help(format!("a duration is a whole number and a unit; {UNITS}"))
}

/// What the author may have meant.
fn advice(expected: &Expected<'_>, before: &str, found: &Found<'_>) -> Option<String> {
    if found.kind == Some(TokenKind::Word) {
        if let Some((_, here)) = ELSEWHERE.iter().find(|(there, _)| *there == found.word) {
            return Some(format!("`{}` is no word of this language; `{here}` may be what you mean", found.word));
        }
        if expected.any(&[Rule::item]) && (ARMS.contains(&found.word) || PROPERTIES.contains(&found.word)) {
            return Some(format!("`{}` belongs in the body of a room or a lock", found.word));
        }
        if expected.any(&[Rule::statement]) && ITEMS.contains(&found.word) {
            return Some(format!("`{}` stands outside of rooms and locks; is a `}}` missing before it?", found.word));
        }
    }
    if expected.rules == [Rule::client_attribute] || expected.rules == [Rule::k_client] {
        return Some("attributes are written with `client`, as in `client.role`".to_string());
    }
    let wants_arrow = expected.any(&[Rule::follow, Rule::target, Rule::arrow]);
    if wants_arrow && (TARGETS.contains(&found.word) || (is_word(found.word) && !is_reserved(found.word))) {
        return Some(format!("an arrow leads there: write `-> {}`", shortened(found.word)));
    }
    if wants_arrow && ACTIONS.contains(&found.word) {
        return Some("actions stand in braces, as in `{ post m }`".to_string());
    }
    if before == "," && (matches!(found.word, "}" | ")" | "]" | "->") || is_reserved(found.word)) {
        return Some("remove the comma before it, or go on after the comma".to_string());
    }
    if found.on_same_line && is_reserved(found.word) && expected.rules.iter().any(|rule| prose_text(*rule) == "a name")
    {
        return Some(format!("`{}` is a word of the language, so nothing can be called that", found.word));
    }
    None
}

fn is_word(word: &str) -> bool {
    word.starts_with(|letter: char| letter == '_' || letter.is_ascii_alphabetic())
}

/// The word that is nearest to a misspelt one, if it is near enough.
fn nearest(word: &str, words: &[&'static str]) -> Option<&'static str> {
    const LETTERS_MAX: usize = 24;
    if word.len() > LETTERS_MAX {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let near = words.iter().map(|candidate| (strsim::osa_distance(&lower, candidate), *candidate));
    let near = near.filter(|(distance, candidate)| *candidate != word && *distance <= (candidate.len() / 3).max(1));
    near.min_by_key(|(distance, _)| *distance)
        .filter(|(_, candidate)| candidate.len() > 2)
        .map(|(_, candidate)| candidate)
}
