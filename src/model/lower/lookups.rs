//! Names of the top level to ids, by the kind that is wanted.

use super::names::Global;
use super::scope::{Head, Scope};
use super::{Lowering, codes};
use crate::diagnostic::Diagnostic;
use crate::model::{AttributeId, CheckId, GroupId, LockCall, MachineId, RoomCall, SignalId};
use crate::syntax::ast::{self, Name};
use std::rc::Rc;

impl<'a> Lowering<'a> {
    pub(super) fn head(&self, id: MachineId) -> Option<Rc<Head<'a>>> {
        self.heads.get(id.index()).cloned()
    }

    pub(super) fn room_named(&mut self, name: &Name) -> Option<MachineId> {
        match self.items.globals.get(&name.node).copied() {
            Some((Global::Machine(id), _)) if self.is_room(id) => Some(id),
            Some((other, _)) => self.wrong_kind(name, other, "room"),
            None => self.unknown_global(name, "room"),
        }
    }

    pub(super) fn lock_named(&mut self, name: &Name) -> Option<MachineId> {
        match self.items.globals.get(&name.node).copied() {
            Some((Global::Machine(id), _)) if !self.is_room(id) => Some(id),
            Some((other, _)) => self.wrong_kind(name, other, "lock"),
            None => self.unknown_global(name, "lock"),
        }
    }

    pub(super) fn group_named(&mut self, name: &Name) -> Option<GroupId> {
        match self.items.globals.get(&name.node).copied() {
            Some((Global::Group(id), _)) => Some(id),
            Some((other, _)) => self.wrong_kind(name, other, "group"),
            None => self.unknown_global(name, "group"),
        }
    }

    pub(super) fn attribute_named(&mut self, name: &Name) -> Option<AttributeId> {
        let found = self.items.attribute_names.get(&name.node).copied();
        if found.is_none() {
            let known: Vec<String> = self.items.attribute_names.keys().map(|name| name.to_string()).collect();
            let known = std::iter::once("id").chain(known.iter().map(String::as_str));
            self.report.unknown("attribute of clients", name, known);
        }
        found
    }

    pub(super) fn check_named(&mut self, name: &Name) -> Option<CheckId> {
        let found = self.items.check_names.get(&name.node).copied();
        if found.is_none() {
            self.report.unknown("check", name, self.items.check_names.keys().map(|name| &**name));
        }
        found
    }

    /// The signal of this name; signals are there as soon as they are named.
    pub(super) fn signal_named(&mut self, name: &Name) -> SignalId {
        let at = self.signals.iter().position(|signal| *signal == name.node).unwrap_or_else(|| {
            self.signals.push(name.node.clone());
            self.signals.len() - 1
        });
        SignalId(at as u32)
    }

    /// A lock with its arguments.
    pub(super) fn lower_lock_call(&mut self, scope: Scope, apply: &ast::Apply) -> Option<LockCall> {
        let lock = self.lock_named(&apply.name);
        let Some(head) = lock.and_then(|lock| self.head(lock)) else {
            self.look_at_args(scope, apply);
            return None;
        };
        let args = self.lower_args(scope, "lock", &head.params, apply);
        Some(LockCall { lock: head.id, args, span: apply.span })
    }

    /// A room with its arguments.
    pub(super) fn lower_room_call(&mut self, scope: Scope, apply: &ast::Apply) -> Option<RoomCall> {
        let room = self.room_named(&apply.name);
        let Some(head) = room.and_then(|room| self.head(room)) else {
            self.look_at_args(scope, apply);
            return None;
        };
        let args = self.lower_args(scope, "room", &head.params, apply);
        Some(RoomCall { room: head.id, args, span: apply.span })
    }

    /// Looks into the arguments of something unknown for what is wrong with them.
    pub(super) fn look_at_args(&mut self, scope: Scope, apply: &ast::Apply) {
        for arg in &apply.args {
            self.lower_expr(scope, arg);
        }
    }

    pub(super) fn is_room(&self, id: MachineId) -> bool {
        self.heads.get(id.index()).is_some_and(|head| head.is_room())
    }

    fn wrong_kind<T>(&mut self, name: &Name, found: Global, wanted: &str) -> Option<T> {
        let found = self.kind_of(found);
        let message = format!("`{}` is a {found}, not a {wanted}", name.node);
        let first = self.items.globals.get(&name.node).map(|(_, span)| *span);
        let mut finding = Diagnostic::error(codes::TYPE_MISMATCH, name.span, message);
        if let Some(first) = first {
            finding = finding.other(first, format!("the {found}"));
        }
        self.report.push(finding);
        None
    }

    fn unknown_global<T>(&mut self, name: &Name, wanted: &str) -> Option<T> {
        let known: Vec<&str> = self
            .items
            .globals
            .iter()
            .filter(|(_, (global, _))| self.kind_of(*global) == wanted)
            .map(|(name, _)| &**name)
            .collect();
        self.report.unknown(wanted, name, known.into_iter());
        None
    }

    fn kind_of(&self, global: Global) -> &'static str {
        match global {
            Global::Machine(id) if self.is_room(id) => "room",
            Global::Machine(_) => "lock",
            Global::Group(_) => "group",
            Global::Constant(_) => "constant",
        }
    }
}
