//! Operators and built-in functions.

use super::scope::Scope;
use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Comparison, Expr, ExprKind, Family, TEXT_LENGTH_MAX, Type};
use crate::syntax::ast::{self, BinaryOp};

impl Lowering<'_> {
    pub(super) fn lower_not(&mut self, scope: Scope, inner: &ast::Expr, span: Span) -> Option<Expr> {
        let inner = self.lower_bool(scope, inner, "`not`")?;
        Some(Expr { kind: ExprKind::Not(Box::new(inner)), ty: Type::Bool, span })
    }

    pub(super) fn lower_binary(
        &mut self,
        scope: Scope,
        left: &ast::Expr,
        op: BinaryOp,
        right: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        match op {
            BinaryOp::Or | BinaryOp::And => self.lower_logic(scope, left, op, right, span),
            BinaryOp::In => self.lower_in(scope, left, right, span),
            BinaryOp::Add => {
                let (left, right) = (self.lower_expr(scope, left), self.lower_expr(scope, right));
                self.add(left?, right?, span)
            }
            BinaryOp::Equal => self.lower_comparison(scope, left, Comparison::Equal, right, span),
            BinaryOp::NotEqual => self.lower_comparison(scope, left, Comparison::NotEqual, right, span),
            BinaryOp::Less => self.lower_comparison(scope, left, Comparison::Less, right, span),
            BinaryOp::LessOrEqual => self.lower_comparison(scope, left, Comparison::LessOrEqual, right, span),
            BinaryOp::Greater => self.lower_comparison(scope, left, Comparison::Greater, right, span),
            BinaryOp::GreaterOrEqual => self.lower_comparison(scope, left, Comparison::GreaterOrEqual, right, span),
        }
    }

    fn lower_logic(
        &mut self,
        scope: Scope,
        left: &ast::Expr,
        op: BinaryOp,
        right: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        let what = if op == BinaryOp::And { "`and`" } else { "`or`" };
        let (left, right) = (self.lower_bool(scope, left, what), self.lower_bool(scope, right, what));
        let (left, right) = (Box::new(left?), Box::new(right?));
        let kind = if op == BinaryOp::And { ExprKind::And(left, right) } else { ExprKind::Or(left, right) };
        Some(Expr { kind, ty: Type::Bool, span })
    }

    /// `what` says who wants a `bool`.
    pub(super) fn lower_bool(&mut self, scope: Scope, expr: &ast::Expr, what: &str) -> Option<Expr> {
        let expr = self.lower_expr(scope, expr)?;
        self.check_type(&expr, &Type::Bool, what).then_some(expr)
    }

    fn lower_in(&mut self, scope: Scope, left: &ast::Expr, right: &ast::Expr, span: Span) -> Option<Expr> {
        if matches!(&right.kind, ast::ExprKind::Name(name) if **name == *"members") {
            return self.lower_in_members(scope, left, span);
        }
        let (left, right) = (self.lower_expr(scope, left), self.lower_expr(scope, right));
        let (left, right) = (left?, right?);
        let Type::List(item) = &right.ty else {
            let message = format!("`in` looks into a list or `members`, not into `{}`", right.ty);
            let finding = Diagnostic::error(codes::TYPE_MISMATCH, right.span, message);
            self.report.push(match &right.ty {
                Type::Optional(_) | Type::Any => finding.help("match it with a pattern first"),
                _other => finding,
            });
            return None;
        };
        let item = (**item).clone();
        let nothing = item == Type::Choice(Vec::new());
        if !nothing && !self.check_comparable(&left, &item, Comparison::Equal, span) {
            return None;
        }
        let is_known = matches!(left.kind, ExprKind::Literal(_));
        if !is_known && !nothing && !present(&left.ty).overlaps(&item) {
            let finding =
                Diagnostic::warning(codes::CONSTANT_CONDITION, span, "nothing of this kind is ever in the list");
            self.report.push(finding.note(format!("one side is `{}`, the list holds `{item}`", left.ty)));
        }
        Some(Expr { kind: ExprKind::InList(Box::new(left), Box::new(right)), ty: Type::Bool, span })
    }

    fn lower_in_members(&mut self, scope: Scope, left: &ast::Expr, span: Span) -> Option<Expr> {
        let left = self.lower_expr(scope, left);
        if scope.head.is_none() {
            return self.not_constant(span);
        }
        if !scope.is_room() {
            let finding = Diagnostic::error(codes::MISPLACED, span, "a lock does not know the room and its `members`");
            self.report.push(finding.help("ask in the room, with `admit when`"));
            return None;
        }
        let left = left?;
        // A missing client is no member, so it need not be matched first.
        let wanted = Type::Optional(Box::new(Type::Client));
        if !self.check_type(&left, &wanted, "`in members`") {
            return None;
        }
        Some(Expr { kind: ExprKind::InMembers(Box::new(left)), ty: Type::Bool, span })
    }

    fn lower_comparison(
        &mut self,
        scope: Scope,
        left: &ast::Expr,
        comparison: Comparison,
        right: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        let (left, right) = (self.lower_expr(scope, left), self.lower_expr(scope, right));
        let (left, right) = (left?, right?);
        if !self.check_comparable(&left, &right.ty, comparison, span) {
            return None;
        }
        // Constants are there to be changed: what they decide today they may not decide tomorrow.
        let both_known = matches!((&left.kind, &right.kind), (ExprKind::Literal(_), ExprKind::Literal(_)));
        if !both_known && scope.head.is_some() {
            self.warn_constant_comparison(&left.ty, comparison, &right.ty, span);
        }
        Some(Expr { kind: ExprKind::Compare(Box::new(left), comparison, Box::new(right)), ty: Type::Bool, span })
    }

    fn check_comparable(&mut self, left: &Expr, right: &Type, comparison: Comparison, span: Span) -> bool {
        let (one, other) = (present(&left.ty), present(right));
        if one.holds_secret() || other.holds_secret() {
            let finding = Diagnostic::error(codes::SECRET_COMPARED, span, "a rule cannot compare a secret");
            self.report.push(finding.help("ask a check, which compares without telling how much of it was right"));
            return false;
        }
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let finding = match (one.family(), other.family()) {
            (Some(one), Some(other)) if one == other && (equality || is_ordered(one)) => return true,
            (Some(family), Some(other)) if family == other => {
                let message = format!("values of type `{one}` are neither less nor greater than one another");
                Diagnostic::error(codes::TYPE_MISMATCH, span, message)
                    .help("compare ints, numbers, durations, times or texts")
            }
            _ if mixed_choice(one, other) && equality => return true,
            (Some(_), Some(_)) => {
                let message = format!("`{one}` cannot be compared with `{other}`");
                Diagnostic::error(codes::TYPE_MISMATCH, span, message).help("compare two values of one type")
            }
            (None, _) => cannot_compare(one, span),
            (_, None) => cannot_compare(other, span),
        };
        self.report.push(finding);
        false
    }

    fn warn_constant_comparison(&mut self, left: &Type, comparison: Comparison, right: &Type, span: Span) {
        let (left, right) = (present(left), present(right));
        let verdict = match comparison {
            Comparison::Equal if !left.overlaps(right) => "never",
            Comparison::NotEqual if !left.overlaps(right) => "always",
            Comparison::Equal | Comparison::NotEqual => return,
            Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
                match order_of_bounds(left, comparison, right) {
                    Some(true) => "always",
                    Some(false) => "never",
                    None => return,
                }
            }
        };
        let finding = Diagnostic::warning(codes::CONSTANT_CONDITION, span, format!("this comparison {verdict} holds"));
        self.report.push(finding.note(format!("one side is `{left}`, the other `{right}`")));
    }

    /// `+` on two values.
    fn add(&mut self, left: Expr, right: Expr, span: Span) -> Option<Expr> {
        match sum_type(&left.ty, &right.ty) {
            Some(ty) => Some(Expr { kind: ExprKind::Add(Box::new(left), Box::new(right)), ty, span }),
            None => {
                let secret = left.ty.holds_secret() || right.ty.holds_secret();
                let optional = [&left.ty, &right.ty].into_iter().any(|ty| matches!(ty, Type::Optional(_) | Type::Any));
                let finding = if secret {
                    Diagnostic::error(codes::SECRET_ECHO, span, "a secret cannot be joined with anything")
                        .help("hand it to a check")
                } else if optional {
                    let message = format!("`{}` and `{}` cannot be added", left.ty, right.ty);
                    Diagnostic::error(codes::TYPE_MISMATCH, span, message).help("match it with a pattern first")
                } else {
                    let message = format!("`{}` and `{}` cannot be added", left.ty, right.ty);
                    Diagnostic::error(codes::TYPE_MISMATCH, span, message)
                        .help("add two texts, ints, numbers or durations, or a duration to a time")
                };
                self.report.push(finding);
                None
            }
        }
    }

    pub(super) fn lower_len(&mut self, scope: Scope, apply: &ast::Apply) -> Option<Expr> {
        let arg = self.only_arg(scope, apply)?;
        let ty = match &arg.ty {
            Type::List(_) => Type::Int { least: 0, most: i64::MAX },
            ty => match ty.text_bounds() {
                Some((least, most)) => Type::Int { least: least.into(), most: most.into() },
                None => return self.wrong_function_arg(&arg, "len", "a text or a list"),
            },
        };
        if scope.head.is_none() {
            return self.not_constant(apply.span);
        }
        Some(Expr { kind: ExprKind::Len(Box::new(arg)), ty, span: apply.span })
    }

    pub(super) fn lower_lower(&mut self, scope: Scope, apply: &ast::Apply) -> Option<Expr> {
        let arg = self.only_arg(scope, apply)?;
        let Some((least, most)) = arg.ty.text_bounds() else {
            return self.wrong_function_arg(&arg, "lower", "a text");
        };
        if scope.head.is_none() {
            return self.not_constant(apply.span);
        }
        // Letter by letter, so the length stays what it was.
        Some(Expr { kind: ExprKind::Lower(Box::new(arg)), ty: Type::Text { least, most }, span: apply.span })
    }

    pub(super) fn lower_now(&mut self, scope: Scope, apply: &ast::Apply) -> Option<Expr> {
        if scope.head.is_none() {
            return self.not_constant(apply.span);
        }
        let fine = self.no_args(scope, apply);
        fine.then_some(Expr { kind: ExprKind::Now, ty: Type::Time, span: apply.span })
    }

    pub(super) fn lower_nonce(&mut self, scope: Scope, apply: &ast::Apply) -> Option<Expr> {
        if !self.no_args(scope, apply) {
            return None;
        }
        if scope.head.is_none() {
            return self.not_constant(apply.span);
        }
        if !scope.in_let {
            let finding =
                Diagnostic::error(codes::MISPLACED, apply.span, "`nonce()` stands only in a `let` of a room or lock");
            self.report
                .push(finding.help("write `let challenge = nonce()` beside the states, and use `challenge` here"));
            return None;
        }
        Some(Expr { kind: ExprKind::Nonce, ty: Type::Text { least: 64, most: 64 }, span: apply.span })
    }

    fn wrong_function_arg(&mut self, arg: &Expr, function: &str, wanted: &str) -> Option<Expr> {
        let finding = if arg.ty.holds_secret() {
            Diagnostic::error(codes::SECRET_ECHO, arg.span, format!("`{function}` cannot look at a secret"))
                .help("hand it to a check")
        } else {
            let message = format!("`{function}` takes {wanted}, not `{}`", arg.ty);
            let finding = Diagnostic::error(codes::TYPE_MISMATCH, arg.span, message);
            match &arg.ty {
                Type::Optional(_) | Type::Any => finding.help("match it with a pattern first"),
                _other => finding,
            }
        };
        self.report.push(finding);
        None
    }
}

/// The type without the possibility of being missing: a missing value can be compared.
fn present(ty: &Type) -> &Type {
    match ty {
        Type::Optional(inner) => inner,
        ty => ty,
    }
}

fn is_ordered(family: Family) -> bool {
    match family {
        Family::Text | Family::Number | Family::Duration | Family::Time => true,
        Family::Bool | Family::Room | Family::Group => false,
    }
}

/// A choice of values of several types can be compared with any of them.
fn mixed_choice(one: &Type, other: &Type) -> bool {
    let comparable = |ty: &Type| ty.family().is_some() || matches!(ty, Type::Choice(_));
    let is_mixed = |ty: &Type| matches!(ty, Type::Choice(_)) && ty.family().is_none();
    comparable(one) && comparable(other) && (is_mixed(one) || is_mixed(other))
}

fn cannot_compare(ty: &Type, span: Span) -> Diagnostic {
    let finding = Diagnostic::error(codes::TYPE_MISMATCH, span, format!("values of type `{ty}` cannot be compared"));
    match ty {
        Type::Any => finding.help("match it with a pattern first"),
        Type::Record(_) | Type::List(_) => finding.help("compare what is in it"),
        _other => finding,
    }
}

/// Whether bounds alone decide an ordering.
fn order_of_bounds(left: &Type, comparison: Comparison, right: &Type) -> Option<bool> {
    let ((least, most), (low, high)) = (left.number_bounds()?, right.number_bounds()?);
    let (holds, fails) = match comparison {
        Comparison::Less => (most < low, least >= high),
        Comparison::LessOrEqual => (most <= low, least > high),
        Comparison::Greater => (least > high, most <= low),
        Comparison::GreaterOrEqual => (least >= high, most < low),
        Comparison::Equal | Comparison::NotEqual => (false, false),
    };
    if holds { Some(true) } else { fails.then_some(false) }
}

/// The type of a sum, none where there is none.
fn sum_type(left: &Type, right: &Type) -> Option<Type> {
    if let (Some((least, most)), Some((low, high))) = (left.text_bounds(), right.text_bounds()) {
        let cut = |length: u32| length.min(TEXT_LENGTH_MAX);
        return Some(Type::Text { least: cut(least.saturating_add(low)), most: cut(most.saturating_add(high)) });
    }
    if let (Some((least, most)), Some((low, high))) = (left.int_bounds(), right.int_bounds()) {
        return Some(Type::Int { least: least.saturating_add(low), most: most.saturating_add(high) });
    }
    if let (Some((least, most)), Some((low, high))) = (left.number_bounds(), right.number_bounds()) {
        let ends = |number: f64| number.clamp(f64::MIN, f64::MAX);
        return Some(Type::Number { least: ends(least + low), most: ends(most + high) });
    }
    match (left.family()?, right.family()?) {
        (Family::Duration, Family::Duration) => Some(Type::Duration),
        (Family::Time, Family::Duration) | (Family::Duration, Family::Time) => Some(Type::Time),
        (
            Family::Text
            | Family::Number
            | Family::Bool
            | Family::Duration
            | Family::Time
            | Family::Room
            | Family::Group,
            _,
        ) => None,
    }
}
