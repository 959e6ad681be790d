//! Properties of rooms and locks.

use super::machines::{Body, property_name};
use super::scope::Scope;
use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Dest, Door, Limit, MachineKind, Mailbox, Overflow, Reload, Retention};
use crate::syntax::ast::{self, PropertyKind};
use std::collections::BTreeSet;

/// The most that a room may keep of its posts or for a member: what is promised must fit.
const RETENTION_MAX: u64 = 1_000_000;
/// The most members, messages or attempts that a property may name.
const COUNT_MAX: u64 = u32::MAX as u64;

impl Lowering<'_> {
    pub(super) fn lower_property(&mut self, body: &mut Body, property: &ast::Property) {
        let name = property_name(property);
        if !self.may_have(body, &property.kind, name, property.span) {
            return;
        }
        match &property.kind {
            // Lowered before everything else.
            PropertyKind::Requires { .. } | PropertyKind::Admit { .. } => return,
            PropertyKind::Capacity(_)
            | PropertyKind::History(_)
            | PropertyKind::Mailbox { .. }
            | PropertyKind::Presence
            | PropertyKind::PostsTo(_)
            | PropertyKind::Receives(_)
            | PropertyKind::Doors(_)
            | PropertyKind::Offers(_)
            | PropertyKind::Renews(_)
            | PropertyKind::Limit { .. }
            | PropertyKind::Transient
            | PropertyKind::Attempts(_)
            | PropertyKind::OnReload(_) => {}
        }
        if let Some(first) = body.said.insert(name, property.span) {
            self.report.said_twice(name, property.span, first);
            return;
        }
        match &property.kind {
            PropertyKind::Limit { count, per, otherwise } => self.lower_limit(body, count, per, otherwise.as_ref()),
            PropertyKind::OnReload(reload) => body.machine.on_reload = lower_reload(reload.node),
            PropertyKind::Attempts(count) => self.lower_attempts(body, count),
            PropertyKind::Requires { .. }
            | PropertyKind::Admit { .. }
            | PropertyKind::Capacity(_)
            | PropertyKind::History(_)
            | PropertyKind::Mailbox { .. }
            | PropertyKind::Presence
            | PropertyKind::PostsTo(_)
            | PropertyKind::Receives(_)
            | PropertyKind::Doors(_)
            | PropertyKind::Offers(_)
            | PropertyKind::Renews(_)
            | PropertyKind::Transient => self.lower_room_property(body, &property.kind),
        }
    }

    /// Whether a room, or a lock, has such a property.
    fn may_have(&mut self, body: &Body, kind: &PropertyKind, name: &str, span: Span) -> bool {
        let (in_room, in_lock) = match kind {
            PropertyKind::Limit { .. } | PropertyKind::OnReload(_) => (true, true),
            PropertyKind::Attempts(_) => (false, true),
            PropertyKind::Requires { .. }
            | PropertyKind::Admit { .. }
            | PropertyKind::Capacity(_)
            | PropertyKind::History(_)
            | PropertyKind::Mailbox { .. }
            | PropertyKind::Presence
            | PropertyKind::PostsTo(_)
            | PropertyKind::Receives(_)
            | PropertyKind::Doors(_)
            | PropertyKind::Offers(_)
            | PropertyKind::Renews(_)
            | PropertyKind::Transient => (true, false),
        };
        let may = if body.head.is_room() { in_room } else { in_lock };
        if !may {
            let (here, there) = if body.head.is_room() { ("room", "locks") } else { ("lock", "rooms") };
            let message = format!("a {here} has no `{name}`");
            self.report.push(Diagnostic::error(codes::MISPLACED, span, message).note(format!("only {there} have it")));
        }
        may
    }

    fn lower_room_property(&mut self, body: &mut Body, kind: &PropertyKind) {
        let scope = body.scope();
        match kind {
            PropertyKind::Capacity(count) => {
                let count = self.lower_count(count, COUNT_MAX);
                edit_room(body, |room| room.capacity = Some(count));
            }
            PropertyKind::History(retention) => {
                let retention = self.lower_retention(retention);
                edit_room(body, |room| room.history = Some(retention));
            }
            PropertyKind::Mailbox { keep, overflow } => {
                let mailbox = Mailbox { keep: self.lower_retention(keep), overflow: lower_overflow(*overflow) };
                edit_room(body, |room| room.mailbox = Some(mailbox));
            }
            PropertyKind::Presence => edit_room(body, |room| room.presence = true),
            PropertyKind::Transient => edit_room(body, |room| room.transient = true),
            PropertyKind::PostsTo(dests) => {
                let dests = dests.iter().filter_map(|dest| self.lower_posts_to(dest)).collect();
                edit_room(body, |room| room.posts_to = dests);
            }
            PropertyKind::Receives(names) => {
                let groups: Vec<_> = names.iter().filter_map(|name| self.group_named(name)).collect();
                self.report_repeated(&groups, names.iter().map(|name| name.span), "received");
                edit_room(body, |room| room.receives = groups);
            }
            PropertyKind::Doors(doors) => {
                let doors = doors.iter().filter_map(|door| self.lower_door(scope, door)).collect();
                edit_room(body, |room| room.doors = doors);
            }
            PropertyKind::Offers(locks) => {
                let offers = locks.iter().filter_map(|lock| self.lower_lock_call(scope, lock)).collect();
                edit_room(body, |room| room.offers = offers);
            }
            PropertyKind::Renews(locks) => {
                let renews = locks.iter().filter_map(|lock| self.lower_lock_call(scope, lock)).collect();
                edit_room(body, |room| room.renews = renews);
            }
            PropertyKind::Requires { .. }
            | PropertyKind::Admit { .. }
            | PropertyKind::Limit { .. }
            | PropertyKind::Attempts(_)
            | PropertyKind::OnReload(_) => {}
        }
    }

    fn report_repeated<T: Ord>(&mut self, found: &[T], spans: impl Iterator<Item = Span>, what: &str) {
        let mut seen = BTreeSet::new();
        for (one, span) in found.iter().zip(spans) {
            if !seen.insert(one) {
                self.report.error(codes::DUPLICATE_NAME, span, format!("this is {what} already"));
            }
        }
    }

    fn lower_door(&mut self, scope: Scope, door: &ast::Apply) -> Option<Door> {
        if !door.args.is_empty() {
            let call = self.lower_room_call(scope, door)?;
            return Some(Door { room: call.room, args: Some(call.args), span: door.span });
        }
        let room = self.room_named(&door.name)?;
        let is_family = self.head(room).is_some_and(|head| !head.params.is_empty());
        Some(Door { room, args: (!is_family).then(Vec::new), span: door.span })
    }

    /// Where `post` goes is fixed: it holds no value that only one socket knows.
    fn lower_posts_to(&mut self, dest: &ast::Dest) -> Option<Dest> {
        let help = match &dest.kind {
            ast::DestKind::Members => return Some(Dest::Members),
            ast::DestKind::Named(apply) if apply.args.is_empty() => {
                let head = self.items.globals.get(&apply.name.node).map(|(global, _)| *global);
                match head {
                    Some(super::names::Global::Machine(id)) if self.is_room(id) => {
                        let is_family = self.head(id).is_some_and(|head| !head.params.is_empty());
                        if !is_family {
                            let room = crate::model::RoomCall { room: id, args: Vec::new(), span: dest.span };
                            return Some(Dest::Room(room));
                        }
                        "a family has many rooms; send to one of them with `tell`"
                    }
                    Some(super::names::Global::Group(id)) => return Some(Dest::Group(id)),
                    Some(_) => "name `members`, a group, or a room without parameters",
                    None => {
                        let known: Vec<String> = self.items.globals.keys().map(|name| name.to_string()).collect();
                        let known = known.iter().map(String::as_str).chain(["members"]);
                        self.report.unknown("room or group", &apply.name, known);
                        return None;
                    }
                }
            }
            ast::DestKind::Everyone => "`members` are everybody but the sending socket",
            ast::DestKind::Named(_) | ast::DestKind::Value(_) => {
                "name `members`, a group, or a room without parameters"
            }
        };
        let finding = Diagnostic::error(codes::MISPLACED, dest.span, "a room cannot post to this");
        self.report.push(finding.help(help));
        None
    }

    fn lower_limit(
        &mut self,
        body: &mut Body,
        count: &ast::Spanned<u64>,
        per: &ast::Millis,
        otherwise: Option<&ast::Follow>,
    ) {
        let (count, per) = (self.lower_count(count, COUNT_MAX), self.lower_duration(per));
        let otherwise = otherwise.map(|follow| self.lower_refusal(body, "limit", follow));
        body.machine.limit = Some(Limit { count, per, otherwise });
    }

    fn lower_attempts(&mut self, body: &mut Body, count: &ast::Spanned<u64>) {
        let count = self.lower_count(count, COUNT_MAX);
        if let MachineKind::Lock(lock) = &mut body.machine.kind {
            lock.attempts = u32::try_from(count).ok();
        }
    }

    fn lower_retention(&mut self, retention: &ast::Retention) -> Retention {
        let count = self.lower_count(&retention.count, RETENTION_MAX);
        Retention { count, age: retention.age.as_ref().map(|age| self.lower_duration(age)) }
    }

    fn lower_count(&mut self, count: &ast::Spanned<u64>, most: u64) -> u64 {
        if count.node == 0 || count.node > most {
            self.report.error(codes::OUT_OF_RANGE, count.span, format!("this is a number from 1 to {most}"));
        }
        count.node.clamp(1, most)
    }
}

fn edit_room(body: &mut Body, edit: impl FnOnce(&mut crate::model::Room)) {
    if let MachineKind::Room(room) = &mut body.machine.kind {
        edit(room);
    }
}

fn lower_overflow(overflow: ast::Overflow) -> Overflow {
    match overflow {
        ast::Overflow::Refuse => Overflow::Refuse,
        ast::Overflow::DropOldest => Overflow::DropOldest,
    }
}

fn lower_reload(reload: ast::Reload) -> Reload {
    match reload {
        ast::Reload::Pin => Reload::Pin,
        ast::Reload::Restart => Reload::Restart,
        ast::Reload::Drop => Reload::Drop,
    }
}
