//! No message is lost, doubled, out of order, or handed to anybody who may not have it.

use super::super::house::{Came, House, Moment, Standing};
use super::super::plain::{belongs, meets};
use super::held::{Due, Held};
use super::late::Late;
use crate::engine::stage::Done;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use windlass::model::Trigger;
use windlass::value::RoomKey;
use windlass::wind::{Effect, Event, Receiver, Role, SocketId, Step, Trace, WindStack};

#[derive(Default)]
pub struct Messages {
    pub posts: u64,
    pub held: Held,
    late: Late,
    /// The input in which a message was posted, by its number.
    posted: BTreeMap<u64, u64>,
    inputs: u64,
}

/// A message that the rules sent into a room.
pub struct Sent<'a> {
    by: SocketId,
    pub room: &'a RoomKey,
    pub seq: Option<u64>,
    pub content: &'a str,
    /// Whether the room's members get it, and whether the sender is one of them.
    members: bool,
    everyone: bool,
    /// Whether it goes elsewhere too.
    elsewhere: bool,
}

impl Messages {
    pub fn check(&mut self, house: &House, came: &Came, after: &Standing) -> Result<(), String> {
        self.inputs += 1;
        let mut seqs = came.before.seqs.clone();
        let mut begun_again: BTreeSet<&RoomKey> = BTreeSet::new();
        let mut frames = messages_of(&came.done)?;
        self.held.take(house, came, after, &mut frames)?;
        self.late.take(&mut frames);
        for (id, trace) in &came.traces {
            is_allowed(house, came, after, *id, trace)?;
            for effect in &trace.effects {
                match effect {
                    Effect::Quit(room) => drop(begun_again.insert(room)),
                    Effect::Post { content, .. } => self.note_post(content.as_str())?,
                    _ => {}
                }
                let Some(mut sent) = sent(*id, effect) else { continue };
                if matches!(effect, Effect::Post { .. }) {
                    let seq = seqs.entry(sent.room.clone()).or_default();
                    let begins = begun_again.contains(sent.room) || came.done.iter().any(is_close);
                    if begins && frames.iter().any(|frame| frame.is_of(&sent, 1)) {
                        *seq = 0;
                    }
                    *seq += 1;
                    sent.seq = Some(*seq);
                }
                let speakers = speakers(came, after, *id);
                let mut reached = take(&mut frames, &sent, &speakers);
                take_late(&mut frames, came, &sent, &speakers, &mut reached);
                self.reached_right(house, came, after, (&sent, &speakers), &reached)?;
                if sent.elsewhere {
                    self.late.note(&sent, &speakers, &reached);
                }
            }
        }
        if let Some(frame) = frames.iter().find(|frame| frame.room.is_some()) {
            return Err(format!("nobody sent {:?} {:?} {}", frame.room, frame.seq, frame.content));
        }
        for (room, seq) in &seqs {
            let now = after.seqs.get(room).copied().unwrap_or_default();
            let may_end = begun_again.contains(room) || came.done.iter().any(is_close);
            if now != *seq && !(may_end || now == 0 && after.members.get(room).is_none_or(BTreeSet::is_empty)) {
                return Err(format!("{room:?} is at {now}, and not at {seq}"));
            }
        }
        if !house.stage.engine.is_moving() {
            self.late.end();
        }
        self.held.check(house, came, after)
    }

    /// A message that carries its number is posted in one input only.
    fn note_post(&mut self, content: &str) -> Result<(), String> {
        self.posts += 1;
        let content: Json = serde_json::from_str(content).map_err(|error| error.to_string())?;
        let Some(tag) = content["tag"].as_u64() else { return Ok(()) };
        match self.posted.insert(tag, self.inputs) {
            Some(input) if input != self.inputs => Err(format!("message {tag} was posted again")),
            Some(_) | None => Ok(()),
        }
    }

    /// Whoever stood still has got it exactly if it belongs; whoever moved has not if it never did.
    fn reached_right(
        &mut self,
        house: &House,
        came: &Came,
        after: &Standing,
        (sent, speakers): (&Sent<'_>, &[String]),
        reached: &[SocketId],
    ) -> Result<(), String> {
        let all: BTreeSet<SocketId> = came.before.stacks.keys().chain(after.stacks.keys()).copied().collect();
        for id in all {
            let belonged = belongs(house, &came.before, id, sent.room);
            let belongs = belongs(house, after, id, sent.room);
            let times = reached.iter().filter(|reached| **reached == id).count();
            let own = id == sent.by && !sent.everyone;
            let was_listed = came.before.listed.get(sent.room).is_some_and(|listed| listed.contains(&id));
            let must = sent.members && !own && was_listed && belonged && belongs && stood_still(came, after, id);
            let is_let_in =
                belonged || belongs || became_another(came, id) || passed_through(came, after, id, sent.room);
            let may = sent.elsewhere || (sent.members && !own && is_let_in);
            if times == 1 && !sent.elsewhere && self.held.has_one_for(id, sent.room) {
                return Err(format!("{} of {:?} overtook what is held for {id:?}", sent.content, sent.room));
            }
            if times == 0 && sent.members && after.doubted.get(sent.room).is_some_and(|doubted| doubted.contains(&id)) {
                let due = if must {
                    Due::Must
                } else if may {
                    Due::May
                } else {
                    Due::Never
                };
                self.held.hold(id, sent, speakers, due);
                continue;
            }
            if times > 1 || (times == 0 && must) || (times == 1 && !may) {
                return Err(format!(
                    "{id:?} got {} of {:?} {times} times: belonged {belonged}, belongs {belongs}",
                    sent.content, sent.room
                ));
            }
        }
        Ok(())
    }
}

fn is_close(done: &Done) -> bool {
    matches!(done, Done::Closed(..))
}

/// Neither the socket nor another of its client's has done anything.
fn stood_still(came: &Came, after: &Standing, id: SocketId) -> bool {
    let client = |standing: &Standing, id: SocketId| standing.stacks.get(&id).and_then(|stack| stack.client.clone());
    let own = client(after, id);
    let moved = |other: SocketId| {
        other == id || own.is_some() && (client(after, other) == own || client(&came.before, other) == own)
    };
    !came.traces.iter().any(|(other, _)| moved(*other))
}

/// Another socket has become the same client in this very input, and so the socket belonged for a moment.
fn became_another(came: &Came, id: SocketId) -> bool {
    let client = came.before.stacks.get(&id).and_then(|stack| stack.client.as_ref());
    let identifies = |effect: &Effect| matches!(effect, Effect::Identify(other) if Some(other) == client);
    came.traces.iter().any(|(_, trace)| trace.effects.iter().any(identifies))
}

/// The socket, or another of its client's, was admitted in this very input, and so belonged for a moment.
fn passed_through(came: &Came, after: &Standing, id: SocketId, room: &RoomKey) -> bool {
    let entered = |effect: &Effect| matches!(effect, Effect::Enter(entered) if entered == room);
    let who = |id: SocketId| {
        let of = |standing: &Standing| standing.stacks.get(&id).and_then(|stack| stack.client.clone());
        of(after).or_else(|| of(&came.before))
    };
    let is_same = |other: SocketId| other == id || (who(other).is_some() && who(other) == who(id));
    came.traces.iter().any(|(other, trace)| is_same(*other) && trace.effects.iter().any(entered))
}

fn sent(by: SocketId, effect: &Effect) -> Option<Sent<'_>> {
    match effect {
        Effect::Post { room, content, also, members, id: _ } => Some(Sent {
            by,
            room,
            seq: None,
            content: content.as_str(),
            members: *members,
            everyone: false,
            elsewhere: !also.is_empty(),
        }),
        Effect::Tell {
            receiver: receiver @ (Receiver::Members(room) | Receiver::Everyone(room)),
            content,
            mail: _,
        } => {
            let everyone = matches!(receiver, Receiver::Everyone(_));
            let content = content.as_str();
            Some(Sent { by, room, seq: None, content, members: true, everyone, elsewhere: false })
        }
        _ => None,
    }
}

/// A frame with a message, as it was written.
pub struct Frame {
    pub to: Vec<SocketId>,
    pub room: Option<RoomKey>,
    pub seq: Option<u64>,
    pub from: String,
    content: Json,
}

impl Frame {
    fn is_of(&self, sent: &Sent<'_>, seq: u64) -> bool {
        self.room.as_ref() == Some(sent.room) && self.seq == Some(seq) && self.says(sent)
    }

    fn says(&self, sent: &Sent<'_>) -> bool {
        self.is_content(sent.content)
    }

    pub fn is_content(&self, content: &str) -> bool {
        serde_json::from_str::<Json>(content).is_ok_and(|content| content == self.content)
    }
}

fn messages_of(done: &[Done]) -> Result<Vec<Frame>, String> {
    let mut frames = Vec::new();
    for done in done {
        let Done::Wrote(to, frame) = done else { continue };
        if frame.starts_with("{\"message\":") {
            let read: Json = serde_json::from_str(frame).map_err(|error| error.to_string())?;
            let room = read["room"].as_str().and_then(|room| room.strip_prefix("room:"));
            let room = room.map(|room| RoomKey(room.into()));
            let from = read["from"].as_str().unwrap_or_default().to_owned();
            frames.push(Frame {
                to: to.clone(),
                room,
                from,
                seq: read["seq"].as_u64(),
                content: read["message"].clone(),
            });
        }
    }
    Ok(frames)
}

/// Who a socket may be to others in this input.
fn speakers(came: &Came, after: &Standing, id: SocketId) -> Vec<String> {
    let client = |standing: &Standing| standing.stacks.get(&id).and_then(|stack| stack.client.clone());
    let identified = came.traces.iter().filter(|(socket, _)| *socket == id).flat_map(|(_, trace)| &trace.effects);
    let identified = identified.filter_map(|effect| match effect {
        Effect::Identify(client) => Some(client.clone()),
        _ => None,
    });
    let clients = [client(&came.before), client(after)].into_iter().flatten().chain(identified);
    clients.map(|client| format!("client:{client}")).chain([format!("socket:{}", id.0)]).collect()
}

/// Takes out what was written of a message: the first frames of it, up to another that says the same.
fn take(frames: &mut Vec<Frame>, sent: &Sent<'_>, speakers: &[String]) -> Vec<SocketId> {
    let mut reached = Vec::new();
    let is_it = |frame: &Frame| {
        let is_there = frame.room.as_ref() == Some(sent.room) && frame.seq == sent.seq;
        is_there && speakers.contains(&frame.from) && frame.says(sent)
    };
    while let Some(at) = frames.iter().position(is_it) {
        let frame = frames.remove(at);
        let has_got_it = sent.seq.is_none() && frame.to.iter().any(|to| reached.contains(to));
        if has_got_it {
            // Another message that says the same.
            frames.insert(at, frame);
            break;
        }
        reached.extend(frame.to);
        if sent.seq.is_none() && !sent.elsewhere {
            break;
        }
    }
    reached
}

/// Takes out what was written of it to those who have been looked at later in the same input.
fn take_late(frames: &mut Vec<Frame>, came: &Came, sent: &Sent<'_>, speakers: &[String], reached: &mut Vec<SocketId>) {
    let Some(listed) = came.before.listed.get(sent.room).filter(|_| sent.seq.is_none()) else { return };
    let is_it = |frame: &Frame, reached: &[SocketId]| {
        let is_late = matches!(frame.to[..], [to] if listed.contains(&to) && !reached.contains(&to));
        let is_there = frame.room.as_ref() == Some(sent.room) && frame.seq.is_none();
        is_late && is_there && speakers.contains(&frame.from) && frame.says(sent)
    };
    while let Some(at) = frames.iter().position(|frame| is_it(frame, reached)) {
        reached.extend(frames.remove(at).to);
    }
}

/// Nobody speaks in a room without what it requires now.
fn is_allowed(house: &House, came: &Came, after: &Standing, id: SocketId, trace: &Trace) -> Result<(), String> {
    if !matches!(trace.event, Event::Message(_)) {
        return Ok(());
    }
    let stacks: Vec<(&WindStack, Moment)> = [&came.before, after]
        .into_iter()
        .filter_map(|standing| Some((standing.stacks.get(&id)?, standing.moment)))
        .collect();
    for (epoch, step) in &trace.steps {
        let Step::Took(machine, arm) = step else { continue };
        let rules = house.programs[epoch].machine(*machine);
        if rules.room().is_none() || !matches!(rules.arms[arm.index()].trigger, Trigger::Message { .. }) {
            continue;
        }
        let is_of = |room: &&RoomKey| house.programs[epoch].room_of(room).is_some_and(|(of, _)| of == *machine);
        let frames = stacks.iter().flat_map(|(stack, _)| &stack.rooms).filter_map(|frame| frame.role.room());
        let entered = trace.effects.iter().filter_map(|effect| match effect {
            Effect::Enter(room) => Some(room),
            _ => None,
        });
        let met = |room: &RoomKey| stacks.iter().any(|(stack, at)| meets(house, stack, room, *at));
        let is_met = frames.chain(entered).filter(is_of).any(met);
        let is_deciding = stacks.iter().any(|(stack, _)| {
            stack.frames.iter().any(|frame| matches!(frame.role, Role::Gate { .. }) && frame.machine == *machine)
        });
        if !is_met && !is_deciding && stacks.len() > 1 {
            return Err(format!("spoke without what `{}` requires\n{trace}", rules.name));
        }
    }
    Ok(())
}
