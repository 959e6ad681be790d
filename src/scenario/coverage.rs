//! Which arms of a ruleset some scene took.

use crate::diagnostic::{Location, Span};
use crate::machine::Program;
use crate::model::{ArmId, MachineId};
use std::collections::BTreeSet;

/// An arm that no scene took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwalked {
    /// Where it stands.
    pub place: Location,
    /// The room or lock, and its state if it has one.
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
    /// Arms that only act.
    pub others: usize,
    /// Those of them that no scene took, in source order.
    pub others_unwalked: Vec<Unwalked>,
}

/// Compares what was walked with what there is.
pub fn coverage(program: &Program, walked: &BTreeSet<(MachineId, ArmId)>) -> Coverage {
    let mut coverage = Coverage::default();
    let mut arms: Vec<(Span, bool, Option<Unwalked>)> = Vec::new();
    for (at, machine) in program.model.machines.iter().enumerate() {
        for (arm_at, arm) in machine.arms.iter().enumerate() {
            let id = (MachineId(at as u32), ArmId(arm_at as u32));
            let state = arm.state.and_then(|state| machine.states.get(state.index()));
            let state = state.filter(|state| !state.name.is_empty()).map(|state| format!(".{}", state.name));
            let unwalked = (!walked.contains(&id)).then(|| Unwalked {
                place: program.sources.locate(arm.span),
                machine: format!("{}{}", machine.name, state.unwrap_or_default()),
                text: program.sources.one_line(arm.span),
            });
            arms.push((arm.span, arm.target.is_some(), unwalked));
        }
    }
    arms.sort_by_key(|(span, ..)| (span.source, span.start));
    for (_, has_arrow, unwalked) in arms {
        let (count, list) = if has_arrow {
            (&mut coverage.arrows, &mut coverage.arrows_unwalked)
        } else {
            (&mut coverage.others, &mut coverage.others_unwalked)
        };
        *count += 1;
        list.extend(unwalked);
    }
    coverage
}
