//! Columns that the author lined up stay lined up; every other run of blanks becomes one.
//!
//! Nothing here changes which lines there are, and what is lined up once stays as it is when it is formatted again.

use super::WIDTH;
use super::write::Line;

/// Puts blanks where the author lined up tokens or comments on lines that follow each other.
pub(super) fn align(lines: &mut [Line]) {
    for run in token_runs(lines) {
        if let Some(lines) = lines.get_mut(run.begin..run.end) {
            align_tokens(lines, &run.stop);
        }
    }
    let mut rest = lines;
    while !rest.is_empty() {
        let column = rest.first().and_then(comment_column);
        let length = rest.iter().take_while(|line| column.is_some() && comment_column(line) == column).count();
        let (run, after) = rest.split_at_mut(length.max(1));
        align_comments(run, column);
        rest = after;
    }
}

/// A column of the source, and the kin of the token there.
type Stop = (usize, String);

/// Lines that follow each other, begin equally far in, and have a token of one kin at the same column of the source.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    stop: Stop,
    begin: usize,
    end: usize,
}

/// All runs, leftmost first: what is done to one moves what is right of it.
fn token_runs(lines: &[Line]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open: Vec<Run> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_same_block =
            at.checked_sub(1).and_then(|above| lines.get(above)).is_some_and(|above| above.indent == line.indent);
        let stops: Vec<Stop> = stops(line).map(|(stop, _)| stop).collect();
        let (going_on, ended) = open.into_iter().partition(|run| is_same_block && stops.contains(&run.stop));
        open = going_on;
        runs.extend::<Vec<Run>>(ended);
        for run in &mut open {
            run.end = at + 1;
        }
        for stop in stops {
            if open.iter().all(|run| run.stop != stop) {
                open.push(Run { stop, begin: at, end: at + 1 });
            }
        }
    }
    runs.extend(open);
    runs.retain(|run| run.end - run.begin > 1);
    runs.sort();
    runs
}

/// The columns of the source at which tokens of a line stood behind a blank, and which tokens.
fn stops(line: &Line) -> impl Iterator<Item = (Stop, usize)> {
    let source_line = line.cells.first().map(|cell| cell.source_line);
    let cells = line.cells.iter().enumerate().skip(1);
    let cells =
        cells.filter(move |(_, cell)| cell.blanks > 0 && cell.source_gap > 0 && Some(cell.source_line) == source_line);
    cells.map(|(at, cell)| ((cell.source_column, cell.kin.clone()), at))
}

fn stop_at(line: &Line, stop: &Stop) -> Option<usize> {
    stops(line).find(|(found, _)| found == stop).map(|(_, at)| at)
}

fn align_tokens(lines: &mut [Line], stop: &Stop) {
    let is_widened = |line: &Line| {
        let cell = stop_at(line, stop).and_then(|at| line.cells.get(at));
        cell.is_some_and(|cell| cell.source_gap > 1)
    };
    if !lines.iter().any(is_widened) {
        return;
    }
    let natural = |line: &Line| stop_at(line, stop).map(|at| line.width_before(at) + 1);
    let Some(target) = lines.iter().filter_map(natural).max() else { return };
    let grows_too_long =
        |line: &Line| natural(line).is_some_and(|natural| natural < target && line.width() + target - natural > WIDTH);
    if lines.iter().any(grows_too_long) {
        return;
    }
    for line in lines {
        let Some(at) = stop_at(line, stop) else { continue };
        let before = line.width_before(at);
        if let Some(cell) = line.cells.get_mut(at) {
            cell.blanks = target - before;
        }
    }
}

/// The column of the source at which the comment at the end of a line stood.
fn comment_column(line: &Line) -> Option<usize> {
    if line.cells.is_empty() { None } else { line.comment.as_ref().map(|comment| comment.place.column) }
}

/// Comments keep their column, unless the longest line reaches it or they stood right behind it.
fn align_comments(lines: &mut [Line], column: Option<usize>) {
    let Some(column) = column else { return };
    let closest = lines.iter().map(Line::width).max().unwrap_or(0) + 1;
    let gaps = lines.iter().filter_map(|line| line.comment.as_ref()).map(|comment| comment.place.gap);
    let target = if gaps.min().unwrap_or(0) > 1 { closest.max(column) } else { closest };
    for line in lines {
        line.comment_blanks = target - line.width();
    }
}
