//! A ruleset that may run, and the look-ups that running needs.

use crate::diagnostic::{Location, SourceMap, Span};
use crate::model::{
    Arm, ArmId, Attribute, AttributeId, Check, CheckId, Group, GroupId, Machine, MachineId, Model, SignalId, State,
    StateId,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A ruleset that may run. Immutable, shared, numbered by its epoch. Only `lint::check` makes one, and only of rules
/// without an error, so every id that its model holds can be looked up in it.
#[derive(Debug)]
pub struct Program {
    /// What runs.
    pub model: Model,
    /// The texts it was read from.
    pub sources: Arc<SourceMap>,
    /// What is proved about every pass.
    pub bounds: Bounds,
    pub(super) names: Names,
    /// By machine; none for a room.
    key_kinds: Vec<Option<Arc<KeyKind>>>,
    /// By machine; none for a lock, and for a family, of whose rooms each has its own.
    pub(super) uuids: Vec<Option<uuid::Uuid>>,
}

/// What a key is: of which lock, about what, and what it tells. The same in two epochs if the author wrote the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyKind {
    /// The lock's name.
    pub lock: Arc<str>,
    /// What it asks about and what it gives, in the author's letters.
    pub signature: Arc<str>,
}

/// What no pass and no stack can exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Microsteps of one event. What follows from parked messages, from what a lock is told that was just wound, and from a key that
    /// the room asks for again counts apart.
    pub pass: u32,
    /// Frames of one run of a wind stack, with the room it stands in.
    pub depth: u32,
}

/// Everything that the wire calls by a name.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) rooms: BTreeMap<Arc<str>, MachineId>,
    pub(super) aliases: BTreeMap<u64, MachineId>,
    pub(super) uuids: BTreeMap<uuid::Uuid, MachineId>,
    locks: BTreeMap<Arc<str>, MachineId>,
    groups: BTreeMap<Arc<str>, GroupId>,
    attributes: BTreeMap<Arc<str>, AttributeId>,
    checks: BTreeMap<Arc<str>, CheckId>,
    signals: BTreeMap<Arc<str>, SignalId>,
}

/// Makes a program of a model that came without an error.
pub(crate) fn compile(model: Model, sources: Arc<SourceMap>, bounds: Bounds) -> Program {
    let key_kinds = model.machines.iter().map(key_kind).collect();
    let uuids: Vec<_> = model.machines.iter().map(uuid).collect();
    let names = Names::of(&model, &uuids);
    Program { model, sources, bounds, names, key_kinds, uuids }
}

/// The UUID of one room of a family cannot be turned back into its arguments.
fn uuid(machine: &Machine) -> Option<uuid::Uuid> {
    let room = machine.room().filter(|_| machine.params.is_empty())?;
    Some(room.uuid.unwrap_or_else(|| super::address::derived_uuid(&machine.name)))
}

fn key_kind(machine: &Machine) -> Option<Arc<KeyKind>> {
    let gives = &machine.lock()?.gives;
    let asks: Vec<String> = machine.params.iter().map(|param| param.ty.to_string()).collect();
    let signature = format!("({}) -> {gives}", asks.join(", ")).into();
    Some(Arc::new(KeyKind { lock: machine.name.clone(), signature }))
}

impl Program {
    /// The room or lock with this id.
    pub fn machine(&self, id: MachineId) -> &Machine {
        &self.model.machines[id.index()]
    }

    /// The keys that a lock gives; none for a room.
    pub fn key_kind(&self, lock: MachineId) -> Option<&Arc<KeyKind>> {
        self.key_kinds.get(lock.index())?.as_ref()
    }

    /// Whether a key is one in these rules: its lock is there, and asks and gives the same.
    pub fn has_key_kind(&self, kind: &Arc<KeyKind>) -> bool {
        self.lock_by_name(&kind.lock).and_then(|lock| self.key_kind(lock)) == Some(kind)
    }

    /// A state of a room or lock.
    pub fn state(&self, machine: MachineId, state: StateId) -> &State {
        &self.machine(machine).states[state.index()]
    }

    /// An arm of a room or lock.
    pub fn arm(&self, machine: MachineId, arm: ArmId) -> &Arm {
        &self.machine(machine).arms[arm.index()]
    }

    /// The group with this id.
    pub fn group(&self, id: GroupId) -> &Group {
        &self.model.groups[id.index()]
    }

    /// The client attribute with this id.
    pub fn attribute(&self, id: AttributeId) -> &Attribute {
        &self.model.attributes[id.index()]
    }

    /// The check with this id.
    pub fn check(&self, id: CheckId) -> &Check {
        &self.model.checks[id.index()]
    }

    /// The lock that the rules call so.
    pub fn lock_by_name(&self, name: &str) -> Option<MachineId> {
        self.names.locks.get(name).copied()
    }

    /// The room or family that the rules call so, without alias and arguments.
    pub fn room_by_name(&self, name: &str) -> Option<MachineId> {
        self.names.rooms.get(name).copied()
    }

    /// The group that the rules call so.
    pub fn group_by_name(&self, name: &str) -> Option<GroupId> {
        self.names.groups.get(name).copied()
    }

    /// The client attribute that the rules call so.
    pub fn attribute_by_name(&self, name: &str) -> Option<AttributeId> {
        self.names.attributes.get(name).copied()
    }

    /// The check that the rules call so.
    pub fn check_by_name(&self, name: &str) -> Option<CheckId> {
        self.names.checks.get(name).copied()
    }

    /// The signal that the rules call so.
    pub fn signal_by_name(&self, name: &str) -> Option<SignalId> {
        self.names.signals.get(name).copied()
    }

    /// The line that a part of the model was read from, for traces and answers.
    pub fn where_is(&self, span: Span) -> Location {
        self.sources.locate(span)
    }
}

impl Names {
    fn of(model: &Model, uuids: &[Option<uuid::Uuid>]) -> Names {
        let mut names = Names::default();
        let known = uuids.iter().enumerate().filter_map(|(at, uuid)| Some(((*uuid)?, MachineId(at as u32))));
        names.uuids.extend(known);
        for (at, machine) in model.machines.iter().enumerate() {
            names.add_machine(MachineId(at as u32), machine);
        }
        for (at, group) in model.groups.iter().enumerate() {
            names.groups.insert(group.name.clone(), GroupId(at as u32));
        }
        for (at, attribute) in model.attributes.iter().enumerate() {
            names.attributes.insert(attribute.name.clone(), AttributeId(at as u32));
        }
        for (at, check) in model.checks.iter().enumerate() {
            names.checks.insert(check.name.clone(), CheckId(at as u32));
        }
        for (at, signal) in model.signals.iter().enumerate() {
            names.signals.insert(signal.clone(), SignalId(at as u32));
        }
        names
    }

    fn add_machine(&mut self, id: MachineId, machine: &Machine) {
        let Some(room) = machine.room() else {
            self.locks.insert(machine.name.clone(), id);
            return;
        };
        self.rooms.insert(machine.name.clone(), id);
        if let Some(alias) = room.alias {
            self.aliases.insert(alias, id);
        }
    }
}
