//! All faults of a text, not only the first. The library stops at the first one; so the setting that it stands in is blanked out, every
//! other line staying where it is, and the rest is read again.

use super::Config;
use super::load::{Misread, parse};

/// No more faults of a text are told.
const FAULTS_MAX: usize = 100;

/// Each fault, in the order in which they are met, and the settings without those that are wrong; none where the text as a whole is.
pub(super) fn read_what_can_be(text: &str) -> (Vec<Misread>, Option<Config>) {
    let (mut faults, mut text) = (Vec::new(), text.to_owned());
    while faults.len() < FAULTS_MAX {
        match parse(&text) {
            Ok(config) => return (faults, Some(config)),
            Err(misread) => {
                let rest = misread.at.and_then(|(line, _)| without(&text, usize::try_from(line).ok()?.checked_sub(1)?));
                faults.push(misread);
                match rest {
                    Some(rest) => text = rest,
                    None => break,
                }
            }
        }
    }
    (faults, None)
}

/// The text without the setting on a line and all that is below it. Where nothing else would be left below the one above, or a bracket would
/// be, that goes too. None where nothing stands there.
fn without(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut first = line;
    depth(lines.get(first)?)?;
    while !is_whole(lines.get(first..end_of(&lines, first))?) || is_alone(&lines, first) {
        match above(&lines, first) {
            Some(above) => first = above,
            None => break,
        }
    }
    let blanked = first..end_of(&lines, first);
    let kept = lines.iter().enumerate().map(|(at, line)| if blanked.contains(&at) { "" } else { line });
    Some(kept.flat_map(|line| [line, "\n"]).collect())
}

/// How deep a line stands, a list's item deeper than the name above it; none where there is nothing on it.
fn depth(line: &str) -> Option<usize> {
    let content = line.trim_start();
    let is_item = content == "-" || content.starts_with("- ");
    let is_blank = content.is_empty() || content.starts_with('#');
    (!is_blank).then(|| 2 * (line.len() - content.len()) + usize::from(is_item))
}

/// One past the last line below this one.
fn end_of(lines: &[&str], first: usize) -> usize {
    let own = lines.get(first).and_then(|line| depth(line));
    let below = lines.iter().skip(first + 1).take_while(|line| depth(line).is_none_or(|depth| Some(depth) > own));
    first + 1 + below.count()
}

/// The line of which this one is below.
fn above(lines: &[&str], line: usize) -> Option<usize> {
    let own = lines.get(line).and_then(|line| depth(line))?;
    (0..line).rev().find(|other| lines.get(*other).and_then(|line| depth(line)).is_some_and(|depth| depth < own))
}

/// Whether nothing else is below the one above.
fn is_alone(lines: &[&str], line: usize) -> bool {
    let Some(above) = above(lines, line) else { return false };
    let own = line..end_of(lines, line);
    let mut siblings = (above + 1..end_of(lines, above)).filter(|other| !own.contains(other));
    !siblings.any(|other| lines.get(other).and_then(|line| depth(line)).is_some())
}

/// Whether each bracket that is opened in these lines is closed there.
fn is_whole(lines: &[&str]) -> bool {
    let mut open = 0_i64;
    for letter in lines.iter().flat_map(|line| line.chars()) {
        match letter {
            '{' | '[' => open += 1,
            '}' | ']' => open -= 1,
            _ => {}
        }
        if open < 0 {
            return false;
        }
    }
    open == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_goes_with_what_is_below_it_and_with_what_would_be_left_alone() {
        let text = "a: 1\nb:\n  c: 1\nd:\n  e: 1\n  f:\n    - x\n    - y\n";
        assert_eq!(without(text, 0).as_deref(), Some("\nb:\n  c: 1\nd:\n  e: 1\n  f:\n    - x\n    - y\n"));
        assert_eq!(without(text, 2).as_deref(), Some("a: 1\n\n\nd:\n  e: 1\n  f:\n    - x\n    - y\n"));
        assert_eq!(without(text, 5).as_deref(), Some("a: 1\nb:\n  c: 1\nd:\n  e: 1\n\n\n\n"));
        assert_eq!(without(text, 6).as_deref(), Some("a: 1\nb:\n  c: 1\nd:\n  e: 1\n  f:\n\n    - y\n"));
        assert_eq!(without("a: { b: 1,\n  c: 2 }\nd: 1\n", 1).as_deref(), Some("\n\nd: 1\n"));
        assert_eq!(without("a: 1\n\n", 1), None);
        assert_eq!(without("a: 1\n", 7), None);
    }
}
