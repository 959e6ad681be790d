//! `${name: type}`: what a scene keeps of what it meets, and where it uses it.

use super::node::{Field, Node, Shape};
use std::collections::BTreeMap;
use std::fmt;

/// What a scene has kept, by name.
pub type Variables = BTreeMap<String, Node>;

/// What a crew of `windlass load` is told of itself: the number of each, and one of the numbers that crews share rooms by. Where a scene
/// is played alone, both are 1.
pub fn crew_variables(crew: usize, room: usize) -> Variables {
    let number = |number: usize| Node::from(Shape::Int(i64::try_from(number).unwrap_or(i64::MAX)));
    Variables::from([("crew".to_owned(), number(crew)), ("crew_room".to_owned(), number(room))])
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

impl Hole {
    /// `${_}`
    pub(super) fn anything() -> Hole {
        Hole { name: None, ty: HoleType::Any }
    }

    pub(super) fn holds(&self, actual: &Node, kept: &mut Variables) -> bool {
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

    pub(super) fn show(&self, variables: &Variables) -> Node {
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
pub(super) fn text_holds(pieces: &[Piece], text: &str, kept: &mut Variables) -> bool {
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

pub(super) fn fill_text(pieces: &[Piece], variables: &Variables) -> Result<String, String> {
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

pub(super) fn letters(pieces: &[Piece]) -> String {
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
