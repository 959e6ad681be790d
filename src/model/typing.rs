//! How types relate: what stands where another is wanted, what two have in common, what both fit into.

use super::matching::is_client_id;
use super::{CLIENT_ID_LENGTH_MAX, Field, Literal, TEXT_LENGTH_MAX, Type};

impl Type {
    /// Any text that rules can hold.
    pub const TEXT: Type = Type::Text { least: 0, most: TEXT_LENGTH_MAX };
    /// Any whole number.
    pub const INT: Type = Type::Int { least: i64::MIN, most: i64::MAX };
    /// Any finite number.
    pub const NUMBER: Type = Type::Number { least: f64::MIN, most: f64::MAX };

    /// Whether every value of `other` may stand where this type is wanted (`docs/language.md`, "Types and patterns").
    pub fn accepts(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Any, other) => !other.holds_secret(),
            (Type::Optional(wanted), Type::Optional(given)) => wanted.accepts(given),
            (_, Type::Optional(_)) => false,
            (Type::Optional(wanted), given) => wanted.accepts(given),
            (wanted, Type::Choice(literals)) => literals.iter().all(|literal| wanted.admits_literal(literal)),
            (Type::Choice(literals), Type::Bool) => {
                [true, false].iter().all(|value| literals.contains(&Literal::Bool(*value)))
            }
            (Type::Text { least, most }, Type::Text { least: low, most: high }) => least <= low && high <= most,
            (Type::Text { least, most }, Type::Client) => *least <= 1 && CLIENT_ID_LENGTH_MAX <= *most,
            (Type::Client, Type::Text { .. }) => true,
            (Type::Int { least, most }, Type::Int { least: low, most: high }) => least <= low && high <= most,
            (Type::Number { .. }, Type::Int { .. } | Type::Number { .. }) => contains_numbers(self, other),
            (Type::List(wanted), Type::List(given)) => wanted.accepts(given),
            (Type::Record(wanted), Type::Record(given)) => accepts_record(wanted, given),
            (Type::Bool, Type::Bool)
            | (Type::Duration, Type::Duration)
            | (Type::Time, Type::Time)
            | (Type::Client, Type::Client)
            | (Type::Room, Type::Room)
            | (Type::Group, Type::Group)
            | (Type::Secret, Type::Secret) => true,
            (
                Type::Text { .. }
                | Type::Int { .. }
                | Type::Number { .. }
                | Type::Bool
                | Type::Choice(_)
                | Type::List(_)
                | Type::Duration
                | Type::Time
                | Type::Client
                | Type::Room
                | Type::Group
                | Type::Secret
                | Type::Record(_),
                _,
            ) => false,
        }
    }

    /// Whether a literal is a value of the type.
    pub fn admits_literal(&self, literal: &Literal) -> bool {
        match self {
            Type::Choice(literals) => literals.contains(literal),
            Type::Duration => matches!(literal, Literal::Duration(_)),
            Type::Text { .. }
            | Type::Int { .. }
            | Type::Number { .. }
            | Type::Bool
            | Type::List(_)
            | Type::Time
            | Type::Client
            | Type::Room
            | Type::Group
            | Type::Secret
            | Type::Any
            | Type::Optional(_)
            | Type::Record(_) => self.admits(&literal.value()),
        }
    }

    /// Whether a value of the type is, or has in it, a secret.
    pub fn holds_secret(&self) -> bool {
        match self {
            Type::Secret => true,
            Type::List(inner) | Type::Optional(inner) => inner.holds_secret(),
            Type::Record(fields) => fields.iter().any(|field| field.ty.holds_secret()),
            Type::Text { .. }
            | Type::Int { .. }
            | Type::Number { .. }
            | Type::Bool
            | Type::Choice(_)
            | Type::Duration
            | Type::Time
            | Type::Client
            | Type::Room
            | Type::Group
            | Type::Any => false,
        }
    }

    /// Whether some value may be of both types. Rather yes than no: a warning hangs on it.
    pub fn overlaps(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Any, _) | (_, Type::Any) | (Type::Optional(_), Type::Optional(_)) => true,
            (Type::Optional(inner), other) | (other, Type::Optional(inner)) => inner.overlaps(other),
            (Type::Choice(literals), other) | (other, Type::Choice(literals)) => {
                literals.iter().any(|literal| other.admits_literal(literal) || other.compares_with(literal))
            }
            (Type::Int { .. } | Type::Number { .. }, Type::Int { .. } | Type::Number { .. }) => {
                numbers_meet(self, other)
            }
            (Type::Text { .. } | Type::Client, Type::Text { .. } | Type::Client) => texts_meet(self, other),
            (Type::List(_), Type::List(_))
            | (Type::Bool, Type::Bool)
            | (Type::Duration, Type::Duration)
            | (Type::Time, Type::Time)
            | (Type::Room, Type::Room)
            | (Type::Group, Type::Group)
            | (Type::Secret, Type::Secret) => true,
            // a text becomes a secret where a pattern says so
            (Type::Text { .. } | Type::Client, Type::Secret) | (Type::Secret, Type::Text { .. } | Type::Client) => true,
            (Type::Record(fields), Type::Record(others)) => fields.iter().all(|field| {
                others.iter().find(|other| other.name == field.name).is_none_or(|other| field.ty.overlaps(&other.ty))
            }),
            (
                Type::Text { .. }
                | Type::Int { .. }
                | Type::Number { .. }
                | Type::Bool
                | Type::List(_)
                | Type::Duration
                | Type::Time
                | Type::Client
                | Type::Room
                | Type::Group
                | Type::Secret
                | Type::Record(_),
                _,
            ) => false,
        }
    }

    /// An int and a number of one size are equal, though an int's type does not admit the number.
    fn compares_with(&self, literal: &Literal) -> bool {
        let Literal::Number(number) = literal else {
            return false;
        };
        let inside = self.number_bounds().is_some_and(|(least, most)| (least..=most).contains(number));
        match self {
            Type::Choice(literals) => {
                literals.iter().any(|other| matches!(other, Literal::Int(int) if *int as f64 == *number))
            }
            Type::Int { .. } => inside && number.fract() == 0.0,
            Type::Text { .. }
            | Type::Number { .. }
            | Type::Bool
            | Type::List(_)
            | Type::Duration
            | Type::Time
            | Type::Client
            | Type::Room
            | Type::Group
            | Type::Secret
            | Type::Any
            | Type::Optional(_)
            | Type::Record(_) => false,
        }
    }

    /// A type that takes the values of both, none where they have nothing in common.
    pub fn join(&self, other: &Type) -> Option<Type> {
        match (self, other) {
            (Type::Optional(inner), other) | (other, Type::Optional(inner)) => {
                let other = if let Type::Optional(other) = other { other } else { other };
                return inner.join(other).map(|joined| Type::Optional(Box::new(joined)));
            }
            (Type::Choice(literals), Type::Choice(others)) if self.family() == other.family() => {
                let new = others.iter().filter(|other| !literals.contains(other));
                return Some(Type::Choice(literals.iter().chain(new).cloned().collect()));
            }
            (_, _) => {}
        }
        if let (Some((least, most)), Some((low, high))) = (self.int_bounds(), other.int_bounds()) {
            return Some(Type::Int { least: least.min(low), most: most.max(high) });
        }
        if let (Some((least, most)), Some((low, high))) = (self.number_bounds(), other.number_bounds()) {
            return Some(Type::Number { least: least.min(low), most: most.max(high) });
        }
        if *self != *other
            && let (Some((least, most)), Some((low, high))) = (self.text_bounds(), other.text_bounds())
        {
            return Some(Type::Text { least: least.min(low), most: most.max(high) });
        }
        if self.accepts(other) {
            return Some(self.clone());
        }
        other.accepts(self).then(|| other.clone())
    }

    /// Shortest and longest length, where every value is a text or a client.
    pub(crate) fn text_bounds(&self) -> Option<(u32, u32)> {
        match self {
            Type::Text { least, most } => Some((*least, *most)),
            Type::Client => Some((1, CLIENT_ID_LENGTH_MAX)),
            Type::Choice(literals) => bounds(literals, |literal| match literal {
                Literal::Text(text) => u32::try_from(text.chars().count()).ok(),
                Literal::Bool(_) | Literal::Int(_) | Literal::Number(_) | Literal::Duration(_) => None,
            }),
            Type::Int { .. }
            | Type::Number { .. }
            | Type::Bool
            | Type::List(_)
            | Type::Duration
            | Type::Time
            | Type::Room
            | Type::Group
            | Type::Secret
            | Type::Any
            | Type::Optional(_)
            | Type::Record(_) => None,
        }
    }

    /// Least and greatest value, where every value is an int.
    pub(crate) fn int_bounds(&self) -> Option<(i64, i64)> {
        match self {
            Type::Int { least, most } => Some((*least, *most)),
            Type::Choice(literals) => bounds(literals, |literal| match literal {
                Literal::Int(int) => Some(*int),
                Literal::Bool(_) | Literal::Text(_) | Literal::Number(_) | Literal::Duration(_) => None,
            }),
            Type::Text { .. }
            | Type::Number { .. }
            | Type::Bool
            | Type::List(_)
            | Type::Duration
            | Type::Time
            | Type::Client
            | Type::Room
            | Type::Group
            | Type::Secret
            | Type::Any
            | Type::Optional(_)
            | Type::Record(_) => None,
        }
    }

    /// Least and greatest value, where every value is an int or a number.
    pub(crate) fn number_bounds(&self) -> Option<(f64, f64)> {
        match self {
            Type::Int { least, most } => Some((*least as f64, *most as f64)),
            Type::Number { least, most } => Some((*least, *most)),
            Type::Choice(literals) => bounds(literals, |literal| match literal {
                Literal::Int(int) => Some(*int as f64),
                Literal::Number(number) => Some(*number),
                Literal::Bool(_) | Literal::Text(_) | Literal::Duration(_) => None,
            }),
            Type::Text { .. }
            | Type::Bool
            | Type::List(_)
            | Type::Duration
            | Type::Time
            | Type::Client
            | Type::Room
            | Type::Group
            | Type::Secret
            | Type::Any
            | Type::Optional(_)
            | Type::Record(_) => None,
        }
    }

    /// What the values can be compared and added with, none where they cannot.
    pub(crate) fn family(&self) -> Option<Family> {
        match self {
            Type::Text { .. } | Type::Client => Some(Family::Text),
            Type::Int { .. } | Type::Number { .. } => Some(Family::Number),
            Type::Bool => Some(Family::Bool),
            Type::Duration => Some(Family::Duration),
            Type::Time => Some(Family::Time),
            Type::Room => Some(Family::Room),
            Type::Group => Some(Family::Group),
            Type::Choice(literals) => {
                let mut families = literals.iter().map(literal_family);
                let first = families.next()?;
                families.all(|family| family == first).then_some(first)
            }
            Type::List(_) | Type::Secret | Type::Any | Type::Optional(_) | Type::Record(_) => None,
        }
    }
}

/// Types whose values can be compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Text,
    Number,
    Bool,
    Duration,
    Time,
    Room,
    Group,
}

fn literal_family(literal: &Literal) -> Family {
    match literal {
        Literal::Bool(_) => Family::Bool,
        Literal::Int(_) | Literal::Number(_) => Family::Number,
        Literal::Text(_) => Family::Text,
        Literal::Duration(_) => Family::Duration,
    }
}

/// Least and greatest measure of literals, none where there is no literal or one has no measure.
fn bounds<T: PartialOrd + Copy>(literals: &[Literal], measure: impl Fn(&Literal) -> Option<T>) -> Option<(T, T)> {
    let mut found: Option<(T, T)> = None;
    for literal in literals {
        let value = measure(literal)?;
        found = Some(found.map_or((value, value), |(least, most)| {
            (if value < least { value } else { least }, if value > most { value } else { most })
        }));
    }
    found
}

fn contains_numbers(wanted: &Type, given: &Type) -> bool {
    match (wanted.number_bounds(), given.number_bounds()) {
        (Some((least, most)), Some((low, high))) => least <= low && high <= most,
        (Some(_) | None, _) => false,
    }
}

fn numbers_meet(one: &Type, other: &Type) -> bool {
    match (one.number_bounds(), other.number_bounds()) {
        (Some((least, most)), Some((low, high))) => least <= high && low <= most,
        (Some(_) | None, _) => true,
    }
}

fn texts_meet(one: &Type, other: &Type) -> bool {
    match (one.text_bounds(), other.text_bounds()) {
        (Some((least, most)), Some((low, high))) => least <= high && low <= most,
        (Some(_) | None, _) => true,
    }
}

/// A record is open, so a field that the given type does not name may be there with any content: it does not even
/// stand for a missing optional field. And what the wanted type does not name is carried along, so it may be no secret.
fn accepts_record(wanted: &[Field], given: &[Field]) -> bool {
    let find = |fields: &'_ [Field], name: &str| fields.iter().position(|field| *field.name == *name);
    let all_fit = wanted.iter().all(|field| {
        find(given, &field.name).and_then(|at| given.get(at)).is_some_and(|found| field.ty.accepts(&found.ty))
    });
    all_fit && given.iter().all(|field| !field.ty.holds_secret() || find(wanted, &field.name).is_some())
}

/// Whether a text may name a client.
pub(crate) fn names_client(text: &str) -> bool {
    is_client_id(text.chars().map(Some))
}
