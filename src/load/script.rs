//! A scene as sockets walk it. Each socket of the scene is one of a crew, and many crews walk it side by side.
//!
//! What a scene says of the inside of the server (stacks, states, keys, members) nobody sees from here, and is passed over; checks
//! answer as the server's do. What cannot be done from here is a mistake, told before anybody connects.

use crate::model::HandshakePart;
use crate::scenario::{Act, Field, Mistake, Node, Pattern, Position, Scene, Step, Who, read_scenes, read_yaml};
use std::sync::Arc;
use std::time::Duration;

/// What every crew of a scene does.
#[derive(Clone, Debug)]
pub struct Script {
    /// What the scene calls the sockets of a crew; others have their index.
    pub(super) sockets: Vec<String>,
    pub(super) stages: Vec<Stage>,
}

/// A step of a scene.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    path: Arc<str>,
    at: Position,
    pub(super) act: Move,
    /// Whose frames are awaited, in order.
    pub(super) awaited: Vec<(usize, Vec<Pattern>)>,
    /// Kinds of frames that may come besides, and sockets that may get any.
    pub(super) ignored: Vec<String>,
}

/// What is done.
#[derive(Clone, Debug)]
pub(super) enum Move {
    Connect(Vec<Coming>),
    Send {
        socket: usize,
        frame: Node,
        times: u32,
    },
    Pause(Duration),
    Disconnect(Vec<usize>),
    /// Only what comes is awaited.
    Wait,
}

/// A socket that connects.
#[derive(Clone, Debug)]
pub(super) struct Coming {
    pub(super) socket: usize,
    pub(super) brings: Vec<(HandshakePart, Vec<Field>)>,
}

impl Stage {
    /// `rooms/cellar/first.scene.yaml:5: `; nothing where it stands in no file.
    pub(super) fn place(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!("{}:{}: ", self.path, self.at.line) }
    }
}

impl Script {
    /// What is walked for scenes of which each continues the one before. No pause is longer than `longest`.
    pub fn of_scenes(chain: &[&Scene], longest: Duration) -> Result<Script, Vec<(Arc<str>, Mistake)>> {
        let mut writer = Writer {
            script: Script { sockets: Vec::new(), stages: Vec::new() },
            longest,
            open: Vec::new(),
            last: None,
            mistakes: Vec::new(),
        };
        for scene in chain {
            scene.steps.iter().for_each(|step| writer.step(scene, step));
        }
        if writer.mistakes.is_empty() { Ok(writer.script) } else { Err(writer.mistakes) }
    }

    /// One socket connects and stays where it is let in, or asks for another room and is admitted there.
    pub fn to_room(room: Option<&str>) -> Result<Script, String> {
        let ask = room.map_or_else(String::new, |room| {
            let frame = Node::record([("to", Node::text(room))]).to_json();
            format!(", {{ one: {frame}, expect: [moved] }}")
        });
        let scene = format!("[{{ scene: to, steps: [{{ connect: one, expect: [hello, moved] }}{ask}] }}]");
        let scenes = read_yaml(&scene).map_err(|mistake| vec![mistake]).and_then(|tree| read_scenes("", &tree));
        let told = |mistakes: Vec<Mistake>| mistakes.first().map_or_else(String::new, |first| first.message.clone());
        let scenes = scenes.map_err(told)?;
        let script = Script::of_scenes(&scenes.iter().collect::<Vec<_>>(), Duration::ZERO);
        script.map_err(|mistakes| told(mistakes.into_iter().map(|(_, mistake)| mistake).collect()))
    }

    /// How many sockets a crew has.
    pub fn crew_size(&self) -> usize {
        self.sockets.len()
    }
}

struct Writer {
    script: Script,
    longest: Duration,
    /// Which sockets are connected, as far as the scene says.
    open: Vec<usize>,
    /// The one that sent last.
    last: Option<usize>,
    mistakes: Vec<(Arc<str>, Mistake)>,
}

impl Writer {
    fn step(&mut self, scene: &Scene, step: &Step) {
        let (act, acting) = match self.act(step) {
            Ok(done) => done,
            Err(message) => {
                self.mistakes.push((scene.path.clone(), Mistake { at: step.at, message }));
                return;
            }
        };
        let mut awaited = Vec::new();
        for frames in &step.frames {
            let socket = match &frames.who {
                Who::Acting => acting.ok_or("no single socket acts in this step: name the socket".to_owned()),
                // what goes to others' machines is not seen from here
                Who::Named(name) if name.starts_with("webhook:") => continue,
                Who::Named(name) => self.known(name),
            };
            match socket {
                Ok(socket) => awaited.push((socket, frames.frames.clone())),
                Err(message) => self.mistakes.push((scene.path.clone(), Mistake { at: frames.at, message })),
            }
        }
        let ignored = scene.ignore.iter().chain(&step.ignore).cloned().collect();
        self.script.stages.push(Stage { path: scene.path.clone(), at: step.at, act, awaited, ignored });
    }

    /// What is done, and the socket that the step is about.
    fn act(&mut self, step: &Step) -> Result<(Move, Option<usize>), String> {
        let alone = only(&self.open);
        match &step.act {
            Act::Look => Ok((Move::Wait, alone)),
            Act::Connect(connections) => {
                let mut coming = Vec::new();
                for connection in connections {
                    let socket = self.comes(&connection.socket);
                    if connection.brings.iter().any(|(part, _)| *part == HandshakePart::Certificate) {
                        return Err("from here no certificate is shown: choose another scene".to_owned());
                    }
                    coming.push(Coming { socket, brings: connection.brings.clone() });
                }
                let acting = only(&coming).map(|coming| coming.socket);
                Ok((Move::Connect(coming), acting))
            }
            Act::Send { socket, frame } => {
                let socket = self.known(socket)?;
                self.last = Some(socket);
                Ok((Move::Send { socket, frame: frame.clone(), times: step.times }, Some(socket)))
            }
            // the server's own verifier answers; the scene says whose check it is, or it is that of who has just spoken
            Act::Verdict(verdict) => match &verdict.of {
                Some(of) => self.known(of).map(|socket| (Move::Wait, Some(socket))),
                None => Ok((Move::Wait, alone.or(self.last))),
            },
            Act::After(ms) => {
                let pause = Duration::from_millis(*ms);
                if pause > self.longest {
                    return Err(format!(
                        "here {pause:?} go by, and that much time would have to pass: choose another scene, or take \
                         `--longest-wait {}ms`",
                        pause.as_millis()
                    ));
                }
                Ok((Move::Pause(pause), alone))
            }
            Act::Disconnect(sockets) => {
                let mut going = Vec::new();
                for (_, socket) in sockets {
                    let socket = self.known(socket)?;
                    self.open.retain(|open| *open != socket);
                    going.push(socket);
                }
                let acting = only(&going);
                Ok((Move::Disconnect(going), acting))
            }
            Act::Revoke(_) => {
                Err("`revoke` is for whoever looks after the server, and nobody can do that by a WebSocket: \
                 choose another scene"
                    .to_owned())
            }
            Act::Given(_) => {
                Err("`given` changes what a server knows of clients, and nobody can do that by a WebSocket: \
                 choose another scene"
                    .to_owned())
            }
        }
    }

    fn comes(&mut self, name: &str) -> usize {
        let known = self.script.sockets.iter().position(|known| known == name);
        let socket = known.unwrap_or_else(|| {
            self.script.sockets.push(name.to_owned());
            self.script.sockets.len() - 1
        });
        if !self.open.contains(&socket) {
            self.open.push(socket);
        }
        socket
    }

    fn known(&self, name: &str) -> Result<usize, String> {
        let known = self.script.sockets.iter().position(|known| known == name);
        known.ok_or_else(|| format!("no socket `{name}` has connected"))
    }
}

fn only<T: Clone>(items: &[T]) -> Option<T> {
    match items {
        [one] => Some(one.clone()),
        _ => None,
    }
}
