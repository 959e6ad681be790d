//! How a room lets a socket in: its requirements, its `admit when`, its capacity.

use super::labels::{arm_label, bounded, shorten, tooltip};
use super::picture::{Form, Label, Part, Tone};
use super::states::{Drawing, Key};
use crate::diagnostic::Span;
use crate::model::{ArmId, Room};

/// Draws the way from the start to the state where the room's machine begins.
pub(super) fn draw(drawing: &mut Drawing<'_>, room: &Room, start: usize) {
    let mut here = start;
    for (at, requirement) in room.requires.iter().enumerate() {
        let calls: Vec<String> =
            requirement.locks.iter().map(|call| drawing.program.sources.one_line(call.span)).collect();
        let of = if calls.len() > 1 { "requires one of" } else { "requires" };
        let lines = bounded(calls.iter().map(|call| shorten(call)).collect());
        let gate = gate(drawing, Key::Requirement(at), of, lines, requirement.span);
        let held = (at > 0).then(|| yes("key held, or resolved"));
        drawing.picture.arrow(here, gate, held);
        otherwise(drawing, gate, requirement.otherwise, requirement.span);
        here = gate;
    }
    if let Some(admit) = &room.admit {
        let guard = shorten(&drawing.program.sources.one_line(admit.guard.span));
        let gate = gate(drawing, Key::AdmitWhen, "admit when", vec![guard], admit.span);
        let held = (here != start).then(|| yes("key held, or resolved"));
        drawing.picture.arrow(here, gate, held);
        otherwise(drawing, gate, admit.otherwise, admit.span);
        here = gate;
    }
    let label = if room.admit.is_some() { "holds" } else { "key held, or resolved" };
    let label = (here != start).then(|| yes(label));
    let next = if room.admits_itself { drawing.known(Key::State(0)) } else { Some(admit(drawing, 0)) };
    if let Some(next) = next {
        drawing.picture.arrow(here, next, label);
    }
}

/// Where the room admits and then goes on in a state.
pub(super) fn admit(drawing: &mut Drawing<'_>, state: usize) -> usize {
    if let Some(known) = drawing.known(Key::Admit(state)) {
        return known;
    }
    let lines = bounded(drawing.staying(&[&drawing.machine.arrive]));
    let tooltip = tooltip(drawing.program, drawing.machine.span, "");
    let part = Part { form: Form::Good, title: "admit".into(), lines, tooltip: tooltip.clone() };
    let id = drawing.part(Key::Admit(state), || part);
    if let Some(to) = drawing.known(Key::State(state)) {
        drawing.picture.arrow(id, to, None);
    }
    for arm in drawing.machine.arrive.iter().filter_map(|id| drawing.arm(*id)).collect::<Vec<_>>() {
        drawing.arm_arrow(id, Some(state), arm, arm_label(drawing.program, arm));
    }
    if drawing.machine.room().is_some_and(|room| room.capacity.is_some()) {
        let fail = drawing.fail();
        drawing.picture.arrow(id, fail, Some(Label { text: "full".into(), tooltip, tone: Tone::Bad }));
    }
    id
}

fn gate(drawing: &mut Drawing<'_>, key: Key, title: &str, lines: Vec<String>, span: Span) -> usize {
    let tooltip = tooltip(drawing.program, span, &drawing.program.sources.one_line(span));
    drawing.part(key, || Part { form: Form::Gate, title: title.into(), lines, tooltip })
}

/// Where a gate's failure leads.
fn otherwise(drawing: &mut Drawing<'_>, gate: usize, otherwise: Option<ArmId>, span: Span) {
    match otherwise.and_then(|id| drawing.arm(id)) {
        Some(arm) if arm.target.is_some() => drawing.arm_arrow(gate, None, arm, arm_label(drawing.program, arm)),
        Some(_) | None => {
            let tooltip = tooltip(drawing.program, span, "");
            let fail = drawing.fail();
            drawing.picture.arrow(gate, fail, Some(Label { text: "else".into(), tooltip, tone: Tone::Bad }));
        }
    }
}

fn yes(text: &str) -> Label {
    Label { text: text.into(), tooltip: String::new(), tone: Tone::Good }
}
