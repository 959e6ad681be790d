//! What must hold after every input, read as plainly as it can be.

mod closing;
mod epochs;
mod frames;
mod held;
mod late;
mod lists;
mod messages;
mod used_up;

use super::acts::Act;
use super::house::{Came, House};
use super::property::Counted;
use windlass::wind::Event;

/// What has been seen so far.
#[derive(Default)]
pub struct Checks {
    messages: messages::Messages,
    inputs: u64,
    moves: u64,
    pinned: u64,
}

/// How long everything wound may take to come to an end, in steps of a minute.
const MINUTES: usize = 4;

impl Checks {
    pub fn look(&mut self, house: &House, came: &Came) -> Result<(), String> {
        self.inputs += 1;
        let after = house.standing();
        self.moves += came.traces.iter().filter(|(_, trace)| trace.event == Event::Reloaded).count() as u64;
        let older = |frame: &windlass::wind::Frame| frame.epoch != house.active();
        self.pinned += after.stacks.values().filter(|stack| stack.frames.iter().any(older)).count() as u64;
        frames::check(house, came, &after)?;
        closing::check(house, came)?;
        self.messages.check(house, came, &after)?;
        used_up::check(house, came, &after)?;
        lists::check(house, &after)?;
        epochs::check(house, &after)
    }

    /// Everything that waits is answered or given up: nothing may be left over.
    pub fn end(&mut self, house: &mut House) -> Result<(), String> {
        for _ in 0..MINUTES {
            // Rules may ask again for ever.
            for _ in 0..20 {
                let Some((asked, _)) = house.stage.asked.first().copied() else { break };
                let act = Act::Verdict(asked.0.as_u128(), false);
                house.perform(&[], &act, &mut |house, came| self.look(house, came))?;
            }
            if house.standing().stacks.values().all(|stack| stack.frames.is_empty()) {
                break;
            }
            house.perform(&[], &Act::Wait(61_000), &mut |house, came| self.look(house, came))?;
        }
        house.perform(&[], &Act::Wait(0), &mut |house, came| self.look(house, came))?;
        if house.stage.engine.is_moving() {
            return Err("it moves for ever".to_owned());
        }
        Ok(())
    }

    pub fn count(&self, house: &House, counted: &mut Counted) {
        counted.inputs += self.inputs;
        counted.moves += self.moves;
        counted.pinned += self.pinned;
        counted.reloads += house.reloads as u64;
        counted.posts += self.messages.posts;
        counted.held += self.messages.held.came;
    }
}
