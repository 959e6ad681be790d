//! What must be held or hold before a room is entered, and the second names of rooms.

use super::arms::binding_nothing;
use super::machines::Body;
use super::names::MachineItem;
use super::scope::{KeyName, Scope};
use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Admit, Arm, ArmId, Machine, Requirement, TargetKind, Trigger, Type};
use crate::syntax::ast::{self, PropertyKind, Statement};
use std::collections::BTreeMap;

impl Lowering<'_> {
    /// `requires` in source order: before everything else, since they decide which keys have a value in the rest.
    pub(super) fn lower_requirements(&mut self, body: &mut Body) {
        if !body.head.is_room() {
            return;
        }
        for statement in body.head.item.body() {
            if let Statement::Property(property) = statement
                && let PropertyKind::Requires { locks, otherwise } = &property.kind
            {
                self.lower_requirement(body, locks, otherwise.as_ref(), property.span);
            }
        }
    }

    /// `admit when`, after the `let`s.
    pub(super) fn lower_admits(&mut self, body: &mut Body) {
        if !body.head.is_room() {
            return;
        }
        for statement in body.head.item.body() {
            if let Statement::Property(property) = statement
                && let PropertyKind::Admit { guard, otherwise } = &property.kind
            {
                self.lower_admit(body, guard, otherwise.as_ref(), property.span);
            }
        }
    }

    fn lower_requirement(
        &mut self,
        body: &mut Body,
        locks: &[ast::Apply],
        otherwise: Option<&ast::Follow>,
        span: Span,
    ) {
        let mut calls = Vec::with_capacity(locks.len());
        for lock in locks {
            match self.lower_lock_call(body.scope(), lock) {
                Some(call) => calls.push(call),
                None => {
                    self.doubtful.insert(body.head.id);
                }
            }
        }
        let otherwise = otherwise.map(|follow| self.lower_refusal(body, "requires", follow));
        if calls.is_empty() {
            return;
        }
        let index = body.machine.room().map_or(0, |room| room.requires.len());
        for call in &calls {
            let ty = self.head(call.lock).and_then(|head| head.gives.clone());
            let requirement = u16::try_from(index).unwrap_or(u16::MAX);
            body.keys.push(KeyName { lock: call.lock, requirement, ty, one_of: locks.len() > 1 });
        }
        // A lock by itself is held for certain, also where it is one of several elsewhere.
        body.keys.sort_by_key(|key| key.one_of);
        if let crate::model::MachineKind::Room(room) = &mut body.machine.kind {
            room.requires.push(Requirement { locks: calls, otherwise, span });
        }
    }

    fn lower_admit(&mut self, body: &mut Body, guard: &ast::Expr, otherwise: Option<&ast::Follow>, span: Span) {
        if let Some(first) = body.said.insert("admit when", span) {
            self.report.said_twice("admit when", span, first);
        }
        let guard = self.lower_as(body.scope(), guard, Some(&Type::Bool), "a guard");
        let otherwise = otherwise.map(|follow| self.lower_refusal(body, "admit when", follow));
        if let crate::model::MachineKind::Room(room) = &mut body.machine.kind {
            room.admit = Some(Admit { guard, otherwise, span });
        }
    }

    /// The `else` of `requires`, `admit when` or `limit` as an arm.
    pub(super) fn lower_refusal(&mut self, body: &mut Body, property: &str, follow: &ast::Follow) -> ArmId {
        let bind = binding_nothing();
        let scope: Scope = body.scope().binding(&bind);
        let (actions, target) = self.lower_follow(scope, follow);
        let (of_limit, in_room) = (property == "limit", body.head.is_room());
        let message = match target.as_ref().map(|target| &target.kind) {
            Some(TargetKind::Drop(_) | TargetKind::Move(_)) => None,
            Some(TargetKind::Fail(_)) if of_limit && in_room => {
                Some("a room that the socket is in cannot refuse it any more")
            }
            Some(TargetKind::Fail(_)) => None,
            Some(TargetKind::State(_) | TargetKind::Resolve(..) | TargetKind::Admit(_) | TargetKind::Retry(_)) => {
                Some("an `else` of a property leads to `fail`, `drop` or `move`")
            }
            None if of_limit || follow.target.is_some() => None,
            None => Some("this `else` does not say where it leads"),
        };
        if let Some(message) = message {
            let span = target.as_ref().map_or(follow.span, |target| target.span);
            let finding = Diagnostic::error(codes::MISPLACED, span, message);
            let help = if in_room && of_limit {
                "write `-> drop why` or `-> move ROOM`"
            } else {
                "write `-> fail why`, `-> drop why` or `-> move ROOM`"
            };
            self.report.push(finding.help(help));
        }
        body.add_arm(Arm { state: None, trigger: Trigger::Otherwise, guard: None, actions, target, span: follow.span })
    }

    /// Aliases and UUIDs: written well, and each the name of one room.
    pub(super) fn check_second_names(&mut self, machines: &[Machine]) {
        let mut aliases: BTreeMap<u64, Span> = BTreeMap::new();
        let mut uuids: BTreeMap<uuid::Uuid, Span> = BTreeMap::new();
        for (head, machine) in self.heads.clone().iter().zip(machines) {
            let MachineItem::Room(item) = head.item else {
                continue;
            };
            if let Some(alias) = &item.alias {
                self.check_no_family(item, "alias", alias.span);
                if let Some(first) = aliases.insert(alias.node, alias.span) {
                    self.same_second_name(&format!("the alias `{}`", alias.node), alias.span, first);
                }
            }
            let Some(written) = &item.uuid else {
                continue;
            };
            self.check_no_family(item, "uuid", written.span);
            match machine.room().and_then(|room| room.uuid) {
                None => {
                    let message = format!("\"{}\" is no UUID", written.node);
                    let finding = Diagnostic::error(codes::TYPE_MISMATCH, written.span, message);
                    self.report
                        .push(finding.help("write it as in \"6ba7b812-9dad-11d1-80b4-00c04fd430c8\", or leave it out"));
                }
                Some(uuid) => {
                    if let Some(first) = uuids.insert(uuid, written.span) {
                        self.same_second_name("this UUID", written.span, first);
                    }
                }
            }
        }
    }

    fn check_no_family(&mut self, item: &ast::RoomItem, what: &str, span: Span) {
        if !item.params.is_empty() {
            let message =
                format!("`{}` is a family of rooms, and only a single room has its own {what}", item.name.node);
            let finding = Diagnostic::error(codes::MISPLACED, span, message);
            self.report.push(finding.help(format!("leave out the {what}: each room of a family has its address")));
        }
    }

    fn same_second_name(&mut self, what: &str, span: Span, first: Span) {
        let finding = Diagnostic::error(codes::DUPLICATE_NAME, span, format!("{what} belongs to another room"));
        self.report.push(finding.other(first, "the first one").help("give one of them another"));
    }
}
