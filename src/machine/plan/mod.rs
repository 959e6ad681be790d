//! What a reload would do, told before it is done: per room and lock what becomes of the sockets in it, what breaks for
//! clients, and what was added and lost.

mod breaking;
mod changes;

pub use breaking::Breaking;
pub use changes::{Changes, Part, Place};

use super::Program;
use super::compare::{Change, Comparison, Fate, KindChange, Likeness, Requires};
use crate::model::{Machine, MachineId, Reload};
use serde::{Deserialize, Serialize};

/// What becomes of everything when a ruleset takes another's place.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Plan {
    /// Rooms and locks of the old rules in their order, then those that are new.
    pub machines: Vec<Planned>,
    /// Attributes of clients, with their types.
    pub attributes: Changes,
    /// Groups, by their names.
    pub groups: Changes,
    /// Declared checks, with what they are asked and what they give.
    pub checks: Changes,
    /// What must hold on every path.
    pub proofs: Changes,
    /// What clients may miss.
    pub breaking: Vec<Breaking>,
}

/// What becomes of one room or lock.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Planned {
    /// What it is called.
    pub name: String,
    /// A room or a lock.
    pub kind: Kind,
    /// What becomes of the sockets in it.
    pub outcome: Outcome,
    /// What the rules say of a reload: the new ones, or of what is gone the old ones.
    pub on_reload: Reload,
    /// Whether it says something else itself; otherwise only something that it calls or uses does.
    pub itself: bool,
    /// Whether a room requires something that it did not require.
    pub requires_more: bool,
    /// Where it stands, in the new rules if it is there.
    #[serde(flatten)]
    pub at: Place,
    /// What a room requires, offers, renews and has doors to.
    pub ways: Changes,
    /// Its states.
    pub states: Changes,
    /// Its arms with their arrows, each with the state that it is of.
    pub arms: Changes,
}

/// A room or a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A place.
    Room,
    /// A question.
    Lock,
}

/// What becomes of the sockets in a room or lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Nothing: it says what it said.
    Unchanged,
    /// A room: who is in it goes on there under the new rules.
    Moved,
    /// A lock: runs that are in the middle of it finish under the old rules.
    Pinned,
    /// A room begins again for who is in it; runs in the middle of a lock are wound anew.
    Restarted,
    /// Sockets that stand in the room, or are in the middle of the lock, are dropped.
    Dropped,
    /// It is not there any more.
    Gone,
    /// Nobody can be in it yet.
    New,
}

impl Plan {
    /// What would become of the old rules' parts.
    pub fn of(old: &Program, new: &Program) -> Plan {
        let comparison = Comparison::of(old, new);
        let known = comparison.machines().map(|(id, fate)| planned(old, new, id, fate));
        let added = comparison.added().iter().map(|id| added(new, *id));
        Plan {
            machines: known.chain(added).collect(),
            attributes: changes::attributes(old, new),
            groups: changes::groups(old, new),
            checks: changes::checks(old, new),
            proofs: changes::proofs(old, new),
            breaking: breaking::all(old, new, &comparison),
        }
    }

    /// Whether sockets would be dropped if they were in the middle of something.
    pub fn drops(&self) -> bool {
        self.machines.iter().any(Planned::drops)
    }

    /// Whether something that was proved is not claimed any more.
    pub fn loses_proof(&self) -> bool {
        !self.proofs.lost.is_empty()
    }
}

impl Planned {
    /// Whether sockets that are in it would be dropped. A room that is gone lets everybody go to the entry room.
    pub fn drops(&self) -> bool {
        let is_gone_lock = self.outcome == Outcome::Gone && self.kind == Kind::Lock;
        self.outcome == Outcome::Dropped || (is_gone_lock && self.on_reload == Reload::Drop)
    }
}

impl Kind {
    fn of(machine: &Machine) -> Kind {
        if machine.room().is_some() { Kind::Room } else { Kind::Lock }
    }
}

fn planned(old: &Program, new: &Program, id: MachineId, fate: &Fate) -> Planned {
    let machine = old.machine(id);
    let same = Planned {
        name: machine.name.to_string(),
        kind: Kind::of(machine),
        outcome: Outcome::Unchanged,
        on_reload: machine.on_reload,
        itself: false,
        requires_more: false,
        at: Place::of(old, machine.span),
        ways: Changes::default(),
        states: Changes::default(),
        arms: Changes::default(),
    };
    match fate {
        Fate::Same(now) => Planned { at: Place::of(new, new.machine(*now).span), ..same },
        Fate::Changed(change) => changed(old, new, id, change, same),
        Fate::Gone => Planned {
            outcome: Outcome::Gone,
            itself: true,
            ways: changes::ways((old, Some(id)), (new, None)),
            states: changes::states((old, Some(id)), (new, None)),
            arms: changes::arms((old, Some(id)), (new, None)),
            ..same
        },
    }
}

fn changed(old: &Program, new: &Program, id: MachineId, change: &Change, same: Planned) -> Planned {
    let outcome = match (change.on_reload, same.kind) {
        (Reload::Pin, Kind::Room) => Outcome::Moved,
        (Reload::Pin, Kind::Lock) => Outcome::Pinned,
        (Reload::Restart, Kind::Room | Kind::Lock) => Outcome::Restarted,
        (Reload::Drop, Kind::Room | Kind::Lock) => Outcome::Dropped,
    };
    Planned {
        outcome,
        on_reload: change.on_reload,
        itself: change.own == Likeness::Different,
        requires_more: matches!(change.kind, KindChange::Room(Requires::More, _)),
        at: Place::of(new, new.machine(change.new).span),
        ways: changes::ways((old, Some(id)), (new, Some(change.new))),
        states: changes::states((old, Some(id)), (new, Some(change.new))),
        arms: changes::arms((old, Some(id)), (new, Some(change.new))),
        ..same
    }
}

fn added(new: &Program, id: MachineId) -> Planned {
    let machine = new.machine(id);
    Planned {
        name: machine.name.to_string(),
        kind: Kind::of(machine),
        outcome: Outcome::New,
        on_reload: machine.on_reload,
        itself: true,
        requires_more: false,
        at: Place::of(new, machine.span),
        ways: changes::ways((new, None), (new, Some(id))),
        states: changes::states((new, None), (new, Some(id))),
        arms: changes::arms((new, None), (new, Some(id))),
    }
}
