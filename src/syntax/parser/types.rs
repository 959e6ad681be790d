//! Types and patterns.

use super::parts::{Builder, Parts};
use super::rules::Rule;
use crate::diagnostic::Span;
use crate::syntax::ast::{Literal, Name, Param, Spanned, Type, TypeKind};
use pest::iterators::Pair;

impl<'a> Builder<'a> {
    /// A pattern: a type, or `_`.
    pub fn pattern(&mut self, pair: Pair<'a, Rule>) -> Option<Type> {
        let mut parts = Parts::of(pair);
        self.type_or_wildcard(&mut parts)
    }

    fn type_or_wildcard(&mut self, parts: &mut Parts<'a>) -> Option<Type> {
        if let Some(wildcard) = parts.take(Rule::wildcard) {
            return Some(Type { kind: TypeKind::Wildcard, span: self.span(&wildcard) });
        }
        let pair = parts.take(Rule::type_)?;
        self.type_(pair)
    }

    /// A type. Types nest, so nothing large may live in this function: each kind has one of its own.
    pub fn type_(&mut self, pair: Pair<'a, Rule>) -> Option<Type> {
        let mut parts = Parts::of(pair);
        let plain = parts.next()?;
        match parts.take(Rule::optional) {
            None => self.plain_type(plain),
            Some(optional) => self.optional(plain, self.span(&optional)),
        }
    }

    fn plain_type(&mut self, pair: Pair<'a, Rule>) -> Option<Type> {
        match pair.as_rule() {
            Rule::record_type => self.record_type(pair),
            Rule::list_type => self.list_type(pair),
            Rule::choice => self.choice(pair),
            Rule::named_type => self.named_type(pair),
            _ => None,
        }
    }

    fn optional(&mut self, pair: Pair<'a, Rule>, sign: Span) -> Option<Type> {
        let inner = self.plain_type(pair)?;
        let span = inner.span.to(sign);
        Some(Type { kind: TypeKind::Optional(Box::new(inner)), span })
    }

    fn list_type(&mut self, pair: Pair<'a, Rule>) -> Option<Type> {
        let span = self.span(&pair);
        let item = self.type_(Parts::of(pair).take(Rule::type_)?)?;
        Some(Type { kind: TypeKind::List(Box::new(item)), span })
    }

    fn choice(&mut self, pair: Pair<'a, Rule>) -> Option<Type> {
        let span = self.span(&pair);
        let mut choices = Vec::new();
        let mut parts = Parts::of(pair);
        while let Some(literal) = parts.take(Rule::literal) {
            choices.push(self.literal(literal)?);
        }
        Some(Type { kind: TypeKind::Choice(choices), span })
    }

    fn record_type(&mut self, pair: Pair<'a, Rule>) -> Option<Type> {
        let span = self.span(&pair);
        Some(Type { kind: TypeKind::Record(self.field_types(pair)?), span })
    }

    fn field_types(&mut self, pair: Pair<'a, Rule>) -> Option<Vec<Param>> {
        let mut fields = Vec::new();
        let mut parts = Parts::of(pair);
        while let Some(field) = parts.take(Rule::field_type) {
            let mut parts = Parts::of(field);
            let name = self.name(parts.take(Rule::field_name)?);
            let ty = self.type_or_wildcard(&mut parts)?;
            fields.push(Param { name, ty });
        }
        Some(fields)
    }

    fn named_type(&mut self, pair: Pair<'a, Rule>) -> Option<Type> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let name: Name = self.name(parts.take(Rule::type_name)?);
        let Some(range) = parts.take(Rule::range) else {
            return Some(Type { kind: TypeKind::Named(name.node), span });
        };
        let mut ends = Parts::of(range);
        let least = self.range_end(&mut ends, Rule::least)?;
        let most = self.range_end(&mut ends, Rule::most)?;
        Some(Type { kind: TypeKind::Ranged { name, least, most }, span })
    }

    /// One end of a range: none inside where it is left out, none outside where it cannot be read.
    fn range_end(&mut self, ends: &mut Parts<'a>, end: Rule) -> Option<Option<Spanned<Literal>>> {
        let Some(end) = ends.take(end) else { return Some(None) };
        let literal = Parts::of(end).take(Rule::literal)?;
        self.literal(literal).map(Some)
    }

    /// `(name: type, …)`; nothing where there are no parentheses.
    pub fn params(&mut self, parts: &mut Parts<'a>) -> Option<Vec<Param>> {
        let Some(list) = parts.take(Rule::params) else { return Some(Vec::new()) };
        let mut params = Vec::new();
        let mut parts = Parts::of(list);
        while let Some(param) = parts.take(Rule::param) {
            let mut parts = Parts::of(param);
            let name = self.declared(parts.take(Rule::declared)?);
            let ty = self.type_(parts.take(Rule::type_)?)?;
            params.push(Param { name, ty });
        }
        Some(params)
    }
}
