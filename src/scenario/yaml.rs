//! Reads YAML into a tree of nodes. Only with the feature `server`: the core can play scenes without reading YAML.

use super::node::{Field, Node, Position, Shape};
use super::read::Mistake;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_yaml::Spanned;
use std::fmt;

/// Reads one YAML document. `yes`, `no`, `on` and `off` are texts, as they look.
pub fn read_yaml(text: &str) -> Result<Node, Mistake> {
    let options = serde_yaml::options! { strict_booleans: true, with_snippet: false };
    let tree: Tree = serde_yaml::from_str_with_options(text, options).map_err(|error| {
        let at = error.location().map(|location| position(&location)).unwrap_or_default();
        Mistake { at, message: first_clause(&error.to_string()) }
    })?;
    Ok(tree.0)
}

/// The error's own words without the place, which stands beside them anyway.
fn first_clause(message: &str) -> String {
    let line = message.lines().next().unwrap_or("this is no YAML");
    let line = line.split(" at line ").next().unwrap_or(line);
    // advice for whoever calls the reader, not for whoever writes the scene
    line.split(", set DuplicateKeyPolicy").next().unwrap_or(line).to_owned()
}

fn position(location: &serde_yaml::Location) -> Position {
    Position { line: location.line() as usize, column: location.column() as usize }
}

struct Tree(Node);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tree, D::Error> {
        let spanned: Spanned<Bare> = Spanned::deserialize(deserializer)?;
        Ok(Tree(Node { at: position(&spanned.referenced), shape: spanned.value.0 }))
    }
}

struct Bare(Shape);

impl<'de> Deserialize<'de> for Bare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bare, D::Error> {
        deserializer.deserialize_any(BareVisitor).map(Bare)
    }
}

struct BareVisitor;

impl<'de> Visitor<'de> for BareVisitor {
    type Value = Shape;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Shape, E> {
        Ok(Shape::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Shape, E> {
        Ok(Shape::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Shape, E> {
        Ok(i64::try_from(value).map_or(Shape::Number(value as f64), Shape::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Shape, E> {
        Ok(Shape::Number(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Shape, E> {
        Ok(Shape::Text(value.to_owned()))
    }

    fn visit_seq<Seq: SeqAccess<'de>>(self, mut seq: Seq) -> Result<Shape, Seq::Error> {
        let mut items = Vec::new();
        while let Some(Tree(node)) = seq.next_element()? {
            items.push(node);
        }
        Ok(Shape::List(items))
    }

    fn visit_map<Map: MapAccess<'de>>(self, mut map: Map) -> Result<Shape, Map::Error> {
        let mut fields = Vec::new();
        while let Some(name) = map.next_key::<Spanned<String>>()? {
            let Tree(node) = map.next_value()?;
            fields.push(Field { at: position(&name.referenced), name: name.value, node });
        }
        Ok(Shape::Record(fields))
    }
}
