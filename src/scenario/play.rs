//! Plays a scene, and says where it went otherwise than written.

use super::expect::{self, Unequal};
use super::log::Entry;
use super::node::{Node, Position, Shape};
use super::pattern::{Pattern, Variables, fill};
use super::scene::{About, Act, Claim, Connection, Given, Scene, Step, Verdict, Who};
use super::stage::{Asked, Broken, Stage, value_shown};
use super::troupe::Troupe;
use crate::machine::Program;
use crate::model::{ArmId, MachineId, Type};
use crate::value::{Json, RoomKey, Value};
use crate::wind::{Handshake, Member, Role, frame_names};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What came of a scene.
#[derive(Debug)]
pub struct Played {
    /// Where it went otherwise than written; none: nowhere.
    pub failure: Option<Failure>,
    /// What happened, in order.
    pub log: Vec<Entry>,
    /// The arms that were taken.
    pub walked: BTreeSet<(MachineId, ArmId)>,
}

/// Where a scene went otherwise than written.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The file of the step.
    pub path: Arc<str>,
    /// Where the expectation stands, or the step.
    pub at: Position,
    /// What happened in the step.
    pub act: String,
    /// What is wrong.
    pub problem: Problem,
    /// Every socket, and the names on its stack.
    pub stacks: Vec<(String, Vec<String>)>,
    /// Whether the step belongs to a scene that this one continues.
    pub is_inherited: bool,
}

/// What is wrong.
#[derive(Clone, Debug)]
pub enum Problem {
    /// Something is otherwise than expected.
    Unequal {
        /// What was looked at.
        what: String,
        /// What was expected.
        expected: Vec<Node>,
        /// What came, as far as the scene speaks of it.
        came: Vec<Node>,
    },
    /// The step cannot be done.
    Said(String),
}

/// Plays the scene with this index; first, what it continues.
pub fn play(program: &Arc<Program>, troupe: &Troupe, scene: usize) -> Played {
    let chain = troupe.chain(scene);
    let mut player = Player { stage: Stage::new(program), program, variables: Variables::new() };
    let mut failure = None;
    for (at, scene) in chain.iter().enumerate() {
        failure = player.play_scene(scene).err().map(|(position, act, problem)| Failure {
            path: scene.path.clone(),
            at: position,
            act,
            problem,
            stacks: player.stacks(),
            is_inherited: at + 1 < chain.len(),
        });
        if failure.is_some() {
            break;
        }
    }
    if let (None, Some(scene)) = (&failure, chain.last()) {
        failure = player.unanswered().map(|problem| Failure {
            path: scene.path.clone(),
            at: scene.steps.last().map_or(scene.at, |step| step.at),
            act: "the scene ends".to_owned(),
            problem,
            stacks: player.stacks(),
            is_inherited: false,
        });
    }
    Played { failure, log: player.stage.log, walked: player.stage.walked }
}

struct Player<'program> {
    stage: Stage,
    program: &'program Program,
    variables: Variables,
}

/// A problem and where it stands.
type Trouble = (Position, Problem);

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Problem {
        Problem::Said(broken.0)
    }
}

fn said(at: Position, message: impl Into<String>) -> Trouble {
    (at, Problem::Said(message.into()))
}

impl Player<'_> {
    fn play_scene(&mut self, scene: &Scene) -> Result<(), (Position, String, Problem)> {
        for step in &scene.steps {
            let words = self.words(&step.act);
            self.stage.log.push(Entry::Step { path: scene.path.clone(), at: step.at, words: words.clone() });
            self.play_step(scene, step).map_err(|(at, problem)| (at, words, problem))?;
        }
        Ok(())
    }

    fn play_step(&mut self, scene: &Scene, step: &Step) -> Result<(), Trouble> {
        self.stage.begin_step();
        let alone = self.only_socket();
        let mut acting = None;
        for _ in 0..step.times {
            acting = self.act(step)?;
            self.stage.advance(0).map_err(|broken| (step.at, broken.into()))?;
        }
        let acting = acting.or(alone);
        self.check_frames(scene, step, acting.as_deref())?;
        step.claims.iter().try_for_each(|claim| self.check_claim(claim, acting.as_deref()))
    }

    /// The socket that a step is about where it names none: the only one.
    fn only_socket(&self) -> Option<String> {
        let mut open = self.stage.actors.iter().filter(|(_, actor)| actor.is_open);
        let (name, _) = open.next()?;
        open.next().is_none().then(|| name.clone())
    }

    /// Does what happens in a step, and says which socket did it.
    fn act(&mut self, step: &Step) -> Result<Option<String>, Trouble> {
        let broken = |broken: Broken| (step.at, broken.into());
        match &step.act {
            Act::Look => Ok(None),
            Act::Connect(connections) => {
                connections.iter().try_for_each(|connection| self.connect(connection))?;
                Ok(only(connections).map(|connection| connection.socket.clone()))
            }
            Act::Send { socket, frame } => {
                let Some(actor) = self.stage.actors.get(socket).filter(|actor| actor.is_open) else {
                    return Err(said(step.at, self.not_connected(socket)));
                };
                let id = actor.id;
                let frame = fill(frame, &self.variables).map_err(|error| said(frame.at, error))?;
                let text = frame.as_text().map_or_else(|| frame.to_json(), str::to_owned);
                self.stage.send(id, &text).map_err(broken)?;
                Ok(Some(socket.clone()))
            }
            Act::Verdict(verdict) => self.answer(step.at, verdict).map(Some),
            Act::After(length) => self.stage.advance(*length).map_err(broken).map(|()| None),
            Act::Disconnect(sockets) => {
                for (at, socket) in sockets {
                    if self.stage.actors.get(socket).is_none_or(|actor| !actor.is_open) {
                        return Err(said(*at, self.not_connected(socket)));
                    }
                    self.stage.disconnect(socket).map_err(broken)?;
                }
                Ok(only(sockets).map(|(_, socket)| socket.clone()))
            }
            Act::Given(attributes) => {
                attributes.iter().try_for_each(|given| self.give(given))?;
                Ok(None)
            }
        }
    }

    fn connect(&mut self, connection: &Connection) -> Result<(), Trouble> {
        let Connection { at, socket, query, headers } = connection;
        if self.stage.actors.get(socket).is_some_and(|actor| actor.is_open) {
            return Err(said(*at, format!("`{socket}` is connected already")));
        }
        let texts = |pairs: &[(String, Node)], rename: fn(&str) -> String| {
            let mut fields = Vec::new();
            for (name, node) in pairs {
                let value = fill(node, &self.variables).map_err(|error| said(node.at, error))?;
                let value = value.as_text().map_or_else(|| value.to_json(), str::to_owned);
                fields.push((rename(name), Value::Text(value.into())));
            }
            Ok(Json::record(fields.iter().map(|(name, value)| (name.as_str(), value.clone()))))
        };
        let handshake = Handshake {
            query: texts(query, str::to_owned)?,
            headers: texts(headers, |name| name.to_ascii_lowercase().replace('-', "_"))?,
        };
        self.stage.connect(socket, handshake).map_err(|broken| (*at, broken.into()))
    }

    fn give(&mut self, given: &Given) -> Result<(), Trouble> {
        let Given { at, client, attribute, value } = given;
        let Some(id) = self.program.attribute_by_name(attribute) else {
            return Err(said(*at, format!("clients have no attribute `{attribute}`")));
        };
        let value = fill(value, &self.variables).map_err(|error| said(value.at, error))?;
        let Some(read) = self.program.attribute(id).ty.read(&value.to_json()) else {
            return Err(said(value.at, format!("`{}` cannot be the `{attribute}` of a client", value.to_line())));
        };
        self.stage.engine.set_client_attribute(&client.as_str().into(), id, read);
        Ok(())
    }

    fn answer(&mut self, at: Position, verdict: &Verdict) -> Result<String, Trouble> {
        let asked = self.find_check(at, verdict)?;
        if let Some(args) = &verdict.args {
            self.check_args(&asked, args)?;
        }
        let answer = match &verdict.verdict {
            Ok(node) => {
                let value = fill(node, &self.variables).map_err(|error| said(node.at, error))?;
                Ok(self.verdict_value(&asked, &value))
            }
            Err(why) => {
                let why = fill(why, &self.variables).map_err(|error| said(why.at, error))?;
                Err(why.as_text().map_or_else(|| why.to_json(), str::to_owned).into())
            }
        };
        let socket = self.stage.name_of(asked.socket).to_owned();
        self.stage.answer(&asked, answer).map_err(|broken| (at, broken.into()))?;
        Ok(socket)
    }

    /// The value that a check passes with, in its own type; where it is not of it, what a wrong verifier would say.
    fn verdict_value(&self, asked: &Asked, node: &Node) -> Value {
        let json = node.to_json();
        let gives = self.program.check_by_name(&asked.check).map(|check| &self.program.check(check).gives);
        gives.and_then(|gives: &Type| gives.read(&json)).unwrap_or_else(|| Value::from_json(&json))
    }

    fn find_check(&self, at: Position, verdict: &Verdict) -> Result<Asked, Trouble> {
        let is_meant = |asked: &&Asked| {
            let of = verdict.of.as_ref().is_none_or(|of| of == self.stage.name_of(asked.socket));
            of && *asked.check == *verdict.check
        };
        let found: Vec<&Asked> = self.stage.asked.iter().filter(is_meant).collect();
        let sockets: BTreeSet<&str> = found.iter().map(|asked| self.stage.name_of(asked.socket)).collect();
        match found.as_slice() {
            [] => {
                let waiting = self.stage.asked.iter();
                let waiting =
                    waiting.map(|asked| format!("`{}` of `{}`", asked.check, self.stage.name_of(asked.socket)));
                let waiting = waiting.collect::<Vec<_>>().join(", ");
                let waiting = if waiting.is_empty() { "none waits".to_owned() } else { format!("waiting: {waiting}") };
                Err(said(at, format!("no check `{}` waits for an answer; {waiting}", verdict.check)))
            }
            [first, ..] if sockets.len() == 1 => Ok((*first).clone()),
            _ => {
                let sockets = sockets.into_iter().collect::<Vec<_>>().join(", ");
                let message = format!("several sockets wait for `{}`: say `of:` which ({sockets})", verdict.check);
                Err(said(at, message))
            }
        }
    }

    fn check_args(&mut self, asked: &Asked, pattern: &Pattern) -> Result<(), Trouble> {
        let values = asked.args.iter().map(value_shown);
        let params = self.program.check_by_name(&asked.check).map(|check| &self.program.check(check).params);
        let by_name =
            Node::record(params.into_iter().flatten().map(|param| param.name.to_string()).zip(values.clone()));
        let in_order = Node::list(values);
        let actual = if pattern.is_record() { by_name } else { in_order };
        if pattern.matches(&actual, &mut self.variables) {
            return Ok(());
        }
        let what = format!("`{}` should have been asked about", asked.check);
        Err(self.unequal(pattern, what, &actual))
    }

    fn unequal(&self, pattern: &Pattern, what: String, actual: &Node) -> Trouble {
        let expected = vec![pattern.show(&self.variables)];
        let came = vec![pattern.project(actual, &self.variables)];
        (pattern.at, Problem::Unequal { what, expected, came })
    }

    fn check_frames(&mut self, scene: &Scene, step: &Step, acting: Option<&str>) -> Result<(), Trouble> {
        let mut inbox = std::mem::take(&mut self.stage.inbox);
        for frames in &step.frames {
            let who = self.who(&frames.who, acting, frames.at)?;
            let got = inbox.remove(&who).unwrap_or_default();
            let ignores = |kind: &str| ignores(scene, step, &who, kind);
            if let Err(unequal) = expect::frames(&frames.frames, &got, ignores, &mut self.variables) {
                let at = unequal.at.unwrap_or(frames.at);
                return Err((at, frames_problem(&who, unequal)));
            }
        }
        // whoever was not named must not have got anything
        for (who, got) in inbox {
            let ignores = |kind: &str| ignores(scene, step, &who, kind);
            expect::frames(&[], &got, ignores, &mut self.variables)
                .map_err(|unequal| (step.at, frames_problem(&who, unequal)))?;
        }
        Ok(())
    }

    fn who(&self, who: &Who, acting: Option<&str>, at: Position) -> Result<String, Trouble> {
        match who {
            Who::Named(name) if name.starts_with("webhook:") => Ok(name.clone()),
            Who::Named(name) if self.stage.actors.contains_key(name) => Ok(name.clone()),
            Who::Named(name) => Err(said(at, self.not_connected(name))),
            Who::Acting => acting.map(str::to_owned).ok_or_else(|| {
                said(at, "no single socket acts in this step: name the socket, as in `ada: …` below the word")
            }),
        }
    }

    fn not_connected(&self, name: &str) -> String {
        let open = self.stage.actors.iter().filter(|(_, actor)| actor.is_open).map(|(name, _)| format!("`{name}`"));
        let open = open.collect::<Vec<_>>().join(", ");
        let open = if open.is_empty() { "none is".to_owned() } else { format!("connected: {open}") };
        format!("no socket `{name}` is connected; {open}")
    }

    fn check_claim(&mut self, claim: &Claim, acting: Option<&str>) -> Result<(), Trouble> {
        let who = |who: &Who| self.who(who, acting, claim.at);
        let (what, actual) = match &claim.about {
            About::Stack(socket) => {
                let socket = who(socket)?;
                let names = self.stage.stack_of(&socket).map(|stack| frame_names(self.program, stack));
                (format!("the stack of `{socket}`"), texts(names.unwrap_or_default()))
            }
            About::State(socket) => {
                let socket = who(socket)?;
                let actual = self.state_of(&socket);
                (format!("the state of `{socket}`"), actual)
            }
            About::Keys(socket) => {
                let socket = who(socket)?;
                let actual = self.keys_of(&socket);
                (format!("the keys of `{socket}`"), actual)
            }
            About::Client(socket) => {
                let socket = who(socket)?;
                let client = self.stage.stack_of(&socket).and_then(|stack| stack.client.clone());
                (format!("the client of `{socket}`"), client.map_or(Shape::Null.into(), |client| Node::text(&*client)))
            }
            About::Rooms(socket) => {
                let socket = who(socket)?;
                let actual = self.rooms_of(&socket);
                (format!("the rooms of `{socket}`"), actual)
            }
            About::Members(room) => {
                let room = self.filled_name(claim.at, room)?;
                let members = self.stage.engine.room_members(&RoomKey(room.as_str().into()));
                let mut names: Vec<String> = members.iter().map(|member| self.member_name(member)).collect();
                names.sort();
                (format!("the members of `{room}`"), texts(names))
            }
            About::Attributes(client) => {
                let client = self.filled_name(claim.at, client)?;
                (format!("the attributes of `{client}`"), self.attributes_of(&client))
            }
            About::Passes => {
                let passes = i64::try_from(self.stage.passes).unwrap_or(i64::MAX);
                ("the passes of this step".to_owned(), Shape::Int(passes).into())
            }
        };
        if claim.pattern.matches(&actual, &mut self.variables) {
            return Ok(());
        }
        let what = format!("{what} should have been");
        let (_, problem) = self.unequal(&claim.pattern, what, &actual);
        Err((claim.at, problem))
    }

    /// A name with every `${…}` filled in.
    fn filled_name(&self, at: Position, name: &str) -> Result<String, Trouble> {
        let filled = fill(&Node::text(name), &self.variables).map_err(|error| said(at, error))?;
        Ok(filled.as_text().map_or_else(|| filled.to_json(), str::to_owned))
    }

    fn state_of(&self, socket: &str) -> Node {
        let top = self.stage.stack_of(socket).and_then(|stack| stack.top());
        let name = top.map(|frame| self.program.state(frame.machine, frame.state).name.clone());
        name.filter(|name| !name.is_empty()).map_or(Shape::Null.into(), |name| Node::text(&*name))
    }

    fn keys_of(&self, socket: &str) -> Node {
        let keys = self.stage.stack_of(socket).map(|stack| stack.keys.as_slice()).unwrap_or_default();
        let held = keys.iter().filter(|key| key.until.is_none_or(|until| until > self.stage.now));
        let mut held: Vec<(&str, Node)> =
            held.map(|key| (&*self.program.machine(key.lock).name, value_shown(&key.value))).collect();
        held.sort_by_key(|(lock, _)| *lock);
        Node::list(held.into_iter().map(|key| Node::record([key])))
    }

    fn rooms_of(&self, socket: &str) -> Node {
        let Some(stack) = self.stage.stack_of(socket) else { return texts(Vec::new()) };
        let mut rooms = match &stack.client {
            Some(client) => self.stage.engine.client_rooms(client),
            None => stack.rooms.iter().filter_map(|frame| role_room(&frame.role)).collect(),
        };
        rooms.sort();
        texts(rooms.iter().map(|room| room.0.to_string()).collect())
    }

    fn attributes_of(&self, client: &str) -> Node {
        let attributes = self.program.model.attributes.iter().enumerate();
        Node::record(attributes.filter_map(|(at, attribute)| {
            let id = crate::model::AttributeId(u32::try_from(at).ok()?);
            let value = self.stage.engine.client_attribute(client, id)?;
            Some((attribute.name.to_string(), value_shown(&value)))
        }))
    }

    fn member_name(&self, member: &Member) -> String {
        match member {
            Member::Client(client) => client.to_string(),
            Member::Socket(socket) => format!("socket:{}", self.stage.name_of(*socket)),
        }
    }

    fn stacks(&self) -> Vec<(String, Vec<String>)> {
        let open = self.stage.actors.iter().filter(|(_, actor)| actor.is_open);
        let stack = |id| self.stage.engine.socket(id).map(|stack| frame_names(self.program, stack)).unwrap_or_default();
        open.map(|(name, actor)| (name.clone(), stack(actor.id))).collect()
    }

    /// A check that a frame waits for must not be forgotten.
    fn unanswered(&self) -> Option<Problem> {
        let asked = self.stage.asked.iter().find(|asked| self.stage.is_awaited(asked))?;
        let (check, socket) = (&asked.check, self.stage.name_of(asked.socket));
        Some(Problem::Said(format!(
            "the check `{check}` of `{socket}` was never answered: answer it, or let its time pass with `after`"
        )))
    }

    /// What happens in a step, on one line.
    fn words(&self, act: &Act) -> String {
        match act {
            Act::Look => "look".to_owned(),
            Act::Connect(connections) => {
                let names = connections.iter().map(|connection| connection.socket.as_str());
                format!("connect {}", names.collect::<Vec<_>>().join(", "))
            }
            Act::Send { socket, frame } => {
                let filled = fill(frame, &self.variables).unwrap_or_else(|_| frame.clone());
                let text = filled.as_text().map_or_else(|| filled.to_json(), str::to_owned);
                format!("{socket} sends {text}")
            }
            Act::Verdict(Verdict { check, verdict: Ok(value), .. }) => format!("{check} passed {}", value.to_line()),
            Act::Verdict(Verdict { check, verdict: Err(why), .. }) => format!("{check} failed {}", why.to_line()),
            Act::After(length) => format!("after {length}ms"),
            Act::Disconnect(sockets) => {
                let names = sockets.iter().map(|(_, name)| name.as_str());
                format!("disconnect {}", names.collect::<Vec<_>>().join(", "))
            }
            Act::Given(_) => "given".to_owned(),
        }
    }
}

fn only<T>(items: &[T]) -> Option<&T> {
    match items {
        [one] => Some(one),
        _ => None,
    }
}

fn role_room(role: &Role) -> Option<RoomKey> {
    match role {
        Role::Room(room) => Some(room.clone()),
        Role::Gate { .. } | Role::Lock(_) => None,
    }
}

fn texts(texts: Vec<String>) -> Node {
    Node::list(texts.into_iter().map(Node::text))
}

/// Whether a receiver may get frames of this kind that nobody expected. How every connection begins is such a frame.
fn ignores(scene: &Scene, step: &Step, who: &str, kind: &str) -> bool {
    let begins = matches!(step.act, Act::Connect(_)) && matches!(kind, "hello" | "moved");
    begins || scene.ignore.iter().chain(&step.ignore).any(|ignored| ignored == kind || ignored == who)
}

fn frames_problem(who: &str, unequal: Unequal) -> Problem {
    let what = format!("`{who}` should have got");
    Problem::Unequal { what, expected: unequal.expected, came: unequal.came }
}
