//! Frames that are made: locks that are wound, and rooms in which a client speaks that another socket brought in.

use super::eval::{Bound, address};
use super::socket::{Asker, Frame, Role, Waits};
use super::{Naive, Step, types};
use serde_json::Value as Json;
use windlass::syntax::ast::{Apply, ExprKind, Param, TypeKind};

impl Naive {
    pub fn new_frame(&mut self, machine: &str, role: Role, args: Vec<Json>) -> Frame {
        self.socket.frames_made += 1;
        let names = self.rules.params(machine).iter().map(|param| param.name.node.to_string());
        Frame {
            born: self.socket.frames_made,
            machine: machine.to_owned(),
            role,
            args: names.zip(args).collect(),
            state: None,
            values: Vec::new(),
            timers: Vec::new(),
            waits: Waits::Nothing,
            attempts: self.rules.attempts(machine),
            window: None,
            left: false,
        }
    }

    /// Computes the `let`s, in order; each may use those before it.
    pub fn compute_lets(&mut self, who: u64) {
        let Some(machine) = self.socket.frame(who).map(|frame| frame.machine.clone()) else { return };
        for written in self.rules.lets_of(&machine) {
            let value = self.value(who, &Bound::nothing(), &written.value);
            let is_nonce = matches!(&written.value.kind, ExprKind::Apply(apply) if &*apply.name.node == "nonce");
            if let (true, Some(nonce)) = (is_nonce, value.as_str()) {
                self.socket.nonces.push(nonce.to_owned());
            }
            if let Some(frame) = self.socket.frame_mut(who) {
                frame.args.push((written.name.node.to_string(), value));
            }
        }
    }

    /// Winds a lock that a gate or a state asks for.
    pub fn wind_for(&mut self, asker: u64, lock: &Apply) -> Step {
        let args = self.values(asker, &Bound::nothing(), &lock.args);
        let Some(frame) = self.socket.frame_mut(asker) else { return Ok(()) };
        frame.waits = Waits::Lock;
        frame.timers.retain(|timer| timer.arm.is_some());
        let role = match &frame.role {
            Role::Room(room) => Role::Lock(Asker::Room(room.clone())),
            Role::Gate { .. } | Role::Lock(_) => Role::Lock(Asker::Below),
        };
        let frame = self.new_frame(&lock.name.node, role, args);
        let who = frame.born;
        match self.socket.place(asker) {
            Some((run, place)) => self.socket.runs[run].insert(place + 1, frame),
            None => self.socket.runs.push(vec![frame]),
        }
        self.descend(|naive| naive.begin_lock(who))
    }

    pub fn wind_offered(&mut self, lock: &str, args: Vec<Json>, id: Option<Json>) -> Step {
        let frame = self.new_frame(lock, Role::Lock(Asker::Offer(id)), args);
        let who = frame.born;
        self.socket.runs.push(vec![frame]);
        self.begin_lock(who)
    }

    fn begin_lock(&mut self, who: u64) -> Step {
        let Some(machine) = self.socket.frame(who).map(|frame| frame.machine.clone()) else { return Ok(()) };
        self.compute_lets(who);
        self.count_as_in_first(who);
        self.arm_timers(who, self.rules.machine_arms(&machine), false);
        if !self.act(who, &Bound::nothing(), &self.rules.machine_entry(&machine))? {
            return Ok(());
        }
        let first = self.rules.states(&machine)[0].clone();
        self.enter_state(who, &first, Vec::new(), None)
    }

    /// Until a state is entered, the first counts as the one to leave.
    pub fn count_as_in_first(&mut self, who: u64) {
        let Some(machine) = self.socket.frame(who).map(|frame| frame.machine.clone()) else { return };
        let first = self.rules.states(&machine)[0].clone();
        if let Some(frame) = self.socket.frame_mut(who)
            && frame.state.is_none()
        {
            frame.state = Some(first);
        }
    }

    /// The frame of a room that the client is in; made where another socket brought the client in.
    pub fn room_frame(&mut self, room: &str) -> Result<Option<u64>, super::Closed> {
        if let Some(frame) = self.socket.room(room) {
            return Ok(Some(frame.born));
        }
        let Some((machine, args)) = self.parse_address(room) else { return Ok(None) };
        let frame = self.new_frame(&machine, Role::Room(room.to_owned()), args);
        let who = frame.born;
        self.socket.rooms.push(frame);
        self.compute_lets(who);
        let named = self.rules.arrows_to_admit(&machine).into_iter().flatten().next();
        let first = self.rules.states(&machine)[0].clone();
        let (state, args) = named.map_or((first, Vec::new()), |named| (named.name.node.to_string(), named.args));
        let values = self.values(who, &Bound::nothing(), &args);
        self.enter_state(who, &state, values, None)?;
        Ok(self.socket.lives(who).then_some(who))
    }

    /// The address of a room that is named with arguments.
    pub fn room_named(&self, who: u64, bound: &Bound, room: &Apply) -> String {
        address(&room.name.node, &self.values(who, bound, &room.args))
    }

    /// The room and the arguments of an address, if there is such a room.
    pub fn parse_address(&self, room: &str) -> Option<(String, Vec<Json>)> {
        let mut parts = room.split('/');
        let name = parts.next()?.to_owned();
        let params = &self.rules.rooms.get(&name)?.params;
        let parts: Vec<&str> = parts.collect();
        if parts.len() != params.len() {
            return None;
        }
        let args: Option<Vec<Json>> =
            params.iter().zip(parts).map(|(param, part)| self.parse_arg(param, part)).collect();
        Some((name, args?))
    }

    fn parse_arg(&self, param: &Param, part: &str) -> Option<Json> {
        let decoded = decode(part)?;
        let readings = [part.parse::<i64>().ok().map(Json::from), part.parse::<bool>().ok().map(Json::from)];
        let readings = readings.into_iter().flatten().chain([Json::from(decoded)]);
        let text_wanted = matches!(&param.ty.kind, TypeKind::Named(name) if &**name == "text");
        let mut fitting = readings
            .filter(|reading| (!text_wanted || reading.is_string()) && types::is_of(&self.rules, &param.ty, reading));
        fitting.next()
    }
}

fn decode(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
