//! Whether the frames that came are those that were expected, in order.

use super::hole::Variables;
use super::node::{Node, Position};
use super::pattern::Pattern;

/// What was expected and what came, made alike where they agree.
#[derive(Debug)]
pub(super) struct Unequal {
    /// The expectation that failed first; none where something came that nobody expected.
    pub at: Option<Position>,
    pub expected: Vec<Node>,
    pub came: Vec<Node>,
}

/// Compares in order. A frame of an ignored kind may come at any time, and may be expected all the same.
pub(super) fn frames(
    expected: &[Pattern],
    came: &[Node],
    ignores: impl Fn(&str) -> bool,
    variables: &mut Variables,
) -> Result<(), Unequal> {
    let mut open = expected.iter();
    let mut next = open.next();
    let mut shown = Vec::new();
    let mut is_equal = true;
    let mut failed = None;
    for frame in came {
        let Some(kind) = frame.kind() else { continue };
        if next.is_some_and(|pattern| pattern.matches(frame, variables)) {
            shown.extend(next.map(|pattern| pattern.show(variables)));
            next = open.next();
            continue;
        }
        let is_meant = next.is_some_and(|pattern| pattern.first_field() == Some(kind));
        if !is_meant && ignores(kind) {
            continue;
        }
        is_equal = false;
        match next.filter(|_| is_meant) {
            Some(pattern) => {
                failed = failed.or(Some(pattern.at));
                shown.push(pattern.project(frame, variables));
                next = open.next();
            }
            None => shown.push(frame.clone()),
        }
    }
    if let Some(pattern) = next {
        is_equal = false;
        failed = failed.or(Some(pattern.at));
    }
    if is_equal {
        return Ok(());
    }
    let expected = expected.iter().map(|pattern| pattern.show(variables)).collect();
    Err(Unequal { at: failed, expected, came: shown })
}
