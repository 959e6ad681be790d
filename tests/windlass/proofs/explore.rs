//! Everything that one client can bring a house to, with one socket or two: breadth first, each state once.

use super::super::engine::stage::{Done, Stage, socket};
use super::case::Hands;
use super::claim::Claim;
use super::digest::digest;
use super::watch::{Memory, Seen};
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use windlass::engine::{self, Settings, TraceMode, Whom};
use windlass::machine::Program;
use windlass::value::Value;
use windlass::wind::{SocketId, Waits, WindStack};

/// The one client there is. Every check that passes gives this, and who is asked for a word says it.
pub const CLIENT: &str = "ada";
/// What a client says. Rules that are explored take nothing else.
const WORDS: [&str; 3] = [r#""a":true"#, r#""b":true"#, r#""word":"ada""#];
/// No more messages than these wait at gates at one time.
const PARKED_MAX: usize = 1;

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Connect(u128),
    HangUp(u128),
    Say(u128, String),
    Passes(u128),
    Fails(u128),
    /// An administrator moves it, whatever it is in the middle of.
    Moved(u128, Arc<str>),
    /// Time goes on to the next instant at which something is due or a key's time is over.
    Wait,
}

impl fmt::Display for Act {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Connect(socket) => write!(out, "socket {socket} connects"),
            Act::HangUp(socket) => write!(out, "socket {socket} hangs up"),
            Act::Say(socket, frame) => write!(out, "socket {socket} sends {frame}"),
            Act::Passes(socket) => write!(out, "a check of socket {socket} passes"),
            Act::Fails(socket) => write!(out, "a check of socket {socket} fails"),
            Act::Moved(socket, room) => write!(out, "socket {socket} is moved to {room}"),
            Act::Wait => write!(out, "time passes"),
        }
    }
}

/// What was found.
#[derive(Default)]
pub struct Explored {
    /// What leads to the first state in which a claim is broken, by its index.
    pub broken: BTreeMap<usize, Vec<Act>>,
    /// What leads to a pass that took more steps than were proved.
    pub overrun: Option<Vec<Act>>,
    /// Nothing else can happen: every state was looked at.
    pub is_complete: bool,
    pub inputs: usize,
    pub states: usize,
}

struct House {
    stage: Stage,
    memory: Memory,
    /// The index of the house that it follows from, and how.
    came: Option<(usize, Act)>,
}

/// Lets happen what can happen, at most so many inputs in all. Where the program has more doors and offers than the
/// rules as they are written, those are an administrator's, who can only name clients.
pub fn explore(
    program: &Arc<Program>,
    written: &Program,
    claims: &[Claim],
    (inputs_max, hands): (usize, Hands),
) -> Explored {
    let mut explored = Explored::default();
    let mut known = HashSet::new();
    let mut came: Vec<Option<(usize, Act)>> = Vec::new();
    let mut waiting = VecDeque::from([House { stage: empty(program), memory: Memory::default(), came: None }]);
    while let Some(house) = waiting.pop_front() {
        let here = came.len();
        came.push(house.came);
        for act in acts(&house.stage, written, hands) {
            if explored.inputs == inputs_max {
                explored.states = came.len();
                return explored;
            }
            explored.inputs += 1;
            let (mut stage, mut memory) = (house.stage.clone(), house.memory.clone());
            take(&mut stage, &act);
            let seen = memory.watch(&mut stage);
            note(&mut explored, program, claims, &seen, || way(&came, here, &act));
            if known.insert(digest(&stage, &memory, CLIENT)) {
                waiting.push_back(House { stage, memory, came: Some((here, act)) });
            }
        }
    }
    explored.is_complete = true;
    explored.states = came.len();
    explored
}

/// Whether these acts, one after the other, break the claim.
pub fn follows(program: &Arc<Program>, claim: &Claim, acts: &[Act]) -> bool {
    let (mut stage, mut memory) = (empty(program), Memory::default());
    acts.iter().any(|act| {
        take(&mut stage, act);
        memory.watch(&mut stage).breaks(program, claim)
    })
}

fn empty(program: &Arc<Program>) -> Stage {
    let settings = Settings {
        socket_frames_per_second: 0,
        unidentified_frames_per_second: 0,
        client_frames_per_second: 0,
        signals_per_input_max: 10,
        departures_per_input_max: 10,
        traces_max: 1_000,
        ..Settings::default()
    };
    let mut stage = Stage::new(program.clone(), settings);
    stage.engine.trace(TraceMode::All);
    stage
}

fn note(explored: &mut Explored, program: &Program, claims: &[Claim], seen: &Seen, way: impl Fn() -> Vec<Act>) {
    if seen.overrun && explored.overrun.is_none() {
        explored.overrun = Some(way());
    }
    for (at, claim) in claims.iter().enumerate() {
        if !explored.broken.contains_key(&at) && seen.breaks(program, claim) {
            explored.broken.insert(at, way());
        }
    }
}

fn way(came: &[Option<(usize, Act)>], here: usize, last: &Act) -> Vec<Act> {
    let mut way = vec![last.clone()];
    let mut at = here;
    while let Some((before, act)) = &came[at] {
        way.push(act.clone());
        at = *before;
    }
    way.reverse();
    way
}

/// What can happen now. One socket may hang up, and another one come, once the client is known.
fn acts(stage: &Stage, written: &Program, hands: Hands) -> Vec<Act> {
    let (first, second) = (socket(1), socket(2));
    let is_open = |socket: &SocketId| stage.open.contains(socket);
    if stage.now == 0 && stage.open.is_empty() && stage.engine.statistics().passes == 0 {
        return vec![Act::Connect(1)];
    }
    let mut acts = Vec::new();
    let is_known = !stage.engine.client_rooms(CLIENT).is_empty();
    if is_known && !is_open(&second) {
        acts.push(Act::Connect(2));
    }
    if is_known && is_open(&first) {
        acts.push(Act::HangUp(1));
    }
    for number in [1, 2].into_iter().filter(|number| is_open(&socket(*number))) {
        socket_acts(stage, written, number, &mut acts);
        if hands == Hands::On {
            moves(stage, number, &mut acts);
        }
    }
    if next_instant(stage).is_some() {
        acts.push(Act::Wait);
    }
    acts
}

fn socket_acts(stage: &Stage, written: &Program, number: u128, acts: &mut Vec<Act>) {
    let Some(stack) = stage.engine.socket(socket(number)) else { return };
    let machines = &stage.engine.program().model.machines;
    let mut say = |frame: String| acts.push(Act::Say(number, frame));
    WORDS.iter().for_each(|word| say(format!("{{{word}}}")));
    for machine in machines {
        let name = &machine.name;
        if !may_name(stack, written, name) {
            continue;
        }
        if machine.room().is_none() {
            say(format!(r#"{{"to":"lock:{name}"}}"#));
            continue;
        }
        if stack.standing.as_ref().is_none_or(|room| room.0 != *name) {
            say(format!(r#"{{"to":"room:{name}"}}"#));
            if stack.parked.len() < PARKED_MAX {
                WORDS[..2].iter().for_each(|word| say(format!(r#"{{"to":"room:{name}",{word}}}"#)));
            }
        }
        say(format!(r#"{{"leave":"room:{name}"}}"#));
    }
    say(r#"{"cancel":true}"#.to_owned());
    if stage.asked.iter().any(|(asked, _)| *asked == socket(number)) {
        acts.extend([Act::Passes(number), Act::Fails(number)]);
    }
}

/// Where an administrator may bring a client that is in the middle of something. Where it is not, there is a door.
fn moves(stage: &Stage, number: u128, acts: &mut Vec<Act>) {
    let stack = stage.engine.socket(socket(number));
    let is_asked = |stack: &&WindStack| stack.client.is_some() && stack.standing.is_some() && !stack.frames.is_empty();
    let rooms = stage.engine.program().model.machines.iter().filter(|machine| machine.room().is_some());
    let all = rooms.map(|room| Act::Moved(number, room.name.clone()));
    acts.extend(all.filter(|_| stack.as_ref().is_some_and(is_asked)));
}

/// Whether the socket may ask for a room or lock. Where nothing is wound and nobody knows it, only by the rules as they
/// are written.
fn may_name(stack: &WindStack, written: &Program, name: &str) -> bool {
    if stack.client.is_some() || !stack.frames.is_empty() {
        return true;
    }
    let standing = stack.standing.as_ref().and_then(|room| written.room_of(room));
    let Some(rules) = standing.and_then(|(id, _)| written.machine(id).room()) else { return true };
    let doors = rules.doors.iter().map(|door| door.room);
    let ways = doors.chain(rules.on_request().map(|offer| offer.lock));
    ways.into_iter().any(|id| &*written.machine(id).name == name)
}

/// Does it, and forgets checks that nobody waits for.
fn take(stage: &mut Stage, act: &Act) -> Vec<Done> {
    let done = match act {
        Act::Connect(number) => stage.connect(*number),
        Act::HangUp(number) => stage.hang_up(*number),
        Act::Say(number, frame) => stage.say(*number, frame),
        Act::Passes(number) => stage.verdict(*number, Ok(Value::Text(CLIENT.into()))),
        Act::Fails(number) => stage.verdict(*number, Err("no".into())),
        Act::Moved(number, room) => {
            stage.act(engine::Act::Move { whom: Whom::Socket(socket(*number)), room: room.clone() })
        }
        Act::Wait => {
            let span = next_instant(stage).map_or(0, |at| at - stage.now);
            stage.pass_time(span)
        }
    };
    let engine = &stage.engine;
    let waited: BTreeSet<_> = engine
        .sockets()
        .into_iter()
        .filter_map(|id| engine.socket(id))
        .flat_map(|stack| {
            stack.rooms.iter().chain(&stack.frames).filter_map(|frame| match frame.waits {
                Waits::Check(ticket) => Some((stack.socket, ticket)),
                Waits::Nothing | Waits::Lock | Waits::Choice => None,
            })
        })
        .collect();
    stage.asked.retain(|asked| waited.contains(asked));
    done
}

/// The earliest deadline or end of a key.
fn next_instant(stage: &Stage) -> Option<u64> {
    let stacks = stage.engine.sockets().into_iter().filter_map(|id| stage.engine.socket(id));
    stacks.filter_map(|stack| stack.next_timer()).min().map(|at| at.max(stage.now + 1))
}
