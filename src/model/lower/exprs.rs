//! Expressions: names to what they stand for, and a type for each.
//!
//! An expression that is wrong is none, and whatever it stands in is none too, without a word: one mistake is
//! reported once.

use super::names::Global;
use super::report::counted;
use super::scope::{Local, Scope};
use super::{Lowering, codes, types};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Expr, ExprKind, Field, Literal, MachineId, TEXT_LENGTH_MAX, Type};
use crate::syntax::ast;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How deep an expression may nest. The parser allows less; this keeps a tree made by hand from using up the stack.
const EXPR_DEPTH_MAX: usize = 512;

/// Stands where an expression is wrong, in a model that came with errors and never runs.
pub(super) fn broken(span: Span) -> Expr {
    Expr { kind: ExprKind::Literal(Literal::Bool(false)), ty: Type::Any, span }
}

impl Lowering<'_> {
    /// The expression with its type, none where something is wrong with it, which has been reported.
    pub(super) fn lower_expr(&mut self, scope: Scope, expr: &ast::Expr) -> Option<Expr> {
        if self.expr_depth >= EXPR_DEPTH_MAX {
            self.report.error(codes::OUT_OF_RANGE, expr.span, "this expression nests too deep");
            return None;
        }
        self.expr_depth += 1;
        let lowered = self.lower_expr_kind(scope, expr);
        self.expr_depth -= 1;
        lowered
    }

    fn lower_expr_kind(&mut self, scope: Scope, expr: &ast::Expr) -> Option<Expr> {
        let span = expr.span;
        match &expr.kind {
            ast::ExprKind::Literal(literal) => self.lower_literal(literal, span),
            ast::ExprKind::Name(name) => self.lower_name(scope, &ast::Spanned { node: name.clone(), span }),
            ast::ExprKind::Field(of, field) => self.lower_field(scope, of, field, span),
            ast::ExprKind::Not(inner) => self.lower_not(scope, inner, span),
            ast::ExprKind::Binary(left, op, right) => self.lower_binary(scope, left, *op, right, span),
            ast::ExprKind::Apply(apply) => self.lower_apply(scope, apply),
            ast::ExprKind::Record(fields) => self.lower_record(scope, fields, span),
            ast::ExprKind::List(items) => self.lower_list(scope, items, span),
        }
    }

    fn lower_literal(&mut self, literal: &ast::Literal, span: Span) -> Option<Expr> {
        let literal = types::literal(literal);
        if let Literal::Text(text) = &literal
            && text.chars().nth(TEXT_LENGTH_MAX as usize).is_some()
        {
            let message = format!("a text has at most {TEXT_LENGTH_MAX} characters");
            self.report.error(codes::OUT_OF_RANGE, span, message);
            return None;
        }
        Some(literal_expr(literal, span))
    }

    fn lower_name(&mut self, scope: Scope, name: &ast::Name) -> Option<Expr> {
        if let Some(found) = self.lower_local(scope, name) {
            return found;
        }
        let span = name.span;
        match self.items.globals.get(&name.node).copied() {
            Some((Global::Constant(at), _)) => self.constant(at, name).map(|literal| literal_expr(literal, span)),
            Some(_) if scope.head.is_none() => self.not_constant(span),
            Some((Global::Group(group), _)) => Some(Expr { kind: ExprKind::Group(group), ty: Type::Group, span }),
            Some((Global::Machine(machine), _)) => self.lower_machine_name(scope, machine, name),
            None => self.unknown_name(scope, name),
        }
    }

    /// What the arm, the state or the machine calls so. The outer none: nothing of the kind.
    fn lower_local(&self, scope: Scope, name: &ast::Name) -> Option<Option<Expr>> {
        let span = name.span;
        if let Some(bind) = scope.bind.filter(|bind| bind.name.as_ref() == Some(&name.node)) {
            return Some(bind.ty.clone().map(|ty| Expr { kind: ExprKind::Bind, ty, span }));
        }
        let find = |locals: &[Local]| {
            let at = locals.iter().position(|local| local.name == name.node)?;
            Some((u16::try_from(at).unwrap_or(u16::MAX), locals.get(at)?.ty.clone()))
        };
        if let Some((at, ty)) = find(scope.locals) {
            return Some(ty.map(|ty| Expr { kind: ExprKind::Local(at), ty, span }));
        }
        let (at, ty) = find(scope.args)?;
        Some(ty.map(|ty| Expr { kind: ExprKind::Arg(at), ty, span }))
    }

    /// A room is a value by itself, a lock stands for the value of its key.
    fn lower_machine_name(&mut self, scope: Scope, machine: MachineId, name: &ast::Name) -> Option<Expr> {
        let head = self.head(machine)?;
        if head.is_room() {
            let apply = ast::Apply { name: name.clone(), args: Vec::new(), span: name.span };
            let args = self.lower_args(scope, "room", &head.params, &apply);
            let whole = args.len() == head.params.len();
            return whole.then_some(Expr { kind: ExprKind::Room(machine, args), ty: Type::Room, span: name.span });
        }
        if !scope.is_room() {
            return self.no_key(name, "a lock's name is the value of its key only in a room that requires the lock");
        }
        match scope.keys.iter().find(|key| key.lock == machine) {
            Some(key) if key.one_of => {
                self.no_key(name, "this room requires one of several locks, so this key may be missing")
            }
            Some(key) => {
                let ty = key.ty.clone()?;
                Some(Expr { kind: ExprKind::Key(key.requirement), ty, span: name.span })
            }
            None => self.no_key(name, "only what is required before this place is held here"),
        }
    }

    fn no_key(&mut self, name: &ast::Name, why: &str) -> Option<Expr> {
        let message = format!("the key of `{}` may not be held here", name.node);
        let help = format!("require the lock by itself, as in `requires {}`", name.node);
        self.report.push(Diagnostic::error(codes::MAYBE_UNSET, name.span, message).note(why).help(help));
        None
    }

    fn unknown_name(&mut self, scope: Scope, name: &ast::Name) -> Option<Expr> {
        let words = match &*name.node {
            "client" => "name what of the client is meant, as in `client.id`",
            "room" => "name what of the room is meant: `room.count` or `room.name`",
            "socket" => "write `socket.id`",
            "handshake" => "name what of it is meant: `handshake.query` or `handshake.cookies`, say",
            "members" => "`members` stands only after `in`, as in `m.to in members`",
            unknown if scope.head.is_some_and(|head| head.has_let(unknown)) => {
                let message = format!("`{unknown}` is not computed yet here");
                let finding = Diagnostic::error(codes::MAYBE_UNSET, name.span, message);
                self.report.push(finding.note(
                    "a `let` knows those before it, and those of a room are computed when its requirements are met",
                ));
                return None;
            }
            _other => {
                let known = scope.local_names().chain(self.items.globals.keys().map(|name| &**name));
                let known: Vec<String> = known.map(str::to_owned).collect();
                self.report.unknown("name", name, known.iter().map(String::as_str));
                return None;
            }
        };
        let message = format!("`{}` is no value by itself", name.node);
        self.report.push(Diagnostic::error(codes::TYPE_MISMATCH, name.span, message).help(words));
        None
    }

    pub(super) fn not_constant(&mut self, span: Span) -> Option<Expr> {
        let finding = Diagnostic::error(codes::TYPE_MISMATCH, span, "this is not known before the rules run");
        self.report.push(finding.help("here stand only literals, names of constants, and operators"));
        None
    }

    fn lower_apply(&mut self, scope: Scope, apply: &ast::Apply) -> Option<Expr> {
        let span = apply.span;
        match &*apply.name.node {
            "len" => self.lower_len(scope, apply),
            "lower" => self.lower_lower(scope, apply),
            "now" => self.lower_now(scope, apply),
            "nonce" => self.lower_nonce(scope, apply),
            _other => match self.items.globals.get(&apply.name.node).copied() {
                Some(_) if scope.head.is_none() => self.not_constant(span),
                Some((Global::Machine(id), _)) if self.head(id).is_some_and(|head| head.is_room()) => {
                    let call = self.lower_room_call(scope, apply)?;
                    Some(Expr { kind: ExprKind::Room(call.room, call.args), ty: Type::Room, span })
                }
                Some(_) => {
                    let message = format!("`{}` takes no arguments here", apply.name.node);
                    let finding = Diagnostic::error(codes::TYPE_MISMATCH, span, message);
                    self.report.push(finding.help("leave out the parentheses"));
                    None
                }
                None => {
                    self.lower_all(scope, &apply.args);
                    let known = ["len", "lower", "now", "nonce"];
                    self.report.unknown("function", &apply.name, known.into_iter());
                    None
                }
            },
        }
    }

    /// The only argument of a built-in function, whose number is checked.
    pub(super) fn only_arg(&mut self, scope: Scope, apply: &ast::Apply) -> Option<Expr> {
        match apply.args.as_slice() {
            [arg] => self.lower_expr(scope, arg),
            args => {
                self.lower_all(scope, args);
                self.wrong_count(&apply.name, "function", 1, args.len(), apply.span);
                None
            }
        }
    }

    /// Whether a built-in function was given no argument, as it should be.
    pub(super) fn no_args(&mut self, scope: Scope, apply: &ast::Apply) -> bool {
        self.lower_all(scope, &apply.args);
        if !apply.args.is_empty() {
            self.wrong_count(&apply.name, "function", 0, apply.args.len(), apply.span);
        }
        apply.args.is_empty()
    }

    /// Looks into expressions only for what is wrong with them.
    fn lower_all(&mut self, scope: Scope, exprs: &[ast::Expr]) {
        for expr in exprs {
            self.lower_expr(scope, expr);
        }
    }

    pub(super) fn wrong_count(&mut self, name: &ast::Name, what: &str, wanted: usize, given: usize, span: Span) {
        let message = format!("the {what} `{}` takes {}, not {given}", name.node, counted(wanted, "argument"));
        self.report.error(codes::ARITY, span, message);
    }

    /// Arguments against parameters. A wrong argument leaves a broken expression in its place.
    pub(super) fn lower_args(&mut self, scope: Scope, what: &str, params: &[Local], apply: &ast::Apply) -> Vec<Expr> {
        if params.len() != apply.args.len() {
            self.wrong_count(&apply.name, what, params.len(), apply.args.len(), apply.span);
            self.lower_all(scope, &apply.args);
            return Vec::new();
        }
        let pairs = params.iter().zip(&apply.args);
        pairs.map(|(param, arg)| self.lower_as(scope, arg, param.ty.as_ref(), &format!("`{}`", param.name))).collect()
    }

    fn lower_record(&mut self, scope: Scope, fields: &[(ast::Name, ast::Expr)], span: Span) -> Option<Expr> {
        let mut seen: BTreeMap<Arc<str>, Span> = BTreeMap::new();
        let mut whole = true;
        let (mut types, mut values) = (Vec::new(), Vec::new());
        for (name, value) in fields {
            if let Some(first) = seen.insert(name.node.clone(), name.span) {
                self.report.duplicate("field", name, first);
            }
            match self.lower_expr(scope, value) {
                Some(value) => {
                    types.push(Field { name: name.node.clone(), ty: value.ty.clone(), span: name.span });
                    values.push((name.node.clone(), value));
                }
                None => whole = false,
            }
        }
        whole.then_some(Expr { kind: ExprKind::Record(values), ty: Type::Record(types), span })
    }

    fn lower_list(&mut self, scope: Scope, items: &[ast::Expr], span: Span) -> Option<Expr> {
        let lowered: Vec<Option<Expr>> = items.iter().map(|item| self.lower_expr(scope, item)).collect();
        let items: Vec<Expr> = lowered.into_iter().collect::<Option<_>>()?;
        let mut joined = Type::Choice(Vec::new());
        for item in &items {
            let Some(wider) = joined.join(&item.ty) else {
                let message = format!("a list holds values of one type, not `{joined}` and `{}`", item.ty);
                self.report.error(codes::TYPE_MISMATCH, item.span, message);
                return None;
            };
            joined = wider;
        }
        Some(Expr { kind: ExprKind::List(items), ty: Type::List(Box::new(joined)), span })
    }
}

/// A literal is of the narrowest type there is: a choice of itself.
pub(super) fn literal_expr(literal: Literal, span: Span) -> Expr {
    Expr { ty: Type::Choice(vec![literal.clone()]), kind: ExprKind::Literal(literal), span }
}
