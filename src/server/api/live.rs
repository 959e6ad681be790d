//! Whom a change of rules would concern now. Sockets are looked at a part at a time, between inputs, and counted elsewhere.

use super::answer::Problem;
use crate::engine::Engine;
use crate::machine::{Comparison, Fate, Program};
use crate::model::{MachineId, Reload};
use crate::server::Shared;
use crate::server::reload::beside;
use crate::wind::{Epoch, Epochs, Frame, Role, SocketId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// So many sockets are looked at between two inputs.
const LOOK_MAX: usize = 1000;

/// How many sockets and clients there are somewhere.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(super) struct Count {
    /// Sockets.
    sockets: usize,
    /// Clients, counted once however many sockets they have there.
    clients: usize,
}

/// Whom it would concern.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct LiveAnswer {
    /// All who are connected.
    connected: Count,
    /// Who would finish a lock under the rules before.
    pinned: Count,
    /// Who would begin a lock, a gate or a room anew.
    restarted: Count,
    /// Who would be closed, to come back.
    dropped: Count,
    /// By the names of rooms and locks.
    machines: BTreeMap<String, MachineCount>,
}

/// Who is in a room or lock.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(super) struct MachineCount {
    /// Who stands in the room.
    standing: Count,
    /// Who is in the middle of the lock, or at the room's gate.
    inside: Count,
}

impl LiveAnswer {
    /// Whether a socket would be closed now.
    pub(super) fn drops(&self) -> bool {
        self.dropped.sockets > 0
    }
}

/// What is counted of a socket.
struct Seen {
    socket: SocketId,
    client: Option<Arc<str>>,
    standing: Option<(Epoch, MachineId)>,
    frames: Vec<(Epoch, MachineId, IsLock)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IsLock {
    Yes,
    No,
}

/// What would become of a frame, and so of its socket: the worst counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fared {
    Unaffected,
    Pinned,
    Restarted,
    Dropped,
}

/// Looks at everybody, and counts whom these rules would concern.
pub(super) async fn count(shared: &Shared, program: Arc<Program>) -> Result<LiveAnswer, Problem> {
    let look = shared.hatch.ask(|inside| (inside.engine.sockets_unsorted(), inside.engine.epochs().clone()));
    let (ids, epochs) = look.await?;
    let mut seen = Vec::with_capacity(ids.len());
    for part in ids.chunks(LOOK_MAX) {
        let part = part.to_vec();
        let looked = shared.hatch.ask(move |inside| -> Vec<Seen> {
            part.into_iter().filter_map(|id| Seen::of(inside.engine, id)).collect()
        });
        seen.extend(looked.await?);
    }
    Ok(beside(move || tally(&seen, &epochs, &program)).await?)
}

impl Seen {
    fn of(engine: &Engine, socket: SocketId) -> Option<Seen> {
        let stack = engine.socket(socket)?;
        let seen = |frame: &Frame| {
            let is_lock = if matches!(frame.role, Role::Lock(_)) { IsLock::Yes } else { IsLock::No };
            (frame.epoch, frame.machine, is_lock)
        };
        Some(Seen {
            socket,
            client: stack.client.clone(),
            standing: stack.standing_frame().map(|frame| (frame.epoch, frame.machine)),
            frames: stack.frames.iter().map(seen).collect(),
        })
    }
}

fn tally(seen: &[Seen], epochs: &Epochs, program: &Program) -> LiveAnswer {
    let fates: BTreeMap<Epoch, Comparison> =
        epochs.live().map(|rules| (rules.epoch, Comparison::of(&rules.program, program))).collect();
    let fate = |epoch, machine| fates.get(&epoch).map_or(&Fate::Gone, |fates| fates.machine(machine));
    let name = |epoch, machine| epochs.program(epoch).machine(machine).name.to_string();
    let mut sums = Sums::default();
    for seen in seen {
        let standing = seen.standing.iter().map(|(epoch, machine)| fared(fate(*epoch, *machine), IsLock::No));
        let frames = seen.frames.iter().map(|(epoch, machine, is_lock)| fared(fate(*epoch, *machine), *is_lock));
        sums.fared.entry(standing.chain(frames).max().unwrap_or(Fared::Unaffected)).or_default().add(seen);
        sums.connected.add(seen);
        if let Some((epoch, machine)) = seen.standing {
            sums.machines.entry(name(epoch, machine)).or_default().0.add(seen);
        }
        for (epoch, machine, _) in &seen.frames {
            sums.machines.entry(name(*epoch, *machine)).or_default().1.add(seen);
        }
    }
    sums.answer()
}

/// Rooms and gates move at once unless the new rules say otherwise; a lock is finished.
fn fared(fate: &Fate, is_lock: IsLock) -> Fared {
    match fate {
        Fate::Same(_) => Fared::Unaffected,
        Fate::Gone => {
            if is_lock == IsLock::Yes {
                Fared::Pinned
            } else {
                Fared::Unaffected
            }
        }
        Fate::Changed(change) => match change.on_reload {
            Reload::Drop => Fared::Dropped,
            Reload::Restart => Fared::Restarted,
            Reload::Pin if is_lock == IsLock::Yes => Fared::Pinned,
            Reload::Pin => Fared::Unaffected,
        },
    }
}

#[derive(Default)]
struct Sums<'seen> {
    connected: Group<'seen>,
    fared: BTreeMap<Fared, Group<'seen>>,
    machines: BTreeMap<String, (Group<'seen>, Group<'seen>)>,
}

#[derive(Default)]
struct Group<'seen> {
    sockets: BTreeSet<SocketId>,
    clients: BTreeSet<&'seen str>,
}

impl<'seen> Group<'seen> {
    fn add(&mut self, seen: &'seen Seen) {
        self.sockets.insert(seen.socket);
        self.clients.extend(seen.client.as_deref());
    }

    fn count(&self) -> Count {
        Count { sockets: self.sockets.len(), clients: self.clients.len() }
    }
}

impl Sums<'_> {
    fn answer(&self) -> LiveAnswer {
        let fared = |which| self.fared.get(&which).map(Group::count).unwrap_or_default();
        let machine =
            |(standing, inside): &(Group, Group)| MachineCount { standing: standing.count(), inside: inside.count() };
        LiveAnswer {
            connected: self.connected.count(),
            pinned: fared(Fared::Pinned),
            restarted: fared(Fared::Restarted),
            dropped: fared(Fared::Dropped),
            machines: self.machines.iter().map(|(name, groups)| (name.clone(), machine(groups))).collect(),
        }
    }
}
