//! Where lines may and must end: from the tree to a list of tokens, blanks and possible line ends.

use super::comments::Around;
use super::tree::{Fold, Kind, Part, Token, Tree};

/// What is to be printed, and where a line may end.
#[derive(Debug)]
pub(super) enum Doc {
    /// A token, by its place.
    Token(usize),
    /// The comments on lines of their own before a token, here rather than right before it.
    Comments(usize),
    /// A comma, behind what has just been printed.
    Comma,
    /// A comma where the group is on several lines.
    CommaIfBroken,
    /// A comma where it is on one.
    CommaIfFlat,
    /// A blank.
    Space,
    /// A blank, or a line end if what follows does not fit.
    Fold,
    /// One more of a list without brackets: a blank and these if they fit as a whole, otherwise a line end and these.
    More(Vec<Doc>),
    /// A blank, or a line end where the group is on several lines.
    Line,
    /// Nothing, or a line end where the group is on several lines.
    SoftLine,
    /// On one line if it fits, unless it is broken.
    Group {
        /// It is on several lines even if it would fit on one.
        is_broken: bool,
        /// What is in it.
        docs: Vec<Doc>,
    },
    /// Lines that begin further in.
    Indent(Vec<Doc>),
}

/// What all items make.
pub(super) fn file(tree: &Tree, around: &[Around]) -> Doc {
    let mut builder = Builder { tokens: &tree.tokens, around, left: None, has_or: false };
    let mut docs = Vec::new();
    for item in &tree.parts {
        builder.left = None;
        let item = builder.part(item);
        docs.extend(item.docs);
        docs.push(Doc::Line);
    }
    docs.push(Doc::Comments(tree.tokens.len()));
    Doc::Group { is_broken: true, docs }
}

/// Docs, and whether they are on several lines in any case.
#[derive(Default)]
struct Made {
    docs: Vec<Doc>,
    is_broken: bool,
}

struct Builder<'t> {
    tokens: &'t [Token],
    around: &'t [Around],
    /// The token before, on the same line.
    left: Option<usize>,
    /// The expression that is being made has an `or`.
    has_or: bool,
}

impl Builder<'_> {
    fn part(&mut self, part: &Part) -> Made {
        match part {
            Part::Token(at) => self.token(*at),
            Part::Comma => Made { docs: vec![Doc::Comma], is_broken: false },
            Part::Node(Kind::Plain, parts) => self.plain(parts),
            Part::Node(Kind::Body, parts) => self.braces(parts, Separator::Line, parts.len() > 3),
            Part::Node(Kind::Block, parts) => self.braces(parts, Separator::Line, false),
            Part::Node(Kind::Lines, parts) => self.braces(parts, Separator::CommaIfFlat, false),
            Part::Node(Kind::Record, parts) => self.braces(parts, Separator::Comma, false),
            Part::Node(Kind::List, parts) => self.list(parts),
            Part::Node(Kind::Expression, parts) => self.expression(parts),
            Part::Node(Kind::Match, parts) => self.arms(parts),
        }
    }

    /// A token and the blank before it.
    fn token(&mut self, at: usize) -> Made {
        let mut docs = Vec::new();
        if let (Some(left), Some(right)) = (self.left.and_then(|left| self.tokens.get(left)), self.tokens.get(at)) {
            let is_one_word = matches!(left.text.as_str(), "else" | "admit");
            if left.manner.fold == Fold::After || right.manner.fold == Fold::Before && !is_one_word {
                docs.push(Doc::Fold);
            } else if right.manner.fold == Fold::Together {
                // `and` binds closer than `or`
                docs.push(if self.has_or && right.text == "and" { Doc::Fold } else { Doc::Line });
            } else if !left.manner.is_tight_after && !right.manner.is_tight_before {
                docs.push(Doc::Space);
            }
        }
        docs.push(Doc::Token(at));
        self.left = Some(at);
        Made { docs, is_broken: false }
    }

    fn plain(&mut self, parts: &[Part]) -> Made {
        let mut all = Made::default();
        let mut is_more = false;
        for part in parts {
            if is_more {
                self.left = None;
            }
            let made = self.part(part);
            all.is_broken |= made.is_broken;
            if is_more {
                all.docs.push(Doc::More(made.docs));
            } else {
                all.docs.extend(made.docs);
            }
            is_more = matches!(part, Part::Comma);
        }
        all
    }

    /// An expression breaks before each `or`, if it has none before each `and`, or nowhere.
    fn expression(&mut self, parts: &[Part]) -> Made {
        let mut lead = Vec::new();
        if let (Some(_), Some(first)) = (self.left, parts.first().and_then(first_token)) {
            // The blank before it is no part of it.
            let mut token = self.token(first).docs;
            token.pop();
            lead = token;
            self.left = None;
        }
        let outer = self.has_or;
        let words = parts.iter().filter_map(first_token).filter_map(|at| self.tokens.get(at));
        self.has_or = words.into_iter().any(|token| token.manner.fold == Fold::Together && token.text == "or");
        let made = self.plain(parts);
        self.has_or = outer;
        let is_broken = made.is_broken;
        let breaks = self.has_comments(parts);
        lead.push(Doc::Group { is_broken: breaks, docs: vec![Doc::Indent(made.docs)] });
        Made { docs: lead, is_broken }
    }

    /// `{`, parts, `}`.
    fn braces(&mut self, parts: &[Part], separator: Separator, must_break: bool) -> Made {
        let Some((open, inner, close)) = bracketed(parts) else { return self.plain(parts) };
        let mut docs = self.token(open).docs;
        if inner.is_empty() && !self.has_comments(parts) {
            self.left = Some(close);
            docs.push(Doc::Token(close));
            return Made { docs, is_broken: false };
        }
        let content = self.content(inner, separator, Doc::Line);
        let is_broken = must_break || content.is_broken || self.is_on_several_lines(parts);
        let mut lines = content.docs;
        if is_broken {
            lines.push(Doc::Comments(close));
        }
        self.left = Some(close);
        docs.push(Doc::Group { is_broken, docs: vec![Doc::Indent(lines), Doc::Line, Doc::Token(close)] });
        Made { docs, is_broken }
    }

    /// `(`, parts, `)`. A single part in brackets of its own needs no lines beside theirs.
    fn list(&mut self, parts: &[Part]) -> Made {
        let Some((open, inner, close)) = bracketed(parts) else { return self.plain(parts) };
        let mut docs = self.token(open).docs;
        let is_lone = inner.len() == 1 && inner.iter().all(is_in_brackets);
        if (inner.is_empty() || is_lone) && !self.has_comments(parts) {
            let made = self.plain(inner);
            docs.extend(made.docs);
            docs.push(Doc::Token(close));
            self.left = Some(close);
            return Made { docs, is_broken: made.is_broken };
        }
        let content = self.content(inner, Separator::Comma, Doc::SoftLine);
        let is_broken = content.is_broken || self.is_on_several_lines(parts);
        let mut lines = content.docs;
        if is_broken {
            lines.push(Doc::Comments(close));
        }
        self.left = Some(close);
        docs.push(Doc::Group { is_broken, docs: vec![Doc::Indent(lines), Doc::SoftLine, Doc::Token(close)] });
        Made { docs, is_broken }
    }

    /// What stands in brackets, from the line end that may be before it.
    fn content(&mut self, inner: &[Part], separator: Separator, lead: Doc) -> Made {
        let mut all = Made::default();
        let mut lead = Some(lead);
        for (at, part) in inner.iter().enumerate() {
            let is_last = at + 1 == inner.len();
            self.left = None;
            let made = self.part(part);
            all.is_broken |= made.is_broken;
            all.docs.push(lead.take().unwrap_or(Doc::Line));
            all.docs.extend(made.docs);
            match separator {
                Separator::Comma if is_last => all.docs.push(Doc::CommaIfBroken),
                Separator::Comma => all.docs.push(Doc::Comma),
                Separator::CommaIfFlat if !is_last => all.docs.push(Doc::CommaIfFlat),
                Separator::CommaIfFlat | Separator::Line => {}
            }
        }
        all
    }

    /// `match x arm, arm`: all on one line, or each arm on one of its own.
    fn arms(&mut self, parts: &[Part]) -> Made {
        let mut docs = Vec::new();
        let mut arms = Vec::new();
        let mut is_broken = self.has_comments(parts);
        for (at, part) in parts.iter().enumerate() {
            let is_arm = at > 1 && !matches!(part, Part::Comma);
            if is_arm {
                self.left = None;
                arms.push(Doc::Line);
                is_broken |= first_token(part).is_some_and(|first| self.begins_a_line(first));
            }
            let made = match part {
                Part::Comma => Made { docs: vec![Doc::Comma], is_broken: false },
                Part::Token(_) | Part::Node(..) => self.part(part),
            };
            is_broken |= made.is_broken;
            if at > 1 { arms.extend(made.docs) } else { docs.extend(made.docs) }
        }
        docs.push(Doc::Indent(arms));
        Made { docs: vec![Doc::Group { is_broken, docs }], is_broken }
    }

    fn begins_a_line(&self, at: usize) -> bool {
        self.around.get(at).is_some_and(Around::begins_a_line)
    }

    /// Whether the author put any of the parts in brackets on a line of its own, or a comment among them.
    fn is_on_several_lines(&self, parts: &[Part]) -> bool {
        let mut firsts = parts.iter().skip(1).filter_map(first_token);
        firsts.any(|first| self.begins_a_line(first)) || self.has_comments(parts)
    }

    /// Whether a comment, or a line end that must stay, is between the first token of these and the last.
    fn has_comments(&self, parts: &[Part]) -> bool {
        let (Some(first), Some(last)) = (parts.first().and_then(first_token), parts.iter().rev().find_map(last_token))
        else {
            return false;
        };
        let ends_lines = |at: usize| self.around.get(at).is_some_and(|around| around.trailing.is_some());
        let begins_lines =
            |at: usize| self.around.get(at).is_some_and(|around| !around.before.is_empty() || around.must_stay_apart);
        (first..last).any(ends_lines) || (first + 1..=last).any(begins_lines)
    }
}

/// What stands between the parts in brackets.
#[derive(Clone, Copy)]
enum Separator {
    /// A line end, or a blank.
    Line,
    /// A comma; behind the last part too, if they are on several lines.
    Comma,
    /// A comma only where they are all on one line.
    CommaIfFlat,
}

/// The tokens of the brackets, and what is in them.
fn bracketed(parts: &[Part]) -> Option<(usize, &[Part], usize)> {
    match parts {
        [Part::Token(open), inner @ .., Part::Token(close)] => Some((*open, inner, *close)),
        _ => None,
    }
}

fn first_token(part: &Part) -> Option<usize> {
    match part {
        Part::Token(at) => Some(*at),
        Part::Comma => None,
        Part::Node(_, parts) => parts.iter().find_map(first_token),
    }
}

fn last_token(part: &Part) -> Option<usize> {
    match part {
        Part::Token(at) => Some(*at),
        Part::Comma => None,
        Part::Node(_, parts) => parts.iter().rev().find_map(last_token),
    }
}

/// Whether a part is nothing but a record or a list.
fn is_in_brackets(part: &Part) -> bool {
    match part {
        Part::Node(Kind::Record | Kind::List, _) => true,
        Part::Node(Kind::Plain | Kind::Expression, parts) => parts.len() == 1 && parts.iter().all(is_in_brackets),
        Part::Token(_) | Part::Comma | Part::Node(Kind::Body | Kind::Block | Kind::Lines | Kind::Match, _) => false,
    }
}
