//! What a scene expects of a value. Records are open; `${name}` keeps what it meets, and from then on stands for it.

use super::node::{Field, Node, Position, Shape};
use std::collections::BTreeMap;
use std::fmt;

/// What a scene has kept, by name.
pub type Variables = BTreeMap<String, Node>;

/// What a value is expected to be.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Where it stands.
    pub at: Position,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Null, or not there at all.
    Missing,
    /// A bool or a number.
    Same(Shape),
    /// A text, with holes.
    Text(Vec<Piece>),
    /// One hole and nothing else, so that it may hold any value.
    Hole(Hole),
    List(Vec<Pattern>),
    /// These items and no others, in any order.
    Set(Vec<Pattern>),
    /// At least these fields.
    Open(Vec<(String, Pattern)>),
    /// These fields and no others.
    Only(Vec<(String, Pattern)>),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Letters(String),
    Hole(Hole),
}

/// `${name: type}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    /// None for `_`, which keeps nothing.
    name: Option<String>,
    ty: HoleType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HoleType {
    Any,
    Text,
    Int,
    Number,
    Bool,
    List,
    Record,
}

const HOLE_TYPES: [(&str, HoleType); 7] = [
    ("any", HoleType::Any),
    ("text", HoleType::Text),
    ("int", HoleType::Int),
    ("number", HoleType::Number),
    ("bool", HoleType::Bool),
    ("list", HoleType::List),
    ("record", HoleType::Record),
];

/// The field that makes a record's fields the only ones.
const ONLY: &str = "$only";
/// The field that stands for a text of so many characters.
const LONG_TEXT: &str = "$text";
/// The longest of such texts.
const LONG_TEXT_MAX: usize = 100_000;

impl HoleType {
    fn holds(self, node: &Node) -> bool {
        match self {
            HoleType::Any => true,
            HoleType::Text => matches!(node.shape, Shape::Text(_)),
            HoleType::Int => matches!(node.shape, Shape::Int(_)),
            HoleType::Number => matches!(node.shape, Shape::Int(_) | Shape::Number(_)),
            HoleType::Bool => matches!(node.shape, Shape::Bool(_)),
            HoleType::List => matches!(node.shape, Shape::List(_)),
            HoleType::Record => matches!(node.shape, Shape::Record(_)),
        }
    }
}

impl Pattern {
    /// Reads what a node expects. The error says what is wrong with a text's `${…}` or with `$only`.
    pub fn read(node: &Node) -> Result<Pattern, (Position, String)> {
        let kind = match &node.shape {
            Shape::Null => Kind::Missing,
            Shape::Bool(_) | Shape::Int(_) | Shape::Number(_) => Kind::Same(node.shape.clone()),
            Shape::Text(text) => match <[Piece; 1]>::try_from(pieces(text).map_err(|error| (node.at, error))?) {
                Ok([Piece::Hole(hole)]) => Kind::Hole(hole),
                Ok(one) => Kind::Text(one.into()),
                Err(pieces) => Kind::Text(pieces),
            },
            Shape::List(items) => Kind::List(items.iter().map(Pattern::read).collect::<Result<_, _>>()?),
            Shape::Record(fields) => match fields.as_slice() {
                [Field { name, node, at }] if name == ONLY => {
                    let only = node.as_record().ok_or_else(|| (*at, "`$only` holds a record".to_owned()))?;
                    Kind::Only(Pattern::read_fields(only)?)
                }
                fields => Kind::Open(Pattern::read_fields(fields)?),
            },
        };
        Ok(Pattern { at: node.at, kind })
    }

    fn read_fields(fields: &[Field]) -> Result<Vec<(String, Pattern)>, (Position, String)> {
        let read = |field: &Field| {
            if field.name == ONLY {
                return Err((field.at, "`$only` stands alone in its record".to_owned()));
            }
            Ok((field.name.clone(), Pattern::read(&field.node)?))
        };
        fields.iter().map(read).collect()
    }

    /// A record that has this field, whatever is in it.
    pub(super) fn has_field(at: Position, name: &str) -> Pattern {
        let any = Pattern { at, kind: Kind::Hole(Hole { name: None, ty: HoleType::Any }) };
        Pattern { at, kind: Kind::Open(vec![(name.to_owned(), any)]) }
    }

    /// The same pattern; if it is a list, its items may come in any order.
    pub(super) fn in_any_order(self) -> Pattern {
        match self.kind {
            Kind::List(items) => Pattern { kind: Kind::Set(items), ..self },
            kind => Pattern { kind, ..self },
        }
    }

    /// The name of the first field that it speaks of, for a record.
    pub(super) fn first_field(&self) -> Option<&str> {
        match &self.kind {
            Kind::Open(fields) | Kind::Only(fields) => fields.first().map(|(name, _)| name.as_str()),
            Kind::Missing | Kind::Same(_) | Kind::Text(_) | Kind::Hole(_) | Kind::List(_) | Kind::Set(_) => None,
        }
    }

    /// Whether a record is expected.
    pub(super) fn is_record(&self) -> bool {
        matches!(self.kind, Kind::Open(_) | Kind::Only(_))
    }

    /// Whether a list is expected.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.kind, Kind::List(_) | Kind::Set(_))
    }

    /// Whether a value is as expected; if it is, `variables` keep what was met.
    pub fn matches(&self, actual: &Node, variables: &mut Variables) -> bool {
        let mut kept = variables.clone();
        let holds = self.holds(Some(actual), &mut kept);
        if holds {
            *variables = kept;
        }
        holds
    }

    fn holds(&self, actual: Option<&Node>, kept: &mut Variables) -> bool {
        if let Kind::Missing = self.kind {
            return actual.is_none_or(|actual| matches!(actual.shape, Shape::Null));
        }
        let Some(actual) = actual else { return false };
        match (&self.kind, &actual.shape) {
            (Kind::Missing, _) => false,
            (Kind::Same(shape), _) => Node::from(shape.clone()) == *actual,
            (Kind::Hole(hole), _) => hole.holds(actual, kept),
            (Kind::Text(pieces), Shape::Text(text)) => text_holds(pieces, text, kept),
            (Kind::List(patterns), Shape::List(items)) => {
                patterns.len() == items.len()
                    && patterns.iter().zip(items).all(|(pattern, item)| pattern.holds(Some(item), kept))
            }
            (Kind::Set(patterns), Shape::List(items)) => {
                let (missing, others) = left_over(patterns, items, kept);
                missing.is_empty() && others.is_empty()
            }
            (Kind::Open(patterns), Shape::Record(_)) => fields_hold(patterns, actual, kept),
            (Kind::Only(patterns), Shape::Record(fields)) => {
                fields.iter().all(|field| patterns.iter().any(|(name, _)| *name == field.name))
                    && fields_hold(patterns, actual, kept)
            }
            (Kind::Text(_) | Kind::List(_) | Kind::Set(_) | Kind::Open(_) | Kind::Only(_), _) => false,
        }
    }

    /// What is expected, to be shown: kept values in the place of their names.
    pub fn show(&self, variables: &Variables) -> Node {
        match &self.kind {
            Kind::Missing => Shape::Null.into(),
            Kind::Same(shape) => shape.clone().into(),
            Kind::Hole(hole) => hole.show(variables),
            Kind::Text(pieces) => Node::text(fill_text(pieces, variables).unwrap_or_else(|_| letters(pieces))),
            Kind::List(items) | Kind::Set(items) => Node::list(items.iter().map(|item| item.show(variables))),
            Kind::Open(fields) | Kind::Only(fields) => {
                Node::record(fields.iter().map(|(name, pattern)| (name.as_str(), pattern.show(variables))))
            }
        }
    }

    /// What came, as far as it was spoken of: what matches looks as [`Pattern::show`] shows it, and what an open
    /// record does not name is left out. Where the two differ, something is wrong.
    pub fn project(&self, actual: &Node, variables: &Variables) -> Node {
        if self.holds(Some(actual), &mut variables.clone()) {
            return self.show(variables);
        }
        match (&self.kind, &actual.shape) {
            (Kind::List(patterns), Shape::List(items)) => Node::list(items.iter().enumerate().map(|(at, item)| {
                patterns.get(at).map_or_else(|| item.clone(), |pattern| pattern.project(item, variables))
            })),
            (Kind::Set(patterns), Shape::List(items)) => {
                let (missing, others) = left_over(patterns, items, &mut variables.clone());
                let found = patterns.iter().filter(|pattern| missing.iter().all(|missing| !std::ptr::eq(*missing, *pattern)));
                Node::list(found.map(|pattern| pattern.show(variables)).chain(others.into_iter().cloned()))
            }
            (Kind::Open(patterns), Shape::Record(fields)) => {
                let named = patterns.iter().filter_map(|(name, pattern)| {
                    let field = actual.field(name);
                    let matches = pattern.holds(field, &mut variables.clone());
                    let shown = if matches { Some(pattern.show(variables)) } else { None };
                    Some((name.as_str(), shown.or_else(|| Some(pattern.project(field?, variables)))?))
                });
                // a field that is missing may be there by another name
                let is_short = patterns.iter().any(|(name, _)| actual.field(name).is_none());
                let is_other = |field: &&Field| is_short && patterns.iter().all(|(name, _)| *name != field.name);
                let others = fields.iter().filter(is_other);
                Node::record(named.chain(others.map(|field| (field.name.as_str(), field.node.clone()))))
            }
            (Kind::Only(patterns), Shape::Record(fields)) => Node::record(fields.iter().map(|field| {
                let pattern = patterns.iter().find(|(name, _)| *name == field.name);
                let shown = pattern.map(|(_, pattern)| pattern.project(&field.node, variables));
                (field.name.as_str(), shown.unwrap_or_else(|| field.node.clone()))
            })),
            (
                Kind::Missing
                | Kind::Same(_)
                | Kind::Text(_)
                | Kind::Hole(_)
                | Kind::List(_)
                | Kind::Set(_)
                | Kind::Open(_)
                | Kind::Only(_),
                _,
            ) => actual.clone(),
        }
    }
}

/// The patterns that no item holds, and the items that no pattern speaks of.
fn left_over<'a>(
    patterns: &'a [Pattern],
    items: &'a [Node],
    kept: &mut Variables,
) -> (Vec<&'a Pattern>, Vec<&'a Node>) {
    let mut others: Vec<&Node> = items.iter().collect();
    let mut missing = Vec::new();
    for pattern in patterns {
        match others.iter().position(|item| pattern.matches(item, kept)) {
            Some(at) => drop(others.remove(at)),
            None => missing.push(pattern),
        }
    }
    (missing, others)
}

fn fields_hold(patterns: &[(String, Pattern)], actual: &Node, kept: &mut Variables) -> bool {
    patterns.iter().all(|(name, pattern)| pattern.holds(actual.field(name), kept))
}

impl Hole {
    fn holds(&self, actual: &Node, kept: &mut Variables) -> bool {
        if !self.ty.holds(actual) {
            return false;
        }
        let Some(name) = &self.name else { return true };
        match kept.get(name) {
            Some(known) => known == actual,
            None => {
                kept.insert(name.clone(), actual.clone());
                true
            }
        }
    }

    fn show(&self, variables: &Variables) -> Node {
        let known = self.name.as_ref().and_then(|name| variables.get(name));
        known.cloned().unwrap_or_else(|| Node::text(self.to_string()))
    }
}

impl fmt::Display for Hole {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or("_");
        match HOLE_TYPES.iter().find(|(_, ty)| *ty == self.ty && *ty != HoleType::Any) {
            Some((ty, _)) => write!(out, "${{{name}: {ty}}}"),
            None => write!(out, "${{{name}}}"),
        }
    }
}

/// A hole inside a text takes as little as it can; the last takes the rest.
fn text_holds(pieces: &[Piece], text: &str, kept: &mut Variables) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return text.is_empty() };
    match first {
        Piece::Letters(letters) => text.strip_prefix(letters.as_str()).is_some_and(|text| text_holds(rest, text, kept)),
        Piece::Hole(hole) => {
            if let Some(known) = hole.name.as_ref().and_then(|name| kept.get(name)).map(text_of) {
                return text.strip_prefix(known.as_str()).is_some_and(|text| text_holds(rest, text, kept));
            }
            let end = match rest.first() {
                None => Some(text.len()),
                Some(Piece::Letters(next)) => text.find(next.as_str()),
                Some(Piece::Hole(_)) => Some(0),
            };
            end.and_then(|end| text.split_at_checked(end))
                .is_some_and(|(taken, text)| hole.holds(&Node::text(taken), kept) && text_holds(rest, text, kept))
        }
    }
}

/// A tree with every `${name}` filled in; the error is a name that nothing was kept under.
pub fn fill(node: &Node, variables: &Variables) -> Result<Node, String> {
    let shape = match &node.shape {
        Shape::Text(text) => match pieces(text)?.as_slice() {
            [Piece::Hole(Hole { name: Some(name), .. })] => {
                return variables.get(name).cloned().ok_or_else(|| unknown(name));
            }
            pieces => Shape::Text(fill_text(pieces, variables)?),
        },
        Shape::List(items) => Shape::List(items.iter().map(|item| fill(item, variables)).collect::<Result<_, _>>()?),
        Shape::Record(fields) if fields.iter().any(|field| field.name == LONG_TEXT) => long_text(fields)?,
        Shape::Record(fields) => {
            let fill_field = |field: &Field| {
                let Shape::Text(name) = fill(&Node::text(&*field.name), variables)?.shape else {
                    return Err(format!("`{}` names a field and must be a text", field.name));
                };
                Ok(Field { at: field.at, name, node: fill(&field.node, variables)? })
            };
            Shape::Record(fields.iter().map(fill_field).collect::<Result<_, String>>()?)
        }
        Shape::Null | Shape::Bool(_) | Shape::Int(_) | Shape::Number(_) => node.shape.clone(),
    };
    Ok(Node { at: node.at, shape })
}

/// `{ $text: 501 }`: a text of so many characters.
fn long_text(fields: &[Field]) -> Result<Shape, String> {
    let length = match fields {
        [Field { node: Node { shape: Shape::Int(length), .. }, .. }] => usize::try_from(*length).ok(),
        _ => None,
    };
    let length = length.filter(|length| *length <= LONG_TEXT_MAX);
    let length = length.ok_or_else(|| format!("`$text` is a number up to {LONG_TEXT_MAX} and stands alone"))?;
    Ok(Shape::Text("x".repeat(length)))
}

fn fill_text(pieces: &[Piece], variables: &Variables) -> Result<String, String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Letters(letters) => text.push_str(letters),
            Piece::Hole(Hole { name: Some(name), .. }) => {
                text.push_str(&text_of(variables.get(name).ok_or_else(|| unknown(name))?));
            }
            Piece::Hole(Hole { name: None, .. }) => return Err("`${_}` can be expected, but not sent".to_owned()),
        }
    }
    Ok(text)
}

fn unknown(name: &str) -> String {
    format!("nothing was kept as `${{{name}}}` so far: expect it somewhere first")
}

fn text_of(node: &Node) -> String {
    node.as_text().map_or_else(|| node.to_json(), str::to_owned)
}

fn letters(pieces: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Letters(letters) => letters.clone(),
        Piece::Hole(hole) => hole.to_string(),
    };
    pieces.iter().map(piece).collect()
}

/// Splits a text at its holes; `$${` stands for `${`.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut letters = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = rest.split_at(at);
        if let Some(before) = before.strip_suffix('$') {
            letters.push_str(before);
            letters.push_str("${");
            rest = after.get(2..).unwrap_or("");
            continue;
        }
        letters.push_str(before);
        let inner = after.get(2..).unwrap_or("");
        let Some((inside, after)) = inner.split_once('}') else {
            return Err(format!("`{after}` has no closing brace"));
        };
        if !letters.is_empty() {
            pieces.push(Piece::Letters(std::mem::take(&mut letters)));
        }
        pieces.push(Piece::Hole(hole(inside)?));
        rest = after;
    }
    letters.push_str(rest);
    if !letters.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Letters(letters));
    }
    Ok(pieces)
}

fn hole(inside: &str) -> Result<Hole, String> {
    let (name, ty) = inside.split_once(':').map_or((inside, "any"), |(name, ty)| (name, ty.trim()));
    let name = name.trim();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(format!("`${{{inside}}}` needs a name of letters, digits and `_`, as in `${{challenge}}`"));
    }
    let Some((_, ty)) = HOLE_TYPES.iter().find(|(known, _)| *known == ty) else {
        let known: Vec<&str> = HOLE_TYPES.iter().map(|(known, _)| *known).collect();
        return Err(format!("`{ty}` is no type of a kept value: use one of {}", known.join(", ")));
    };
    Ok(Hole { name: (name != "_").then(|| name.to_owned()), ty: *ty })
}
