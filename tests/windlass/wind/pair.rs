//! Both passes side by side: the same events, and every difference told.

use super::event::Happening;
use super::naive::Naive;
use super::naive::rules::Rules;
use super::real::Real;
use super::world::World;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass::diagnostic::{Diagnostic, SourceMap};
use windlass::lint;
use windlass::machine::Program;

/// Two sockets that should be one.
pub struct Pair {
    pub real: Real,
    pub naive: Naive,
    now: u64,
    nonces_real: Nonces,
    nonces_naive: Nonces,
    closed: bool,
}

/// Nonces by the order in which they came to light.
#[derive(Default)]
struct Nonces(BTreeMap<String, usize>);

/// Reads a ruleset for both; none where `lint` finds an error.
pub fn read(text: &str) -> Result<(Arc<Program>, Arc<Rules>), String> {
    let mut sources = SourceMap::default();
    sources.add("rules.room", text);
    let checked = lint::check(sources);
    let rules = Arc::new(Rules::read(&checked.sources));
    match checked.program {
        Some(program) => Ok((program, rules)),
        None => {
            let place = |found: &Diagnostic| checked.sources.locate(found.primary.span);
            Err(checked.diagnostics.iter().map(|found| format!("{}: {}\n", place(found), found.message)).collect())
        }
    }
}

impl Pair {
    pub fn new(program: Arc<Program>, rules: Arc<Rules>, world: World, handshake: Json) -> Pair {
        let real = Real::new(program, world.clone(), &handshake);
        let naive = Naive::new(rules, world, handshake);
        Pair { real, naive, now: 0, nonces_real: Nonces::default(), nonces_naive: Nonces::default(), closed: false }
    }

    /// Whether the socket is out of the house.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// One event: what was sent, or where the two part ways.
    pub fn step(&mut self, happening: &Happening) -> Result<Vec<Json>, String> {
        if let Happening::Tick(span) | Happening::Later(span) = happening {
            self.now += span;
        }
        let client = self.real.member();
        for world in [&mut self.real.world, &mut self.naive.world] {
            meanwhile(world, happening, &client);
        }
        let parked = self.real.socket.parked.len() as u32;
        let came = self.real.event(happening);
        let effects = self.naive.event(happening);
        let dropped = came.effects.iter().any(|effect| effect.get("drop").is_some());
        self.closed = dropped || *happening == Happening::Close;
        let real = self.nonces_real.rename(json!({ "effects": came.effects, "after": self.real_after() }));
        let naive = self.nonces_naive.rename(json!({ "effects": effects, "after": self.naive_after() }));
        if real != naive {
            return Err(format!("after {happening:?}\n{}", difference(&real, &naive)));
        }
        // Every deadline that is due has a budget of its own.
        let steps = if matches!(happening, Happening::Tick(_)) { 0 } else { came.steps };
        self.within_bounds(steps, came.overrun, parked)?;
        Ok(real["effects"].as_array().cloned().unwrap_or_default())
    }

    fn real_after(&self) -> Json {
        if self.closed {
            json!("closed")
        } else {
            json!({ "socket": self.real.told(), "world": world_told(&self.real.world) })
        }
    }

    fn naive_after(&self) -> Json {
        let world = world_told(&self.naive.world);
        if self.closed {
            json!("closed")
        } else {
            json!({ "socket": self.naive.socket.told(self.now), "world": world })
        }
    }

    /// What `lint` proved about every pass.
    fn within_bounds(&self, steps: u32, overrun: bool, parked: u32) -> Result<(), String> {
        let bounds = self.real.program.bounds;
        if overrun || steps > bounds.pass.saturating_mul(1 + parked + 1) {
            return Err(format!("{steps} steps with {parked} parked, overrun: {overrun}, proved: {bounds:?}"));
        }
        if self.real.deepest_run() > bounds.depth as usize {
            return Err(format!("a run of {} frames, proved: {bounds:?}", self.real.deepest_run()));
        }
        Ok(())
    }

    /// The stack in one line: `lobby | hall (gate) | who:start`.
    pub fn stack_line(&self) -> String {
        let told = self.real.told();
        let frames = |name: &str| told[name].as_array().cloned().unwrap_or_default();
        let standing = frames("rooms").into_iter().filter(|frame| frame["frame"] == told["standing"]);
        let names: Vec<String> = standing.chain(frames("stack")).map(|frame| frame_line(&frame)).collect();
        if self.closed { "closed".to_owned() } else { names.join(" | ") }
    }
}

fn frame_line(frame: &Json) -> String {
    let text = |name: &str| frame[name].as_str().unwrap_or_default().to_owned();
    let mut line = text("frame");
    if !text("state").is_empty() {
        line.push_str(&format!(":{}", text("state")));
    }
    let values: Vec<String> = frame["values"].as_array().into_iter().flatten().map(Json::to_string).collect();
    if !values.is_empty() {
        line.push_str(&format!("({})", values.join(", ")));
    }
    if text("role").ends_with("gate") {
        line.push_str(&format!(" ({})", text("role")));
    }
    line
}

/// What others do: they come and go, or this socket's client does so through another socket.
fn meanwhile(world: &mut World, happening: &Happening, client: &str) {
    match happening {
        Happening::OtherJoins { room, client } => {
            world.join(room, client);
            world.elsewhere.insert((room.clone(), client.clone()));
        }
        Happening::OtherParts { room, client: other } => {
            world.elsewhere.remove(&(room.clone(), other.clone()));
            if other != client {
                world.part(room, other);
            }
        }
        Happening::Left(room) => {
            world.part(room, client);
            world.elsewhere.remove(&(room.clone(), client.to_owned()));
        }
        Happening::Connect
        | Happening::Message(_)
        | Happening::Cancel(_)
        | Happening::Leave(..)
        | Happening::Signal { .. }
        | Happening::Verdict { .. }
        | Happening::Tick(_)
        | Happening::Later(_)
        | Happening::Moved(_)
        | Happening::Close => {}
    }
}

fn world_told(world: &World) -> Json {
    let attributes: Vec<Json> =
        world.attributes.iter().map(|((client, name), value)| json!([client, name, value])).collect();
    json!({ "members": world.members, "attributes": attributes })
}

impl Nonces {
    fn rename(&mut self, json: Json) -> Json {
        match json {
            Json::String(text) if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                let next = self.0.len() + 1;
                Json::from(format!("nonce {}", self.0.entry(text).or_insert(next)))
            }
            // `3.0` and `3` are the same number.
            Json::Number(number) if number.is_f64() => match number.as_f64() {
                Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => Json::from(whole as i64),
                Some(_) | None => Json::Number(number),
            },
            Json::Array(items) => Json::Array(items.into_iter().map(|item| self.rename(item)).collect()),
            Json::Object(fields) => {
                Json::Object(fields.into_iter().map(|(name, value)| (name, self.rename(value))).collect())
            }
            other => other,
        }
    }
}

/// The lines in which two tellings differ, effects always in full.
fn difference(real: &Json, naive: &Json) -> String {
    let mut told = String::new();
    for (who, side) in [(" real", real), ("naive", naive)] {
        let effects = side["effects"].as_array().into_iter().flatten();
        effects.for_each(|effect| told.push_str(&format!("{who} sends {effect}\n")));
    }
    let parts = |side: &Json, part: &str| {
        let of = |outer: &str| side["after"][outer].as_object().cloned().unwrap_or_default();
        of("socket").into_iter().chain(of("world")).find(|(name, _)| name == part).map(|(_, value)| value)
    };
    for part in ["client", "standing", "rooms", "stack", "keys", "asks_again", "parked", "members", "attributes"] {
        let (real, naive) = (parts(real, part), parts(naive, part));
        if real != naive {
            told.push_str(&format!(" real {part} {}\nnaive {part} {}\n", json!(real), json!(naive)));
        }
    }
    told
}
