//! The lines of arrows: straight where they pass a row, curved between rows, so that none goes through a part.

use super::layout::{Layout, Link, Size, lay_out};
use std::fmt::Write;

/// The space between two rows.
const BETWEEN: f64 = 24.0;
/// The furthest that two arrows begin from one another at a part.
const PORT_MAX: f64 = 26.0;

/// Everything placed.
#[derive(Debug)]
pub(super) struct Placed {
    /// The middles of the parts.
    pub parts: Vec<(f64, f64)>,
    pub routes: Vec<Route>,
    pub width: f64,
    pub height: f64,
}

/// The line of a link.
#[derive(Debug)]
pub(super) struct Route {
    /// As the attribute `d` of an SVG path.
    pub path: String,
    /// The middle of its label.
    pub label: (f64, f64),
}

/// Lays out, and draws the lines.
pub(super) fn route(parts: &[Size], links: &[Link]) -> Placed {
    let layout = lay_out(parts, links);
    let tops = tops(&layout.rows);
    let middle = |item: usize| {
        let row = layout.items[item].row;
        (layout.items[item].x, tops[row] + layout.rows[row] / 2.0)
    };
    let leaving = ports(&layout, Side::Bottom);
    let ending = ports(&layout, Side::Top);
    let routes = layout.chains.iter().enumerate().map(|(at, chain)| {
        let points = points(&layout, &tops, at, leaving[at], ending[at]);
        let points = if chain.is_turned { points.into_iter().rev().collect() } else { points };
        Route { path: path(&points), label: middle(chain.label) }
    });
    let width = layout.items.iter().map(|item| item.x + item.size.right).fold(0.0, f64::max);
    let height = tops.last().copied().unwrap_or(0.0) + layout.rows.last().copied().unwrap_or(0.0);
    Placed { parts: (0..parts.len()).map(middle).collect(), routes: routes.collect(), width, height }
}

fn tops(rows: &[f64]) -> Vec<f64> {
    let mut top = 0.0;
    let next = |height: &f64| {
        let here = top;
        top += height + BETWEEN;
        here
    };
    rows.iter().map(next).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Top,
    Bottom,
}

/// Where each chain leaves its upper part, or ends at its lower one: side by side, in the order of where they go.
fn ports(layout: &Layout, side: Side) -> Vec<f64> {
    let mut at_part: Vec<Vec<(f64, usize)>> = vec![Vec::new(); layout.items.len()];
    for (at, chain) in layout.chains.iter().enumerate() {
        let items = &chain.items;
        let (part, next) =
            if side == Side::Bottom { (items[0], items[1]) } else { (items[items.len() - 1], items[items.len() - 2]) };
        at_part[part].push((layout.items[next].x, at));
    }
    let mut ports = vec![0.0; layout.chains.len()];
    for (part, mut chains) in at_part.into_iter().enumerate() {
        chains.sort_by(|one, other| one.0.total_cmp(&other.0));
        let item = layout.items[part];
        let room = item.size.left.min(item.size.right) * 1.5;
        let step = PORT_MAX.min(room / chains.len().max(1) as f64);
        let first = item.x - step * (chains.len().saturating_sub(1)) as f64 / 2.0;
        for (at, (_, chain)) in chains.into_iter().enumerate() {
            ports[chain] = first + step * at as f64;
        }
    }
    ports
}

/// The points of a line from top to bottom: straight between the first two, a curve to the third, and so on.
fn points(layout: &Layout, tops: &[f64], chain: usize, leaving: f64, ending: f64) -> Vec<(f64, f64)> {
    let items = &layout.chains[chain].items;
    let last = items.len() - 1;
    let mut points = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let item = layout.items[*item];
        let (top, height) = (tops[item.row], layout.rows[item.row]);
        let middle = top + height / 2.0;
        let x = if at == 0 {
            leaving
        } else if at == last {
            ending
        } else {
            item.x
        };
        points.push((x, if at == 0 { middle + item.size.height / 2.0 } else { top }));
        points.push((x, if at == last { middle - item.size.height / 2.0 } else { top + height }));
    }
    points
}

fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let (before_x, before_y) = at.checked_sub(1).and_then(|before| points.get(before)).copied().unwrap_or((*x, *y));
        let half = f64::midpoint(before_y, *y);
        let written = match at {
            0 => write!(path, "M{x:.0} {y:.0}"),
            _ if (*x, *y) == (before_x, before_y) => Ok(()),
            _ if at % 2 == 1 || (*x - before_x).abs() < 0.5 => write!(path, "L{x:.0} {y:.0}"),
            _ => write!(path, "C{before_x:.0} {half:.0} {x:.0} {half:.0} {x:.0} {y:.0}"),
        };
        // Writing into a string cannot fail.
        written.unwrap_or_default();
    }
    path
}
