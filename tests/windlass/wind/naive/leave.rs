//! Leaving: states, machines, whole runs, rooms, and the house.

use super::eval::Bound;
use super::socket::{Asker, Role, Waits};
use super::{Closed, Naive, Step};
use serde_json::{Value as Json, json};
use windlass::syntax::ast::{Arm, Trigger};

impl Naive {
    /// The state's `on leave`: the first whose guard holds.
    pub fn leave_state(&mut self, who: u64) -> Step {
        let Some(frame) = self.socket.frame_mut(who) else { return Ok(()) };
        let Some(state) = frame.state.clone().filter(|_| !frame.left) else { return Ok(()) };
        frame.left = true;
        let arms = self.rules.state_arms(&frame.machine.clone(), &state);
        self.do_leave(who, arms)
    }

    /// The machine's `on leave`. A gate's room was not entered, so it is not left.
    pub fn leave_machine(&mut self, who: u64) -> Step {
        let Some(frame) = self.socket.frame(who) else { return Ok(()) };
        if matches!(frame.role, Role::Gate { .. }) {
            return Ok(());
        }
        let arms = self.rules.machine_arms(&frame.machine.clone());
        self.do_leave(who, arms)
    }

    fn do_leave(&mut self, who: u64, arms: Vec<Arm>) -> Step {
        let mut leaving = arms.into_iter().filter(|arm| arm.trigger == Trigger::Leave);
        let arm = leaving.find(|arm| self.holds(who, &Bound::nothing(), arm.guard.as_ref()));
        match arm {
            Some(arm) => {
                self.leaving += 1;
                let done = self.act(who, &Bound::nothing(), &arm.follow.actions);
                self.leaving -= 1;
                done.map(|_| ())
            }
            None => Ok(()),
        }
    }

    /// Cuts what the frame's state asked for.
    pub fn cut_asked(&mut self, who: u64) -> Step {
        let Some(frame) = self.socket.frame_mut(who) else { return Ok(()) };
        frame.waits = Waits::Nothing;
        frame.timers.retain(|timer| timer.arm.is_some());
        let room = frame.room().map(str::to_owned);
        let above: Vec<u64> = match self.socket.place(who) {
            Some((run, place)) => self.socket.runs[run][place + 1..].iter().map(|frame| frame.born).collect(),
            None => {
                let asked = |run: &&Vec<super::socket::Frame>| match run.first().map(|frame| &frame.role) {
                    Some(Role::Lock(Asker::Room(asker))) => Some(asker) == room.as_ref(),
                    _ => false,
                };
                self.socket.runs.iter().filter(asked).flatten().map(|frame| frame.born).collect()
            }
        };
        self.cut(above)
    }

    pub fn cut_all(&mut self) -> Step {
        let all = self.socket.runs.iter().flatten().map(|frame| frame.born).collect();
        self.cut(all)
    }

    /// Takes frames away, the last first.
    fn cut(&mut self, frames: Vec<u64>) -> Step {
        for who in frames.into_iter().rev() {
            self.leave_state(who)?;
            self.leave_machine(who)?;
            let role = self.socket.frame(who).map(|frame| frame.role.clone());
            self.socket.remove(who);
            match role {
                // Nobody waits for a delivery any more that another cut has refused already.
                Some(Role::Gate { room, delivers: true, .. })
                    if !self.socket.parked.iter().any(|(to, _)| *to == room) => {}
                Some(Role::Gate { room, id, .. }) => self.refuse_parked(&room, id.as_ref(), "cancelled"),
                Some(Role::Lock(Asker::Offer(id))) if id.is_some() => self.refuse(id.as_ref(), "cancelled"),
                Some(Role::Lock(_) | Role::Room(_)) | None => {}
            }
        }
        Ok(())
    }

    /// Refuses the message that asked to enter a room, and what was parked for it; where there is neither, the client
    /// is told all the same. Another gate of the room keeps what is parked.
    pub fn refuse_parked(&mut self, room: &str, asked: Option<&Json>, code: &str) {
        let other_gate = self.socket.gate_of(room).is_some();
        let (refused, kept) =
            std::mem::take(&mut self.socket.parked).into_iter().partition(|(to, _)| to == room && !other_gate);
        self.socket.parked = kept;
        let refused: Vec<(String, super::super::event::Message)> = refused;
        if asked.is_some() || refused.is_empty() {
            self.refuse(asked, code);
        }
        for (_, message) in &refused {
            self.refuse(message.id.as_ref(), code);
        }
    }

    /// Whether the membership in the room where the socket stands ends when it moves on.
    fn ends_with_the_socket(&self, room: &str) -> bool {
        let Some(client) = &self.socket.client else { return true };
        let machine = room.split('/').next().unwrap_or_default();
        let passing = self.rules.is_transient(machine) || self.socket.entered_unknown.as_deref() == Some(room);
        passing && !self.world.elsewhere.contains(&(room.to_owned(), client.clone()))
    }

    /// The socket stands somewhere else, or nowhere, from here on.
    pub fn depart(&mut self) -> Step {
        let Some(room) = self.socket.standing.clone() else { return Ok(()) };
        if !self.is_in(&room) {
            // It was left before; that said all there is to say.
        } else if self.ends_with_the_socket(&room) {
            self.end_membership(&room)?;
        } else {
            if let Some(born) = self.socket.room(&room).map(|frame| frame.born)
                && let Some(frame) = self.socket.frame_mut(born)
            {
                frame.timers.clear();
            }
            self.effects.push(json!({ "depart": room }));
        }
        self.socket.entered_unknown = None;
        Ok(())
    }

    /// Ends a membership, then does what the room does about it.
    pub fn end_membership(&mut self, room: &str) -> Step {
        self.world.part(room, &self.member());
        if let Some(who) = self.socket.room(room).map(|frame| frame.born) {
            self.cut_asked(who)?;
            self.leave_state(who)?;
            self.leave_machine(who)?;
            self.socket.remove(who);
        }
        self.cut_delivery_to(room)?;
        self.effects.push(json!({ "quit": room }));
        Ok(())
    }

    /// Nothing is delivered any more to a room that was left.
    pub fn cut_delivery_to(&mut self, left: &str) -> Step {
        let delivers = |frame: &super::socket::Frame| matches!(&frame.role, Role::Gate { room, delivers: true, .. } if room == left);
        let run = self.socket.runs.iter().find(|run| run.first().is_some_and(delivers));
        let frames = run.into_iter().flatten().map(|frame| frame.born).collect();
        self.cut(frames)
    }

    /// The client, or a rule, ends the membership. Whether that could be.
    pub fn leave_room(&mut self, room: &str) -> Result<bool, Closed> {
        if room == self.rules.entry || !self.is_in(room) {
            return Ok(false);
        }
        self.end_membership(room)?;
        self.stand_nowhere_in(room);
        Ok(true)
    }

    /// The socket has left the room; where it stood there, it goes to the entry last of all.
    pub fn stand_nowhere_in(&mut self, room: &str) {
        if self.socket.standing.as_deref() == Some(room) {
            self.socket.standing = None;
            self.socket.entered_unknown = None;
            self.to_entry = true;
        }
    }

    /// What a socket does last that has left the room it stood in, unless it is on its way somewhere else.
    pub fn go_to_entry(&mut self) -> Step {
        let enters = |frame: &super::socket::Frame| matches!(frame.role, Role::Gate { delivers: false, .. });
        let on_its_way = self.socket.runs.iter().flatten().any(enters);
        if std::mem::take(&mut self.to_entry) && self.socket.standing.is_none() && !on_its_way {
            let entry = self.rules.entry.clone();
            return self.move_to(&entry);
        }
        Ok(())
    }

    pub fn close(&mut self) -> Step {
        self.cut_all()?;
        if let Some(room) = self.socket.standing.clone()
            && self.is_in(&room)
            && self.ends_with_the_socket(&room)
        {
            self.end_membership(&room)?;
        }
        self.socket.standing = None;
        self.socket.rooms.clear();
        Ok(())
    }

    pub fn drop_socket(&mut self, why: &Json) -> Step {
        self.close()?;
        self.effects.push(json!({ "drop": why }));
        Err(Closed)
    }
}
