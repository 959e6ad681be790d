//! Patterns, read from the tree each time: does a piece of JSON have the type that was written.

use super::rules::Rules;
use serde_json::Value as Json;
use windlass::syntax::ast::{Literal, Param, Spanned, Type, TypeKind};

/// A literal as it goes over the wire.
pub fn literal(written: &Literal) -> Json {
    match written {
        Literal::Bool(value) => Json::from(*value),
        Literal::Int(value) => Json::from(*value),
        Literal::Number(value) => Json::from(*value),
        Literal::Text(value) => Json::from(&**value),
        Literal::Duration(value) => Json::from(*value),
    }
}

/// Whether a value, null where it is missing, is of a type.
pub fn is_of(rules: &Rules, ty: &Type, value: &Json) -> bool {
    match &ty.kind {
        TypeKind::Wildcard => true,
        TypeKind::Optional(inner) => value.is_null() || is_of(rules, inner, value),
        TypeKind::Choice(choices) => choices.iter().any(|choice| same(&literal(&choice.node), value)),
        TypeKind::List(inner) => {
            value.as_array().is_some_and(|items| items.iter().all(|item| is_of(rules, inner, item)))
        }
        TypeKind::Record(fields) => is_record_of(rules, fields, value),
        TypeKind::Ranged { name, least, most } => is_in_range(&name.node, least.as_ref(), most.as_ref(), value),
        TypeKind::Named(name) => is_named(rules, name, value),
    }
}

fn is_record_of(rules: &Rules, fields: &[Param], value: &Json) -> bool {
    let field_is = |field: &Param| is_of(rules, &field.ty, value.get(&*field.name.node).unwrap_or(&Json::Null));
    value.is_object() && fields.iter().all(field_is)
}

fn is_named(rules: &Rules, name: &str, value: &Json) -> bool {
    match name {
        "text" | "secret" => value.as_str().is_some_and(|text| text.chars().count() <= 65_536),
        "int" => value.is_i64(),
        "number" => value.is_number(),
        "bool" => value.is_boolean(),
        "any" => !value.is_null(),
        "duration" | "time" => value.is_u64(),
        "client" => value.as_str().is_some_and(is_client_id),
        "room" => value.as_str().is_some_and(|text| text.starts_with("room:")),
        "group" => value.as_str().is_some_and(|text| text.starts_with("group:")),
        shape => rules.shapes.get(shape).is_some_and(|ty| is_of(rules, ty, value)),
    }
}

/// 1 to 128 characters, none of them a control character.
pub fn is_client_id(text: &str) -> bool {
    (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn is_in_range(name: &str, least: Option<&Spanned<Literal>>, most: Option<&Spanned<Literal>>, value: &Json) -> bool {
    let measure = match name {
        "text" => value.as_str().map(|text| text.chars().count() as f64),
        "int" => value.as_i64().map(|int| int as f64),
        _ => value.as_f64(),
    };
    let end = |end: Option<&Spanned<Literal>>| end.and_then(|end| literal(&end.node).as_f64());
    let above = |measure: f64| end(least).is_none_or(|least| least <= measure);
    let below = |measure: f64| end(most).is_none_or(|most| measure <= most);
    let kind = if name == "text" { "text" } else { name };
    measure.is_some_and(|measure| above(measure) && below(measure)) && {
        // `text(1..)` still has the longest length that any text has.
        kind != "text" || value.as_str().is_some_and(|text| text.chars().count() <= 65_536)
    }
}

/// Equality of two values of one type; `1` and `1.0` are the same number.
pub fn same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Null, _) | (_, Json::Null) => false,
        (Json::Number(left), Json::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}
