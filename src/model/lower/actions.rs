//! What is done on the way, and to whom it is sent.

use super::names::Global;
use super::scope::Scope;
use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Action, ActionKind, Dest, Expr, ExprKind, Family, Type};
use crate::syntax::ast;

impl Lowering<'_> {
    /// None where nothing of the action can be kept. A wrong value is kept as a broken one, so that whoever asks
    /// later what happens on a path still sees that something does.
    pub(super) fn lower_action(&mut self, scope: Scope, action: &ast::Action) -> Option<Action> {
        let span = action.span;
        let kind = match &action.kind {
            ast::ActionKind::Ask(content) => ActionKind::Ask(self.lower_content(scope, content, "ask")),
            ast::ActionKind::Say(content) => ActionKind::Say(self.lower_content(scope, content, "say")),
            ast::ActionKind::Post(content) => {
                let content = self.lower_content(scope, content, "post");
                if !self.stands_in_room(scope, "post", span) {
                    return None;
                }
                ActionKind::Post(content)
            }
            ast::ActionKind::Tell(dest, content) => {
                let dest = self.lower_dest(scope, dest);
                let content = self.lower_content(scope, content, "tell");
                ActionKind::Tell(dest?, content)
            }
            ast::ActionKind::Signal(dest, name, value) => self.lower_signal(scope, dest, name, value.as_ref())?,
            ast::ActionKind::Identify(client) => {
                let client = self.lower_as(scope, client, Some(&Type::Client), "`identify`");
                if scope.is_room() {
                    self.report.push(
                        Diagnostic::error(codes::MISPLACED, span, "only a lock can say who a socket is")
                            .help("write a lock that identifies, and `requires` it"),
                    );
                    return None;
                }
                ActionKind::Identify(client)
            }
            ast::ActionKind::Set(name, value) => self.lower_set(scope, name, value)?,
            ast::ActionKind::Leave(room) => ActionKind::Leave(self.lower_room_call(scope, room)?),
        };
        Some(Action { kind, span })
    }

    fn lower_set(&mut self, scope: Scope, name: &ast::Name, value: &ast::Expr) -> Option<ActionKind> {
        let attribute = self.attribute_named(name);
        let ty = attribute.and_then(|id| self.attribute_types.get(id.index()).cloned().flatten());
        let value = self.lower_as(scope, value, ty.as_ref(), &format!("`client.{}`", name.node));
        Some(ActionKind::Set(attribute?, value))
    }

    fn lower_signal(
        &mut self,
        scope: Scope,
        dest: &ast::Dest,
        name: &ast::Name,
        value: Option<&ast::Expr>,
    ) -> Option<ActionKind> {
        let dest = self.lower_dest(scope, dest);
        let signal = self.signal_named(name);
        let value = value.map(|value| {
            let lowered = self.lower_as(scope, value, None, "a signal");
            if self.refuse_secret(&lowered, "sent by `signal`", codes::SECRET_ECHO) {
                super::exprs::broken(value.span)
            } else {
                lowered
            }
        });
        Some(ActionKind::Signal(dest?, signal, value))
    }

    fn stands_in_room(&mut self, scope: Scope, what: &str, span: Span) -> bool {
        if !scope.is_room() {
            let finding = Diagnostic::error(
                codes::MISPLACED,
                span,
                format!("a lock has no members: `{what}` stands only in rooms"),
            );
            self.report
                .push(finding.help("use `say` to speak to this socket, or `tell` to speak to a client, group or room"));
        }
        scope.is_room()
    }

    fn lower_dest(&mut self, scope: Scope, dest: &ast::Dest) -> Option<Dest> {
        match &dest.kind {
            ast::DestKind::Members => self.stands_in_room(scope, "members", dest.span).then_some(Dest::Members),
            ast::DestKind::Everyone => self.stands_in_room(scope, "everyone", dest.span).then_some(Dest::Everyone),
            ast::DestKind::Named(apply) => self.lower_named_dest(scope, apply),
            ast::DestKind::Value(expr) => {
                let expr = self.lower_expr(scope, expr)?;
                self.value_dest(expr)
            }
        }
    }

    fn lower_named_dest(&mut self, scope: Scope, apply: &ast::Apply) -> Option<Dest> {
        let is_local = scope.local_names().any(|name| *name == *apply.name.node);
        match self.items.globals.get(&apply.name.node).map(|(global, _)| *global) {
            Some(Global::Machine(id)) if !is_local && self.is_room(id) => {
                self.lower_room_call(scope, apply).map(Dest::Room)
            }
            Some(Global::Group(id)) if !is_local && apply.args.is_empty() => Some(Dest::Group(id)),
            Some(_) | None => {
                let name = ast::ExprKind::Name(apply.name.node.clone());
                let kind = if apply.args.is_empty() { name } else { ast::ExprKind::Apply(apply.clone()) };
                let expr = self.lower_expr(scope, &ast::Expr { kind, span: apply.span })?;
                self.value_dest(expr)
            }
        }
    }

    /// A text stands where a client is wanted, so here too.
    fn value_dest(&mut self, expr: Expr) -> Option<Dest> {
        let ty = if let Type::Optional(inner) = &expr.ty { inner } else { &expr.ty };
        match ty.family() {
            Some(Family::Text | Family::Room | Family::Group) => {}
            Some(Family::Number | Family::Bool | Family::Duration | Family::Time) | None => {
                let message = format!("nothing can be sent to a value of type `{}`", super::expect::shown(&expr.ty));
                let finding = Diagnostic::error(codes::TYPE_MISMATCH, expr.span, message);
                self.report.push(finding.help(
                    "name a room or a group, `members` or `everyone`, or something of type `client`, `room` or `group`",
                ));
                return None;
            }
        }
        if let ExprKind::Group(group) = expr.kind {
            return Some(Dest::Group(group));
        }
        Some(Dest::Value(expr))
    }
}
