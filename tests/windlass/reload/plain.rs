//! The plainest reading of what a room requires and who holds it, from the rules' text at that moment and the keys on the ring.

use super::house::{House, Moment, Standing};
use windlass::machine::Program;
use windlass::model::{Expr, ExprKind, Literal, LockCall, Machine};
use windlass::value::RoomKey;
use windlass::wind::{Key, Member, SocketId, WindStack};

/// What a lock takes and gives, as a key of it says.
fn signature(lock: &Machine) -> String {
    let takes: Vec<String> = lock.params.iter().map(|param| param.ty.to_string()).collect();
    let gives = lock.lock().map(|lock| lock.gives.to_string()).unwrap_or_default();
    format!("({}) -> {gives}", takes.join(", "))
}

/// Whether a key on the ring counts under the rules of a moment: the lock takes and gives what it did, it has not expired,
/// and its lock was not revoked since the socket last saw the rules.
pub fn counts(house: &House, stack: &WindStack, key: &Key, at: Moment) -> bool {
    let program = &house.programs[&at.active];
    let lock = program.lock_by_name(&key.kind.lock).map(|lock| program.machine(lock));
    let is_revoked = house.revoked.iter().any(|(epoch, revoked)| {
        *epoch > stack.epoch && *epoch <= at.active && revoked.iter().any(|revoked| **revoked == *key.kind.lock)
    });
    lock.is_some_and(|lock| signature(lock) == *key.kind.signature) && key.listens(at.now) && !is_revoked
}

/// Whether the socket holds what the rules of a moment require for a room; never for a room that is not there.
pub fn meets(house: &House, stack: &WindStack, room: &RoomKey, at: Moment) -> bool {
    let program = &house.programs[&at.active];
    let Some((machine, _)) = program.room_of(room) else { return false };
    let Some(rules) = program.machine(machine).room() else { return false };
    let holds = |call: &LockCall| {
        let key = |key: &&Key| is_of(program, key, call, stack) && counts(house, stack, key, at);
        stack.keys.iter().any(|held| key(&held))
    };
    rules.requires.iter().all(|requirement| requirement.locks.iter().any(holds))
}

fn is_of(program: &Program, key: &Key, call: &LockCall, stack: &WindStack) -> bool {
    let is_same = |(arg, held): (&Expr, &windlass::value::Value)| match &arg.kind {
        ExprKind::Literal(Literal::Text(text)) => held.as_text() == Some(text),
        ExprKind::ClientId => held.as_text() == stack.client.as_ref(),
        other => panic!("the random rules ask {other:?}"),
    };
    key.kind.lock == program.machine(call.lock).name
        && key.args.len() == call.args.len()
        && call.args.iter().zip(&*key.args).all(is_same)
}

/// Whether a socket is to get what a room says.
pub fn belongs(house: &House, standing: &Standing, id: SocketId, room: &RoomKey) -> bool {
    let Some(stack) = standing.stacks.get(&id) else { return false };
    let member = stack.client.clone().map_or(Member::Socket(id), Member::Client);
    standing.members.get(room).is_some_and(|members| members.contains(&member))
        && meets(house, stack, room, standing.moment)
}
