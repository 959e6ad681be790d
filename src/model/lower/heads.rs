//! Machines from outside: parameters, answers and states, before any body is looked into.

use super::names::MachineItem;
use super::scope::{Head, Local, StateHead};
use super::types::Written;
use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Literal, MachineId, Type};
use crate::syntax::ast;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

impl<'a> Lowering<'a> {
    pub(super) fn lower_heads(&mut self) {
        for at in 0..self.items.machines.len() {
            if let Some(item) = self.items.machines.get(at).copied() {
                let head = self.lower_head(MachineId(at as u32), item);
                self.heads.push(Rc::new(head));
            }
        }
    }

    fn lower_head(&mut self, id: MachineId, item: MachineItem<'a>) -> Head<'a> {
        let params = self.lower_params(item.params());
        let gives = match item {
            MachineItem::Room(_) => {
                self.check_family_params(item.params(), &params);
                None
            }
            MachineItem::Lock(lock) => {
                let gives = self.lower_type(&lock.gives, Written::AsType);
                self.without_secret(gives, &lock.gives, "kept as a key")
            }
        };
        let attempts = item.body().iter().any(|statement| {
            matches!(statement, ast::Statement::Property(property) if matches!(property.kind, ast::PropertyKind::Attempts(_)))
        });
        Head { id, item, params, gives, states: self.lower_state_heads(item.body()), attempts }
    }

    fn lower_state_heads(&mut self, body: &'a [ast::Statement]) -> Vec<StateHead<'a>> {
        let mut seen: BTreeMap<Arc<str>, Span> = BTreeMap::new();
        let mut states = Vec::new();
        for statement in body {
            let ast::Statement::State(item) = statement else {
                continue;
            };
            match seen.get(&item.name.node) {
                Some(first) => self.report.duplicate("state", &item.name, *first),
                None => {
                    seen.insert(item.name.node.clone(), item.name.span);
                }
            }
            states.push(StateHead { item, params: self.lower_params(&item.params) });
        }
        if let Some(first) = states.first().filter(|first: &&StateHead| !first.item.params.is_empty()) {
            let message = format!("the machine starts in `{}`, so nothing can give it values", first.item.name.node);
            let finding = Diagnostic::error(codes::MISSING_INITIAL, first.item.name.span, message);
            self.report.push(finding.help("put a state without parameters before it"));
        }
        states
    }

    pub(super) fn lower_params(&mut self, params: &[ast::Param]) -> Vec<Local> {
        let mut lowered: Vec<Local> = Vec::with_capacity(params.len());
        for param in params {
            if let Some(first) = lowered.iter().find(|known| known.name == param.name.node) {
                self.report.duplicate("parameter", &param.name, first.span);
            }
            let ty = self.lower_type(&param.ty, Written::AsType);
            lowered.push(Local { name: param.name.node.clone(), ty, span: param.name.span });
        }
        lowered
    }

    /// Each room of a family has an address, so its parameters must have one.
    fn check_family_params(&mut self, written: &[ast::Param], params: &[Local]) {
        for (written, param) in written.iter().zip(params) {
            let Some(ty) = param.ty.as_ref().filter(|ty| !has_address(ty)) else {
                continue;
            };
            let message = format!("a room's address cannot hold `{ty}`");
            let finding = Diagnostic::error(codes::TYPE_MISMATCH, written.ty.span, message);
            self.report.push(finding.help("parameters of rooms are `int`, `text`, `bool` or choices of them"));
        }
    }

    /// Reports a name that hides another of its machine; of several the first found.
    pub(super) fn warn_shadowing(&mut self, name: &ast::Name, outer: &[&[Local]]) {
        if let Some(hidden) = outer.iter().copied().flatten().find(|local| local.name == name.node) {
            let message = format!("`{}` hides another value of this name", name.node);
            let finding = Diagnostic::warning(codes::SHADOWED, name.span, message).other(hidden.span, "the hidden one");
            self.report.push(finding.help("give one of them another name"));
        }
    }
}

fn has_address(ty: &Type) -> bool {
    match ty {
        Type::Int { .. } | Type::Text { .. } | Type::Bool => true,
        Type::Choice(literals) => literals.iter().all(|literal| match literal {
            Literal::Bool(_) | Literal::Int(_) | Literal::Text(_) => true,
            Literal::Number(_) | Literal::Duration(_) => false,
        }),
        Type::Number { .. }
        | Type::List(_)
        | Type::Duration
        | Type::Time
        | Type::Client
        | Type::Room
        | Type::Group
        | Type::Secret
        | Type::Any
        | Type::Optional(_)
        | Type::Record(_) => false,
    }
}
