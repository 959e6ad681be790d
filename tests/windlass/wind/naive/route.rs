//! Which frame an event goes to.

use super::super::event::{Address, Happening, Message};
use super::eval::{Bound, address};
use super::socket::{Frame, Role, Waits};
use super::step::Answers;
use super::{Naive, Step, types};
use serde_json::{Value as Json, json};
use windlass::syntax::ast::{Arm, Param, Trigger, Type, TypeKind};

/// Messages that may wait for gates.
const PARKED_MAX: usize = 8;

impl Naive {
    pub fn happen(&mut self, happening: &Happening) -> Step {
        match happening {
            Happening::Connect => {
                let entry = self.rules.entry.clone();
                self.wind_gate(&entry, false, None)
            }
            Happening::Message(message) => self.route(message),
            Happening::Cancel(id) => self.cancel(id.as_ref()),
            Happening::Leave(room, id) => self.client_leaves(room, id.as_ref()),
            Happening::Left(room) => self.left_elsewhere(room),
            Happening::Signal { name, value, room } => self.signal(name, value, room.as_deref()),
            Happening::Verdict { check, verdict } => self.verdict(*check, verdict),
            Happening::Tick(span) => {
                self.now += span;
                self.tick()
            }
            Happening::Later(span) => {
                self.now += span;
                Ok(())
            }
            Happening::Moved(room) => self.move_to(room),
            Happening::Close => self.close(),
            Happening::OtherJoins { .. } | Happening::OtherParts { .. } => Ok(()),
        }
    }

    fn route(&mut self, message: &Message) -> Step {
        match &message.to {
            Address::Lock(lock) => self.nominate(lock, message),
            Address::Room(room) => self.route_to_room(room, message),
            Address::Nowhere | Address::Client(_) | Address::Group(_) | Address::Unknown => self.route_to_top(message),
        }
    }

    pub fn holds_keys_of(&self, room: &str) -> bool {
        let Some((machine, args)) = self.parse_address(room) else { return false };
        // The requirements are read with the room's parameters in a frame of their own.
        let mut copy = self.clone();
        let role = Role::Gate { room: room.to_owned(), delivers: true, id: None, requirement: 0, decides: false };
        let probe = copy.new_frame(&machine, role, args);
        let who = probe.born;
        copy.socket.runs.push(vec![probe]);
        copy.missing(who, &machine).is_none()
    }

    fn route_to_room(&mut self, room: &str, message: &Message) -> Step {
        let content = message.content.as_object().is_some_and(|content| !content.is_empty());
        let elsewhere = self.socket.standing.as_deref() != Some(room);
        if self.is_in(room) && (content || !elsewhere || !self.a_door_leads_to(room)) {
            if self.holds_keys_of(room) {
                return self.hand_to_room(room, message);
            }
            return self.park(room, message);
        }
        if self.socket.gate_of(room).is_some() {
            return self.park(room, message);
        }
        if self.a_door_leads_to(room) {
            if content {
                self.socket.parked.push((room.to_owned(), message.clone()));
            }
            let id = message.id.clone().filter(|_| !content);
            return self.wind_gate(room, false, id);
        }
        self.route_to_top(message)
    }

    fn park(&mut self, room: &str, message: &Message) -> Step {
        if self.socket.parked.len() == PARKED_MAX {
            self.refuse(message.id.as_ref(), "parked_full");
            return Ok(());
        }
        self.socket.parked.push((room.to_owned(), message.clone()));
        if self.socket.gate_of(room).is_some() { Ok(()) } else { self.wind_gate(room, true, None) }
    }

    pub fn a_door_leads_to(&self, room: &str) -> bool {
        let Some((machine, _)) = self.parse_address(room) else { return false };
        let Some(here) = self.socket.standing_frame().filter(|_| self.socket.runs.is_empty()) else { return false };
        self.rules.doors(&here.machine).iter().any(|door| {
            let args = self.values(here.born, &Bound::nothing(), &door.args);
            *door.name.node == *machine && (args.is_empty() || address(&machine, &args) == room)
        })
    }

    fn route_to_top(&mut self, message: &Message) -> Step {
        let Some(top) = self.socket.top().cloned() else { return Ok(()) };
        match &top.role {
            Role::Room(room) if !self.holds_keys_of(room) => self.park(&room.clone(), message),
            Role::Room(_) | Role::Gate { .. } | Role::Lock(_) => self.hand_to(top.born, message),
        }
    }

    /// What is parked for a room reaches its handlers, in order.
    pub fn deliver_parked(&mut self, room: &str) -> Step {
        let (due, kept) = std::mem::take(&mut self.socket.parked).into_iter().partition(|(to, _)| to == room);
        self.socket.parked = kept;
        let due: Vec<(String, Message)> = due;
        for (_, message) in due {
            if self.is_in(room) {
                self.hand_to_room(room, &message)?;
            } else {
                self.refuse(message.id.as_ref(), refusal(&message));
            }
        }
        Ok(())
    }

    /// A message for the room itself: its address has done its work.
    fn hand_to_room(&mut self, room: &str, message: &Message) -> Step {
        let Some(who) = self.room_frame(room)? else {
            self.refuse(message.id.as_ref(), refusal(message));
            return Ok(());
        };
        let own = message.to == Address::Room(room.to_owned());
        let to = if own { Address::Nowhere } else { message.to.clone() };
        let addressed = Message { to, ..message.clone() };
        self.hand_to(who, &addressed)
    }

    pub fn hand_to(&mut self, who: u64, message: &Message) -> Step {
        if let Some(follow) = self.count_against_limit(who, message.id.as_ref()) {
            return match follow {
                Some(follow) => self.take(who, &Bound::nothing(), &follow),
                None => Ok(()),
            };
        }
        let Some((arm, bound)) = self.handler(who, message) else {
            self.refuse(message.id.as_ref(), refusal(message));
            return Ok(());
        };
        self.answers.extend(message.id.clone());
        self.take(who, &bound, &arm.follow)
    }

    /// Counts; where that was one too many, the client is told, and what then follows is the answer.
    fn count_against_limit(&mut self, who: u64, id: Option<&Json>) -> Option<Option<windlass::syntax::ast::Follow>> {
        let now = self.now;
        if self.is_requiring(who) {
            return None;
        }
        let frame = self.socket.frame_mut(who)?;
        let (most, per, otherwise) = self.rules.limit(&frame.machine.clone())?;
        let (begun, counted) = frame.window.filter(|(begun, _)| now < begun + per).unwrap_or((now, 0));
        if counted < most {
            frame.window = Some((begun, counted + 1));
            return None;
        }
        let wait = begun + per - now;
        self.effects.push(json!({ "error": "rate_limited", "id": id, "retry_after": wait }));
        Some(otherwise)
    }

    /// The arms of the frame's state, then those of its machine.
    fn arms_of(&self, who: u64) -> Vec<Arm> {
        let Some(Frame { machine, state: Some(state), .. }) = self.socket.frame(who) else { return Vec::new() };
        let mut arms = self.rules.state_arms(machine, state);
        arms.extend(self.rules.machine_arms(machine));
        arms
    }

    fn handler(&self, who: u64, message: &Message) -> Option<(Arm, Bound)> {
        self.arms_of(who).into_iter().find_map(|arm| {
            let Trigger::Message(pattern) = &arm.trigger else { return None };
            let bound = self.bind_message(pattern, &arm, message)?;
            self.holds(who, &bound, arm.guard.as_ref()).then_some((arm.clone(), bound))
        })
    }

    fn bind_message(&self, pattern: &Type, arm: &Arm, message: &Message) -> Option<Bound> {
        let no_fields = Vec::new();
        let fields = match &pattern.kind {
            TypeKind::Record(fields) => fields,
            TypeKind::Wildcard => &no_fields,
            _ if types::is_of(&self.rules, pattern, &message.content) => &no_fields,
            _ => return None,
        };
        let (to, content): (Vec<Param>, Vec<Param>) =
            fields.iter().cloned().partition(|field| &*field.name.node == "to");
        let address = address_matching(to.first(), &message.to)?;
        let content_type = Type { kind: TypeKind::Record(content), span: pattern.span };
        let name = arm.bind.as_ref().map(|name| name.node.to_string());
        let bound =
            Bound { name, value: message.content.clone(), to: Some(address).filter(|address| !address.is_null()) };
        types::is_of(&self.rules, &content_type, &message.content).then_some(bound)
    }

    /// Whether the frame on top has a handler for a message.
    pub fn takes(&self, message: &Message) -> bool {
        self.socket.top().is_some_and(|top| self.handler(top.born, message).is_some())
    }

    /// Whether a frame waits for this check.
    pub fn waits_for(&self, check: Option<u64>) -> bool {
        let frames = self.socket.rooms.iter().chain(self.socket.runs.iter().flatten());
        frames.into_iter().any(|frame| matches!(frame.waits, Waits::Check(number) if Some(number) == check))
    }

    /// The locks that the client may ask for now.
    pub fn offered(&self) -> Vec<String> {
        let open = self.socket.standing_frame().filter(|_| self.socket.runs.is_empty());
        let offers = open.map(|here| [self.rules.offers(&here.machine), self.rules.renews(&here.machine)].concat());
        offers.unwrap_or_default().iter().map(|lock| lock.name.node.to_string()).collect()
    }

    /// The locks among which the client may choose now.
    pub fn choices(&self) -> Vec<String> {
        match self.socket.top().map(|top| &top.waits) {
            Some(Waits::Choice(locks)) => locks.iter().map(|lock| lock.name.node.to_string()).collect(),
            Some(Waits::Nothing | Waits::Lock | Waits::Check(_)) | None => Vec::new(),
        }
    }

    fn cancel(&mut self, id: Option<&Json>) -> Step {
        let Some(top) = self.socket.top().cloned() else { return Ok(()) };
        let cancels =
            |arm: &Arm| arm.trigger == Trigger::Cancel && self.holds(top.born, &Bound::nothing(), arm.guard.as_ref());
        match self.arms_of(top.born).into_iter().find(cancels) {
            Some(arm) => {
                self.answers.extend(id.cloned());
                self.take(top.born, &Bound::nothing(), &arm.follow)
            }
            None if matches!(top.waits, Waits::Choice(_)) => {
                self.answers.extend(id.cloned());
                self.answer_failed(Answers::Frame(top.born), json!("cancelled"))
            }
            None => {
                self.refuse(id, "no_handler");
                Ok(())
            }
        }
    }

    fn client_leaves(&mut self, room: &str, id: Option<&Json>) -> Step {
        if !self.is_in(room) {
            self.refuse(id, "unreachable");
        } else if self.leave_room(room)? {
            self.answers.extend(id.cloned());
        } else {
            self.refuse(id, "refused");
        }
        Ok(())
    }

    fn left_elsewhere(&mut self, room: &str) -> Step {
        if let Some(who) = self.socket.room(room).map(|frame| frame.born) {
            self.cut_asked(who)?;
            self.socket.remove(who);
        }
        self.cut_delivery_to(room)?;
        self.stand_nowhere_in(room);
        Ok(())
    }

    fn signal(&mut self, name: &str, value: &Json, room: Option<&str>) -> Step {
        if let Some(room) = room {
            let frame = self.socket.room(room).map(|frame| frame.born);
            return frame.map_or(Ok(()), |who| self.offer_signal(who, name, value).map(|_| ()));
        }
        let standing = self.socket.standing.clone();
        let rooms = self.socket.rooms.iter().rev().filter(|frame| frame.room() != standing.as_deref());
        let offered: Vec<u64> = self.socket.stack_up().rev().chain(rooms).map(|frame| frame.born).collect();
        for who in offered {
            if self.offer_signal(who, name, value)? {
                break;
            }
        }
        Ok(())
    }

    fn offer_signal(&mut self, who: u64, name: &str, value: &Json) -> Result<bool, super::Closed> {
        for arm in self.arms_of(who) {
            let Trigger::Signal(wanted, pattern) = &arm.trigger else { continue };
            let fits = pattern.as_ref().is_none_or(|pattern| types::is_of(&self.rules, pattern, value));
            let bound = Bound::to_name(arm.bind.as_ref().map(|name| name.node.to_string()), value.clone());
            if *wanted.node == *name && fits && self.holds(who, &bound, arm.guard.as_ref()) {
                self.take(who, &bound, &arm.follow)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn verdict(&mut self, check: u64, verdict: &Result<Json, String>) -> Step {
        let waits = |frame: &&Frame| matches!(frame.waits, Waits::Check(number) if number == check);
        let mut frames = self.socket.rooms.iter().chain(self.socket.runs.iter().flatten());
        let Some(who) = frames.find(waits).map(|frame| frame.born) else { return Ok(()) };
        match verdict {
            Ok(value) => self.answer(who, &Trigger::Passed, value.clone()),
            Err(why) => self.answer(who, &Trigger::Failed, json!(why)),
        }
    }

    fn tick(&mut self) -> Step {
        self.note_ends();
        loop {
            let frames = self.socket.stack_up().enumerate();
            let timers = frames.flat_map(|(place, frame)| {
                let timers = frame.timers.iter().enumerate();
                timers.map(move |(index, timer)| ((timer.at, place, timer.of_state, index), frame.born))
            });
            let due = timers.filter(|((at, ..), _)| *at <= self.now).min();
            let Some(((.., index), who)) = due else { return Ok(()) };
            self.fire(who, index)?;
        }
    }

    fn fire(&mut self, who: u64, index: usize) -> Step {
        let Some(frame) = self.socket.frame_mut(who) else { return Ok(()) };
        match frame.timers.remove(index).arm {
            None => {
                frame.waits = Waits::Nothing;
                self.answer_failed(Answers::Frame(who), json!("no choice"))
            }
            Some(arm) if self.holds(who, &Bound::nothing(), arm.guard.as_ref()) => {
                self.take(who, &Bound::nothing(), &arm.follow)
            }
            Some(_) => Ok(()),
        }
    }
}

/// The value of `m.to`, null where neither side names an address; none where they do not go together.
fn address_matching(wanted: Option<&Param>, to: &Address) -> Option<Json> {
    let Some(wanted) = wanted else {
        return (*to == Address::Nowhere).then_some(Json::Null);
    };
    let (optional, kind) = match &wanted.ty.kind {
        TypeKind::Optional(inner) => (true, &inner.kind),
        kind => (false, kind),
    };
    let TypeKind::Named(kind) = kind else { return None };
    match (&**kind, to) {
        (_, Address::Nowhere) => optional.then_some(Json::Null),
        ("client", Address::Client(client)) => Some(json!(client)),
        ("room", Address::Room(room)) => Some(json!(format!("room:{room}"))),
        ("group", Address::Group(group)) => Some(json!(format!("group:{group}"))),
        _ => None,
    }
}

fn refusal(message: &Message) -> &'static str {
    if message.to == Address::Nowhere { "no_handler" } else { "unreachable" }
}
