//! Measured points in a file: a line each, `SERIES X Y`, in the order of measuring. What is measured anew takes the place of what
//! was there.

use super::plot::Line;
use std::path::{Path, PathBuf};

/// One point of a series.
pub type Point = (String, f64, f64);

/// Where the points of a chart stand.
pub fn path(chart: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/growth/data").join(format!("{chart}.txt"))
}

/// Writes the points of a chart.
pub fn keep(chart: &str, points: &[Point]) {
    let text: String = points.iter().map(|(series, x, y)| format!("{series} {x} {y}\n")).collect();
    std::fs::write(path(chart), text).expect("the points can be written");
}

/// The series of a chart, in the order in which they begin; none where nothing was measured.
pub fn lines(chart: &str) -> Vec<Line> {
    let text = std::fs::read_to_string(path(chart)).unwrap_or_default();
    let mut lines: Vec<Line> = Vec::new();
    for (series, x, y) in text.lines().filter_map(read) {
        match lines.iter_mut().find(|line| line.name == series) {
            Some(line) => line.points.push((x, y)),
            None => lines.push(Line { name: series, points: vec![(x, y)] }),
        }
    }
    lines
}

fn read(line: &str) -> Option<Point> {
    let mut words = line.rsplitn(3, ' ');
    let (y, x) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some((words.next()?.to_owned(), x, y))
}
