//! What becomes of each part of a ruleset when another takes its place: the same names are the same things.

use super::Program;
use super::content::{Content, ContentHash, contents, meeting_hash, requirement_hash, type_hash};
use crate::model::{
    AttributeId, CheckId, GroupId, Machine, MachineId, MachineKind, Model, Param, Reload, Requirement, SignalId,
    StateId,
};
use std::collections::{BTreeMap, BTreeSet};

/// An old ruleset beside a new one. Every look-up is by an id of the old one.
#[derive(Clone, Debug)]
pub struct Comparison {
    machines: Vec<Fate>,
    added: Vec<MachineId>,
    attributes: Vec<AttributeFate>,
    groups: Vec<Option<GroupId>>,
    checks: Vec<CheckFate>,
    signals: Vec<Option<SignalId>>,
}

/// What becomes of a room or lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It says what it said, and so does all that it calls. Its states and arms have the same ids.
    Same(MachineId),
    /// It, or something that it calls, says something else.
    Changed(Change),
    /// Nothing of its kind has its name any more.
    Gone,
}

/// How a room or lock differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is now.
    pub new: MachineId,
    /// Whether it says what it said, without what it calls.
    pub own: Likeness,
    /// What the new rules say becomes of a stack in the middle of it.
    pub on_reload: Reload,
    /// What becomes of each of its states, by its id.
    pub states: Vec<StateFate>,
    /// The types of its parameters. Of a family: whether its rooms have the same addresses.
    pub params: Likeness,
    /// What its kind adds.
    pub kind: KindChange,
}

/// How what only rooms or only locks have differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindChange {
    /// Of a room: what it requires, and whether who met that meets it still.
    Room(Requires, Holders),
    /// Of a lock: whether its keys are still keys.
    Lock(KeyFit),
}

/// Whether two things are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// They are.
    Same,
    /// They are not.
    Different,
}

/// What becomes of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFate {
    /// A state of its name takes the same types of values. The likeness is of what both say.
    Kept(StateId, Likeness),
    /// No state of its name does.
    Gone,
}

/// What a room requires now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requires {
    /// What it required, in the same order.
    Same,
    /// Nothing that it did not require.
    NoMore,
    /// Something that it did not require.
    More,
}

/// Whether who met all that a room required meets what it requires now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holders {
    /// For certain, whoever it is.
    Meet,
    /// Each has to be looked at.
    MayNot,
}

/// Whether a key of a lock is held still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFit {
    /// The lock takes and gives the same types.
    Fits,
    /// It does not: the key is void.
    Void,
}

/// What becomes of a client attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeFate {
    /// One has its name. The likeness is of their types.
    Kept(AttributeId, Likeness),
    /// None has.
    Gone,
}

/// What becomes of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckFate {
    /// One has its name. The likeness is of what they are asked and what they give.
    Kept(CheckId, Likeness),
    /// None has.
    Gone,
}

impl Comparison {
    /// Compares all of two rulesets.
    pub fn of(old: &Program, new: &Program) -> Comparison {
        let machines = Machines {
            old: &old.model,
            new: &new.model,
            old_contents: contents(&old.model),
            new_contents: contents(&new.model),
            by_name: new
                .model
                .machines
                .iter()
                .enumerate()
                .map(|(at, found)| (&*found.name, MachineId(at as u32)))
                .collect(),
        };
        let groups = old.model.groups.iter().map(|group| new.group_by_name(&group.name));
        let signals = old.model.signals.iter().map(|name| new.signal_by_name(name));
        Comparison {
            machines: machines.fates(),
            added: machines.added(),
            attributes: attributes(old, new),
            groups: groups.collect(),
            checks: checks(old, new),
            signals: signals.collect(),
        }
    }

    /// What becomes of a room or lock.
    pub fn machine(&self, old: MachineId) -> &Fate {
        self.machines.get(old.index()).unwrap_or(&Fate::Gone)
    }

    /// What becomes of every room and lock.
    pub fn machines(&self) -> impl Iterator<Item = (MachineId, &Fate)> {
        self.machines.iter().enumerate().map(|(at, fate)| (MachineId(at as u32), fate))
    }

    /// Rooms and locks that the old rules do not have, by their new ids.
    pub fn added(&self) -> &[MachineId] {
        &self.added
    }

    /// What becomes of a client attribute.
    pub fn attribute(&self, old: AttributeId) -> AttributeFate {
        self.attributes.get(old.index()).copied().unwrap_or(AttributeFate::Gone)
    }

    /// The group that has its name now.
    pub fn group(&self, old: GroupId) -> Option<GroupId> {
        self.groups.get(old.index()).copied().flatten()
    }

    /// What becomes of a check.
    pub fn check(&self, old: CheckId) -> CheckFate {
        self.checks.get(old.index()).copied().unwrap_or(CheckFate::Gone)
    }

    /// The signal that has its name now.
    pub fn signal(&self, old: SignalId) -> Option<SignalId> {
        self.signals.get(old.index()).copied().flatten()
    }
}

impl Fate {
    /// What has its name now.
    pub fn new_id(&self) -> Option<MachineId> {
        match self {
            Fate::Same(new) | Fate::Changed(Change { new, .. }) => Some(*new),
            Fate::Gone => None,
        }
    }

    /// How it differs, where it is still there.
    pub fn change(&self) -> Option<&Change> {
        match self {
            Fate::Changed(change) => Some(change),
            Fate::Same(_) | Fate::Gone => None,
        }
    }

    /// What becomes of one of its states.
    pub fn state(&self, old: StateId) -> StateFate {
        match self {
            Fate::Same(_) => StateFate::Kept(old, Likeness::Same),
            Fate::Changed(change) => change.states.get(old.index()).copied().unwrap_or(StateFate::Gone),
            Fate::Gone => StateFate::Gone,
        }
    }

    /// Of a lock: whether a key of it is held still.
    pub fn key(&self) -> KeyFit {
        match self {
            Fate::Same(_) => KeyFit::Fits,
            Fate::Changed(Change { kind: KindChange::Lock(fit), .. }) => *fit,
            Fate::Changed(Change { kind: KindChange::Room(..), .. }) | Fate::Gone => KeyFit::Void,
        }
    }
}

impl Likeness {
    fn of<T: PartialEq>(old: &T, new: &T) -> Likeness {
        if old == new { Likeness::Same } else { Likeness::Different }
    }
}

/// The machines of both rulesets, with what they say.
struct Machines<'model> {
    old: &'model Model,
    new: &'model Model,
    old_contents: Vec<Content>,
    new_contents: Vec<Content>,
    by_name: BTreeMap<&'model str, MachineId>,
}

impl Machines<'_> {
    fn fates(&self) -> Vec<Fate> {
        self.old.machines.iter().zip(&self.old_contents).map(|(machine, content)| self.fate(machine, content)).collect()
    }

    fn added(&self) -> Vec<MachineId> {
        let known: BTreeSet<(&str, bool)> = self.old.machines.iter().map(name_and_kind).collect();
        let new = self.new.machines.iter().enumerate();
        new.filter(|(_, machine)| !known.contains(&name_and_kind(machine)))
            .map(|(at, _)| MachineId(at as u32))
            .collect()
    }

    fn fate(&self, old: &Machine, old_content: &Content) -> Fate {
        let Some((id, new, new_content)) = self.successor(&old.name) else { return Fate::Gone };
        if old_content.with_called == new_content.with_called {
            return Fate::Same(id);
        }
        let kind = match (&old.kind, &new.kind) {
            (MachineKind::Room(_), MachineKind::Room(_)) => {
                KindChange::Room(self.requires(old, new), self.holders(old, new))
            }
            (MachineKind::Lock(_), MachineKind::Lock(_)) => KindChange::Lock(key_fit(old, new)),
            (MachineKind::Room(_), MachineKind::Lock(_)) | (MachineKind::Lock(_), MachineKind::Room(_)) => {
                return Fate::Gone;
            }
        };
        Fate::Changed(Change {
            new: id,
            own: Likeness::of(&old_content.own, &new_content.own),
            on_reload: new.on_reload,
            states: states((old, old_content), (new, new_content)),
            params: Likeness::of(&param_types(&old.params), &param_types(&new.params)),
            kind,
        })
    }

    fn successor(&self, name: &str) -> Option<(MachineId, &Machine, &Content)> {
        let id = *self.by_name.get(name)?;
        Some((id, self.new.machines.get(id.index())?, self.new_contents.get(id.index())?))
    }

    fn holders(&self, old: &Machine, new: &Machine) -> Holders {
        let (before, now) = (requirements(self.old, old, meeting_hash), requirements(self.new, new, meeting_hash));
        if now.iter().all(|requirement| before.contains(requirement)) { Holders::Meet } else { Holders::MayNot }
    }

    fn requires(&self, old: &Machine, new: &Machine) -> Requires {
        let (before, now) =
            (requirements(self.old, old, requirement_hash), requirements(self.new, new, requirement_hash));
        if before == now {
            return Requires::Same;
        }
        if now.iter().all(|requirement| before.contains(requirement)) { Requires::NoMore } else { Requires::More }
    }
}

fn name_and_kind(machine: &Machine) -> (&str, bool) {
    (&machine.name, machine.room().is_some())
}

fn requirements(
    model: &Model,
    machine: &Machine,
    hash: impl Fn(&Model, &Machine, &Requirement) -> ContentHash,
) -> Vec<ContentHash> {
    let required = machine.room().into_iter().flat_map(|room| &room.requires);
    required.map(|requirement| hash(model, machine, requirement)).collect()
}

fn states((old, old_content): (&Machine, &Content), (new, new_content): (&Machine, &Content)) -> Vec<StateFate> {
    let of = |at: usize| {
        let state = old.states.get(at)?;
        let same = |found: &crate::model::State| {
            found.name == state.name && param_types(&found.params) == param_types(&state.params)
        };
        let place = new.states.iter().position(same)?;
        let likeness = Likeness::of(&old_content.states.get(at), &new_content.states.get(place));
        Some(StateFate::Kept(StateId(place as u32), likeness))
    };
    (0..old.states.len()).map(|at| of(at).unwrap_or(StateFate::Gone)).collect()
}

fn key_fit(old: &Machine, new: &Machine) -> KeyFit {
    let types = |machine: &Machine| (param_types(&machine.params), machine.lock().map(|lock| type_hash(&lock.gives)));
    if types(old) == types(new) { KeyFit::Fits } else { KeyFit::Void }
}

fn param_types(params: &[Param]) -> Vec<ContentHash> {
    params.iter().map(|param| type_hash(&param.ty)).collect()
}

fn attributes(old: &Program, new: &Program) -> Vec<AttributeFate> {
    let fate = |attribute: &crate::model::Attribute| {
        let id = new.attribute_by_name(&attribute.name)?;
        let likeness = Likeness::of(&type_hash(&attribute.ty), &type_hash(&new.attribute(id).ty));
        Some(AttributeFate::Kept(id, likeness))
    };
    old.model.attributes.iter().map(|attribute| fate(attribute).unwrap_or(AttributeFate::Gone)).collect()
}

fn checks(old: &Program, new: &Program) -> Vec<CheckFate> {
    let signature = |check: &crate::model::Check| (param_types(&check.params), type_hash(&check.gives));
    let fate = |check: &crate::model::Check| {
        let id = new.check_by_name(&check.name)?;
        Some(CheckFate::Kept(id, Likeness::of(&signature(check), &signature(new.check(id)))))
    };
    old.model.checks.iter().map(|check| fate(check).unwrap_or(CheckFate::Gone)).collect()
}
