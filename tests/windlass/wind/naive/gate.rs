//! Gates: a room that is being entered, or for which messages wait.

use super::eval::Bound;
use super::socket::{Frame, Role};
use super::{Naive, Step};
use serde_json::{Value as Json, json};
use windlass::syntax::ast::{Follow, TargetKind};

impl Naive {
    /// Everything wound is cut, and the room's gate is wound where the socket stands.
    pub fn move_to(&mut self, room: &str) -> Step {
        self.cut_all()?;
        self.wind_gate(room, false, None)
    }

    pub fn wind_gate(&mut self, room: &str, delivers: bool, id: Option<Json>) -> Step {
        let Some((machine, args)) = self.parse_address(room) else { return Ok(()) };
        let role = Role::Gate { room: room.to_owned(), delivers, id, requirement: 0, decides: false };
        let gate = self.new_frame(&machine, role, args);
        let who = gate.born;
        self.socket.runs.push(vec![gate]);
        self.descend(|naive| naive.gate(who))
    }

    pub fn is_requiring(&self, who: u64) -> bool {
        self.socket.frame(who).is_some_and(|frame| matches!(frame.role, Role::Gate { decides: false, .. }))
    }

    /// The first requirement of the frame's room of which no key is held.
    pub fn missing(&self, who: u64, machine: &str) -> Option<usize> {
        let held = |lock: &windlass::syntax::ast::Apply| {
            let args = self.values(who, &Bound::nothing(), &lock.args);
            self.socket.held(&lock.name.node, &args, self.now).is_some()
        };
        self.rules.requirements(machine).iter().position(|requirement| !requirement.locks.iter().any(held))
    }

    /// From step 1 on, as often as needed.
    pub fn gate(&mut self, who: u64) -> Step {
        let Some(Frame { machine, role: Role::Gate { room, delivers, .. }, .. }) = self.socket.frame(who).cloned()
        else {
            return Ok(());
        };
        if let Some(missing) = self.missing(who, &machine) {
            return self.require(who, &machine, missing);
        }
        if delivers {
            self.socket.remove(who);
            return self.deliver_parked(&room);
        }
        self.compute_lets(who);
        if let Some((guard, otherwise)) = self.rules.admit(&machine)
            && !self.holds(who, &Bound::nothing(), Some(&guard))
        {
            return self.gate_fails(who, "refused", json!("not admitted"), otherwise);
        }
        if self.rules.arrows_to_admit(&machine).is_empty() {
            return self.admit(who, None);
        }
        if let Some(Frame { role: Role::Gate { decides, .. }, .. }) = self.socket.frame_mut(who) {
            *decides = true;
        }
        let first = self.rules.states(&machine)[0].clone();
        self.enter_state(who, &first, Vec::new(), None)
    }

    fn require(&mut self, who: u64, machine: &str, missing: usize) -> Step {
        if let Some(Frame { role: Role::Gate { requirement, .. }, .. }) = self.socket.frame_mut(who) {
            *requirement = missing;
        }
        let locks = self.rules.requirements(machine)[missing].locks.clone();
        match &locks[..] {
            [lock] => self.wind_for(who, lock),
            _ => {
                self.ask_to_choose(who, locks);
                Ok(())
            }
        }
    }

    /// The requirement that is being met cannot be.
    pub fn requirement_fails(&mut self, who: u64, why: Json) -> Step {
        let Some(Frame { machine, role: Role::Gate { requirement, .. }, .. }) = self.socket.frame(who).cloned() else {
            return Ok(());
        };
        let otherwise = self.rules.requirements(&machine)[requirement].otherwise.clone();
        self.gate_fails(who, "refused", why, otherwise)
    }

    pub fn gate_fails(&mut self, who: u64, code: &str, why: Json, otherwise: Option<Follow>) -> Step {
        let Some(Frame { role: Role::Gate { room, id, .. }, .. }) = self.socket.frame(who).cloned() else {
            return Ok(());
        };
        self.socket.remove(who);
        let target = otherwise.as_ref().and_then(|follow| follow.target.as_ref()).map(|target| target.kind.clone());
        if let Some(follow) = &otherwise
            && !self.act(who, &Bound::nothing(), &follow.actions)?
        {
            return Ok(());
        }
        let why = match &target {
            Some(TargetKind::Fail(instead)) => self.value(who, &Bound::nothing(), instead),
            _ => why,
        };
        self.refuse_parked(&room, id.as_ref(), code);
        match target {
            Some(target @ (TargetKind::Move(_) | TargetKind::Drop(_))) => self.go(who, &Bound::nothing(), &target),
            _ if self.socket.standing.is_none() => self.drop_socket(&why),
            _ => Ok(()),
        }
    }

    /// Steps 5 and 6, in the state that the arrow to `admit` names.
    pub fn admit(&mut self, who: u64, state: Option<(String, Vec<Json>)>) -> Step {
        let Some(frame) = self.socket.frame(who).cloned() else { return Ok(()) };
        let Role::Gate { room, id, decides, .. } = frame.role.clone() else { return Ok(()) };
        let full = self.rules.capacity(&frame.machine).is_some_and(|places| self.world.count(&room) >= places);
        if full && !self.is_in(&room) {
            return self.gate_fails(who, "full", json!("the room is full"), None);
        }
        if self.socket.standing.as_ref() != Some(&room) {
            self.depart()?;
        } else if let Some(old) = self.socket.standing_frame().map(|frame| frame.born) {
            self.cut_asked(old)?;
        }
        self.cut_asked(who)?;
        self.stand_in(&room, frame.clone());
        self.count_as_in_first(frame.born);
        self.answers.extend(id);
        let begins = if decides && state.is_none() { None } else { Some(state) };
        self.arrive(frame.born, &frame.machine, begins)?;
        self.deliver_parked(&room)
    }

    /// The gate's frame becomes the room's.
    fn stand_in(&mut self, room: &str, gate: Frame) {
        // Whoever is admitted as a client stays a member as one.
        self.socket.entered_unknown = self.socket.client.is_none().then(|| room.to_owned());
        self.socket.rooms.retain(|frame| frame.room() != Some(room));
        self.socket.runs.iter_mut().for_each(|run| run.retain(|frame| frame.born != gate.born));
        self.socket.runs.retain(|run| !run.is_empty());
        self.socket.rooms.push(Frame { role: Role::Room(room.to_owned()), ..gate });
        self.socket.standing = Some(room.to_owned());
        self.world.join(room, &self.member());
        self.effects.push(json!({ "enter": room }));
        for group in self.rules.receives(room.split('/').next().unwrap_or_default()) {
            self.effects.push(json!({ "receive": group }));
        }
    }

    /// `on arrive`, the machine's entry, the first state. `begins` is none where the room goes on in the state in which
    /// it decided.
    fn arrive(&mut self, who: u64, machine: &str, begins: Option<Option<(String, Vec<Json>)>>) -> Step {
        self.arm_timers(who, self.rules.machine_arms(machine), false);
        let mut arms = self.rules.arrive_arms(machine).into_iter();
        let arm = arms.find(|arm| self.holds(who, &Bound::nothing(), arm.guard.as_ref()));
        let target = arm.as_ref().and_then(|arm| arm.follow.target.as_ref()).map(|target| target.kind.clone());
        if let Some(arm) = &arm {
            self.act(who, &Bound::nothing(), &arm.follow.actions)?;
        }
        let nothing = Bound::nothing();
        let named = match &target {
            Some(TargetKind::State(state)) => {
                Some((state.name.node.to_string(), self.values(who, &nothing, &state.args)))
            }
            _ => None,
        };
        self.act(who, &nothing, &self.rules.machine_entry(machine))?;
        let instead = target.filter(|target| matches!(target, TargetKind::Move(_) | TargetKind::Drop(_)));
        let first = || (self.rules.states(machine)[0].clone(), Vec::new());
        match (named, begins) {
            (Some((state, values)), _) | (None, Some(Some((state, values)))) => {
                self.enter_state(who, &state, values, instead.map(|target| (nothing, target)))
            }
            (None, Some(None)) => {
                let (state, values) = first();
                self.enter_state(who, &state, values, instead.map(|target| (nothing, target)))
            }
            (None, None) => instead.map_or(Ok(()), |target| self.go(who, &nothing, &target)),
        }
    }
}
