//! One room or lock: its states, and an arrow for every arrow of its rules.

use super::labels::{arm_label, arm_text, bounded, machine_title, named, shorten, tooltip};
use super::picture::{Form, Label, Part, Picture, Tone};
use super::room_flow;
use crate::diagnostic::Span;
use crate::machine::Program;
use crate::model::{Action, Arm, ArmId, Call, Machine, MachineId, State, Target, TargetKind};
use std::collections::BTreeMap;

/// Draws a room or lock. `machine` is of this program.
pub fn draw_machine(program: &Program, machine: MachineId) -> Picture {
    let mut drawing = Drawing::of(program, program.machine(machine));
    drawing.states();
    drawing.beginning();
    drawing.arms();
    drawing.picture
}

/// What a part of a machine's picture stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Start,
    Requirement(usize),
    AdmitWhen,
    /// The room admits, and goes on in this state.
    Admit(usize),
    State(usize),
    /// What holds in every state.
    Every,
    Resolve,
    Fail,
    Drop,
    Move(MachineId),
}

pub(super) struct Drawing<'program> {
    pub(super) program: &'program Program,
    pub(super) machine: &'program Machine,
    pub(super) picture: Picture,
    keys: BTreeMap<Key, usize>,
}

impl<'program> Drawing<'program> {
    fn of(program: &'program Program, machine: &'program Machine) -> Self {
        let kind = if machine.room().is_some() { "room" } else { "lock" };
        let picture = Picture { title: format!("{kind} {}", machine_title(machine)), ..Picture::default() };
        Drawing { program, machine, picture, keys: BTreeMap::new() }
    }

    /// The part for a key, made when it is first asked for.
    pub(super) fn part(&mut self, key: Key, make: impl FnOnce() -> Part) -> usize {
        if let Some(known) = self.keys.get(&key) {
            return *known;
        }
        let id = self.picture.put(make());
        self.keys.insert(key, id);
        id
    }

    pub(super) fn known(&self, key: Key) -> Option<usize> {
        self.keys.get(&key).copied()
    }

    pub(super) fn arm(&self, id: ArmId) -> Option<&'program Arm> {
        self.machine.arms.get(id.index())
    }

    fn states(&mut self) {
        self.part(Key::Start, || plain(Form::Start, ""));
        for (at, state) in self.machine.states.iter().enumerate() {
            let part = self.state(state);
            self.part(Key::State(at), || part);
        }
        if self.machine.states.len() > 1 {
            let lines = self.shared_lines();
            if !lines.is_empty() || self.machine_arms().any(|arm| arm.target.is_some()) {
                let tooltip = tooltip(self.program, self.machine.span, "");
                let part = Part { form: Form::Every, title: "in every state".into(), lines: bounded(lines), tooltip };
                self.part(Key::Every, || part);
            }
        }
    }

    fn state(&self, state: &State) -> Part {
        let mut lines: Vec<String> = self.action_lines(&state.enter);
        match &state.call {
            Some(Call::Check(check)) => lines.push(shorten(&self.source(check.span, "check"))),
            Some(Call::Lock(locks)) => {
                let of = if locks.len() > 1 { "lock one of " } else { "lock " };
                let calls: Vec<String> = locks.iter().map(|call| self.source(call.span, "")).collect();
                lines.push(shorten(&format!("{of}{}", calls.join(", "))));
            }
            None => {}
        }
        lines.extend(self.staying(&[&state.handlers, &state.timers, &state.leave, &state.eventless]));
        if self.machine.states.len() == 1 {
            lines.extend(self.shared_lines());
        }
        let title = if state.name.is_empty() {
            machine_title(self.machine)
        } else {
            named(&state.name, state.params.iter().map(|param| &*param.name))
        };
        Part { form: Form::State, title, lines: bounded(lines), tooltip: tooltip(self.program, state.span, "") }
    }

    /// What stands at a span, after the word that says what it is.
    fn source(&self, span: Span, word: &str) -> String {
        let text = self.program.sources.one_line(span);
        if text.starts_with(word) { text } else { format!("{word} {text}") }
    }

    fn action_lines(&self, actions: &[Action]) -> Vec<String> {
        actions.iter().map(|action| shorten(&self.program.sources.one_line(action.span))).collect()
    }

    /// What is said where what holds in every state is drawn.
    fn shared_lines(&self) -> Vec<String> {
        let machine = self.machine;
        let mut lines = self.action_lines(&machine.enter);
        lines.extend(self.staying(&[&machine.handlers, &machine.timers, &machine.leave]));
        lines
    }

    /// The arms that lead nowhere, in short.
    pub(super) fn staying(&self, lists: &[&[ArmId]]) -> Vec<String> {
        let arms = lists.iter().flat_map(|list| list.iter()).filter_map(|id| self.arm(*id));
        arms.filter(|arm| arm.target.is_none()).map(|arm| arm_text(self.program, arm)).collect()
    }

    fn beginning(&mut self) {
        let start = self.part(Key::Start, || plain(Form::Start, ""));
        match self.machine.room() {
            Some(room) => room_flow::draw(self, room, start),
            None => {
                if let Some(first) = self.known(Key::State(0)) {
                    self.picture.arrow(start, first, None);
                }
            }
        }
    }

    /// The arms of the machine itself.
    fn machine_arms(&self) -> impl Iterator<Item = &'program Arm> + use<'_, 'program> {
        let limit = self.machine.limit.as_ref().and_then(|limit| limit.otherwise);
        let lists = self.machine.handlers.iter().chain(&self.machine.timers).copied();
        lists.chain(limit).filter_map(|id| self.machine.arms.get(id.index()))
    }

    fn arms(&mut self) {
        for (at, state) in self.machine.states.iter().enumerate() {
            let Some(from) = self.known(Key::State(at)) else { continue };
            for id in state.eventless.iter().chain(&state.handlers).chain(&state.timers) {
                if let Some(arm) = self.arm(*id) {
                    self.arm_arrow(from, Some(at), arm, arm_label(self.program, arm));
                }
            }
        }
        let Some(from) = self.known(Key::Every).or_else(|| self.known(Key::State(0))) else { return };
        let arms: Vec<&Arm> = self.machine_arms().collect();
        for arm in arms {
            let mut label = arm_label(self.program, arm);
            if let Some(limit) = self.machine.limit.as_ref()
                && label.text.starts_with("else")
            {
                label.text = format!("over {} per {}", limit.count, super::labels::duration(limit.per));
            }
            self.arm_arrow(from, None, arm, label);
        }
    }

    /// The arrow of an arm, if it has one.
    pub(super) fn arm_arrow(&mut self, from: usize, state: Option<usize>, arm: &Arm, mut label: Label) {
        let Some(target) = &arm.target else { return };
        if let TargetKind::Retry(_) = target.kind {
            let none_left = Label { text: "no attempt left".into(), tone: Tone::Bad, ..label.clone() };
            let fail = self.fail();
            self.picture.arrow(from, fail, Some(none_left));
            label.text += " · retry";
        }
        if let TargetKind::Resolve(_, Some(_)) = target.kind {
            let over = Label { text: "its time is over".into(), tone: Tone::Bad, ..label.clone() };
            let fail = self.fail();
            self.picture.arrow(from, fail, Some(over));
            label.text += " · until";
        }
        if let Some(to) = self.target(state, target) {
            self.picture.arrow(from, to, Some(label));
        }
    }

    pub(super) fn fail(&mut self) -> usize {
        self.part(Key::Fail, || plain(Form::Bad, "fail"))
    }

    fn target(&mut self, state: Option<usize>, target: &Target) -> Option<usize> {
        match &target.kind {
            TargetKind::State(call) | TargetKind::Retry(call) => self.known(Key::State(call.state.index())),
            TargetKind::Resolve(..) => Some(self.part(Key::Resolve, || plain(Form::Good, "resolve"))),
            TargetKind::Fail(_) => Some(self.fail()),
            TargetKind::Admit(call) => {
                let state = call.as_ref().map(|call| call.state.index()).or(state).unwrap_or(0);
                Some(room_flow::admit(self, state))
            }
            TargetKind::Move(call) => {
                let room = self.program.machine(call.room);
                let title = format!("move {}", machine_title(room));
                let tooltip = tooltip(self.program, room.span, "");
                let make = || Part { form: Form::Away, title, lines: Vec::new(), tooltip };
                Some(self.part(Key::Move(call.room), make))
            }
            TargetKind::Drop(_) => Some(self.part(Key::Drop, || plain(Form::Bad, "drop"))),
        }
    }
}

/// A part with nothing more to say.
pub(super) fn plain(form: Form, title: &str) -> Part {
    Part { form, title: title.into(), lines: Vec::new(), tooltip: String::new() }
}
