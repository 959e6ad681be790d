//! Watches a house, and says which claims are broken, straight from what they say in `docs/language.md`.

use super::super::engine::stage::Stage;
use super::claim::Claim;
use std::collections::{BTreeMap, BTreeSet};
use windlass::machine::Program;
use windlass::model::{Action, ActionKind, ArmId, Machine, MachineId, TargetKind};
use windlass::value::RoomKey;
use windlass::wind::{Asker, Effect, Event, Role, SocketId, Step, Trace, WindStack};

/// What has to be remembered of the sockets beside what the engine knows.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The locks that have resolved for each.
    passed: BTreeMap<SocketId, BTreeSet<MachineId>>,
    /// The rooms that have admitted each since it left one for the entry room.
    been: BTreeMap<SocketId, BTreeSet<MachineId>>,
}

/// What one input did.
#[derive(Default)]
pub struct Seen {
    /// Locks that had resolved for a socket whose rule set the attribute.
    sets: Vec<BTreeSet<MachineId>>,
    /// A room to which a socket was admitted, and those that admitted it before.
    moves: Vec<(MachineId, BTreeSet<MachineId>)>,
    /// A room to which a socket was admitted, in which it spoke, or which it hears, and the locks that had resolved.
    inside: Vec<(MachineId, BTreeSet<MachineId>)>,
    deepest: u32,
    /// A pass needed more steps than `lint` had proved.
    pub overrun: bool,
}

impl Memory {
    /// Takes note of what the last input did.
    pub fn watch(&mut self, stage: &mut Stage) -> Seen {
        let mut seen = Seen::default();
        while let Some((socket, trace)) = stage.engine.poll_trace() {
            let program = stage.engine.program().clone();
            // The engine lets a pass take as much again for each message that it delivers; `lint` proves less. Where a room asks for
            // a key that has ended, that is an event of its own.
            let events = if renews(&program) { 2 } else { 1 };
            seen.overrun |= trace.overrun || trace.steps.len() > events * program.bounds.pass as usize;
            let keys = stage.engine.socket(socket).map(|stack| keys(&program, stack));
            self.watch_pass(&program, socket, &trace, keys.as_ref(), &mut seen);
        }
        for socket in stage.engine.sockets() {
            self.watch_socket(stage, socket, &mut seen);
        }
        let open = &stage.open;
        self.passed.retain(|socket, _| open.contains(socket));
        self.been.retain(|socket, _| open.contains(socket));
        seen
    }

    fn watch_pass(
        &mut self,
        program: &Program,
        socket: SocketId,
        trace: &Trace,
        keys: Option<&BTreeSet<MachineId>>,
        seen: &mut Seen,
    ) {
        let passed = self.passed.entry(socket).or_default();
        let has_set = trace.effects.iter().any(|effect| matches!(effect, Effect::Set(..)));
        // What a room's gate had when it went; where it went twice, the later time.
        let mut at_gate: BTreeMap<MachineId, BTreeSet<MachineId>> = BTreeMap::new();
        for (_, step) in &trace.steps {
            if has_set && sets(program, *step) {
                seen.sets.push(passed.clone());
            }
            match step {
                // Its last action may have failed it; of a socket that is gone by now no key is left to tell.
                Step::Took(id, arm)
                    if resolves(program.machine(*id), *arm) && keys.is_none_or(|keys| keys.contains(id)) =>
                {
                    passed.insert(*id);
                }
                Step::Gone(id) => {
                    at_gate.insert(*id, passed.clone());
                }
                Step::Took(..) | Step::Entered(..) | Step::Wound(_) => {}
            }
        }
        let been = self.been.entry(socket).or_default();
        let is_out = leaves_where_it_stands(program, trace);
        for effect in &trace.effects {
            let Effect::Enter(room) = effect else { continue };
            let id = machine(program, room);
            if is_out && id == program.model.entry {
                been.clear();
            }
            seen.moves.push((id, been.clone()));
            seen.inside.push((id, at_gate.get(&id).cloned().unwrap_or_default()));
            been.insert(id);
        }
    }

    fn watch_socket(&self, stage: &Stage, socket: SocketId, seen: &mut Seen) {
        let Some(stack) = stage.engine.socket(socket) else { return };
        let passed = self.passed.get(&socket).cloned().unwrap_or_default();
        let program = stage.engine.program();
        for frame in &stack.rooms {
            seen.inside.push((frame.machine, passed.clone()));
        }
        for (at, found) in program.model.machines.iter().enumerate().filter(|(_, found)| found.room().is_some()) {
            if stage.engine.room_sockets(&RoomKey(found.name.clone())).contains(&socket) {
                seen.inside.push((MachineId(at as u32), passed.clone()));
            }
        }
        seen.deepest = seen.deepest.max(deepest_run(stack));
    }
}

impl Seen {
    /// Whether it is not as claimed.
    pub fn breaks(&self, program: &Program, claim: &Claim) -> bool {
        let named = |id: &MachineId| &*program.machine(*id).name;
        let has_one = |passed: &BTreeSet<MachineId>, locks: &[String]| {
            passed.iter().any(|id| locks.iter().any(|lock| lock == named(id)))
        };
        match claim {
            Claim::RoomBehind(room, locks) => {
                self.inside.iter().any(|(id, passed)| named(id) == room && !has_one(passed, locks))
            }
            Claim::SetBehind(locks) => self.sets.iter().any(|passed| !has_one(passed, locks)),
            Claim::NeverSet => !self.sets.is_empty(),
            Claim::NeverTo(from, to) => {
                self.moves.iter().any(|(id, been)| named(id) == to && been.iter().any(|id| named(id) == from))
            }
            Claim::Depth(most) => self.deepest > *most,
        }
    }
}

fn renews(program: &Program) -> bool {
    program.model.machines.iter().filter_map(Machine::room).any(|room| !room.renews.is_empty())
}

fn machine(program: &Program, room: &RoomKey) -> MachineId {
    program.room_of(room).map(|(id, _)| id).expect("a room of the rules")
}

fn keys(program: &Program, stack: &WindStack) -> BTreeSet<MachineId> {
    stack.keys.iter().filter_map(|key| program.lock_by_name(&key.kind.lock)).collect()
}

fn resolves(machine: &Machine, arm: ArmId) -> bool {
    let target = machine.arms.get(arm.index()).and_then(|arm| arm.target.as_ref());
    target.is_some_and(|target| matches!(target.kind, TargetKind::Resolve(..)))
}

fn sets(program: &Program, step: Step) -> bool {
    let of = |id: MachineId| program.machine(id);
    let actions: &[Action] = match step {
        Step::Took(id, arm) => of(id).arms.get(arm.index()).map_or(&[], |arm| &arm.actions),
        Step::Entered(id, state) => of(id).states.get(state.index()).map_or(&[], |state| &state.enter),
        Step::Wound(_) | Step::Gone(_) => &[],
    };
    actions.iter().any(|action| matches!(action.kind, ActionKind::Set(..)))
}

/// Whether the client, or a rule, takes the socket out of the room where it stands.
fn leaves_where_it_stands(program: &Program, trace: &Trace) -> bool {
    let Some(standing) = trace.before.first() else { return false };
    let by_client = match &trace.event {
        Event::Leave(room, _) | Event::Left(room) => *room.0 == **standing,
        Event::Connect
        | Event::Message(_)
        | Event::Cancel(_)
        | Event::Signal { .. }
        | Event::Verdict { .. }
        | Event::Tick
        | Event::Reloaded
        | Event::Resume { .. }
        | Event::Moved(_)
        | Event::Wound { .. }
        | Event::Revoked(_)
        | Event::Expelled(_)
        | Event::Close => false,
    };
    let by_rule = trace.steps.iter().any(|(_, step)| {
        let Step::Took(id, arm) = step else { return false };
        let actions = program.machine(*id).arms.get(arm.index()).map_or(&[][..], |arm| &arm.actions);
        actions.iter().any(|action| matches!(action.kind, ActionKind::Leave(_)))
    });
    by_client || by_rule
}

fn deepest_run(stack: &WindStack) -> u32 {
    let (mut deepest, mut run) = (0, 0);
    for frame in &stack.frames {
        run = if matches!(frame.role, Role::Lock(Asker::Below)) { run + 1 } else { 1 };
        deepest = deepest.max(run);
    }
    deepest + u32::from(stack.standing.is_some())
}
