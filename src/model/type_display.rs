//! Types in the author's letters.

use super::{Literal, TEXT_LENGTH_MAX, Type};
use std::fmt;

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Text { least, most } => {
                let ends = (*least > 0).then_some(*least).map_or(String::new(), |least| least.to_string());
                ranged(out, "text", ends, (*most < TEXT_LENGTH_MAX).then(|| most.to_string()))
            }
            Type::Int { least, most } => {
                let low = if *least > i64::MIN { least.to_string() } else { String::new() };
                ranged(out, "int", low, (*most < i64::MAX).then(|| most.to_string()))
            }
            Type::Number { least, most } => {
                let low = if *least > f64::MIN { least.to_string() } else { String::new() };
                ranged(out, "number", low, (*most < f64::MAX).then(|| most.to_string()))
            }
            Type::Bool => out.write_str("bool"),
            Type::Choice(literals) => choice(out, literals),
            Type::List(item) => write!(out, "list({item})"),
            Type::Duration => out.write_str("duration"),
            Type::Time => out.write_str("time"),
            Type::Client => out.write_str("client"),
            Type::Room => out.write_str("room"),
            Type::Group => out.write_str("group"),
            Type::Secret => out.write_str("secret"),
            Type::Any => out.write_str("any"),
            Type::Optional(inner) => write!(out, "{inner}?"),
            Type::Record(fields) if fields.is_empty() => out.write_str("{}"),
            Type::Record(fields) => {
                out.write_str("{ ")?;
                for (at, field) in fields.iter().enumerate() {
                    let comma = if at > 0 { ", " } else { "" };
                    write!(out, "{comma}{}: {}", field.name, field.ty)?;
                }
                out.write_str(" }")
            }
        }
    }
}

fn ranged(out: &mut fmt::Formatter<'_>, name: &str, least: String, most: Option<String>) -> fmt::Result {
    match most {
        None if least.is_empty() => out.write_str(name),
        most => write!(out, "{name}({least}..{})", most.unwrap_or_default()),
    }
}

fn choice(out: &mut fmt::Formatter<'_>, literals: &[Literal]) -> fmt::Result {
    if literals.is_empty() {
        return out.write_str("nothing");
    }
    for (at, literal) in literals.iter().enumerate() {
        let bar = if at > 0 { " | " } else { "" };
        write!(out, "{bar}{literal}")?;
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Bool(value) => write!(out, "{value}"),
            Literal::Int(value) => write!(out, "{value}"),
            Literal::Number(value) => write!(out, "{value:?}"),
            Literal::Text(value) => write!(out, "{}", crate::value::Value::Text(value.clone()).to_json().as_str()),
            Literal::Duration(value) => write_duration(*value, out),
        }
    }
}

/// A length of time in the largest unit that divides it.
fn write_duration(millis: u64, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    match units.iter().find(|(length, _)| millis > 0 && millis.is_multiple_of(*length)) {
        Some((length, unit)) => write!(out, "{}{unit}", millis / length),
        None => write!(out, "{millis}ms"),
    }
}
