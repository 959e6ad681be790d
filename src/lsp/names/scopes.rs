//! Which local names can be seen where the walk is.

use super::{From, Local, Named, Names, Role, Symbol};
use crate::syntax::ast::Name;
use std::sync::Arc;

/// Names found so far, and those that can be seen: inner ones hide outer ones.
#[derive(Default)]
pub(super) struct Scopes {
    pub(super) names: Names,
    seen: Vec<(Arc<str>, u32)>,
}

impl Scopes {
    /// How much can be seen now, to come back to.
    pub(super) fn depth(&self) -> usize {
        self.seen.len()
    }

    pub(super) fn back_to(&mut self, depth: usize) {
        self.seen.truncate(depth);
    }

    pub(super) fn name(&mut self, name: &Name, symbol: impl FnOnce(Arc<str>) -> Symbol, role: Role) {
        self.names.all.push(Named { start: name.span.start, symbol: symbol(name.node.clone()), role });
    }

    /// A name of a machine, a state or an arm.
    pub(super) fn give(&mut self, name: &Name, visible: (u32, u32), from: From) {
        let start = name.span.start;
        self.name(name, |name| Symbol::Local(start, name), Role::Definition);
        self.names.locals.push(Local { name: name.node.clone(), start, visible, from });
        self.seen.push((name.node.clone(), start));
    }

    /// A name where a value stands: the innermost that is called so, otherwise one of the ruleset.
    pub(super) fn value(&mut self, name: &Name) {
        let local = self.seen.iter().rev().find(|(seen, _)| *seen == name.node).map(|(_, start)| *start);
        match local {
            Some(start) => self.name(name, |name| Symbol::Local(start, name), Role::Use),
            None => self.name(name, Symbol::Global, Role::Use),
        }
    }

    pub(super) fn global(&mut self, name: &Name) {
        self.name(name, Symbol::Global, Role::Use);
    }

    /// In source order, each once.
    pub(super) fn finish(mut self) -> Names {
        self.names.all.sort_by_key(|named| named.start);
        self.names.all.dedup_by_key(|named| named.start);
        self.names
    }
}
