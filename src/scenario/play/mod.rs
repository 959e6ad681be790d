//! Plays a scene, and says where it went otherwise than written.

mod act;
mod look;
mod rehearsal;

pub use rehearsal::{Happened, Rehearsal};

use super::coverage::Walked;
use super::expect::{self, Unequal};
use super::hole::{Variables, crew_variables};
use super::log::Entry;
use super::node::{Node, Position};
use super::pattern::Pattern;
use super::scene::{Act, Scene, Step, Who};
use super::stage::{Broken, Stage};
use super::troupe::Troupe;
use crate::engine::Services;
use crate::machine::Program;
use crate::wind::frame_names;
use std::sync::Arc;

/// What came of a scene.
#[derive(Debug)]
pub struct Played {
    /// Where it went otherwise than written; none: nowhere.
    pub failure: Option<Failure>,
    /// What happened, in order.
    pub log: Vec<Entry>,
    /// The arms that were taken, and the states that were entered.
    pub walked: Walked,
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

/// Plays the scene with this index; first, what it continues. Checks that are put to groups are answered there, and all others by the
/// scene.
pub fn play(program: &Arc<Program>, services: &Services, troupe: &Troupe, scene: usize) -> Played {
    let chain = troupe.chain(scene);
    let mut player = Player { stage: Stage::new(program, services), program, variables: crew_variables(1, 1) };
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

    fn stacks(&self) -> Vec<(String, Vec<String>)> {
        let open = self.stage.actors.iter().filter(|(_, actor)| actor.is_open);
        let stack = |id| {
            self.stage.engine.socket(id).map(|stack| frame_names(self.stage.engine.epochs(), stack)).unwrap_or_default()
        };
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
