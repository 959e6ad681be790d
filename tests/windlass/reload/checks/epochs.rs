//! Old rulesets live exactely as long as somebody needs them.

use super::super::house::{House, Standing};
use std::collections::{BTreeMap, BTreeSet};
use windlass::wind::{Epoch, SocketId};

pub fn check(house: &House, after: &Standing) -> Result<(), String> {
    let engine = &house.stage.engine;
    let live: BTreeSet<Epoch> = engine.epochs().live().map(|rules| rules.epoch).collect();
    let mut pinned: BTreeMap<Epoch, BTreeSet<SocketId>> = BTreeMap::new();
    let mut needed = BTreeSet::from([house.active()]);
    for (id, stack) in &after.stacks {
        needed.extend(stack.frames.iter().chain(&stack.rooms).map(|frame| frame.epoch));
        for frame in stack.frames.iter().filter(|frame| frame.epoch != house.active()) {
            if stack.epoch == house.active() {
                pinned.entry(frame.epoch).or_default().insert(*id);
            }
        }
    }
    if !needed.is_subset(&live) {
        return Err(format!("{needed:?} are needed, and {live:?} live"));
    }
    if !engine.is_moving() && needed != live {
        return Err(format!("{live:?} live, and only {needed:?} are needed"));
    }
    if live.len() > engine.settings().epochs_max + 1 {
        return Err(format!("{live:?} live"));
    }
    if live.len() + house.retired != house.reloads + 1 {
        return Err(format!("{live:?} live of {}, and {} are gone", house.reloads + 1, house.retired));
    }
    for rules in engine.epochs_in_use() {
        let counted: BTreeSet<SocketId> = rules.pinned.into_iter().collect();
        let right = pinned.remove(&rules.epoch).unwrap_or_default();
        if !right.is_subset(&counted) || (!engine.is_moving() && right != counted) {
            return Err(format!("epoch {} is pinned by {right:?}, and told {counted:?}", rules.epoch));
        }
    }
    Ok(())
}
