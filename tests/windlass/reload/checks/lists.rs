//! Who is on a room's list is who is a member and holds what it requires now; and the shards were told the same. While a reload
//! is under way some have yet to be looked at, and are on lists of their own.

use super::super::house::{House, Standing};
use super::super::plain::belongs;
use std::collections::BTreeSet;
use windlass::wind::SocketId;

pub fn check(house: &House, after: &Standing) -> Result<(), String> {
    let engine = &house.stage.engine;
    let mut told: Vec<&BTreeSet<SocketId>> = house.stage.lists.values().filter(|list| !list.is_empty()).collect();
    for room in &house.rooms {
        let listed: BTreeSet<SocketId> = engine.room_sockets(room).into_iter().collect();
        if !listed.is_empty() {
            let at = told.iter().position(|told| **told == listed);
            told.remove(at.ok_or_else(|| format!("the shards have no list of {room:?}: {listed:?}"))?);
        }
        let doubted = &after.doubted[room];
        let is_told = |id: &&SocketId| house.stage.lists.values().any(|list| list.contains(id));
        if !doubted.is_disjoint(&listed) || !doubted.iter().all(|id| is_told(&id)) {
            return Err(format!("{room:?} lists {listed:?}, and doubts {doubted:?}"));
        }
        if !engine.is_moving() && !doubted.is_empty() {
            return Err(format!("{room:?} doubts {doubted:?} for ever"));
        }
        let right: BTreeSet<SocketId> =
            after.stacks.keys().copied().filter(|id| belongs(house, after, *id, room)).collect();
        if !engine.is_moving() && listed != right {
            return Err(format!("{room:?} lists {listed:?}, and not {right:?}"));
        }
    }
    Ok(())
}
