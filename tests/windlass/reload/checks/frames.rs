//! Every frame makes sense under its own epoch; rooms and gates are of the socket's, and no run of locks is of two.

use super::super::house::{Came, House, Standing};
use std::collections::BTreeSet;
use windlass::machine::Program;
use windlass::model::{Machine, Param, Trigger};
use windlass::value::Value;
use windlass::wind::{Due, Epoch, Event, Frame, Phase, Role, SocketId, Step, Trace, Waits, WindStack};

pub fn check(house: &House, came: &Came, after: &Standing) -> Result<(), String> {
    for (id, stack) in &after.stacks {
        let acted = came.traces.iter().any(|(socket, _)| socket == id);
        if acted && stack.epoch != house.active() {
            return Err(format!("acted under epoch {}: {stack:?}", stack.epoch));
        }
        for frame in stack.frames.iter().chain(&stack.rooms) {
            is_sound(house, stack, frame).map_err(|wrong| format!("{wrong}: {frame:?} in {stack:?}"))?;
        }
        runs_are_whole(stack)?;
        nobody_waits_for_nothing(house, stack)?;
    }
    came.traces.iter().try_for_each(|(id, trace)| steps_are_of(house, came, *id, trace))
}

fn is_sound(house: &House, stack: &WindStack, frame: &Frame) -> Result<(), String> {
    let program: &Program = &house.programs[&frame.epoch];
    let machine = program.model.machines.get(frame.machine.index()).ok_or("no such machine")?;
    let is_lock = matches!(frame.role, Role::Lock(_));
    if is_lock == machine.room().is_some() {
        return Err(format!("{} is of another kind", machine.name));
    }
    if !is_lock && frame.epoch != stack.epoch {
        return Err("a room of another epoch".to_owned());
    }
    let requiring = matches!(frame.role, Role::Gate { phase: Phase::Requiring(_), .. });
    let values = machine.params.len() + if requiring { 0 } else { machine.lets.len() };
    if frame.args.len() != values {
        return Err(format!("{} values", frame.args.len()));
    }
    fit(&machine.params, &frame.args)?;
    if !requiring {
        let state = machine.states.get(frame.state.index()).ok_or("no such state")?;
        if frame.locals.len() != state.params.len() {
            return Err(format!("{} values of the state", frame.locals.len()));
        }
        fit(&state.params, &frame.locals)?;
    }
    frame.timers.iter().try_for_each(|timer| is_armed(machine, frame, timer.due))
}

fn fit(params: &[Param], values: &[Value]) -> Result<(), String> {
    let misfit = params.iter().zip(values).find(|(param, value)| !param.ty.admits(value));
    misfit.map_or(Ok(()), |(param, value)| Err(format!("`{}` is {value:?}", param.name)))
}

fn is_armed(machine: &Machine, frame: &Frame, due: Due) -> Result<(), String> {
    let Due::Arm(arm) = due else { return Ok(()) };
    let is_late = machine.arms.get(arm.index()).is_some_and(|arm| matches!(arm.trigger, Trigger::After(_)));
    let state = machine.states.get(frame.state.index());
    let is_own = machine.timers.contains(&arm) || state.is_some_and(|state| state.timers.contains(&arm));
    if is_late && is_own { Ok(()) } else { Err(format!("no deadline {arm:?}")) }
}

/// Of the locks that stand on each other, all are of one epoch.
fn runs_are_whole(stack: &WindStack) -> Result<(), String> {
    let mut epoch: Option<Epoch> = None;
    for frame in &stack.frames {
        let begins = !matches!(frame.role, Role::Lock(windlass::wind::Asker::Below));
        if begins {
            epoch = None;
        }
        if matches!(frame.role, Role::Lock(_)) && epoch.replace(frame.epoch).is_some_and(|of| of != frame.epoch) {
            return Err(format!("a run of two epochs: {stack:?}"));
        }
    }
    Ok(())
}

/// What waits for a lock has one, and what waits for a check has asked it.
fn nobody_waits_for_nothing(house: &House, stack: &WindStack) -> Result<(), String> {
    let asked_by_room = |frame: &Frame| {
        let room = frame.role.room();
        let asks = |role: &Role| matches!(role, Role::Lock(windlass::wind::Asker::Room(asker)) if Some(asker) == room);
        stack.frames.iter().any(|frame| asks(&frame.role))
    };
    for (at, frame) in stack.frames.iter().enumerate().chain(stack.rooms.iter().map(|frame| (usize::MAX, frame))) {
        let above = stack.frames.get(at.saturating_add(1)).filter(|_| at != usize::MAX);
        let is_asked = above.is_some_and(|above| matches!(above.role, Role::Lock(windlass::wind::Asker::Below)));
        let is_right = match (&frame.waits, &frame.role) {
            // A run that a room asked for may be cut for the sake of another room.
            (Waits::Lock, Role::Room(_)) => true,
            (Waits::Lock, Role::Gate { .. } | Role::Lock(_)) => is_asked,
            (Waits::Check(ticket), _) => house.stage.asked.contains(&(stack.socket, *ticket)),
            (Waits::Nothing, Role::Gate { phase: Phase::Requiring(_), .. }) => false,
            (Waits::Choice | Waits::Nothing, Role::Room(_)) => !asked_by_room(frame),
            (Waits::Choice | Waits::Nothing, _) => !is_asked,
        };
        if !is_right {
            return Err(format!("waits for what nobody was asked: {frame:?} in {stack:?}"));
        }
    }
    Ok(())
}

/// A step is of the active epoch, or of one that a lock on the stack was pinned to.
fn steps_are_of(house: &House, came: &Came, id: SocketId, trace: &Trace) -> Result<(), String> {
    let stack = came.before.stacks.get(&id);
    let pinned: BTreeSet<Epoch> = stack.into_iter().flat_map(|stack| &stack.frames).map(|frame| frame.epoch).collect();
    for (epoch, step) in &trace.steps {
        let program = house.programs.get(epoch).ok_or("an epoch that never was")?;
        let (Step::Took(machine, _) | Step::Entered(machine, _) | Step::Wound(machine) | Step::Gone(machine)) = *step;
        let rules = program.model.machines.get(machine.index()).ok_or("a step of no machine")?;
        let exists = match *step {
            Step::Took(_, arm) => rules.arms.len() > arm.index(),
            Step::Entered(_, state) => rules.states.len() > state.index(),
            Step::Wound(_) | Step::Gone(_) => true,
        };
        let is_right = *epoch == house.active()
            || (rules.lock().is_some() && pinned.contains(epoch))
            || trace.event == Event::Reloaded;
        if !is_right || !exists {
            return Err(format!("a step of epoch {epoch}, which nothing was pinned to: {step:?}\n{trace}"));
        }
    }
    Ok(())
}
