//! What a machine says together with all that it calls.

use super::ContentHash;
use super::writer::{Used, Writer, write_text};
use crate::model::{Attribute, Check, Group, GroupId, Machine, MachineId, Model, Requirement};
use std::collections::{BTreeMap, BTreeSet};

/// What was written of every machine, by its id.
pub(super) struct Written<'model> {
    pub model: &'model Model,
    pub machines: Vec<(ContentHash, Used)>,
    pub groups_inside: Vec<Vec<GroupId>>,
}

/// Which groups are `in` each group, by its id.
pub(super) fn groups_inside(model: &Model) -> Vec<Vec<GroupId>> {
    let mut inside = vec![Vec::new(); model.groups.len()];
    for (at, group) in model.groups.iter().enumerate() {
        for parent in &group.parents {
            inside.get_mut(parent.index()).into_iter().for_each(|list| list.push(GroupId(at as u32)));
        }
    }
    inside
}

/// Of a machine, of the locks that may be wound above it, and of what all of them use.
pub(super) fn with_called(all: &Written<'_>, from: MachineId) -> ContentHash {
    let Written { model, machines, groups_inside } = all;
    let mut found = Used::default();
    let mut waiting = vec![from];
    let mut parts = BTreeMap::new();
    while let Some(id) = waiting.pop() {
        let (Some(machine), Some((own, used))) = (model.machines.get(id.index()), machines.get(id.index())) else {
            continue;
        };
        // Names and not ids: ids count from the first file on.
        if parts.insert(("machine", &*machine.name), own.0.to_le_bytes().to_vec()).is_none() {
            waiting.extend(&used.locks);
            found.groups.extend(&used.groups);
            found.attributes.extend(&used.attributes);
            found.checks.extend(&used.checks);
        }
    }
    for group in
        groups_around(model, groups_inside, &found.groups).into_iter().filter_map(|id| model.groups.get(id.index()))
    {
        parts.insert(("group", &group.name), bytes_of(model, group, Writer::group_itself));
    }
    for attribute in found.attributes.iter().filter_map(|id| model.attributes.get(id.index())) {
        parts.insert(("attribute", &attribute.name), bytes_of(model, attribute, Writer::attribute_itself));
    }
    for check in found.checks.iter().filter_map(|id| model.checks.get(id.index())) {
        parts.insert(("check", &check.name), bytes_of(model, check, Writer::check_itself));
    }
    let first = model.machines.get(from.index()).map(|machine| &*machine.name).unwrap_or_default();
    hash_parts(first, &parts)
}

/// Of all that decides whether a requirement is met, but for who asks and when: the locks and what they are asked, what that is
/// computed from, and what counts as a key of theirs.
pub(super) fn of_requirement(model: &Model, machine: &Machine, requirement: &Requirement) -> ContentHash {
    let mut writer = Writer::new(model, machine);
    writer.list(&requirement.locks, Writer::lock_call);
    writer.list(&machine.params, Writer::param);
    writer.list(&machine.lets, Writer::constant);
    let (bytes, used) = writer.finish();
    let mut parts = BTreeMap::from([(("requirement", ""), bytes)]);
    for attribute in used.attributes.iter().filter_map(|id| model.attributes.get(id.index())) {
        parts.insert(("attribute", &attribute.name), bytes_of(model, attribute, Writer::attribute_itself));
    }
    for lock in used.locks.iter().filter_map(|id| model.machines.get(id.index())) {
        parts.insert(("key", &lock.name), bytes_of(model, lock, Writer::key_itself));
    }
    hash_parts("", &parts)
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
fn groups_around(model: &Model, inside: &[Vec<GroupId>], groups: &BTreeSet<GroupId>) -> BTreeSet<GroupId> {
    let up = |id: GroupId| model.groups.get(id.index()).map(|group| &*group.parents).unwrap_or_default();
    let down = |id: GroupId| inside.get(id.index()).map(|list| &**list).unwrap_or_default();
    closure(groups, up).into_iter().chain(closure(groups, down)).collect()
}

fn closure<'model>(groups: &BTreeSet<GroupId>, next: impl Fn(GroupId) -> &'model [GroupId]) -> BTreeSet<GroupId> {
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

    /// What a key of the lock says that it is.
    fn key_itself(&mut self, lock: &Machine) {
        self.list(&lock.params, |writer, param| writer.ty(&param.ty));
        self.option(lock.lock(), |writer, lock| writer.ty(&lock.gives));
    }

    fn check_itself(&mut self, check: &Check) {
        let Check { name, params, gives, span: _ } = check;
        self.text(name);
        self.list(params, Writer::param);
        self.ty(gives);
    }
}
