//! What follows a trigger: actions and arrows.

use super::parts::{Builder, Parts};
use super::rules::Rule;
use crate::syntax::ast;
use pest::iterators::Pair;

impl<'a> Builder<'a> {
    /// `-> target`, or `{ actions -> target }`.
    pub fn follow(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Follow> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let mut actions = Vec::new();
        while let Some(action) = parts.take(Rule::action) {
            actions.push(self.action(action)?);
        }
        let target = match parts.take(Rule::target) {
            Some(target) => Some(self.target(target)?),
            None => None,
        };
        Some(ast::Follow { actions, target, span })
    }

    fn target(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Target> {
        let span = self.span(&pair);
        let target = Parts::of(pair).next()?;
        let kind = match target.as_rule() {
            Rule::apply => ast::TargetKind::State(self.apply(target)?),
            Rule::to_resolve => self.resolve(target)?,
            Rule::to_fail => ast::TargetKind::Fail(self.only_value(target)?),
            Rule::to_drop => ast::TargetKind::Drop(self.only_value(target)?),
            Rule::to_retry => ast::TargetKind::Retry(self.only_apply(target)?),
            Rule::to_move => ast::TargetKind::Move(self.only_apply(target)?),
            Rule::to_admit => ast::TargetKind::Admit(match Parts::of(target).take(Rule::apply) {
                Some(apply) => Some(self.apply(apply)?),
                None => None,
            }),
            _ => return None,
        };
        Some(ast::Target { kind, span })
    }

    fn resolve(&mut self, pair: Pair<'a, Rule>) -> Option<ast::TargetKind> {
        let mut parts = Parts::of(pair);
        let value = self.value(parts.take(Rule::value)?)?;
        let until = match parts.take(Rule::expr) {
            Some(until) => Some(self.expr(until)?),
            None => None,
        };
        Some(ast::TargetKind::Resolve(value, until))
    }

    fn only_value(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Expr> {
        let value = Parts::of(pair).take(Rule::value)?;
        self.value(value)
    }

    fn only_apply(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Apply> {
        let apply = Parts::of(pair).take(Rule::apply)?;
        self.apply(apply)
    }

    /// Something done on the way.
    pub fn action(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Action> {
        let span = self.span(&pair);
        let action = Parts::of(pair).next()?;
        let kind = match action.as_rule() {
            Rule::ask => ast::ActionKind::Ask(self.only_value(action)?),
            Rule::say => ast::ActionKind::Say(self.only_value(action)?),
            Rule::post => ast::ActionKind::Post(self.only_value(action)?),
            Rule::identify => ast::ActionKind::Identify(self.only_value(action)?),
            Rule::leave => ast::ActionKind::Leave(self.only_apply(action)?),
            Rule::tell => {
                let mut parts = Parts::of(action);
                let dest = self.dest(parts.take(Rule::dest)?)?;
                ast::ActionKind::Tell(dest, self.value(parts.take(Rule::value)?)?)
            }
            Rule::signal => self.signal(action)?,
            Rule::set => {
                let mut parts = Parts::of(action);
                let attribute = self.client_attribute(parts.take(Rule::client_attribute)?)?;
                ast::ActionKind::Set(attribute, self.value(parts.take(Rule::value)?)?)
            }
            _ => return None,
        };
        Some(ast::Action { kind, span })
    }

    fn signal(&mut self, pair: Pair<'a, Rule>) -> Option<ast::ActionKind> {
        let mut parts = Parts::of(pair);
        let dest = self.dest(parts.take(Rule::dest)?)?;
        let name = self.name(parts.take(Rule::name)?);
        let value = match parts.take(Rule::value) {
            Some(value) => Some(self.value(value)?),
            None => None,
        };
        Some(ast::ActionKind::Signal(dest, name, value))
    }

    /// All destinations that come next.
    pub fn dests(&mut self, parts: &mut Parts<'a>) -> Option<Vec<ast::Dest>> {
        let mut dests = Vec::new();
        while let Some(dest) = parts.take(Rule::dest) {
            dests.push(self.dest(dest)?);
        }
        Some(dests)
    }

    fn dest(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Dest> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let kind = if parts.has(Rule::k_members) {
            ast::DestKind::Members
        } else if parts.has(Rule::k_everyone) {
            ast::DestKind::Everyone
        } else {
            let path = self.path(parts.take(Rule::path)?)?.expr;
            named(path)
        };
        Some(ast::Dest { kind, span })
    }
}

/// A name or a call is looked up as a room or group first; anything else is a value.
fn named(path: ast::Expr) -> ast::DestKind {
    match path {
        ast::Expr { kind: ast::ExprKind::Apply(apply), .. } => ast::DestKind::Named(apply),
        ast::Expr { kind: ast::ExprKind::Name(node), span } if !super::rules::is_reserved(&node) => {
            ast::DestKind::Named(ast::Apply { name: ast::Spanned { node, span }, args: Vec::new(), span })
        }
        value => ast::DestKind::Value(value),
    }
}
