//! Who is on a room's list is who is a member and holds what it requires now; and the shards were told the same. While a reload
//! is under way some have yet to be looked at, and are on lists of their own.

use super::super::house::{House, Standing};
use super::super::plain::belongs;
use std::collections::BTreeSet;
use windlass::engine::DataMap;
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
    check_groups(house, after, told)
}

/// The lists that are left are the groups': of who receives them, or something that is in them.
fn check_groups(house: &House, after: &Standing, mut told: Vec<&BTreeSet<SocketId>>) -> Result<(), String> {
    let engine = &house.stage.engine;
    if engine.is_moving() {
        return Ok(());
    }
    let mut map = DataMap::default();
    engine.map_sockets(0, usize::MAX, &mut map);
    for group in &engine.program().model.groups {
        let listed: BTreeSet<SocketId> = engine.group_sockets(&group.name).into_iter().collect();
        if !listed.is_empty() {
            let at = told.iter().position(|told| **told == listed);
            told.remove(at.ok_or_else(|| format!("the shards have no list of `{}`: {listed:?}", group.name))?);
        }
        for (id, client) in after.stacks.iter().filter_map(|(id, stack)| Some((id, stack.client.as_ref()?))) {
            let received = map.clients.get(&format!("client:{client}")).map(|places| &places.services);
            let mut received = received.into_iter().flatten().filter_map(|name| name.strip_prefix("group:"));
            let is_right = received.any(|name| is_in(house, name, &group.name));
            if listed.contains(id) != is_right {
                return Err(format!("`{}` lists {listed:?}, and {id:?} should be there: {is_right}", group.name));
            }
        }
    }
    if told.is_empty() { Ok(()) } else { Err(format!("the shards have lists of nobody's: {told:?}")) }
}

fn is_in(house: &House, name: &str, wanted: &str) -> bool {
    let groups = &house.stage.engine.program().model.groups;
    let parents = groups.iter().filter(|group| *group.name == *name).flat_map(|group| &group.parents);
    name == wanted || parents.into_iter().any(|parent| is_in(house, &groups[parent.index()].name, wanted))
}
