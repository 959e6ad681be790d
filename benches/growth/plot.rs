//! A chart of measured points as SVG: plain lines on a grid, legible in light and dark.

use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 52.0;
const COLOURS: [&str; 4] = ["#2f6fb0", "#c05a1c", "#3c8a4b", "#8a4f9e"];

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// From nothing to the largest.
    Linear,
    /// By powers of ten.
    Powers,
}

/// A chart, and what its axes say.
pub struct Chart<'a> {
    pub title: &'a str,
    pub across: (&'a str, Scale),
    pub up: (&'a str, Scale),
    pub lines: &'a [Line],
}

/// Points that belong together, from left to right.
pub struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

struct Axis {
    scale: Scale,
    from: f64,
    to: f64,
    ticks: Vec<f64>,
}

impl Axis {
    fn of(scale: Scale, values: impl Iterator<Item = f64> + Clone) -> Axis {
        let most = values.clone().fold(f64::MIN_POSITIVE, f64::max);
        let least = values.fold(f64::MAX, f64::min).max(f64::MIN_POSITIVE);
        match scale {
            Scale::Linear => {
                let step = round_step(most / 4.0);
                let count = (most / step).ceil().max(1.0);
                let ticks = (0..=count as u32).map(|at| f64::from(at) * step).collect();
                Axis { scale, from: 0.0, to: count * step, ticks }
            }
            Scale::Powers => {
                let (from, to) = (least.log10().floor(), most.log10().ceil());
                let to = if to > from { to } else { from + 1.0 };
                let ticks = (from as i32..=to as i32).map(|power| 10_f64.powi(power)).collect();
                Axis { scale, from, to, ticks }
            }
        }
    }

    /// From 0 to 1.
    fn place(&self, value: f64) -> f64 {
        let value = match self.scale {
            Scale::Linear => value,
            Scale::Powers => value.max(f64::MIN_POSITIVE).log10(),
        };
        (value - self.from) / (self.to - self.from)
    }
}

/// 1, 2 or 5 times a power of ten, not less than this.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= least).unwrap_or(least)
}

impl Chart<'_> {
    /// The picture.
    pub fn to_svg(&self) -> String {
        let points = self.lines.iter().flat_map(|line| &line.points);
        let across = Axis::of(self.across.1, points.clone().map(|(x, _)| *x));
        let up = Axis::of(self.up.1, points.map(|(_, y)| *y));
        let x = |value: f64| LEFT + across.place(value) * (WIDTH - LEFT - RIGHT);
        let y = |value: f64| HEIGHT - BOTTOM - up.place(value) * (HEIGHT - TOP - BOTTOM);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
        );
        text(&mut svg, (WIDTH / 2.0, 20.0), "middle", self.title);
        text(&mut svg, (WIDTH / 2.0, HEIGHT - 10.0), "middle", self.across.0);
        text(&mut svg, (8.0, TOP - 10.0), "start", self.up.0);
        for tick in &up.ticks {
            rule(&mut svg, (LEFT, y(*tick)), (WIDTH - RIGHT, y(*tick)));
            text(&mut svg, (LEFT - 6.0, y(*tick) + 4.0), "end", &short(*tick));
        }
        for tick in &across.ticks {
            rule(&mut svg, (x(*tick), TOP), (x(*tick), HEIGHT - BOTTOM));
            text(&mut svg, (x(*tick), HEIGHT - BOTTOM + 16.0), "middle", &short(*tick));
        }
        for (at, line) in self.lines.iter().enumerate() {
            let colour = COLOURS[at % COLOURS.len()];
            let places: Vec<String> =
                line.points.iter().map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1))).collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                places.join(" ")
            );
            for point in &line.points {
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>",
                    x(point.0),
                    y(point.1)
                );
            }
            let height = TOP + 14.0 + 16.0 * at as f64;
            let _ = writeln!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>",
                LEFT + 10.0,
                height - 9.0
            );
            text(&mut svg, (LEFT + 26.0, height), "start", &line.name);
        }
        svg + "</svg>\n"
    }
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}

fn rule(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(svg, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#ddd\"/>");
}

/// A number as an axis tells it.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{} M", value / 1e6),
        value if value >= 1e3 => format!("{} k", value / 1e3),
        value => format!("{}", (value * 1000.0).round() / 1000.0),
    }
}
