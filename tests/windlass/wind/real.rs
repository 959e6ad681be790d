//! The real pass, its effects and stack told in the same plain JSON as the naive one's.

use super::event::{Address, Happening, Message};
use super::naive::WALL_AHEAD;
use super::world::{Asked, Counted, SELF, SOCKET, World};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use windlass::machine::Program;
use windlass::value::{self, RoomKey, Value};
use windlass::wind::{
    Asker, Effect, Epochs, Event, Frame, Handshake, Key, Lasts, Now, Phase, Purpose, Receiver, Role, Ticket, To, Waits,
    WindStack, Workspace, pass,
};

/// One socket of the real pass, in a world of its own that follows the effects as the engine would.
pub struct Real {
    pub program: Arc<Program>,
    epochs: Epochs,
    pub world: World,
    pub socket: WindStack,
    now: u64,
    entropy: Counted,
    tickets: Vec<Ticket>,
    work: Workspace,
}

/// What came of one event.
pub struct Came {
    pub effects: Vec<Json>,
    pub steps: u32,
    pub overrun: bool,
}

impl Real {
    pub fn new(program: Arc<Program>, world: World, handshake: &Json) -> Real {
        let part = |name: &str| value::Json::parse(&handshake[name].to_string()).expect("JSON is JSON");
        let handshake = Handshake {
            query: part("query"),
            headers: part("headers"),
            cookies: part("cookies"),
            protocols: part("protocols"),
            certificate: part("certificate"),
        };
        let epochs = Epochs::new(program.clone());
        let socket = WindStack::new(SOCKET, Arc::new(handshake), epochs.active().epoch);
        let (entropy, tickets, work) = (Counted::default(), Vec::new(), Workspace::default());
        Real { program, epochs, world, socket, now: 0, entropy, tickets, work }
    }

    pub fn event(&mut self, happening: &Happening) -> Came {
        if let Happening::Tick(span) | Happening::Later(span) = happening {
            self.now += span;
        }
        let Some(event) = self.translate(happening) else {
            return Came { effects: Vec::new(), steps: 0, overrun: false };
        };
        let now = Now { monotonic: self.now, wall: self.now + WALL_AHEAD };
        let facts = Asked { world: &self.world };
        let mut member = self.member();
        let outcome = pass(&self.epochs, &facts, &mut self.entropy, now, &mut self.socket, event, &mut self.work);
        let mut effects = Vec::new();
        for effect in &outcome.effects {
            self.carry_out(effect, &mut member);
            effects.push(self.tell_effect(effect));
        }
        Came { effects, steps: outcome.steps, overrun: outcome.overrun }
    }

    /// Who the socket is to a room.
    pub fn member(&self) -> String {
        self.socket.client.as_ref().map_or_else(|| SELF.to_owned(), |client| client.to_string())
    }

    fn translate(&self, happening: &Happening) -> Option<Event> {
        let id = |id: &Option<Json>| id.as_ref().map(carried);
        Some(match happening {
            Happening::Connect => Event::Connect,
            Happening::Message(message) => Event::Message(self.message(message)?),
            Happening::Cancel(asked) => Event::Cancel(id(asked)),
            Happening::Leave(room, asked) => Event::Leave(key(room), id(asked)),
            Happening::Left(room) => Event::Left(key(room)),
            Happening::Signal { name, value, room } => {
                let value = Value::from_json(&value.to_string());
                Event::Signal { signal: name.as_str().into(), value, room: room.as_deref().map(key) }
            }
            Happening::Verdict { check, verdict } => Event::Verdict {
                ticket: self.tickets.get(*check as usize - 1).copied().unwrap_or(Ticket(u64::MAX)),
                verdict: match verdict {
                    Ok(value) => Ok(Value::from_json(&value.to_string())),
                    Err(why) => Err(why.as_str().into()),
                },
            },
            Happening::Tick(_) => Event::Tick,
            Happening::Moved(room) => Event::Moved(key(room)),
            Happening::Close => Event::Close,
            Happening::OtherJoins { .. } | Happening::OtherParts { .. } | Happening::Later(_) => return None,
        })
    }

    fn message(&self, message: &Message) -> Option<windlass::wind::Message> {
        let to = match &message.to {
            Address::Nowhere => To::Nowhere,
            Address::Room(room) => To::Room(key(room)),
            Address::Client(client) => To::Client(client.as_str().into()),
            Address::Group(group) => To::Group(group.as_str().into()),
            Address::Lock(lock) => To::Lock(lock.as_str().into()),
            Address::Unknown => To::Unknown,
        };
        let id = message.id.as_ref().map(carried);
        Some(windlass::wind::Message { to, content: carried(&message.content).into(), id })
    }

    /// What the engine would make of an effect, as far as facts go.
    fn carry_out(&mut self, effect: &Effect, member: &mut String) {
        match effect {
            Effect::Enter(room) => self.world.join(&room.0, member),
            Effect::Quit(room) => self.world.part(&room.0, member),
            Effect::Identify(client) => {
                self.world.identify(client);
                *member = client.to_string();
            }
            Effect::Set(attribute, value) => {
                self.world.attributes.insert((member.clone(), attribute.to_string()), plain(value));
            }
            Effect::Check { ticket, .. } => self.tickets.push(*ticket),
            Effect::Ask { .. }
            | Effect::Say { .. }
            | Effect::Post { .. }
            | Effect::Tell { .. }
            | Effect::Signal { .. }
            | Effect::Depart(_)
            | Effect::Receive(_)
            | Effect::Ok(_)
            | Effect::Error { .. }
            | Effect::Drop(_)
            | Effect::ComeBack(_) => {}
        }
    }

    fn tell_effect(&self, effect: &Effect) -> Json {
        match effect {
            Effect::Ask { content, by, depth } => json!({ "ask": read(content), "by": bare(by), "depth": depth }),
            Effect::Say { content, by } => json!({ "say": read(content), "by": bare(by) }),
            Effect::Post { room, content, also, members, id: _ } => {
                let also: Vec<String> = also.iter().map(|receiver| self.tell_receiver(receiver)).collect();
                json!({ "post": read(content), "room": &*room.0, "also": also, "members": members })
            }
            Effect::Tell { receiver, content, mail: _ } => {
                json!({ "tell": read(content), "receiver": self.tell_receiver(receiver) })
            }
            Effect::Signal { receiver, signal, value } => {
                let receiver = self.tell_receiver(receiver);
                json!({ "signal": &**signal, "value": plain(value), "receiver": receiver })
            }
            Effect::Identify(client) => json!({ "identify": &**client }),
            Effect::Set(attribute, value) => {
                json!({ "set": &**attribute, "value": plain(value) })
            }
            Effect::Enter(room) => json!({ "enter": &*room.0 }),
            Effect::Depart(room) => json!({ "depart": &*room.0 }),
            Effect::Quit(room) => json!({ "quit": &*room.0 }),
            Effect::Receive(group) => json!({ "receive": &**group }),
            Effect::Check { ticket, check, args, within } => json!({
                "check": &**check, "number": self.number(*ticket),
                "args": args.iter().map(plain).collect::<Vec<_>>(), "within": within,
            }),
            Effect::Ok(id) => json!({ "ok": read(id) }),
            Effect::Error { id, failure, by: _ } => {
                let id = id.as_ref().map(read);
                match failure.code {
                    "rate_limited" => json!({ "error": failure.code, "id": id, "retry_after": failure.retry_after }),
                    code => json!({ "error": code, "id": id }),
                }
            }
            Effect::Drop(why) | Effect::ComeBack(why) => json!({ "drop": &**why }),
        }
    }

    /// The n-th check that was asked, from 1.
    fn number(&self, ticket: Ticket) -> usize {
        self.tickets.iter().position(|known| *known == ticket).map_or(0, |at| at + 1)
    }

    fn tell_receiver(&self, receiver: &Receiver) -> String {
        match receiver {
            Receiver::Members(room) => format!("members:{}", room.0),
            Receiver::Everyone(room) => format!("everyone:{}", room.0),
            Receiver::Client(client) => format!("client:{client}"),
            Receiver::Group(group) => format!("group:{group}"),
        }
    }

    /// Everything that can be compared.
    pub fn told(&self) -> Json {
        let told_key = |key: &Key| {
            let args: Vec<Json> = key.args.iter().map(plain).collect();
            let lasts = match key.lasts.at(self.now)? {
                Lasts::Always => json!("always"),
                Lasts::Until(until, grace) => json!({ "until": until, "grace": grace }),
                Lasts::Lingers(end) => json!({ "lingers": end }),
            };
            Some(json!({ "key": &*key.kind.lock, "args": args, "value": plain(&key.value), "lasts": lasts }))
        };
        let mut rooms: Vec<Json> = self.socket.rooms.iter().map(|frame| self.tell_frame(frame)).collect();
        rooms.sort_by_key(|frame| frame["frame"].to_string());
        json!({
            "client": self.socket.client.as_deref(),
            "standing": self.socket.standing.as_ref().map(|room| &*room.0),
            "rooms": rooms,
            "stack": self.socket.frames.iter().map(|frame| self.tell_frame(frame)).collect::<Vec<_>>(),
            "keys": self.socket.keys.iter().filter_map(told_key).collect::<Vec<_>>(),
            "asks_again": self.socket.asks_again,
            "parked": self.socket.parked.iter().map(|parked| &*parked.room.0).collect::<Vec<_>>(),
        })
    }

    fn tell_frame(&self, frame: &Frame) -> Json {
        let machine = self.program.machine(frame.machine);
        let (role, begun) = match &frame.role {
            Role::Room(_) => ("room", true),
            Role::Gate { purpose: Purpose::Deliver, .. } => ("delivery gate", false),
            Role::Gate { phase: Phase::Deciding, .. } => ("deciding gate", true),
            Role::Gate { phase: Phase::Requiring(_), .. } => ("gate", false),
            Role::Lock(Asker::Below) => ("lock", true),
            Role::Lock(Asker::Room(_)) => ("lock of a room", true),
            Role::Lock(Asker::Offer(_)) => ("offered lock", true),
        };
        let waits = match &frame.waits {
            Waits::Nothing => json!("nothing"),
            Waits::Lock => json!("lock"),
            Waits::Choice => json!("choice"),
            Waits::Check(ticket) => json!(self.number(*ticket)),
        };
        let state = machine.states.get(frame.state.index()).map_or("", |state| &state.name);
        let mut due: Vec<u64> = frame.timers.iter().map(|timer| timer.at).collect();
        due.sort_unstable();
        json!({
            "frame": frame.role.room().map_or(&*machine.name, |room| &room.0), "role": role,
            "args": frame.args.iter().map(plain).collect::<Vec<_>>(), "state": if begun { state } else { "" },
            "values": frame.locals.iter().map(plain).collect::<Vec<_>>(),
            "due": due, "waits": waits, "attempts": frame.attempts,
        })
    }

    /// The longest run, with the room that the socket stands in.
    pub fn deepest_run(&self) -> usize {
        let (mut deepest, mut run) = (0, 0);
        for frame in &self.socket.frames {
            run = if matches!(frame.role, Role::Lock(Asker::Below)) { run + 1 } else { 1 };
            deepest = deepest.max(run);
        }
        deepest + usize::from(self.socket.standing.is_some())
    }
}

fn key(room: &str) -> RoomKey {
    RoomKey(room.into())
}

fn carried(json: &Json) -> value::Json {
    value::Json::parse(&json.to_string()).expect("JSON is JSON")
}

fn read(json: &value::Json) -> Json {
    serde_json::from_str(json.as_str()).expect("what the pass makes is JSON")
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Secret(text) => json!(&**text),
        Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Nonce(_)
        | Value::Duration(_)
        | Value::Time(_)
        | Value::Client(_)
        | Value::Room(_)
        | Value::Group(_)
        | Value::Json(_) => read(&value.to_json()),
    }
}

/// A name without `room:` or `lock:`.
fn bare(by: &str) -> &str {
    by.strip_prefix("room:").or_else(|| by.strip_prefix("lock:")).unwrap_or(by)
}
