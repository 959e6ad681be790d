//! Patterns: what a message, a signal or a `match` must look like, and what is known of it then.

use super::types::Written;
use super::{Lowering, codes};
use crate::diagnostic::Diagnostic;
use crate::model::{Field, Type};
use crate::syntax::ast;

/// The pattern of a message: its content, and what it must be addressed to.
pub(super) struct MessagePattern {
    pub(super) content: Type,
    pub(super) to: Option<Type>,
}

impl Lowering<'_> {
    /// A message's content is a record; `to` among its fields is its address.
    pub(super) fn lower_message_pattern(&mut self, written: &ast::Type) -> Option<MessagePattern> {
        match self.lower_type(written, Written::AsPattern)? {
            Type::Any => Some(MessagePattern { content: Type::Any, to: None }),
            Type::Record(mut fields) => {
                let at = fields.iter().position(|field| *field.name == *"to");
                let to = at.map(|at| fields.remove(at));
                if to.as_ref().is_some_and(|to| !is_address(&to.ty)) {
                    let span = to.map_or(written.span, |to| to.span);
                    let finding = Diagnostic::error(codes::TYPE_MISMATCH, span, "`to` is the address of a message");
                    self.report.push(finding.help("give it the type `client`, `room` or `group`"));
                    return None;
                }
                Some(MessagePattern { content: Type::Record(fields), to: to.map(|to| to.ty) })
            }
            other => {
                let message =
                    format!("a message is a record, and no record is of type `{}`", super::expect::shown(&other));
                let finding = Diagnostic::error(codes::TYPE_MISMATCH, written.span, message);
                self.report.push(finding.help("write `{ name: type }`, or `_` for any message"));
                None
            }
        }
    }

    /// The pattern of a `match` and the type of what it binds, none where it is wrong.
    pub(super) fn lower_match_pattern(
        &mut self,
        written: &ast::Type,
        subject: Option<&Type>,
    ) -> Option<(Type, Option<Type>)> {
        let pattern = self.lower_type(written, Written::AsPattern)?;
        let Some(subject) = subject else {
            return Some((pattern, None));
        };
        if exposes(&pattern, subject) {
            let finding = Diagnostic::error(
                codes::SECRET_ECHO,
                written.span,
                "this would make a secret into something that can be sent",
            );
            self.report.push(finding.help("match it as a `secret`, or leave it out of the pattern"));
            return None;
        }
        if !pattern.overlaps(subject) {
            let message = format!("no value of type `{}` is matched by this", super::expect::shown(subject));
            self.report.push(Diagnostic::warning(codes::CONSTANT_CONDITION, written.span, message));
        }
        let bound = both(&pattern, subject);
        Some((pattern, Some(bound)))
    }
}

/// What is known of a value of one type that a pattern has matched.
fn both(pattern: &Type, subject: &Type) -> Type {
    match (pattern, subject) {
        (Type::Any, subject) => subject.clone(),
        (pattern, Type::Any) => pattern.clone(),
        (Type::Optional(pattern), Type::Optional(subject)) => Type::Optional(Box::new(both(pattern, subject))),
        (Type::Optional(pattern), subject) => both(pattern, subject),
        (pattern, Type::Optional(subject)) => both(pattern, subject),
        (Type::Record(fields), Type::Record(others)) => Type::Record(both_records(fields, others)),
        (Type::List(item), Type::List(other)) => Type::List(Box::new(both(item, other))),
        (pattern, subject) if pattern.accepts(subject) => subject.clone(),
        (pattern, _) => pattern.clone(),
    }
}

fn both_records(fields: &[Field], others: &[Field]) -> Vec<Field> {
    let named = fields.iter().map(|field| {
        let known = others.iter().find(|other| other.name == field.name);
        let ty = known.map_or_else(|| field.ty.clone(), |known| both(&field.ty, &known.ty));
        Field { name: field.name.clone(), ty, span: field.span }
    });
    let carried = others.iter().filter(|other| fields.iter().all(|field| field.name != other.name));
    named.chain(carried.cloned()).collect()
}

/// Whether a pattern would give what is a secret another type.
fn exposes(pattern: &Type, subject: &Type) -> bool {
    match (pattern, subject) {
        (Type::Any | Type::Secret, _) => false,
        (Type::Optional(pattern), subject) => exposes(pattern, subject),
        (pattern, Type::Optional(subject)) => exposes(pattern, subject),
        (Type::List(item), Type::List(other)) => exposes(item, other),
        (Type::Record(fields), Type::Record(others)) => fields.iter().any(|field| {
            others.iter().find(|other| other.name == field.name).is_some_and(|other| exposes(&field.ty, &other.ty))
        }),
        (_, subject) => subject.holds_secret(),
    }
}

fn is_address(ty: &Type) -> bool {
    let ty = if let Type::Optional(inner) = ty { inner } else { ty };
    matches!(ty, Type::Client | Type::Room | Type::Group)
}
