//! Types and patterns.

use super::parts::{Builder, Parts};
use super::rules::Rule;
use crate::syntax::ast::{Name, Param, Type, TypeKind};
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

    /// A type.
    pub fn type_(&mut self, pair: Pair<'a, Rule>) -> Option<Type> {
        let mut parts = Parts::of(pair);
        let inner = if let Some(record) = parts.take(Rule::record_type) {
            let span = self.span(&record);
            Type { kind: TypeKind::Record(self.record_type(record)?), span }
        } else if let Some(list) = parts.take(Rule::list_type) {
            let span = self.span(&list);
            let item = Parts::of(list).take(Rule::type_)?;
            Type { kind: TypeKind::List(Box::new(self.type_(item)?)), span }
        } else if let Some(choice) = parts.take(Rule::choice) {
            let span = self.span(&choice);
            let mut choices = Vec::new();
            let mut parts = Parts::of(choice);
            while let Some(literal) = parts.take(Rule::literal) {
                choices.push(self.literal(literal)?);
            }
            Type { kind: TypeKind::Choice(choices), span }
        } else {
            self.named_type(parts.take(Rule::named_type)?)?
        };
        let Some(optional) = parts.take(Rule::optional) else { return Some(inner) };
        let span = inner.span.to(self.span(&optional));
        Some(Type { kind: TypeKind::Optional(Box::new(inner)), span })
    }

    fn record_type(&mut self, pair: Pair<'a, Rule>) -> Option<Vec<Param>> {
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
    fn range_end(
        &mut self,
        ends: &mut Parts<'a>,
        end: Rule,
    ) -> Option<Option<crate::syntax::ast::Spanned<crate::syntax::ast::Literal>>> {
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
