//! A reload by itself closes nobody: what is closed, a rule has dropped, or `on reload drop`.

use super::super::house::{Came, Cause, House};
use crate::engine::stage::Done;
use windlass::engine::CloseCode;
use windlass::model::{Reload, TargetKind};
use windlass::wind::{Effect, Event, SocketId, Step, Trace, WindStack};

pub fn check(house: &House, came: &Came) -> Result<(), String> {
    if let Some((_, trace)) = came.traces.iter().find(|(_, trace)| trace.overrun) {
        return Err(format!("a pass overran\n{trace}"));
    }
    for done in &came.done {
        let Done::Closed(id, code, why) = done else { continue };
        let own = || came.traces.iter().filter(move |(socket, _)| socket == id).map(|(_, trace)| trace);
        let is_right = match CloseCode(*code) {
            _ if came.cause == Cause::Reload => false,
            CloseCode::CROWDED => own().any(|trace| trace.event == Event::Close),
            CloseCode::DROPPED => own().any(|trace| drops(house, came, *id, trace)),
            CloseCode::RULES_CHANGED => {
                let sent_away =
                    |trace: &Trace| trace.effects.iter().any(|effect| matches!(effect, Effect::ComeBack(_)));
                let moved = own().any(|trace| trace.event == Event::Reloaded && sent_away(trace));
                moved && came.before.stacks.get(id).is_some_and(|stack| may_be_sent_away(house, stack))
            }
            _ => false,
        };
        if !is_right {
            return Err(format!("closed for nothing: {code} {why}"));
        }
    }
    Ok(())
}

/// Whether a rule said so: an arrow to `drop`, or the entry room refuses one that has nowhere else to stand.
fn drops(house: &House, came: &Came, id: SocketId, trace: &Trace) -> bool {
    let drops = |(epoch, step): &(_, Step)| match step {
        Step::Took(machine, arm) => {
            let target = house.programs[epoch].arm(*machine, *arm).target.as_ref();
            target.is_some_and(|target| matches!(target.kind, TargetKind::Drop(_)))
        }
        Step::Entered(..) | Step::Wound(_) | Step::Gone(_) => false,
    };
    let had_nowhere = |stack: &WindStack| {
        let program = &house.programs[&house.active()];
        stack.standing.as_ref().is_none_or(|room| program.room_of(room).is_none())
    };
    let is_refused = trace.event != Event::Reloaded || came.before.stacks.get(&id).is_none_or(had_nowhere);
    trace.effects.iter().any(|effect| matches!(effect, Effect::Drop(_)))
        && (trace.steps.iter().any(drops) || is_refused)
}

/// Whether a machine that it is in says `on reload drop`, and the rules are others.
fn may_be_sent_away(house: &House, stack: &WindStack) -> bool {
    let active = &house.programs[&house.active()];
    stack.frames.iter().chain(&stack.rooms).any(|frame| {
        let before = house.programs[&frame.epoch].machine(frame.machine);
        let now = active.model.machines.iter().find(|machine| machine.name == before.name);
        frame.epoch != house.active() && now.unwrap_or(before).on_reload == Reload::Drop
    })
}
