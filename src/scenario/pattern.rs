//! What a scene expects of a value. Records are open; `${name}` keeps what it meets, and from then on stands for it.

use super::hole::{Hole, Piece, Variables, fill_text, letters, pieces, text_holds};
use super::node::{Field, Node, Position, Shape};

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

/// The field that makes a record's fields the only ones.
const ONLY: &str = "$only";
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
        let any = Pattern { at, kind: Kind::Hole(Hole::anything()) };
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
        self.project_on(actual, variables, &mut variables.clone())
    }

    /// Goes on with what the parts before this one have kept.
    fn project_on(&self, actual: &Node, variables: &Variables, kept: &mut Variables) -> Node {
        if self.matches(actual, kept) {
            return self.show(variables);
        }
        match (&self.kind, &actual.shape) {
            (Kind::List(patterns), Shape::List(items)) => {
                let pattern_of = |(at, item)| (item, patterns.get(at));
                Node::list(items.iter().enumerate().map(pattern_of).map(|(item, pattern)| match pattern {
                    Some(pattern) => pattern.project_on(item, variables, kept),
                    None => item.clone(),
                }))
            }
            (Kind::Set(patterns), Shape::List(items)) => {
                let (missing, others) = left_over(patterns, items, kept);
                let is_found = |pattern: &&Pattern| missing.iter().all(|missing| !std::ptr::eq(*missing, *pattern));
                let found = patterns.iter().filter(is_found).map(|pattern| pattern.show(variables));
                Node::list(found.chain(others.into_iter().cloned()))
            }
            (Kind::Open(patterns), Shape::Record(fields)) => {
                // a field that is missing may be there by another name
                let is_short = patterns.iter().any(|(name, _)| actual.field(name).is_none());
                let is_other = |field: &&Field| is_short && patterns.iter().all(|(name, _)| *name != field.name);
                let others = fields.iter().filter(is_other).map(|field| (field.name.as_str(), field.node.clone()));
                let named = patterns.iter().filter_map(|(name, pattern)| {
                    let shown = match actual.field(name) {
                        Some(field) => Some(pattern.project_on(field, variables, kept)),
                        None => pattern.holds(None, kept).then(|| pattern.show(variables)),
                    };
                    Some((name.as_str(), shown?))
                });
                Node::record(named.chain(others))
            }
            (Kind::Only(patterns), Shape::Record(fields)) => Node::record(fields.iter().map(|field| {
                let pattern = patterns.iter().find(|(name, _)| *name == field.name);
                let shown = pattern.map(|(_, pattern)| pattern.project_on(&field.node, variables, kept));
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
