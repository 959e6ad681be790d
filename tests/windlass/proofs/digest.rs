//! What of a house matters for what may follow: two houses with one digest behave alike. Times are told from now,
//! and names that are given out in order (frames, tickets) are left out.

use super::super::engine::stage::Stage;
use super::watch::Memory;
use std::collections::hash_map::DefaultHasher;
use std::fmt::{self, Write};
use std::hash::Hasher;
use windlass::value::RoomKey;
use windlass::wind::{Frame, Waits, WindStack};

struct Hashed(DefaultHasher);

impl Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

/// The digest of a house in which nobody but the client of this name is known.
pub fn digest(stage: &Stage, memory: &Memory, client: &str) -> u64 {
    let mut out = Hashed(DefaultHasher::new());
    write_house(&mut out, stage, memory, client).expect("hashing does not fail");
    out.0.finish()
}

fn write_house(out: &mut Hashed, stage: &Stage, memory: &Memory, client: &str) -> fmt::Result {
    let engine = &stage.engine;
    for id in engine.sockets() {
        write!(out, "{id:?} ")?;
        if let Some(stack) = engine.socket(id) {
            write_stack(out, stack, stage.now)?;
        }
    }
    for machine in engine.program().model.machines.iter().filter(|machine| machine.room().is_some()) {
        let key = RoomKey(machine.name.clone());
        write!(out, "{:?}{:?}", engine.room_members(&key), engine.room_sockets(&key))?;
    }
    for attribute in &engine.program().model.attributes {
        write!(out, "{:?}", engine.client_attribute(client, &attribute.name))?;
    }
    write!(out, "{memory:?}")
}

fn write_stack(out: &mut Hashed, stack: &WindStack, now: u64) -> fmt::Result {
    write!(out, "{:?}{:?}{:?}{:?}", stack.client, stack.standing, stack.unidentified_in, stack.asks_again)?;
    for frame in stack.rooms.iter().chain(&stack.frames) {
        write_frame(out, frame, now)?;
    }
    for key in &stack.keys {
        let left = key.lasts.at(now).map(|lasts| lasts.next_change().map(|end| end - now));
        if let Some(left) = left {
            let opens = key.opens(now);
            write!(out, "key{:?}{:?}{:?}{left:?}{opens}", key.kind.lock, key.args, key.value)?;
        }
    }
    for parked in &stack.parked {
        write!(out, "parked{:?}{:?}", parked.room, parked.message.content)?;
    }
    Ok(())
}

fn write_frame(out: &mut Hashed, frame: &Frame, now: u64) -> fmt::Result {
    let waits = match frame.waits {
        Waits::Nothing => "nothing",
        Waits::Lock => "lock",
        Waits::Choice => "choice",
        Waits::Check(_) => "check",
    };
    write!(out, "frame{:?}{:?}{:?}{:?}{:?}{waits}", frame.machine, frame.role, frame.args, frame.state, frame.locals)?;
    let (start, count) = frame.window;
    let age = if count == 0 { 0 } else { now.saturating_sub(start) };
    write!(out, "{}{age}.{count}", frame.attempts)?;
    for timer in &frame.timers {
        write!(out, "timer{}{:?}", timer.at.saturating_sub(now), timer.due)?;
    }
    Ok(())
}
