//! What a room or lock says, as a number: whether two rulesets say the same of it.
//!
//! A machine is written out as bytes in which everything has its name in place of its id, and nothing has a place. So
//! files, their order, comments and layout do not count. The order inside of a machine does: of two machines with one
//! hash, states and arms have the same ids. `on reload` does not count either: it says what becomes of a stack when
//! something changes, and is no change by itself.

mod actions;
mod exprs;
mod reach;
mod states;
mod types;
mod writer;

use crate::model::{
    Arm, ArmId, Door, Let, Lock, LockCall, Machine, MachineId, MachineKind, Mailbox, Model, Overflow, Param,
    Requirement, Retention, Room, State, Type,
};
use reach::Written;
use std::fmt;
use uuid::Uuid;
use writer::{Used, Writer};

/// A number that stands for what is said: equal where it is the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(u128);

impl ContentHash {
    fn of(bytes: &[u8]) -> ContentHash {
        ContentHash(Uuid::new_v5(&Uuid::NAMESPACE_OID, bytes).as_u128())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// What one machine says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Of the machine with all it calls: locks that it may wind, and the checks, groups and attributes that it and they
    /// use. Rooms that it leads to count by their names only.
    pub with_called: ContentHash,
    /// Of the machine by itself.
    pub own: ContentHash,
    /// Of each state by itself, by its id.
    pub states: Vec<ContentHash>,
}

/// What every machine of a ruleset says, by its id.
pub fn contents(model: &Model) -> Vec<Content> {
    let machines: Vec<(ContentHash, Used)> =
        model.machines.iter().map(|machine| machine_hash(model, machine)).collect();
    let written = Written { model, machines, groups_inside: reach::groups_inside(model) };
    let of = |(at, machine): (usize, &Machine)| Content {
        with_called: reach::with_called(&written, MachineId(at as u32)),
        own: written.machines.get(at).map_or(ContentHash::of(&[]), |(hash, _)| *hash),
        states: machine.states.iter().map(|state| state_hash(model, machine, state)).collect(),
    };
    model.machines.iter().enumerate().map(of).collect()
}

/// Of a type, wherever it stands.
pub(super) fn type_hash(ty: &Type) -> ContentHash {
    ContentHash::of(&types::written(ty))
}

/// Of what may be held in place of one another to meet a requirement of a room, whatever becomes of who does not.
pub(super) fn requirement_hash(model: &Model, machine: &Machine, requirement: &Requirement) -> ContentHash {
    let mut writer = Writer::new(model, machine);
    writer.list(&requirement.locks, Writer::lock_call);
    ContentHash::of(&writer.finish().0)
}

/// Of all that decides whether a requirement of a room is met, but for who asks and when.
pub(super) fn meeting_hash(model: &Model, machine: &Machine, requirement: &Requirement) -> ContentHash {
    reach::of_requirement(model, machine, requirement)
}

/// Of a door.
pub(super) fn door_hash(model: &Model, machine: &Machine, door: &Door) -> ContentHash {
    let mut writer = Writer::new(model, machine);
    writer.text("door");
    writer.door(door);
    ContentHash::of(&writer.finish().0)
}

/// Of a lock that is offered.
pub(super) fn offer_hash(model: &Model, machine: &Machine, offer: &LockCall) -> ContentHash {
    let mut writer = Writer::new(model, machine);
    writer.text("offer");
    writer.lock_call(offer);
    ContentHash::of(&writer.finish().0)
}

/// Of a lock whose key is renewed.
pub(super) fn renewal_hash(model: &Model, machine: &Machine, renewed: &LockCall) -> ContentHash {
    let mut writer = Writer::new(model, machine);
    writer.text("renewal");
    writer.lock_call(renewed);
    ContentHash::of(&writer.finish().0)
}

/// Of an arm's arrow: whence, when and where to, whatever is done on the way.
pub(super) fn arrow_hash(model: &Model, machine: &Machine, arm: &Arm) -> ContentHash {
    let mut writer = Writer::new(model, machine);
    writer.arm(&Arm { actions: Vec::new(), ..arm.clone() });
    ContentHash::of(&writer.finish().0)
}

fn machine_hash(model: &Model, machine: &Machine) -> (ContentHash, Used) {
    let mut writer = Writer::new(model, machine);
    writer.machine(machine);
    let (bytes, used) = writer.finish();
    (ContentHash::of(&bytes), used)
}

fn state_hash(model: &Model, machine: &Machine, state: &State) -> ContentHash {
    let mut writer = Writer::new(model, machine);
    writer.state(state);
    ContentHash::of(&writer.finish().0)
}

impl Writer<'_> {
    fn machine(&mut self, machine: &Machine) {
        let Machine {
            name,
            doc: _,
            span: _,
            params,
            lets,
            enter,
            states,
            arms,
            handlers,
            arrive,
            leave,
            timers,
            limit,
            on_reload: _,
            kind,
        } = machine;
        self.text(name);
        self.list(params, Writer::param);
        self.list(lets, Writer::constant);
        self.list(enter, Writer::action);
        self.list(states, Writer::state);
        // Once more in their own order, which deadlines on a stack count by.
        self.list(arms, Writer::arm);
        for list in [handlers, arrive, leave, timers] {
            self.arms(list);
        }
        self.option(limit.as_ref(), Writer::limit);
        match kind {
            MachineKind::Room(room) => self.room_kind(room),
            MachineKind::Lock(lock) => self.lock_kind(lock),
        }
    }

    fn room_kind(&mut self, room: &Room) {
        let Room {
            alias,
            uuid,
            public,
            requires,
            admit,
            admits_itself,
            capacity,
            history,
            mailbox,
            presence,
            posts_to,
            receives,
            doors,
            offers,
            renews,
            transient,
        } = room;
        self.text("room");
        self.flag(self.is_entry());
        self.option(alias.as_ref(), |writer, alias| writer.number(*alias));
        self.option(uuid.as_ref(), |writer, uuid| writer.text(&uuid.to_string()));
        self.flag(*public);
        self.list(requires, Writer::requirement);
        self.option(admit.as_ref(), Writer::admit);
        self.flag(*admits_itself);
        self.option(capacity.as_ref(), |writer, capacity| writer.number(*capacity));
        self.option(history.as_ref(), Writer::retention);
        self.option(mailbox.as_ref(), Writer::mailbox);
        self.flag(*presence);
        self.list(posts_to, Writer::dest);
        self.list(receives, |writer, group| writer.group(*group));
        self.list(doors, Writer::door);
        self.list(offers, Writer::lock_call);
        self.list(renews, Writer::lock_call);
        self.flag(*transient);
    }

    fn lock_kind(&mut self, lock: &Lock) {
        let Lock { gives, held, grace, attempts } = lock;
        self.text("lock");
        self.ty(gives);
        self.option(held.as_ref(), |writer, held| writer.number(*held));
        self.option(grace.as_ref(), |writer, grace| writer.number(*grace));
        self.option(attempts.as_ref(), |writer, attempts| writer.number(u64::from(*attempts)));
    }

    fn retention(&mut self, retention: &Retention) {
        let Retention { count, age } = retention;
        self.number(*count);
        self.option(age.as_ref(), |writer, age| writer.number(*age));
    }

    fn mailbox(&mut self, mailbox: &Mailbox) {
        let Mailbox { keep, overflow } = mailbox;
        self.retention(keep);
        self.flag(match overflow {
            Overflow::Refuse => false,
            Overflow::DropOldest => true,
        });
    }

    fn constant(&mut self, constant: &Let) {
        let Let { name, value, span: _ } = constant;
        self.text(name);
        self.expr(value);
    }

    fn param(&mut self, param: &Param) {
        let Param { name, ty, span: _ } = param;
        self.text(name);
        self.ty(ty);
    }

    fn arms(&mut self, arms: &[ArmId]) {
        self.list(arms, |writer, id| writer.arm_by_id(*id));
    }
}
