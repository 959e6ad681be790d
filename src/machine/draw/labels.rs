//! What is written beside arrows and in parts, in the author's own words where there are some.

use super::picture::{Label, Tone};
use crate::diagnostic::Span;
use crate::machine::Program;
use crate::model::{Action, ActionKind, Arm, Machine, Trigger};

/// A longer label ends with an ellipsis; in characters.
const LABEL_LENGTH_MAX: usize = 44;
/// So many lines at most are said about one part.
const LINES_MAX: usize = 9;

/// A text that is not too long for a picture.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= LABEL_LENGTH_MAX {
        return text.to_string();
    }
    let kept: String = text.chars().take(LABEL_LENGTH_MAX - 1).collect();
    kept.trim_end().to_string() + "…"
}

/// Not too many lines; how many are left out is said.
pub(super) fn bounded(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > LINES_MAX {
        let more = lines.len() - (LINES_MAX - 1);
        lines.truncate(LINES_MAX - 1);
        lines.push(format!("… and {more} more"));
    }
    lines
}

/// A place, then what stands there.
pub(super) fn tooltip(program: &Program, place: Span, text: &str) -> String {
    format!("{} {text}", program.where_is(place)).trim_end().to_string()
}

/// The label of an arm's arrow.
pub(super) fn arm_label(program: &Program, arm: &Arm) -> Label {
    Label {
        text: arm_text(program, arm),
        tooltip: tooltip(program, arm.span, &program.sources.one_line(arm.span)),
        tone: tone(&arm.trigger),
    }
}

/// An arm in short: its trigger and guard as written, and what is done.
pub(super) fn arm_text(program: &Program, arm: &Arm) -> String {
    let trigger = trigger_text(program, arm);
    let verbs = verbs(program, &arm.actions);
    let shown = shorten(&trigger);
    if verbs.is_empty() { shown } else { format!("{shown} / {}", shorten(&verbs.join(", "))) }
}

/// An arm's trigger and guard as written.
pub(in crate::machine) fn trigger_text(program: &Program, arm: &Arm) -> String {
    let action = arm.actions.first().map(|action| action.span.start);
    let target = arm.target.as_ref().map(|target| target.span.start);
    let end = [action, target].into_iter().flatten().min().unwrap_or(arm.span.end);
    let span = Span { end: end.clamp(arm.span.start, arm.span.end), ..arm.span };
    let text = program.sources.one_line(span);
    // What is left of the braces around actions.
    let text = if action.is_some() { text.trim_end_matches(['{', ' ']) } else { text.trim_end_matches("{}") };
    match arm.trigger {
        Trigger::Match { .. } => format!("match {}", text.trim()),
        Trigger::Otherwise => "else".to_string(),
        Trigger::Message { .. }
        | Trigger::Arrive
        | Trigger::Leave
        | Trigger::Cancel
        | Trigger::Signal { .. }
        | Trigger::When
        | Trigger::Else
        | Trigger::After(_)
        | Trigger::Resolved
        | Trigger::LockFailed
        | Trigger::Passed
        | Trigger::CheckFailed => text.trim().to_string(),
    }
}

fn tone(trigger: &Trigger) -> Tone {
    match trigger {
        Trigger::Resolved | Trigger::Passed => Tone::Good,
        Trigger::LockFailed | Trigger::CheckFailed | Trigger::After(_) | Trigger::Otherwise | Trigger::Cancel => {
            Tone::Bad
        }
        Trigger::Message { .. }
        | Trigger::Arrive
        | Trigger::Leave
        | Trigger::Signal { .. }
        | Trigger::When
        | Trigger::Else
        | Trigger::Match { .. } => Tone::Way,
    }
}

/// What is done, each kind once.
fn verbs(program: &Program, actions: &[Action]) -> Vec<String> {
    let mut verbs = Vec::new();
    for action in actions {
        let verb = match &action.kind {
            ActionKind::Ask(_) => "ask".to_string(),
            ActionKind::Say(_) => "say".to_string(),
            ActionKind::Post(_) => "post".to_string(),
            ActionKind::Tell(..) => "tell".to_string(),
            ActionKind::Signal(_, signal, _) => {
                format!("signal {}", program.model.signals.get(signal.index()).map_or("", |name| name))
            }
            ActionKind::Identify(_) => "identify".to_string(),
            ActionKind::Set(attribute, _) => format!("set {}", program.attribute(*attribute).name),
            ActionKind::Leave(call) => format!("leave {}", program.machine(call.room).name),
        };
        if !verbs.contains(&verb) {
            verbs.push(verb);
        }
    }
    verbs
}

/// A name with its parameters: `table(n)`.
pub(super) fn machine_title(machine: &Machine) -> String {
    named(&machine.name, machine.params.iter().map(|param| &*param.name))
}

/// A name with these after it in brackets, if there are any.
pub(super) fn named<'name>(name: &str, params: impl Iterator<Item = &'name str>) -> String {
    let params: Vec<&str> = params.collect();
    if params.is_empty() { name.to_string() } else { format!("{name}({})", params.join(", ")) }
}

/// A length of time as rules write it.
pub(super) fn duration(milliseconds: u64) -> String {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")];
    let whole = units.into_iter().find(|(unit, _)| milliseconds >= *unit && milliseconds.is_multiple_of(*unit));
    whole.map_or_else(|| format!("{milliseconds}ms"), |(unit, name)| format!("{}{name}", milliseconds / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_ends_with_an_ellipsis() {
        let text = |length: usize| "ä".repeat(length);
        assert_eq!(shorten(&text(LABEL_LENGTH_MAX)), text(LABEL_LENGTH_MAX));
        assert_eq!(shorten(&text(LABEL_LENGTH_MAX + 1)), text(LABEL_LENGTH_MAX - 1) + "…");
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let lines = |count: usize| (0..count).map(|line| line.to_string()).collect::<Vec<_>>();
        assert_eq!(bounded(lines(LINES_MAX)), lines(LINES_MAX));
        let cut = bounded(lines(LINES_MAX + 1));
        assert_eq!((cut.len(), cut.last().map(String::as_str)), (LINES_MAX, Some("… and 2 more")));
    }

    #[test]
    fn a_length_of_time_is_written_in_its_largest_whole_unit() {
        for (milliseconds, text) in [(250, "250ms"), (90_000, "90s"), (86_400_000, "1d"), (0, "0ms")] {
            assert_eq!(duration(milliseconds), text);
        }
    }
}
