//! Attempts and the deadlines of whole locks never grow; what waits stays in its order.

use super::super::house::{Came, House, Standing};
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass::model::Machine;
use windlass::value::Value;
use windlass::wind::{Due, Event, Frame, Role, WindStack};

/// What a lock has used up.
#[derive(Debug)]
struct Used {
    attempts: u32,
    deadlines: Vec<u64>,
}

pub fn check(house: &House, came: &Came, after: &Standing) -> Result<(), String> {
    for (id, now) in &after.stacks {
        let Some(before) = came.before.stacks.get(id) else { continue };
        for frame in locks(now) {
            if let Some(old) = before.frames.iter().find(|old| old.sequence == frame.sequence) {
                has_not_grown(&used(house, old), &used(house, frame))?;
            }
        }
        let mut own = came.traces.iter().filter(|(socket, _)| socket == id).map(|(_, trace)| trace);
        if let (Some(only), None) = (own.next(), own.next())
            && only.event == Event::Reloaded
        {
            is_carried(house, before, now).map_err(|wrong| format!("{wrong}\n{only}"))?;
        }
    }
    Ok(())
}

fn locks(stack: &WindStack) -> impl Iterator<Item = &Frame> {
    stack.frames.iter().filter(|frame| matches!(frame.role, Role::Lock(_)))
}

fn machine<'a>(house: &'a House, frame: &Frame) -> &'a Machine {
    house.programs[&frame.epoch].machine(frame.machine)
}

fn used(house: &House, frame: &Frame) -> Used {
    let of = |arm| frame.timers.iter().find(|timer| timer.due == Due::Arm(arm)).map(|timer| timer.at);
    let deadlines = machine(house, frame).timers.iter().filter_map(|arm| of(*arm)).collect();
    Used { attempts: frame.attempts, deadlines }
}

fn has_not_grown(before: &Used, now: &Used) -> Result<(), String> {
    let has_grown = now.attempts > before.attempts && before.attempts > 0
        || before.deadlines.iter().zip(&now.deadlines).any(|(before, now)| now > before);
    if has_grown { Err(format!("{before:?} has grown to {now:?}")) } else { Ok(()) }
}

/// A lock that a reload has begun anew has what was left of it.
fn is_carried(house: &House, before: &WindStack, now: &WindStack) -> Result<(), String> {
    let mut left: BTreeMap<(Arc<str>, String), Used> = BTreeMap::new();
    let asked = |frame: &Frame| {
        let rules = machine(house, frame);
        let args: Vec<Value> = frame.args.iter().take(rules.params.len()).cloned().collect();
        (rules.name.clone(), format!("{args:?}"))
    };
    let is_in = |stack: &WindStack, frame: &Frame| stack.frames.iter().any(|other| other.sequence == frame.sequence);
    let ended = locks(before).filter(|frame| !is_in(now, frame));
    ended.for_each(|frame| drop(left.insert(asked(frame), used(house, frame))));
    for frame in locks(now).filter(|frame| !is_in(before, frame)) {
        if let Some(before) = left.remove(&asked(frame)) {
            has_not_grown(&before, &used(house, frame))?;
        }
    }
    Ok(())
}
