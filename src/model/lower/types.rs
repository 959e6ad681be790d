//! Types and patterns: shapes unfolded, ranges checked.

use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Field, Literal, TEXT_LENGTH_MAX, Type};
use crate::syntax::ast;
use std::collections::BTreeMap;

/// How many shapes may build on one another, and how deep a shape may nest.
const SHAPE_DEPTH_MAX: usize = 64;
/// How many types a shape may consist of once its shapes are unfolded. Without a bound, a page of shapes could
/// unfold to more than there is memory.
const SHAPE_SIZE_MAX: usize = 4096;

/// What a written type is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// What a name may hold: `_` says nothing.
    AsType,
    /// What a value is matched with.
    AsPattern,
}

/// How far a shape or constant is.
#[derive(Clone)]
pub(super) enum Slot<T> {
    Unseen,
    /// It is being looked at; who asks for it now goes round in a circle.
    Busy,
    /// None where it was wrong. The number is how many build on one another below it.
    Done(Option<T>, usize),
}

/// Whether the language itself has a type of this name.
pub fn is_type_name(name: &str) -> bool {
    named_type(name).is_some()
}

fn named_type(name: &str) -> Option<Type> {
    Some(match name {
        "text" => Type::TEXT,
        "int" => Type::INT,
        "number" => Type::NUMBER,
        "bool" => Type::Bool,
        "duration" => Type::Duration,
        "time" => Type::Time,
        "client" => Type::Client,
        "room" => Type::Room,
        "group" => Type::Group,
        "secret" => Type::Secret,
        "any" => Type::Any,
        _other => return None,
    })
}

/// A literal of the tree as one of the model.
pub(super) fn literal(literal: &ast::Literal) -> Literal {
    match literal {
        ast::Literal::Bool(value) => Literal::Bool(*value),
        ast::Literal::Int(value) => Literal::Int(*value),
        ast::Literal::Number(value) => Literal::Number(*value),
        ast::Literal::Text(value) => Literal::Text(value.clone()),
        ast::Literal::Duration(value) => Literal::Duration(*value),
    }
}

impl Lowering<'_> {
    /// None where something about it is wrong, which has been reported.
    pub(super) fn lower_type(&mut self, ty: &ast::Type, written: Written) -> Option<Type> {
        match &ty.kind {
            ast::TypeKind::Named(name) => match named_type(name) {
                Some(found) => Some(found),
                None => self.shape_named(&ast::Spanned { node: name.clone(), span: ty.span }),
            },
            ast::TypeKind::Ranged { name, least, most } => {
                self.ranged_type(name, least.as_ref(), most.as_ref(), ty.span)
            }
            ast::TypeKind::Choice(literals) => self.choice_type(literals),
            ast::TypeKind::List(item) => Some(Type::List(Box::new(self.lower_type(item, written)?))),
            ast::TypeKind::Optional(inner) => match self.lower_type(inner, written)? {
                optional @ Type::Optional(_) => Some(optional),
                inner => Some(Type::Optional(Box::new(inner))),
            },
            ast::TypeKind::Record(fields) => self.record_type(fields, written),
            ast::TypeKind::Wildcard if written == Written::AsPattern => Some(Type::Any),
            ast::TypeKind::Wildcard => {
                let finding = Diagnostic::error(codes::TYPE_MISMATCH, ty.span, "`_` is a pattern, not a type");
                self.report.push(finding.help("write `any`"));
                None
            }
        }
    }

    fn record_type(&mut self, fields: &[ast::Param], written: Written) -> Option<Type> {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut lowered = Some(Vec::with_capacity(fields.len()));
        for field in fields {
            if let Some(first) = seen.insert(&field.name.node, field.name.span) {
                self.report.duplicate("field", &field.name, first);
                continue;
            }
            match (self.lower_type(&field.ty, written), &mut lowered) {
                (Some(ty), Some(lowered)) => {
                    lowered.push(Field { name: field.name.node.clone(), ty, span: field.name.span });
                }
                (None, _) => lowered = None,
                (Some(_), None) => {}
            }
        }
        lowered.map(Type::Record)
    }

    fn choice_type(&mut self, written: &[ast::Spanned<ast::Literal>]) -> Option<Type> {
        let mut literals: Vec<Literal> = Vec::with_capacity(written.len());
        for choice in written {
            let value = literal(&choice.node);
            if literals.contains(&value) {
                let message = format!("`{value}` is in this choice already");
                self.report.error(codes::DUPLICATE_NAME, choice.span, message);
            } else {
                literals.push(value);
            }
        }
        Some(Type::Choice(literals))
    }

    fn ranged_type(
        &mut self,
        name: &ast::Name,
        least: Option<&ast::Spanned<ast::Literal>>,
        most: Option<&ast::Spanned<ast::Literal>>,
        span: Span,
    ) -> Option<Type> {
        let ty = match &*name.node {
            "text" => {
                let (least, most) = (self.length_end(least, 0), self.length_end(most, TEXT_LENGTH_MAX));
                Type::Text { least: least?, most: most? }
            }
            "int" => {
                let (least, most) = (self.int_end(least, i64::MIN), self.int_end(most, i64::MAX));
                Type::Int { least: least?, most: most? }
            }
            "number" => {
                let (least, most) = (self.number_end(least, f64::MIN), self.number_end(most, f64::MAX));
                Type::Number { least: least?, most: most? }
            }
            other => {
                let message = format!("`{other}` has no range");
                let finding = Diagnostic::error(codes::TYPE_MISMATCH, span, message);
                self.report.push(finding.help("only `text`, `int` and `number` have one"));
                return None;
            }
        };
        let empty = match &ty {
            Type::Text { least, most } => least > most,
            ty => ty.number_bounds().is_some_and(|(least, most)| least > most),
        };
        if empty {
            let finding = Diagnostic::error(codes::OUT_OF_RANGE, span, "no value is in this range");
            self.report.push(finding.help("write the smaller end first"));
        }
        (!empty).then_some(ty)
    }

    fn length_end(&mut self, end: Option<&ast::Spanned<ast::Literal>>, otherwise: u32) -> Option<u32> {
        let Some(end) = end else {
            return Some(otherwise);
        };
        let ast::Literal::Int(int) = end.node else {
            return self.wrong_end(end, "the length of a text is an int");
        };
        let length = u32::try_from(int).ok().filter(|length| *length <= TEXT_LENGTH_MAX);
        if length.is_none() {
            let message = format!("the length of a text is from 0 to {TEXT_LENGTH_MAX}");
            self.report.error(codes::OUT_OF_RANGE, end.span, message);
        }
        length
    }

    fn int_end(&mut self, end: Option<&ast::Spanned<ast::Literal>>, otherwise: i64) -> Option<i64> {
        match end.map(|end| (end, &end.node)) {
            None => Some(otherwise),
            Some((_, ast::Literal::Int(int))) => Some(*int),
            Some((end, _)) => self.wrong_end(end, "the ends of an `int` are ints"),
        }
    }

    fn number_end(&mut self, end: Option<&ast::Spanned<ast::Literal>>, otherwise: f64) -> Option<f64> {
        match end.map(|end| (end, &end.node)) {
            None => Some(otherwise),
            Some((_, ast::Literal::Int(int))) => Some(*int as f64),
            Some((_, ast::Literal::Number(number))) => Some(*number),
            Some((end, _)) => self.wrong_end(end, "the ends of a `number` are numbers"),
        }
    }

    fn wrong_end<T>(&mut self, end: &ast::Spanned<ast::Literal>, message: &str) -> Option<T> {
        self.report.error(codes::TYPE_MISMATCH, end.span, message);
        None
    }

    /// A shape by its name, unfolded.
    fn shape_named(&mut self, name: &ast::Name) -> Option<Type> {
        let Some(at) = self.items.shape_names.get(&name.node).copied() else {
            let own = [
                "text", "int", "number", "bool", "list", "duration", "time", "client", "room", "group", "secret", "any",
            ];
            let known = own.into_iter().chain(self.items.shape_names.keys().map(|name| &**name));
            self.report.unknown("type", name, known);
            return None;
        };
        if let Some(Slot::Busy) = self.shapes.get(at) {
            let message = format!("the shape `{}` is made of itself", name.node);
            let finding = Diagnostic::error(codes::RECURSIVE_DEFINITION, name.span, message);
            self.report.push(finding.help("write `any` where it comes back to itself"));
            return None;
        }
        self.unfold_shape(at)
    }

    /// The type of a shape, computed once.
    pub(super) fn unfold_shape(&mut self, at: usize) -> Option<Type> {
        if let Some(Slot::Done(ty, depth)) = self.shapes.get(at) {
            self.shape_depth = self.shape_depth.max(*depth);
            return ty.clone();
        }
        let item = *self.items.shapes.get(at)?;
        self.set_shape(at, Slot::Busy);
        let depth_beside = std::mem::take(&mut self.shape_depth);
        self.shapes_busy += 1;
        let ty = if self.shapes_busy > SHAPE_DEPTH_MAX { None } else { self.lower_type(&item.ty, Written::AsType) };
        let depth = self.shape_depth + 1;
        let too_deep = self.shapes_busy > SHAPE_DEPTH_MAX || depth > SHAPE_DEPTH_MAX;
        self.shapes_busy -= 1;
        let too_large = ty.as_ref().is_some_and(|ty| size(ty) > SHAPE_SIZE_MAX || nesting(ty) > SHAPE_DEPTH_MAX);
        if too_deep || too_large {
            let message = format!("the shape `{}` unfolds to too large a type", item.name.node);
            let finding = Diagnostic::error(codes::RECURSIVE_DEFINITION, item.name.span, message);
            let note = format!("a shape may nest {SHAPE_DEPTH_MAX} deep and consist of {SHAPE_SIZE_MAX} types");
            self.report.push(finding.note(note).help("write `any` for the parts that no rule looks into"));
        }
        let ty = ty.filter(|_| !too_deep && !too_large);
        let depth = if ty.is_some() { depth } else { 0 };
        self.shape_depth = depth_beside.max(depth);
        self.set_shape(at, Slot::Done(ty.clone(), depth));
        ty
    }

    fn set_shape(&mut self, at: usize, slot: Slot<Type>) {
        if let Some(place) = self.shapes.get_mut(at) {
            *place = slot;
        }
    }
}

/// How many types a type consists of.
fn size(ty: &Type) -> usize {
    1 + match ty {
        Type::List(inner) | Type::Optional(inner) => size(inner),
        Type::Record(fields) => fields.iter().map(|field| size(&field.ty)).sum(),
        Type::Choice(literals) => literals.len(),
        Type::Text { .. }
        | Type::Int { .. }
        | Type::Number { .. }
        | Type::Bool
        | Type::Duration
        | Type::Time
        | Type::Client
        | Type::Room
        | Type::Group
        | Type::Secret
        | Type::Any => 0,
    }
}

/// How deep a type nests.
fn nesting(ty: &Type) -> usize {
    1 + match ty {
        Type::List(inner) | Type::Optional(inner) => nesting(inner),
        Type::Record(fields) => fields.iter().map(|field| nesting(&field.ty)).max().unwrap_or(0),
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
        | Type::Secret
        | Type::Any => 0,
    }
}
