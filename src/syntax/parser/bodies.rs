//! What stands in the body of a room, a lock or a state.

use super::parts::{Builder, Parts};
use super::rules::Rule;
use crate::syntax::ast;
use pest::iterators::Pair;

impl<'a> Builder<'a> {
    /// The good statements of a body; the bad ones are reported.
    pub fn body(&mut self, pair: Pair<'a, Rule>) -> Vec<ast::Statement> {
        let mut statements = Vec::new();
        for pair in self.good_parts(pair, Rule::statement, Rule::lone_statements) {
            self.statement(pair, &mut statements);
        }
        statements
    }

    /// Appends one statement. Bodies nest, so nothing large may live in this function: each kind has one of its own.
    fn statement(&mut self, pair: Pair<'a, Rule>, statements: &mut Vec<ast::Statement>) {
        use ast::Statement::{Arm, Call, Enter, Let, Match, Property, State};
        let Some(statement) = Parts::of(pair).next() else { return };
        match statement.as_rule() {
            Rule::property => self.keep(statement, statements, Self::property, Property),
            Rule::constant => self.keep(statement, statements, Self::constant, Let),
            Rule::state => self.keep(statement, statements, Self::state, State),
            Rule::arm => self.keep(statement, statements, Self::arm, Arm),
            Rule::match_ => self.keep(statement, statements, Self::match_, Match),
            Rule::call => self.keep(statement, statements, Self::statement_call, Call),
            Rule::action => self.keep(statement, statements, Self::action, Enter),
            _ => {}
        }
    }

    fn keep<T>(
        &mut self,
        pair: Pair<'a, Rule>,
        statements: &mut Vec<ast::Statement>,
        read: fn(&mut Self, Pair<'a, Rule>) -> Option<T>,
        kind: fn(T) -> ast::Statement,
    ) {
        statements.extend(read(self, pair).map(kind));
    }

    fn state(&mut self, pair: Pair<'a, Rule>) -> Option<ast::StateItem> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let name = self.declared(parts.take(Rule::declared)?);
        let params = self.params(&mut parts)?;
        let body = self.body(parts.take(Rule::body)?);
        Some(ast::StateItem { doc: self.doc_above(span), name, params, body, span })
    }

    fn property(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Property> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair.clone());
        let kind = match parts.next() {
            Some(property) => self.property_kind(property)?,
            // nothing but a keyword
            None if pair.as_str() == "presence" => ast::PropertyKind::Presence,
            None => ast::PropertyKind::Transient,
        };
        Some(ast::Property { kind, span })
    }

    fn property_kind(&mut self, pair: Pair<'a, Rule>) -> Option<ast::PropertyKind> {
        let rule = pair.as_rule();
        let mut parts = Parts::of(pair);
        Some(match rule {
            Rule::requires => {
                let locks = self.one_or_many(&mut parts)?;
                ast::PropertyKind::Requires { locks, otherwise: self.otherwise(&mut parts)? }
            }
            Rule::admit => {
                let guard = self.guard(&mut parts)??;
                ast::PropertyKind::Admit { guard, otherwise: self.otherwise(&mut parts)? }
            }
            Rule::capacity => ast::PropertyKind::Capacity(self.count(parts.take(Rule::count)?)?),
            Rule::history => ast::PropertyKind::History(self.retention(&mut parts)?),
            Rule::mailbox => ast::PropertyKind::Mailbox {
                overflow: match parts.take(Rule::k_latest) {
                    Some(_) => ast::Overflow::DropOldest,
                    None => ast::Overflow::Refuse,
                },
                keep: self.retention(&mut parts)?,
            },
            Rule::posts => ast::PropertyKind::PostsTo(self.dests(&mut parts)?),
            Rule::receives => ast::PropertyKind::Receives(self.names(&mut parts)),
            Rule::doors => ast::PropertyKind::Doors(self.applies(&mut parts)?),
            Rule::offers => ast::PropertyKind::Offers(self.applies(&mut parts)?),
            Rule::renews => ast::PropertyKind::Renews(self.applies(&mut parts)?),
            Rule::limit => ast::PropertyKind::Limit {
                count: self.count(parts.take(Rule::count)?)?,
                per: self.duration(parts.take(Rule::duration)?)?,
                otherwise: self.otherwise(&mut parts)?,
            },
            Rule::attempts => ast::PropertyKind::Attempts(self.count(parts.take(Rule::count)?)?),
            Rule::on_reload => ast::PropertyKind::OnReload(self.reload(&mut parts)?),
            _ => return None,
        })
    }

    /// None inside where it is left out, none outside where it cannot be read.
    fn otherwise(&mut self, parts: &mut Parts<'a>) -> Option<Option<ast::Follow>> {
        let Some(otherwise) = parts.take(Rule::otherwise) else { return Some(None) };
        let follow = Parts::of(otherwise).take(Rule::follow)?;
        self.follow(follow).map(Some)
    }

    /// None inside where it is left out, none outside where it cannot be read.
    fn guard(&mut self, parts: &mut Parts<'a>) -> Option<Option<ast::Expr>> {
        let Some(guard) = parts.take(Rule::guard) else { return Some(None) };
        let expr = Parts::of(guard).take(Rule::expr)?;
        self.expr(expr).map(Some)
    }

    fn retention(&mut self, parts: &mut Parts<'a>) -> Option<ast::Retention> {
        let mut parts = Parts::of(parts.take(Rule::retention)?);
        let count = self.count(parts.take(Rule::count)?)?;
        let age = match parts.take(Rule::duration) {
            Some(age) => Some(self.duration(age)?),
            None => None,
        };
        Some(ast::Retention { count, age })
    }

    fn reload(&mut self, parts: &mut Parts<'a>) -> Option<ast::Spanned<ast::Reload>> {
        let choices = [
            (Rule::k_pin, ast::Reload::Pin),
            (Rule::k_restart, ast::Reload::Restart),
            (Rule::k_drop, ast::Reload::Drop),
        ];
        choices.into_iter().find_map(|(rule, node)| {
            let word = parts.take(rule)?;
            Some(ast::Spanned { node, span: self.span(&word) })
        })
    }

    /// `L(args)`, or `one of A, B`.
    fn one_or_many(&mut self, parts: &mut Parts<'a>) -> Option<Vec<ast::Apply>> {
        let list = parts.take(Rule::one_or_many)?;
        self.applies(&mut Parts::of(list))
    }

    fn applies(&mut self, parts: &mut Parts<'a>) -> Option<Vec<ast::Apply>> {
        let mut applies = Vec::new();
        while let Some(apply) = parts.take(Rule::apply) {
            applies.push(self.apply(apply)?);
        }
        Some(applies)
    }

    fn statement_call(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Call> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let kind = if let Some(list) = parts.take(Rule::one_or_many) {
            ast::CallKind::Lock(self.applies(&mut Parts::of(list))?)
        } else {
            let check = self.apply(parts.take(Rule::apply)?)?;
            let within = match parts.next() {
                Some(within) if within.as_rule() == Rule::duration => ast::Within::Duration(self.duration(within)?),
                Some(_) => ast::Within::Unreadable,
                None => ast::Within::Absent,
            };
            ast::CallKind::Check { check, within }
        };
        Some(ast::Call { kind, span })
    }

    fn arm(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Arm> {
        let span = self.span(&pair);
        let arm = Parts::of(pair).next()?;
        let rule = arm.as_rule();
        let mut parts = Parts::of(arm);
        let (trigger, mut bind) = match rule {
            Rule::on_event => (event(&mut parts)?, None),
            Rule::on_signal => self.signal_trigger(&mut parts)?,
            Rule::on_message => (ast::Trigger::Message(self.pattern(parts.take(Rule::pattern)?)?), None),
            Rule::when_arm => (ast::Trigger::When, None),
            Rule::else_arm => (ast::Trigger::Else, None),
            Rule::after => (ast::Trigger::After(self.duration(parts.take(Rule::duration)?)?), None),
            Rule::ended => self.end_trigger(&mut parts)?,
            _ => return None,
        };
        if let Some(binding) = parts.take(Rule::binding) {
            bind = Some(self.name(Parts::of(binding).take(Rule::name)?));
        }
        let guard = self.guard(&mut parts)?;
        let follow = self.follow(parts.take(Rule::follow)?)?;
        Some(ast::Arm { trigger, bind, guard, follow, span })
    }

    fn signal_trigger(&mut self, parts: &mut Parts<'a>) -> Option<(ast::Trigger, Option<ast::Name>)> {
        let name = self.name(parts.take(Rule::name)?);
        let pattern = match parts.take(Rule::pattern) {
            Some(pattern) => Some(self.pattern(pattern)?),
            None => None,
        };
        Some((ast::Trigger::Signal(name, pattern), None))
    }

    fn end_trigger(&mut self, parts: &mut Parts<'a>) -> Option<(ast::Trigger, Option<ast::Name>)> {
        let trigger = match parts.next_token()?.as_rule() {
            Rule::k_resolved => ast::Trigger::Resolved,
            Rule::k_failed => ast::Trigger::Failed,
            Rule::k_passed => ast::Trigger::Passed,
            _ => return None,
        };
        let bind = match parts.take(Rule::name) {
            Some(name) => Some(self.name(name)),
            None => {
                parts.take(Rule::wildcard)?;
                None
            }
        };
        Some((trigger, bind))
    }

    fn match_(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Match> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let subject = self.expr(parts.take(Rule::expr)?)?;
        let mut arms = Vec::new();
        while let Some(arm) = parts.take(Rule::match_arm) {
            arms.push(self.match_arm(arm)?);
        }
        Some(ast::Match { subject, arms, span })
    }

    fn match_arm(&mut self, pair: Pair<'a, Rule>) -> Option<ast::MatchArm> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let pattern = match parts.take(Rule::pattern) {
            Some(pattern) => Some(self.pattern(pattern)?),
            None => None,
        };
        let bind = match parts.take(Rule::binding) {
            Some(binding) => Some(self.name(Parts::of(binding).take(Rule::name)?)),
            None => None,
        };
        let guard = self.guard(&mut parts)?;
        let follow = self.follow(parts.take(Rule::follow)?)?;
        Some(ast::MatchArm { pattern, bind, guard, follow, span })
    }
}

fn event(parts: &mut Parts<'_>) -> Option<ast::Trigger> {
    parts.take(Rule::k_on)?;
    match parts.next_token()?.as_rule() {
        Rule::k_arrive => Some(ast::Trigger::Arrive),
        Rule::k_leave => Some(ast::Trigger::Leave),
        Rule::k_cancel => Some(ast::Trigger::Cancel),
        _ => None,
    }
}
