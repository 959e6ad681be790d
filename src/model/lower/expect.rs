//! What is wanted against what is there.

use super::exprs::broken;
use super::scope::Scope;
use super::{Lowering, codes};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Expr, ExprKind, Type};
use crate::syntax::ast;

/// Longer types are cut in messages; the label shows where they come from.
const SHOWN_TYPE_MAX: usize = 120;

impl Lowering<'_> {
    /// An expression that must be of a type; one that is wrong leaves a broken expression in its place. No type is
    /// wanted where the wanted type itself is wrong. `what` says who wants it.
    pub(super) fn lower_as(&mut self, scope: Scope, expr: &ast::Expr, wanted: Option<&Type>, what: &str) -> Expr {
        let Some(lowered) = self.lower_expr(scope, expr) else {
            return broken(expr.span);
        };
        match wanted {
            Some(wanted) if !self.check_type(&lowered, wanted, what) => broken(expr.span),
            Some(_) | None => lowered,
        }
    }

    /// Reports an expression that may not stand where the type is wanted.
    pub(super) fn check_type(&mut self, expr: &Expr, wanted: &Type, what: &str) -> bool {
        if fits(wanted, expr) {
            return true;
        }
        let finding = if expr.ty.holds_secret() {
            let message = format!("a secret would become {what}");
            Diagnostic::error(codes::SECRET_ECHO, expr.span, message)
                .help("a secret may only be handed to a state, a lock or a check that wants a `secret`")
        } else {
            let message = format!("{what} wants `{}`, not `{}`", shown(wanted), shown(&expr.ty));
            let finding = Diagnostic::error(codes::TYPE_MISMATCH, expr.span, message);
            let narrower = expr.ty == Type::Any || expr.ty.overlaps(wanted);
            if narrower { finding.help("match it with a pattern first") } else { finding }
        };
        self.report.push(finding);
        false
    }

    /// A record that is to be sent: by `ask`, `say`, `post` or `tell`.
    pub(super) fn lower_content(&mut self, scope: Scope, expr: &ast::Expr, action: &str) -> Expr {
        let Some(lowered) = self.lower_expr(scope, expr) else {
            return broken(expr.span);
        };
        if self.refuse_secret(&lowered, &format!("sent by `{action}`"), codes::SECRET_ECHO) {
            return broken(expr.span);
        }
        match &lowered.ty {
            Type::Record(_) | Type::Any => lowered,
            other => {
                let message = format!("`{action}` sends a record, not `{}`", shown(other));
                let finding = Diagnostic::error(codes::TYPE_MISMATCH, expr.span, message);
                self.report.push(match other {
                    Type::Optional(_) => finding.help("match it with a pattern first"),
                    _other => finding.help("write `{ name: value }`"),
                });
                broken(expr.span)
            }
        }
    }

    /// Reports a secret that would be seen or kept.
    pub(super) fn refuse_secret(&mut self, expr: &Expr, would_be: &str, code: Code) -> bool {
        let refused = expr.ty.holds_secret();
        if refused {
            let finding = Diagnostic::error(code, expr.span, format!("a secret would be {would_be}"));
            self.report.push(finding.help("take what is not secret out of it, field by field"));
        }
        refused
    }

    /// Reports a type that may not hold a secret, and is none then.
    pub(super) fn without_secret(&mut self, ty: Option<Type>, written: &ast::Type, would_be: &str) -> Option<Type> {
        let ty = ty?;
        if ty.holds_secret() {
            let finding = Diagnostic::error(codes::SECRET_ECHO, written.span, format!("a secret would be {would_be}"));
            self.report.push(finding.help("hand secrets only to states, locks and checks that want a `secret`"));
            return None;
        }
        Some(ty)
    }
}

/// Whether an expression may stand where a type is wanted. Of a record that is written out all fields are known, so
/// one that is not there is missing for sure.
fn fits(wanted: &Type, expr: &Expr) -> bool {
    match (wanted, &expr.kind) {
        (Type::Optional(wanted), ExprKind::Record(_) | ExprKind::List(_)) => fits(wanted, expr),
        (Type::Record(fields), ExprKind::Record(values)) => {
            let all_there = fields.iter().all(|field| {
                let value = values.iter().find(|(name, _)| *name == field.name);
                value.map_or(matches!(field.ty, Type::Optional(_)), |(_, value)| fits(&field.ty, value))
            });
            let is_wanted = |name: &str| fields.iter().any(|field| *field.name == *name);
            all_there && values.iter().all(|(name, value)| is_wanted(name) || !value.ty.holds_secret())
        }
        (Type::List(item), ExprKind::List(values)) => values.iter().all(|value| fits(item, value)),
        (wanted, _) => wanted.accepts(&expr.ty),
    }
}

/// A type for a message.
pub(super) fn shown(ty: &Type) -> String {
    let whole = ty.to_string();
    match whole.char_indices().nth(SHOWN_TYPE_MAX) {
        Some((cut, _)) => format!("{}…", whole.get(..cut).unwrap_or(&whole)),
        None => whole,
    }
}
