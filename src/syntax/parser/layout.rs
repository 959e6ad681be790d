//! What the formatter needs of a parsed text: its tokens, and which of them belong together. The text must be without faults.

use super::rules::{Grammar, Rule};
use crate::syntax::format::tree::{Fold, Kind, Manner, Part, Token, Tree};
use pest::Parser;
use pest::iterators::Pair;

/// The tokens of a text that has no syntax errors; none of another.
pub(in crate::syntax) fn layout(text: &str) -> Option<Tree> {
    let file = Grammar::parse(Rule::file, text).ok()?.next()?;
    let mut tree = Tree::default();
    for pair in file.into_inner().filter(|pair| pair.as_rule() != Rule::EOI) {
        let part = part(pair, Rule::file, &mut tree.tokens);
        tree.parts.push(part);
    }
    Some(tree)
}

fn part(pair: Pair<'_, Rule>, parent: Rule, tokens: &mut Vec<Token>) -> Part {
    let rule = pair.as_rule();
    let place = pair.as_span();
    let mut inner = pair.into_inner().peekable();
    let Some(first) = inner.peek().map(Pair::as_rule) else {
        let text = place.as_str().to_string();
        tokens.push(Token { text, start: place.start(), end: place.end(), manner: manner(rule, parent) });
        return if rule == Rule::comma { Part::Comma } else { Part::Token(tokens.len() - 1) };
    };
    let kind = kind(rule, first);
    let mut parts: Vec<Part> = Vec::new();
    let mut in_braces = None;
    for child in inner {
        if matches!(rule, Rule::client_item | Rule::group) && child.as_rule() == Rule::open {
            in_braces = Some(Vec::new());
        }
        let part = part(child, rule, tokens);
        match &mut in_braces {
            Some(braced) if !matches!(part, Part::Comma) => braced.push(part),
            Some(_) => {}
            None if is_bracketed(kind) && matches!(part, Part::Comma) => {}
            None => parts.push(part),
        }
    }
    parts.extend(in_braces.map(|braced| Part::Node(Kind::Lines, braced)));
    Part::Node(kind, parts)
}

/// What several parts make, by their rule and that of the first of them.
fn kind(rule: Rule, first: Rule) -> Kind {
    match rule {
        Rule::body => Kind::Body,
        Rule::follow if first == Rule::open => Kind::Block,
        Rule::record | Rule::record_type => Kind::Record,
        Rule::params | Rule::args | Rule::list => Kind::List,
        Rule::expr => Kind::Expression,
        Rule::match_ => Kind::Match,
        // The grammar's other rules are words in a row.
        _ => Kind::Plain,
    }
}

/// Whether commas separate the parts of this, so that the formatter sets them by itself.
fn is_bracketed(kind: Kind) -> bool {
    match kind {
        Kind::Record | Kind::List | Kind::Lines => true,
        Kind::Plain | Kind::Body | Kind::Block | Kind::Expression | Kind::Match => false,
    }
}

fn manner(rule: Rule, parent: Rule) -> Manner {
    let is_tight_before = match rule {
        Rule::open_round => parent == Rule::list_type,
        // Signs that lean on what is before them; nothing else does.
        _ => matches!(
            rule,
            Rule::open_args
                | Rule::close_round
                | Rule::close_square
                | Rule::colon
                | Rule::dot
                | Rule::dots
                | Rule::optional
        ),
    };
    let is_tight_after =
        matches!(rule, Rule::open_args | Rule::open_round | Rule::open_square | Rule::dot | Rule::dots);
    let fold = match rule {
        Rule::k_or | Rule::k_and if parent == Rule::connective => Fold::Together,
        Rule::bar | Rule::arrow | Rule::k_or | Rule::k_when => Fold::Before,
        Rule::k_else if parent == Rule::otherwise => Fold::Before,
        Rule::assign => Fold::After,
        // Lines are broken nowhere else.
        _ => Fold::Never,
    };
    let is_name = matches!(rule, Rule::name | Rule::declared | Rule::field_name | Rule::type_name);
    Manner { is_tight_before, is_tight_after, fold, is_name, is_comma: rule == Rule::comma }
}
