//! Which way a pass went, for people: the event, the stack before and after, every arm with file and line, and
//! what came out.

use super::pass::Outcome;
use super::{Effect, Epoch, Epochs, Event, Frame, Role, WindStack};
use crate::diagnostic::Location;
use crate::machine::Program;
use crate::model::{ArmId, MachineId, StateId};
use std::fmt;

/// One step of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An arm was taken.
    Took(MachineId, ArmId),
    /// A state was entered.
    Entered(MachineId, StateId),
    /// A lock, or the gate of a room, was wound.
    Wound(MachineId),
    /// A frame went.
    Gone(MachineId),
}

/// A pass, told.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// What happened.
    pub event: Event,
    /// The stack before, from the bottom.
    pub before: Vec<String>,
    /// The stack after, from the bottom.
    pub after: Vec<String>,
    /// Every step, in order, and under which rules.
    pub steps: Vec<(Epoch, Step)>,
    /// The same steps, told: words, and where the rule stands.
    pub told: Vec<(String, Location)>,
    /// What came out, in order.
    pub effects: Vec<Effect>,
    /// The budget did not suffice, and all of it was undone.
    pub overrun: bool,
}

impl Trace {
    pub(super) fn begin(epochs: &Epochs, socket: &WindStack, event: &Event) -> Trace {
        Trace {
            event: event.clone(),
            before: frame_names(epochs, socket),
            after: Vec::new(),
            steps: Vec::new(),
            told: Vec::new(),
            effects: Vec::new(),
            overrun: false,
        }
    }

    pub(super) fn finish(&mut self, epochs: &Epochs, socket: &WindStack, steps: Vec<(Epoch, Step)>, outcome: &Outcome) {
        self.after = frame_names(epochs, socket);
        self.told = steps.iter().map(|(epoch, step)| tell(epochs.program(*epoch), *step)).collect();
        self.steps = steps;
        self.effects = outcome.effects.clone();
        self.overrun = outcome.overrun;
    }
}

/// The names of a stack's frames, from the bottom: `["lobby", "hall", "identity", "ssh_key"]`.
pub fn frame_names(epochs: &Epochs, socket: &WindStack) -> Vec<String> {
    socket.from_bottom().map(|frame| frame_name(epochs, frame)).collect()
}

fn frame_name(epochs: &Epochs, frame: &Frame) -> String {
    match &frame.role {
        Role::Room(room) | Role::Gate { room, .. } => room.0.to_string(),
        Role::Lock(_) => epochs.program(frame.epoch).machine(frame.machine).name.to_string(),
    }
}

fn tell(program: &Program, step: Step) -> (String, Location) {
    let named = |machine: MachineId| &program.machine(machine).name;
    let (words, span) = match step {
        Step::Took(machine, arm) => {
            let span =
                program.machine(machine).arms.get(arm.index()).map_or(program.machine(machine).span, |arm| arm.span);
            (format!("{}: {}", named(machine), program.sources.one_line(span)), span)
        }
        Step::Entered(machine, state) => {
            let rules = program.machine(machine);
            let state = rules.states.get(state.index());
            let name = state.map_or("", |state| &state.name);
            (format!("{} enters {name:?}", rules.name), state.map_or(rules.span, |state| state.span))
        }
        Step::Wound(machine) => (format!("winds {}", named(machine)), program.machine(machine).span),
        Step::Gone(machine) => (format!("unwinds {}", named(machine)), program.machine(machine).span),
    };
    (words, program.sources.locate(span))
}

impl fmt::Display for Trace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:?}", self.event)?;
        writeln!(out, "  before  {}", self.before.join(", "))?;
        for (words, place) in &self.told {
            writeln!(out, "  {place}  {words}")?;
        }
        for effect in &self.effects {
            writeln!(out, "  -> {effect:?}")?;
        }
        if self.overrun {
            writeln!(out, "  overrun: all of it was undone")?;
        }
        write!(out, "  after   {}", self.after.join(", "))
    }
}
