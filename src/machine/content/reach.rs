//! What a machine says together with all that it calls.

use super::ContentHash;
use super::writer::{Used, Writer, write_text};
use crate::model::{Attribute, Check, Group, GroupId, MachineId, Model};
use std::collections::{BTreeMap, BTreeSet};

/// Of a machine, of the locks that may be wound above it, and of what all of them use.
pub(super) fn with_called(model: &Model, written: &[(ContentHash, Used)], from: MachineId) -> ContentHash {
    let mut all = Used::default();
    let mut waiting = vec![from];
    let mut parts = BTreeMap::new();
    while let Some(id) = waiting.pop() {
        let (Some(machine), Some((own, used))) = (model.machines.get(id.index()), written.get(id.index())) else {
            continue;
        };
        // Names and not ids: ids count from the first file on.
        if parts.insert(("machine", &*machine.name), own.0.to_le_bytes().to_vec()).is_none() {
            waiting.extend(&used.locks);
            all.groups.extend(&used.groups);
            all.attributes.extend(&used.attributes);
            all.checks.extend(&used.checks);
        }
    }
    for group in groups_around(model, &all.groups).into_iter().filter_map(|id| model.groups.get(id.index())) {
        parts.insert(("group", &group.name), bytes_of(model, group, Writer::group_itself));
    }
    for attribute in all.attributes.iter().filter_map(|id| model.attributes.get(id.index())) {
        parts.insert(("attribute", &attribute.name), bytes_of(model, attribute, Writer::attribute_itself));
    }
    for check in all.checks.iter().filter_map(|id| model.checks.get(id.index())) {
        parts.insert(("check", &check.name), bytes_of(model, check, Writer::check_itself));
    }
    let first = model.machines.get(from.index()).map(|machine| &*machine.name).unwrap_or_default();
    hash_parts(first, &parts)
}

fn hash_parts(first: &str, parts: &BTreeMap<(&str, &str), Vec<u8>>) -> ContentHash {
    let mut bytes = Vec::new();
    write_text(&mut bytes, first);
    for ((kind, name), part) in parts {
        write_text(&mut bytes, kind);
        write_text(&mut bytes, name);
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(part);
    }
    ContentHash::of(&bytes)
}

/// These groups, those that what is sent to them reaches, and those from which something reaches them.
fn groups_around(model: &Model, groups: &BTreeSet<GroupId>) -> BTreeSet<GroupId> {
    let up = |id: GroupId| model.groups.get(id.index()).map(|group| group.parents.clone()).unwrap_or_default();
    let down = |id: GroupId| {
        let inside = model.groups.iter().enumerate().filter(move |(_, group)| group.parents.contains(&id));
        inside.map(|(at, _)| GroupId(at as u32)).collect()
    };
    let above = closure(groups, up);
    above.into_iter().chain(closure(groups, down)).collect()
}

fn closure(groups: &BTreeSet<GroupId>, next: impl Fn(GroupId) -> Vec<GroupId>) -> BTreeSet<GroupId> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<GroupId> = groups.iter().copied().collect();
    while let Some(group) = waiting.pop() {
        if found.insert(group) {
            waiting.extend(next(group));
        }
    }
    found
}

fn bytes_of<'model, T>(model: &'model Model, item: &T, write: impl Fn(&mut Writer<'model>, &T)) -> Vec<u8> {
    let mut writer = Writer::outside(model);
    write(&mut writer, item);
    writer.finish().0
}

impl Writer<'_> {
    /// Its lists are sets: their order means nothing.
    fn group_itself(&mut self, group: &Group) {
        let Group { name, parents, clients, webhooks, span: _ } = group;
        self.text(name);
        let mut parents = parents.clone();
        parents.sort_by_key(|id| self.group_name(*id));
        self.list(&parents, |writer, parent| writer.group(*parent));
        for members in [clients, webhooks] {
            let members: BTreeSet<_> = members.iter().collect();
            self.list(&members.into_iter().collect::<Vec<_>>(), |writer, member| writer.text(member));
        }
    }

    fn attribute_itself(&mut self, attribute: &Attribute) {
        let Attribute { name, ty, default, span: _ } = attribute;
        self.text(name);
        self.ty(ty);
        self.option(default.as_ref(), Writer::expr);
    }

    fn check_itself(&mut self, check: &Check) {
        let Check { name, params, gives, span: _ } = check;
        self.text(name);
        self.list(params, Writer::param);
        self.ty(gives);
    }
}
