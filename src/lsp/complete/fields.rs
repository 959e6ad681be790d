//! The fields of a handshake, and those of a value, as far as the rules write its type: in a pattern, a parameter, a shape, or what a lock or a check gives.

use crate::lsp::library::Ruleset;
use crate::lsp::names::{Asked, From, Local};
use crate::lsp::reading::Document;
use crate::model::HandshakePart;
use crate::syntax::ast::{Item, Type, TypeKind};

/// No type is looked into through more shapes, so that shapes that are made of themselves end.
const SHAPES_MAX: usize = 64;

/// A type, and the document whose text it is of.
type Written<'a> = (&'a Document, &'a Type);

/// The fields that a value has below a path of fields, with their types as they are written.
pub(super) fn of(ruleset: &Ruleset, document: &Document, local: &Local, path: &[String]) -> Vec<(String, String)> {
    let Some(mut ty) = type_of(ruleset, document, local) else { return Vec::new() };
    for name in path {
        let field = record(ruleset, ty).and_then(|(document, fields)| {
            fields.iter().find(|field| *field.name.node == **name).map(|field| (document, &field.ty))
        });
        let Some(found) = field else { return Vec::new() };
        ty = found;
    }
    let Some((document, fields)) = record(ruleset, ty) else { return Vec::new() };
    fields.iter().map(|field| (field.name.node.to_string(), document.words(field.ty.span))).collect()
}

/// What `handshake` has, or what a part of it has.
pub(super) fn of_handshake(part: Option<&String>) -> Vec<&'static str> {
    let Some(part) = part else { return HandshakePart::ALL.map(HandshakePart::name).into() };
    let fields = HandshakePart::by_name(part).map_or(&[][..], HandshakePart::fields);
    fields.iter().map(|field| field.name).collect()
}

fn type_of<'a>(ruleset: &'a Ruleset, document: &'a Document, local: &'a Local) -> Option<Written<'a>> {
    match &local.from {
        From::Param(ty) | From::Pattern(ty) => Some((document, ty)),
        From::Answer(Some((asked, name))) => items(ruleset).find_map(|(document, item)| match (asked, item) {
            (Asked::Lock, Item::Lock(lock)) if lock.name.node == *name => Some((document, &lock.gives)),
            (Asked::Check, Item::Check(check)) if check.name.node == *name => Some((document, &check.gives)),
            (Asked::Lock | Asked::Check, _) => None,
        }),
        From::Let(_) | From::Answer(None) | From::Reason | From::Anything => None,
    }
}

fn items(ruleset: &Ruleset) -> impl Iterator<Item = (&Document, &Item)> {
    ruleset
        .files
        .values()
        .flat_map(|document| document.reading().tree.items.iter().map(move |item| (&**document, item)))
}

/// The record that a type is, through the shapes that it names.
fn record<'a>(ruleset: &'a Ruleset, ty: Written<'a>) -> Option<(&'a Document, &'a [crate::syntax::ast::Param])> {
    let (mut document, mut ty) = ty;
    for _ in 0..SHAPES_MAX {
        match &ty.kind {
            TypeKind::Record(fields) => return Some((document, fields)),
            TypeKind::Optional(inner) => ty = inner,
            TypeKind::Named(name) => {
                (document, ty) = items(ruleset).find_map(|(document, item)| match item {
                    Item::Shape(shape) if shape.name.node == *name => Some((document, &shape.ty)),
                    Item::Entry(_)
                    | Item::Client(_)
                    | Item::Group(_)
                    | Item::Room(_)
                    | Item::Lock(_)
                    | Item::Check(_)
                    | Item::Shape(_)
                    | Item::Let(_)
                    | Item::Prove(_) => None,
                })?;
            }
            TypeKind::Ranged { .. } | TypeKind::Choice(_) | TypeKind::List(_) | TypeKind::Wildcard => return None,
        }
    }
    None
}
