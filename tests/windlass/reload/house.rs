//! The engine with everything around it: rulesets, sockets, and what one input has done.

use super::acts::Act;
use crate::engine::stage::{Done, Stage, WALL, socket};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use windlass::diagnostic::SourceMap;
use windlass::engine::{Input, NotReloaded, Settings, TraceMode};
use windlass::lint;
use windlass::machine::Program;
use windlass::value::{RoomKey, Value};
use windlass::wind::{Asker, Epoch, Member, Now, Purpose, Role, SocketId, Successor, Ticket, Trace, WindStack};

/// A ruleset that may run, with its text.
#[derive(Clone)]
pub struct Ruleset {
    pub text: String,
    pub program: Arc<Program>,
}

impl Ruleset {
    /// None where `lint` finds an error.
    pub fn read(text: &str) -> Option<Ruleset> {
        let mut sources = SourceMap::default();
        sources.add("rules.room", text);
        Some(Ruleset { text: text.to_owned(), program: lint::check(sources).program? })
    }
}

/// When, and under which rules.
#[derive(Clone, Copy)]
pub struct Moment {
    pub now: u64,
    pub active: Epoch,
}

/// How everybody stood at one time.
#[derive(Clone)]
pub struct Standing {
    pub stacks: BTreeMap<SocketId, WindStack>,
    pub members: BTreeMap<RoomKey, BTreeSet<Member>>,
    /// Who gets what a room says, or will when it has been looked at.
    pub listed: BTreeMap<RoomKey, BTreeSet<SocketId>>,
    /// Who has yet to be looked at.
    pub doubted: BTreeMap<RoomKey, BTreeSet<SocketId>>,
    pub seqs: BTreeMap<RoomKey, u64>,
    pub moment: Moment,
}

/// What the engine was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Input,
    Reload,
}

/// What one input, or one reload, has done.
pub struct Came {
    pub before: Standing,
    pub done: Vec<Done>,
    pub traces: Vec<(SocketId, Trace)>,
    pub cause: Cause,
}

/// More ticks than any wait can need: four sockets, and deadlines of half a second at least.
const TICKS_MAX: usize = 5_000;

pub struct House {
    pub stage: Stage,
    /// Every ruleset that was ever active.
    pub programs: BTreeMap<Epoch, Arc<Program>>,
    /// Which locks were revoked with which ruleset.
    pub revoked: BTreeMap<Epoch, Vec<String>>,
    pub retired: usize,
    pub reloads: usize,
    /// What each check is called that has not been answered.
    pub checks: BTreeMap<(SocketId, Ticket), Arc<str>>,
    /// Messages with an id that have not been answered.
    pub unanswered: BTreeSet<(SocketId, u64)>,
    pub rooms: BTreeSet<RoomKey>,
}

impl House {
    pub fn new(rules: &Ruleset, settings: Settings) -> House {
        let mut stage = Stage::new(rules.program.clone(), settings);
        stage.engine.trace(TraceMode::All);
        let mut house = House {
            stage,
            programs: BTreeMap::new(),
            revoked: BTreeMap::new(),
            retired: 0,
            reloads: 0,
            checks: BTreeMap::new(),
            unanswered: BTreeSet::new(),
            rooms: BTreeSet::new(),
        };
        house.activated(Epoch::FIRST, &rules.program);
        house
    }

    fn activated(&mut self, epoch: Epoch, program: &Arc<Program>) {
        self.programs.insert(epoch, program.clone());
        let rooms = program.model.machines.iter().filter(|machine| machine.room().is_some());
        for room in rooms {
            let names = match room.params.len() {
                0 => vec![room.name.to_string()],
                _ => (1..=3).map(|seat| format!("{}/{seat}", room.name)).collect(),
            };
            self.rooms.extend(names.into_iter().map(|name| RoomKey(name.into())));
        }
    }

    pub fn is_open(&self, who: u128) -> bool {
        self.stage.open.contains(&socket(who))
    }

    pub fn stack(&self, who: u128) -> Option<&WindStack> {
        self.stage.engine.socket(socket(who))
    }

    pub fn active(&self) -> Epoch {
        self.stage.engine.epochs().active().epoch
    }

    /// How everybody stands now.
    pub fn standing(&self) -> Standing {
        let engine = &self.stage.engine;
        let stack = |id: &SocketId| Some((*id, engine.socket(*id)?.clone()));
        let members = |room: &RoomKey| (room.clone(), engine.room_members(room).into_iter().collect());
        let doubted = |room: &RoomKey| (room.clone(), engine.doubted_sockets(room).into_iter().collect());
        let listed = |room: &RoomKey| {
            let known = engine.room_sockets(room).into_iter();
            (room.clone(), known.chain(engine.doubted_sockets(room)).collect())
        };
        Standing {
            stacks: self.stage.open.iter().filter_map(stack).collect(),
            members: self.rooms.iter().map(members).collect(),
            listed: self.rooms.iter().map(listed).collect(),
            doubted: self.rooms.iter().map(doubted).collect(),
            seqs: self.rooms.iter().map(|room| (room.clone(), engine.room_seq(room))).collect(),
            moment: Moment { now: self.stage.now, active: self.active() },
        }
    }

    /// Does an act, one input at a time; `check` looks at each. An act that cannot be done is left out.
    pub fn perform(
        &mut self,
        rulesets: &[Ruleset],
        act: &Act,
        check: &mut impl FnMut(&House, &Came) -> Result<(), String>,
    ) -> Result<(), String> {
        match act {
            Act::Connect(who) if !self.is_open(*who) => self.once(check, |stage| stage.connect(*who)),
            Act::HangUp(who) if self.is_open(*who) => self.once(check, |stage| stage.hang_up(*who)),
            Act::Say(who, frame) if self.is_open(*who) => {
                let read: serde_json::Value = serde_json::from_str(frame).map_err(|error| error.to_string())?;
                self.unanswered.extend(read["id"].as_u64().map(|id| (socket(*who), id)));
                self.once(check, |stage| stage.say(*who, frame))
            }
            Act::Verdict(who, passes) => {
                let Some(ticket) = self.stage.asked.iter().find(|(asked, _)| *asked == socket(*who)).copied() else {
                    return Ok(());
                };
                let is_yes = self.checks.get(&ticket).is_some_and(|check| **check == *"yes");
                let passed = if is_yes { Value::Bool(true) } else { Value::Text("found".into()) };
                let verdict = if *passes { Ok(passed) } else { Err("not found".into()) };
                self.once(check, |stage| stage.verdict(*who, verdict))
            }
            Act::Tick => self.once(check, |stage| stage.input(Input::Tick)),
            Act::Wait(span) => self.wait(*span, check),
            Act::Reload(rules, revoked) => match rulesets.get(*rules) {
                Some(rules) => self.reload(rules, revoked, check),
                None => Ok(()),
            },
            Act::Connect(_) | Act::HangUp(_) | Act::Say(..) => Ok(()),
        }
    }

    fn once(
        &mut self,
        check: &mut impl FnMut(&House, &Came) -> Result<(), String>,
        input: impl FnOnce(&mut Stage) -> Vec<Done>,
    ) -> Result<(), String> {
        let before = self.standing();
        let done = input(&mut self.stage);
        self.came(before, done, Cause::Input, check)
    }

    fn wait(&mut self, span: u64, check: &mut impl FnMut(&House, &Came) -> Result<(), String>) -> Result<(), String> {
        let end = self.stage.now + span;
        let mut ticks = 0;
        while let Some(at) = self.stage.engine.poll_timeout().filter(|at| *at <= end) {
            ticks += 1;
            if ticks > TICKS_MAX {
                return Err(format!("still at {at} after {ticks} ticks"));
            }
            self.stage.now = at;
            self.once(check, |stage| stage.input(Input::Tick))?;
        }
        self.stage.now = end;
        Ok(())
    }

    fn reload(
        &mut self,
        rules: &Ruleset,
        revoked: &[String],
        check: &mut impl FnMut(&House, &Came) -> Result<(), String>,
    ) -> Result<(), String> {
        let before = self.standing();
        let now = Now { monotonic: self.stage.now, wall: WALL + self.stage.now };
        let locks = revoked.iter().map(|lock| lock.as_str().into()).collect();
        let successor = Successor::new(self.stage.engine.epochs(), rules.program.clone(), locks);
        match self.stage.engine.reload(now, successor) {
            Ok(epoch) => {
                self.activated(epoch, &rules.program);
                self.revoked.insert(epoch, revoked.to_vec());
                self.reloads += 1;
            }
            Err(NotReloaded::Busy) if self.stage.engine.is_moving() => return Ok(()),
            Err(error) => return Err(format!("a reload was refused: {error}")),
        }
        let done = self.stage.drain();
        self.came(before, done, Cause::Reload, check)
    }

    fn came(
        &mut self,
        before: Standing,
        done: Vec<Done>,
        cause: Cause,
        check: &mut impl FnMut(&House, &Came) -> Result<(), String>,
    ) -> Result<(), String> {
        for done in &done {
            match done {
                Done::Asked(socket, ticket, check, _) => drop(self.checks.insert((*socket, *ticket), check.clone())),
                Done::Retired => self.retired += 1,
                Done::Wrote(..) | Done::Joined(..) | Done::Left(..) => {}
                Done::Closed(..) | Done::Webhook(..) | Done::Acted(_) => {}
            }
        }
        let traces = std::iter::from_fn(|| self.stage.engine.poll_trace()).collect();
        let came = Came { before, done, traces, cause };
        self.count_answers(&came)?;
        check(self, &came)
    }

    /// Every message with an id is answered once, and not before it was said.
    fn count_answers(&mut self, came: &Came) -> Result<(), String> {
        for done in &came.done {
            let Done::Wrote(to, frame) = done else { continue };
            let [to] = to[..] else { continue };
            if !frame.starts_with("{\"ok\"") && !frame.starts_with("{\"error\"") {
                continue;
            }
            let read: serde_json::Value = serde_json::from_str(frame).map_err(|error| error.to_string())?;
            if let Some(id) = read["id"].as_u64()
                && !self.unanswered.remove(&(to, id))
            {
                return Err(format!("message {id} was answered twice: {frame}"));
            }
        }
        let open = &self.stage.open;
        self.unanswered.retain(|(socket, _)| open.contains(socket));
        let engine = &self.stage.engine;
        let waits =
            |(id, message): &&(SocketId, u64)| engine.socket(*id).is_some_and(|stack| waiting(stack).contains(message));
        match self.unanswered.iter().find(|message| !waits(message)) {
            Some((_, message)) => Err(format!("message {message} was neither answered nor kept")),
            None => Ok(()),
        }
    }
}

/// The ids of messages that the stack still owes an answer.
fn waiting(stack: &WindStack) -> BTreeSet<u64> {
    let asked = stack.frames.iter().filter_map(|frame| match &frame.role {
        Role::Gate { purpose: Purpose::Enter(id), .. } | Role::Lock(Asker::Offer(id)) => id.as_ref(),
        Role::Gate { .. } | Role::Lock(_) | Role::Room(_) => None,
    });
    let parked = stack.parked.iter().filter_map(|parked| parked.message.id.as_ref());
    asked.chain(parked).filter_map(|id| id.as_str().parse().ok()).collect()
}
