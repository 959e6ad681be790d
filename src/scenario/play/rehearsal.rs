//! A scene that nobody has written: one step after the other, as somebody thinks of them. Nothing is expected; what came is told.

use super::{Player, Problem};
use crate::engine::Services;
use crate::machine::Program;
use crate::scenario::hole::crew_variables;
use crate::scenario::log::Entry;
use crate::scenario::node::Node;
use crate::scenario::scene::Step;
use crate::scenario::stage::Stage;
use std::sync::Arc;

/// The engine and whoever is connected to it, at one moment of virtual time.
pub struct Rehearsal<'program> {
    player: Player<'program>,
}

/// What came of a step.
#[derive(Debug)]
pub struct Happened {
    /// What happened, in order.
    pub log: Vec<Entry>,
    /// The frames that each receiver got, in order.
    pub frames: Vec<(String, Vec<Node>)>,
    /// Every connected socket, and the names on its stack.
    pub stacks: Vec<(String, Vec<String>)>,
}

impl<'program> Rehearsal<'program> {
    /// An empty house, as every scene begins with.
    pub fn new(program: &'program Arc<Program>, services: &Services) -> Self {
        Rehearsal { player: Player { stage: Stage::new(program, services), program, variables: crew_variables(1, 1) } }
    }

    /// Does what happens in a step; what it expects is not looked at. A step that cannot be done says why.
    pub fn perform(&mut self, step: &Step) -> Result<Happened, String> {
        let player = &mut self.player;
        player.stage.begin_step();
        for _ in 0..step.times {
            player.act(step).map_err(|(_, problem)| told(problem))?;
            player.stage.advance(0).map_err(|broken| broken.0)?;
        }
        Ok(Happened {
            log: std::mem::take(&mut player.stage.log),
            frames: std::mem::take(&mut player.stage.inbox).into_iter().collect(),
            stacks: player.stacks(),
        })
    }

    /// The checks that a frame waits for, in the order in which they were asked: the socket, and the check.
    pub fn waiting(&self) -> Vec<(String, String)> {
        let stage = &self.player.stage;
        let awaited = stage.asked.iter().filter(|asked| stage.is_awaited(asked));
        awaited.map(|asked| (stage.name_of(asked.socket).to_owned(), asked.check.to_string())).collect()
    }
}

fn told(problem: Problem) -> String {
    match problem {
        Problem::Said(message) => message,
        Problem::Unequal { what, .. } => what,
    }
}
