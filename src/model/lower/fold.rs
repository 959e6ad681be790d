//! Constants: computed when the rules are read, and put in wherever they are named.

use super::exprs::literal_expr;
use super::scope::Scope;
use super::types::Slot;
use super::{Lowering, codes};
use crate::diagnostic::Diagnostic;
use crate::model::{Comparison, Expr, ExprKind, Literal, TEXT_LENGTH_MAX};
use crate::syntax::ast;

/// How many constants may build on one another.
const CONSTANT_DEPTH_MAX: usize = 64;

impl Lowering<'_> {
    /// The value of a constant that is named here.
    pub(super) fn constant(&mut self, at: usize, name: &ast::Name) -> Option<Literal> {
        if let Some(Slot::Busy) = self.constants.get(at) {
            let message = format!("the constant `{}` is made of itself", name.node);
            self.report.error(codes::RECURSIVE_DEFINITION, name.span, message);
            return None;
        }
        self.compute_constant(at)
    }

    /// The value of a constant, computed once.
    pub(super) fn compute_constant(&mut self, at: usize) -> Option<Literal> {
        if let Some(Slot::Done(value, depth)) = self.constants.get(at) {
            self.constant_depth = self.constant_depth.max(*depth);
            return value.clone();
        }
        let item = *self.items.constants.get(at)?;
        self.set_constant(at, Slot::Busy);
        let depth_beside = std::mem::take(&mut self.constant_depth);
        self.constants_busy += 1;
        let fits = self.constants_busy <= CONSTANT_DEPTH_MAX;
        let value = if fits { self.constant_value(&item.value) } else { None };
        self.constants_busy -= 1;
        let depth = self.constant_depth + 1;
        if !fits || depth > CONSTANT_DEPTH_MAX {
            let message = format!("more than {CONSTANT_DEPTH_MAX} constants build on one another");
            self.report.error(codes::RECURSIVE_DEFINITION, item.name.span, message);
        }
        let value = value.filter(|_| depth <= CONSTANT_DEPTH_MAX);
        let depth = if value.is_some() { depth } else { 0 };
        self.constant_depth = depth_beside.max(depth);
        self.set_constant(at, Slot::Done(value.clone(), depth));
        value
    }

    fn constant_value(&mut self, value: &ast::Expr) -> Option<Literal> {
        let lowered = self.lower_expr(Scope::default(), value)?;
        if matches!(lowered.kind, ExprKind::List(_) | ExprKind::Record(_)) {
            let finding = Diagnostic::error(codes::TYPE_MISMATCH, value.span, "a constant is a single value");
            self.report.push(finding.help("write lists and records where they are used"));
            return None;
        }
        self.fold_reported(&lowered)
    }

    fn fold_reported(&mut self, lowered: &Expr) -> Option<Literal> {
        let folded = fold(lowered);
        if folded.is_none() {
            let message = "this is more than a value of its type can hold";
            self.report.error(codes::OUT_OF_RANGE, lowered.span, message);
        }
        folded
    }

    /// A constant that may be a list or a record of constants: what an attribute holds at first.
    pub(super) fn fold_deep(&mut self, expr: Expr) -> Option<Expr> {
        let Expr { kind, ty, span } = expr;
        match kind {
            ExprKind::List(items) => {
                let items: Option<_> = items.into_iter().map(|item| self.fold_deep(item)).collect();
                Some(Expr { kind: ExprKind::List(items?), ty, span })
            }
            ExprKind::Record(fields) => {
                let fields: Option<_> =
                    fields.into_iter().map(|(name, value)| Some((name, self.fold_deep(value)?))).collect();
                Some(Expr { kind: ExprKind::Record(fields?), ty, span })
            }
            kind => self.fold_reported(&Expr { kind, ty, span }).map(|literal| literal_expr(literal, span)),
        }
    }

    fn set_constant(&mut self, at: usize, slot: Slot<Literal>) {
        if let Some(place) = self.constants.get_mut(at) {
            *place = slot;
        }
    }
}

/// What a constant expression comes to, none where a sum is more than its type can hold.
fn fold(expr: &Expr) -> Option<Literal> {
    match &expr.kind {
        ExprKind::Literal(literal) => Some(literal.clone()),
        ExprKind::Not(inner) => Some(Literal::Bool(!fold_bool(inner)?)),
        ExprKind::And(left, right) => Some(Literal::Bool(fold_bool(left)? && fold_bool(right)?)),
        ExprKind::Or(left, right) => Some(Literal::Bool(fold_bool(left)? || fold_bool(right)?)),
        ExprKind::Compare(left, comparison, right) => {
            fold_comparison(&fold(left)?, *comparison, &fold(right)?).map(Literal::Bool)
        }
        ExprKind::InList(left, list) => {
            let ExprKind::List(items) = &list.kind else {
                return None;
            };
            let left = fold(left)?;
            let items: Vec<Literal> = items.iter().map(fold).collect::<Option<_>>()?;
            Some(Literal::Bool(items.iter().any(|item| fold_comparison(&left, Comparison::Equal, item) == Some(true))))
        }
        ExprKind::Add(left, right) => fold_sum(&fold(left)?, &fold(right)?),
        ExprKind::Group(_)
        | ExprKind::Room(_, _)
        | ExprKind::Arg(_)
        | ExprKind::Local(_)
        | ExprKind::Bind
        | ExprKind::BindTo
        | ExprKind::Field(_, _)
        | ExprKind::ClientId
        | ExprKind::Attribute(_)
        | ExprKind::RoomCount
        | ExprKind::RoomName
        | ExprKind::SocketId
        | ExprKind::Key(_)
        | ExprKind::Handshake(_)
        | ExprKind::InMembers(_)
        | ExprKind::Len(_)
        | ExprKind::Lower(_)
        | ExprKind::Now
        | ExprKind::Nonce
        | ExprKind::Record(_)
        | ExprKind::List(_) => None,
    }
}

fn fold_bool(expr: &Expr) -> Option<bool> {
    match fold(expr)? {
        Literal::Bool(value) => Some(value),
        Literal::Int(_) | Literal::Number(_) | Literal::Text(_) | Literal::Duration(_) => None,
    }
}

fn fold_comparison(left: &Literal, comparison: Comparison, right: &Literal) -> Option<bool> {
    let order = match (left, right) {
        (Literal::Int(one), Literal::Int(other)) => one.partial_cmp(other),
        (Literal::Number(one), Literal::Number(other)) => one.partial_cmp(other),
        (Literal::Int(one), Literal::Number(other)) => (*one as f64).partial_cmp(other),
        (Literal::Number(one), Literal::Int(other)) => one.partial_cmp(&(*other as f64)),
        (Literal::Text(one), Literal::Text(other)) => one.partial_cmp(other),
        (Literal::Bool(one), Literal::Bool(other)) => one.partial_cmp(other),
        (Literal::Duration(one), Literal::Duration(other)) => one.partial_cmp(other),
        (Literal::Int(_) | Literal::Number(_) | Literal::Text(_) | Literal::Bool(_) | Literal::Duration(_), _) => None,
    };
    let Some(order) = order else {
        return Some(comparison == Comparison::NotEqual);
    };
    Some(match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    })
}

fn fold_sum(left: &Literal, right: &Literal) -> Option<Literal> {
    match (left, right) {
        (Literal::Int(one), Literal::Int(other)) => one.checked_add(*other).map(Literal::Int),
        (Literal::Int(one), Literal::Number(other)) | (Literal::Number(other), Literal::Int(one)) => {
            finite(*one as f64 + other)
        }
        (Literal::Number(one), Literal::Number(other)) => finite(one + other),
        (Literal::Duration(one), Literal::Duration(other)) => one.checked_add(*other).map(Literal::Duration),
        (Literal::Text(one), Literal::Text(other)) => {
            let joined = format!("{one}{other}");
            joined.chars().nth(TEXT_LENGTH_MAX as usize).is_none().then(|| Literal::Text(joined.into()))
        }
        (Literal::Bool(_) | Literal::Int(_) | Literal::Number(_) | Literal::Duration(_) | Literal::Text(_), _) => None,
    }
}

fn finite(number: f64) -> Option<Literal> {
    number.is_finite().then_some(Literal::Number(number))
}
