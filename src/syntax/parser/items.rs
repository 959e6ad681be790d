//! What stands at the top level of a file.

use super::parts::{Builder, Parts};
use super::rules::Rule;
use crate::syntax::ast;
use pest::iterators::Pair;

impl<'a> Builder<'a> {
    /// One item, or none where a part of it cannot be read; what is wrong has been reported then.
    pub fn item(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Item> {
        let mut parts = Parts::of(pair);
        let item = parts.next()?;
        match item.as_rule() {
            Rule::entry => Some(ast::Item::Entry(self.name(Parts::of(item).take(Rule::name)?))),
            Rule::client_item => Some(ast::Item::Client(self.client_item(item)?)),
            Rule::group => Some(ast::Item::Group(self.group(item)?)),
            Rule::room => Some(ast::Item::Room(self.room(item)?)),
            Rule::lock => Some(ast::Item::Lock(self.lock(item)?)),
            Rule::check_item => Some(ast::Item::Check(self.check_item(item)?)),
            Rule::shape => Some(ast::Item::Shape(self.shape(item)?)),
            Rule::constant => Some(ast::Item::Let(self.constant(item)?)),
            Rule::prove => Some(ast::Item::Prove(self.prove(item)?)),
            _ => None,
        }
    }

    fn client_item(&mut self, pair: Pair<'a, Rule>) -> Option<ast::ClientItem> {
        let span = self.span(&pair);
        let mut attributes = Vec::new();
        let mut parts = Parts::of(pair);
        while let Some(attribute) = parts.take(Rule::attribute) {
            attributes.extend(self.attribute(attribute));
        }
        Some(ast::ClientItem { doc: self.doc_above(span), attributes, span })
    }

    fn attribute(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Attribute> {
        let doc = self.doc_above(self.span(&pair));
        let mut parts = Parts::of(pair);
        let name = self.declared(parts.take(Rule::declared)?);
        let ty = self.type_(parts.take(Rule::type_)?)?;
        let default = match parts.take(Rule::value) {
            Some(value) => Some(self.value(value)?),
            None => None,
        };
        Some(ast::Attribute { doc, name, ty, default })
    }

    fn group(&mut self, pair: Pair<'a, Rule>) -> Option<ast::GroupItem> {
        let doc = self.doc_above(self.span(&pair));
        let mut parts = Parts::of(pair);
        let name = self.declared(parts.take(Rule::declared)?);
        let parents = self.names(&mut parts);
        let mut members = Vec::new();
        while let Some(member) = parts.take(Rule::group_member) {
            let mut parts = Parts::of(member);
            let is_webhook = parts.has(Rule::k_webhook);
            let text = self.text_literal(parts.take(Rule::string)?);
            members.push(if is_webhook { ast::GroupMember::Webhook(text) } else { ast::GroupMember::Client(text) });
        }
        Some(ast::GroupItem { doc, name, parents, members })
    }

    /// All names that come next.
    pub fn names(&mut self, parts: &mut Parts<'a>) -> Vec<ast::Name> {
        std::iter::from_fn(|| parts.take(Rule::name)).map(|name| self.name(name)).collect()
    }

    fn room(&mut self, pair: Pair<'a, Rule>) -> Option<ast::RoomItem> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let name = self.declared(parts.take(Rule::declared)?);
        let params = self.params(&mut parts)?;
        let (mut alias, mut uuid, mut public, mut transient) = (None, None, None, None);
        let body = loop {
            let part = parts.next_token()?;
            match part.as_rule() {
                Rule::k_public => {
                    self.once(public.is_some(), &part, "public");
                    public = Some(self.span(&part));
                }
                Rule::k_transient => {
                    self.once(transient.is_some(), &part, "transient");
                    transient = Some(self.span(&part));
                }
                Rule::alias => {
                    self.once(alias.is_some(), &part, "alias");
                    alias = Some(self.count(Parts::of(part).take(Rule::count)?)?);
                }
                Rule::uuid => {
                    self.once(uuid.is_some(), &part, "uuid");
                    uuid = Some(self.text_literal(Parts::of(part).take(Rule::string)?));
                }
                Rule::body => break part,
                _ => {}
            }
        };
        let in_head = transient.map(|span| ast::Property { kind: ast::PropertyKind::Transient, span });
        let body = in_head.map(ast::Statement::Property).into_iter().chain(self.body(body)).collect();
        Some(ast::RoomItem { doc: self.doc_above(span), name, params, alias, uuid, public, body, span })
    }

    fn once(&mut self, already: bool, pair: &Pair<'a, Rule>, word: &str) {
        if already {
            self.fault(pair, format!("`{word}` is written twice"), "remove one of them");
        }
    }

    fn lock(&mut self, pair: Pair<'a, Rule>) -> Option<ast::LockItem> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let name = self.declared(parts.take(Rule::declared)?);
        let params = self.params(&mut parts)?;
        let gives = self.gives(&mut parts)?;
        let held = match parts.take(Rule::duration) {
            Some(held) => Some(self.duration(held)?),
            None => None,
        };
        let grace = match parts.take(Rule::grace).and_then(|grace| Parts::of(grace).take(Rule::duration)) {
            Some(grace) => Some(self.duration(grace)?),
            None => None,
        };
        let body = self.body(parts.take(Rule::body)?);
        Some(ast::LockItem { doc: self.doc_above(span), name, params, gives, held, grace, body, span })
    }

    fn gives(&mut self, parts: &mut Parts<'a>) -> Option<ast::Type> {
        let gives = parts.take(Rule::gives)?;
        self.type_(Parts::of(gives).take(Rule::type_)?)
    }

    fn check_item(&mut self, pair: Pair<'a, Rule>) -> Option<ast::CheckItem> {
        let doc = self.doc_above(self.span(&pair));
        let mut parts = Parts::of(pair);
        let name = self.declared(parts.take(Rule::declared)?);
        let params = self.params(&mut parts)?;
        let gives = self.gives(&mut parts)?;
        Some(ast::CheckItem { doc, name, params, gives })
    }

    fn shape(&mut self, pair: Pair<'a, Rule>) -> Option<ast::ShapeItem> {
        let doc = self.doc_above(self.span(&pair));
        let mut parts = Parts::of(pair);
        let name = self.declared(parts.take(Rule::declared)?);
        let ty = self.type_(parts.take(Rule::type_)?)?;
        Some(ast::ShapeItem { doc, name, ty })
    }

    /// `let NAME = value`, at the top level and in bodies.
    pub fn constant(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Let> {
        let doc = self.doc_above(self.span(&pair));
        let mut parts = Parts::of(pair);
        let name = self.declared(parts.take(Rule::declared)?);
        let value = self.value(parts.take(Rule::value)?)?;
        Some(ast::Let { doc, name, value })
    }

    fn prove(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Prove> {
        let span = self.span(&pair);
        let claim = Parts::of(pair).next()?;
        let rule = claim.as_rule();
        let mut parts = Parts::of(claim);
        let claim = match rule {
            Rule::room_behind => {
                ast::Claim::RoomBehind { room: self.name(parts.take(Rule::name)?), locks: self.behind(&mut parts)? }
            }
            Rule::set_behind => ast::Claim::SetBehind {
                attribute: self.client_attribute(parts.take(Rule::client_attribute)?)?,
                locks: self.behind(&mut parts)?,
            },
            Rule::never_set => {
                ast::Claim::NeverSet { attribute: self.client_attribute(parts.take(Rule::client_attribute)?)? }
            }
            Rule::never_to => {
                ast::Claim::NeverTo { from: self.name(parts.take(Rule::name)?), to: self.name(parts.take(Rule::name)?) }
            }
            Rule::depth => ast::Claim::Depth { most: self.count(parts.take(Rule::count)?)? },
            _ => return None,
        };
        Some(ast::Prove { claim, span })
    }

    fn behind(&mut self, parts: &mut Parts<'a>) -> Option<Vec<ast::Name>> {
        let locks = parts.take(Rule::locks)?;
        Some(self.names(&mut Parts::of(locks)))
    }

    /// `client.role`: the attribute's name.
    pub fn client_attribute(&mut self, pair: Pair<'a, Rule>) -> Option<ast::Name> {
        Some(self.name(Parts::of(pair).take(Rule::field_name)?))
    }
}
