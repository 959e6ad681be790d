//! Groups: who is in them, and that none is in itself.

use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Group, GroupId, names_client};
use crate::syntax::ast;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Lowering<'_> {
    pub(super) fn lower_groups(&mut self) -> Vec<Group> {
        let mut groups = Vec::new();
        for at in 0..self.items.groups.len() {
            if let Some(item) = self.items.groups.get(at).copied() {
                groups.push(self.lower_group(item));
            }
        }
        self.report_cycles(&groups);
        groups
    }

    fn lower_group(&mut self, item: &ast::GroupItem) -> Group {
        let mut parents: Vec<GroupId> = Vec::new();
        let mut seen: BTreeMap<GroupId, Span> = BTreeMap::new();
        for name in &item.parents {
            let Some(parent) = self.group_named(name) else {
                continue;
            };
            match seen.insert(parent, name.span) {
                Some(first) => self.report.said_twice(&format!("in {}", name.node), name.span, first),
                None => parents.push(parent),
            }
        }
        let (mut clients, mut webhooks) = (Vec::new(), Vec::new());
        for member in &item.members {
            match member {
                ast::GroupMember::Client(id) => {
                    self.check_client_id(id);
                    self.add_member("client", &mut clients, id);
                }
                ast::GroupMember::Webhook(name) => self.add_member("webhook", &mut webhooks, name),
            }
        }
        Group { name: item.name.node.clone(), parents, clients, webhooks, span: item.name.span }
    }

    fn add_member(&mut self, kind: &str, members: &mut Vec<Arc<str>>, member: &ast::Text) {
        if members.contains(&member.node) {
            let message = format!("the {kind} \"{}\" is in this group already", member.node);
            self.report.error(codes::DUPLICATE_NAME, member.span, message);
        } else {
            members.push(member.node.clone());
        }
    }

    fn check_client_id(&mut self, id: &ast::Text) {
        if !names_client(&id.node) {
            let message = "no client can have this id: it has 1 to 128 characters, none of them a control character";
            self.report.error(codes::TYPE_MISMATCH, id.span, message);
        }
    }

    /// Walks upwards from each group. Who comes back to the walk it began has found a circle, which is reported at
    /// its first group and not walked again.
    fn report_cycles(&mut self, groups: &[Group]) {
        let mut walked = vec![false; groups.len()];
        for start in 0..groups.len() {
            self.walk_parents(groups, start, &mut walked);
        }
    }

    fn walk_parents(&mut self, groups: &[Group], start: usize, walked: &mut [bool]) {
        // Each step of the way with the parent to be looked at next.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        if walked.get_mut(start).is_none_or(|flag| std::mem::replace(flag, true)) {
            return;
        }
        while let Some((at, next)) = way.last_mut() {
            let parent = groups.get(*at).and_then(|group| group.parents.get(*next)).map(|parent| parent.index());
            *next += 1;
            match parent {
                None => {
                    way.pop();
                }
                Some(parent) => match way.iter().position(|(step, _)| *step == parent) {
                    Some(first) => {
                        let circle: Vec<&Group> =
                            way.iter().skip(first).filter_map(|(at, _)| groups.get(*at)).collect();
                        self.report_cycle(&circle);
                    }
                    None if walked.get_mut(parent).is_some_and(|flag| !std::mem::replace(flag, true)) => {
                        way.push((parent, 0));
                    }
                    None => {}
                },
            }
        }
    }

    fn report_cycle(&mut self, circle: &[&Group]) {
        let Some(first) = circle.first() else {
            return;
        };
        let names: Vec<String> = circle.iter().chain([first]).map(|group| format!("`{}`", group.name)).collect();
        let message = format!("the group `{}` is in itself", first.name);
        let finding = Diagnostic::error(codes::GROUP_CYCLE, first.span, message);
        let finding = finding.note(format!("it goes round: {}", names.join(" in ")));
        self.report.push(finding.help("take one `in` out of the circle"));
    }
}
