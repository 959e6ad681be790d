//! Which arms of a ruleset some scene took, and which states some scene entered.

use crate::diagnostic::{Location, Span};
use crate::machine::Program;
use crate::model::{ArmId, Machine, MachineId, StateId};
use crate::wind::Step;
use std::collections::BTreeSet;

/// What scenes walked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// The arms that were taken.
    pub arms: BTreeSet<(MachineId, ArmId)>,
    /// The states that were entered.
    pub states: BTreeSet<(MachineId, StateId)>,
}

impl Walked {
    /// Notes a step of a pass.
    pub(super) fn note(&mut self, step: Step) {
        match step {
            Step::Took(machine, arm) => drop(self.arms.insert((machine, arm))),
            Step::Entered(machine, state) => drop(self.states.insert((machine, state))),
            Step::Wound(_) | Step::Gone(_) => {}
        }
    }

    /// Adds what another scene walked.
    pub fn add(&mut self, other: Walked) {
        self.arms.extend(other.arms);
        self.states.extend(other.states);
    }
}

/// An arm that no scene took, or a state that none entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwalked {
    /// Where it stands.
    pub place: Location,
    /// The room or lock, and for an arm its state if it has one.
    pub machine: String,
    /// The rule, on one line.
    pub text: String,
}

/// How much of a ruleset was walked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Arms with an arrow.
    pub arrows: usize,
    /// Those of them that no scene took, in source order.
    pub arrows_unwalked: Vec<Unwalked>,
    /// States that are written; what a machine without any is in does not count.
    pub states: usize,
    /// Those of them that no scene entered, in source order.
    pub states_unentered: Vec<Unwalked>,
    /// Arms that only act.
    pub others: usize,
    /// Those of them that no scene took, in source order.
    pub others_unwalked: Vec<Unwalked>,
}

impl Coverage {
    /// How many arrows were walked and states entered, and how many there are.
    pub fn share(&self) -> (usize, usize) {
        let missing = self.arrows_unwalked.len() + self.states_unentered.len();
        let all = self.arrows + self.states;
        (all.saturating_sub(missing), all)
    }
}

/// Compares what was walked with what there is.
pub fn coverage(program: &Program, walked: &Walked) -> Coverage {
    let (mut arrows, mut states, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for (machine, at) in program.model.machines.iter().zip(0..) {
        for (arm, arm_at) in machine.arms.iter().zip(0..) {
            let list = if arm.target.is_some() { &mut arrows } else { &mut others };
            let is_walked = walked.arms.contains(&(MachineId(at), ArmId(arm_at)));
            list.push((arm.span, is_walked, state_path(machine, arm.state)));
        }
        for (state, state_at) in machine.states.iter().zip(0..).filter(|(state, _)| !state.name.is_empty()) {
            let is_walked = walked.states.contains(&(MachineId(at), StateId(state_at)));
            states.push((state.span, is_walked, machine.name.to_string()));
        }
    }
    let arm = |span| program.sources.one_line(span);
    let state = |span| format!("state {}", program.sources.text(span));
    Coverage {
        arrows: arrows.len(),
        arrows_unwalked: unwalked(program, arrows, arm),
        states: states.len(),
        states_unentered: unwalked(program, states, state),
        others: others.len(),
        others_unwalked: unwalked(program, others, arm),
    }
}

/// What was not walked, in source order.
fn unwalked(program: &Program, mut all: Vec<(Span, bool, String)>, told: impl Fn(Span) -> String) -> Vec<Unwalked> {
    all.sort_by_key(|(span, ..)| (span.source, span.start));
    let missing = all.into_iter().filter(|(_, is_walked, _)| !is_walked);
    let missing = missing.map(|(span, _, machine)| (program.sources.locate(span), machine, told(span)));
    missing.map(|(place, machine, text)| Unwalked { place, machine, text }).collect()
}

/// The machine's name, and the state's if it has one: `table.playing`.
fn state_path(machine: &Machine, state: Option<StateId>) -> String {
    let state = state.and_then(|state| machine.states.get(state.index())).filter(|state| !state.name.is_empty());
    state.map_or_else(|| machine.name.to_string(), |state| format!("{}.{}", machine.name, state.name))
}
