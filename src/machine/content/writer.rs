//! Writes the parts of a machine as bytes that can be read in one way only, and notes what it names.

use crate::model::{ArmId, AttributeId, CheckId, GroupId, Machine, MachineId, Model, Requirement, SignalId, StateId};
use std::collections::BTreeSet;

/// Everything outside of a machine that it names and that is more than a name to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Used {
    pub locks: BTreeSet<MachineId>,
    pub groups: BTreeSet<GroupId>,
    pub attributes: BTreeSet<AttributeId>,
    pub checks: BTreeSet<CheckId>,
}

/// Bytes of a machine, or of something outside of all. An id can only be written by a method that notes it and writes a name.
pub(super) struct Writer<'model> {
    model: &'model Model,
    machine: Option<&'model Machine>,
    bytes: Vec<u8>,
    used: Used,
}

impl<'model> Writer<'model> {
    pub(super) fn new(model: &'model Model, machine: &'model Machine) -> Writer<'model> {
        Writer { machine: Some(machine), ..Writer::outside(model) }
    }

    /// For what is in no machine.
    pub(super) fn outside(model: &'model Model) -> Writer<'model> {
        Writer { model, machine: None, bytes: Vec::new(), used: Used::default() }
    }

    pub(super) fn finish(self) -> (Vec<u8>, Used) {
        (self.bytes, self.used)
    }

    pub(super) fn text(&mut self, text: &str) {
        write_text(&mut self.bytes, text);
    }

    pub(super) fn number(&mut self, number: u64) {
        self.bytes.extend(number.to_le_bytes());
    }

    pub(super) fn flag(&mut self, flag: bool) {
        self.bytes.push(u8::from(flag));
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    pub(super) fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.number(items.len() as u64);
        items.iter().for_each(|item| write(self, item));
    }

    pub(super) fn option<T>(&mut self, item: Option<&T>, write: impl Fn(&mut Self, &T)) {
        self.flag(item.is_some());
        item.into_iter().for_each(|item| write(self, item));
    }

    pub(super) fn is_entry(&self) -> bool {
        let entry = self.model.machines.get(self.model.entry.index());
        self.machine.zip(entry).is_some_and(|(machine, entry)| machine.name == entry.name)
    }

    /// A lock that may be wound from here, so what it says counts.
    pub(super) fn lock(&mut self, lock: MachineId) {
        self.used.locks.insert(lock);
        self.machine_name(lock);
    }

    /// A room that is led to or spoken to; what it says is its own.
    pub(super) fn room(&mut self, room: MachineId) {
        self.machine_name(room);
    }

    fn machine_name(&mut self, id: MachineId) {
        let name = self.model.machines.get(id.index()).map(|machine| &*machine.name);
        self.text(name.unwrap_or_default());
    }

    pub(super) fn group(&mut self, group: GroupId) {
        self.used.groups.insert(group);
        self.text(self.group_name(group));
    }

    pub(super) fn group_name(&self, group: GroupId) -> &'model str {
        self.model.groups.get(group.index()).map(|group| &*group.name).unwrap_or_default()
    }

    pub(super) fn attribute(&mut self, attribute: AttributeId) {
        self.used.attributes.insert(attribute);
        self.text(self.model.attributes.get(attribute.index()).map(|found| &*found.name).unwrap_or_default());
    }

    pub(super) fn check(&mut self, check: CheckId) {
        self.used.checks.insert(check);
        self.text(self.model.checks.get(check.index()).map(|check| &*check.name).unwrap_or_default());
    }

    pub(super) fn signal(&mut self, signal: SignalId) {
        self.text(self.model.signals.get(signal.index()).map(|name| &**name).unwrap_or_default());
    }

    pub(super) fn state_name(&mut self, state: StateId) {
        let state = self.machine.and_then(|machine| machine.states.get(state.index()));
        self.text(state.map(|state| &*state.name).unwrap_or_default());
    }

    /// A parameter or `let` of the machine, by its place among both.
    pub(super) fn arg(&mut self, place: usize) {
        let params = self.machine.into_iter().flat_map(|machine| &machine.params).map(|param| &*param.name);
        let lets = self.machine.into_iter().flat_map(|machine| &machine.lets).map(|constant| &*constant.name);
        self.text(params.chain(lets).nth(place).unwrap_or_default());
    }

    /// The requirement whose key is read, by its lock, and which one of those with this lock it is.
    pub(super) fn key(&mut self, requirement: usize) {
        let room = self.machine.and_then(Machine::room);
        let lock = |required: &Requirement| required.locks.first().map(|call| call.lock);
        let locks: Vec<_> = room.into_iter().flat_map(|room| &room.requires).map(lock).collect();
        let read = locks.get(requirement).copied().flatten();
        self.option(read.as_ref(), |writer, lock| writer.lock(*lock));
        self.number(locks.iter().take(requirement).filter(|before| **before == read).count() as u64);
    }

    pub(super) fn arm_by_id(&mut self, id: ArmId) {
        self.option(self.machine.and_then(|machine| machine.arms.get(id.index())), Writer::arm);
    }
}

/// A text behind its length, so that none runs into the next.
pub(super) fn write_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}
