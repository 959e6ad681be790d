//! What the formatter prints: every token of a file in order, and which of them belong together.

/// A file, cut into tokens.
#[derive(Debug, Default)]
pub(in crate::syntax) struct Tree {
    /// In source order. Commas between the parts of something are among them, but nothing in `parts` points at one.
    pub tokens: Vec<Token>,
    /// The items.
    pub parts: Vec<Part>,
}

/// One word, sign or literal.
#[derive(Debug)]
pub(in crate::syntax) struct Token {
    /// As it was written.
    pub text: String,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// What may stand beside it.
    pub manner: Manner,
}

/// How a token stands among its neighbours.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::syntax) struct Manner {
    /// Nothing stands between it and what is before it.
    pub is_tight_before: bool,
    /// Nothing stands between it and what is after it.
    pub is_tight_after: bool,
    /// Where a line that is too long may be broken.
    pub fold: Fold,
    /// It names something, and is no keyword.
    pub is_name: bool,
    /// A comma.
    pub is_comma: bool,
}

/// Where a line that is too long may be broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::syntax) enum Fold {
    /// Not here.
    #[default]
    Never,
    /// Before the token.
    Before,
    /// After the token.
    After,
    /// Before the token, together with all others of its expression.
    Together,
}

/// A token, or what several make.
#[derive(Debug)]
pub(in crate::syntax) enum Part {
    /// The place of a token in the tree's list.
    Token(usize),
    /// A comma in a list that has no brackets.
    Comma,
    /// Several parts.
    Node(Kind, Vec<Part>),
}

/// What several parts make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::syntax) enum Kind {
    /// One after the other on a line.
    Plain,
    /// `{ statements }`
    Body,
    /// `{ actions -> target }`
    Block,
    /// `{ a: 1, b: 2 }`
    Record,
    /// `(a, b)`, `[a, b]`
    List,
    /// The attributes of a client or the members of a group, in braces.
    Lines,
    /// Operands and operators.
    Expression,
    /// `match x arm, arm`
    Match,
}
