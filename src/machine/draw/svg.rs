//! A picture as SVG, for pages and people. No script, no fonts to fetch, nothing outside of itself.

use super::layout::{Link, Size};
use super::lines::{clean, columns};
use super::picture::{Arrow, Form, Part, Picture, Tone};
use super::routes::{Placed, Route, route};
use super::svg_style::STYLE;
use std::fmt::{self, Write};

/// Pictures of more parts and arrows are not laid out: nobody could read them, and it would take long.
pub const SVG_PARTS_MAX: usize = 1000;

/// The width of a column of the font, with a little to spare for wider ones.
const COLUMN: f64 = 7.5;
const LINE: f64 = 16.0;
const MARGIN: f64 = 20.0;
const HEAD: f64 = 44.0;
/// How far a loop goes to the right of its part.
const LOOP: f64 = 22.0;

/// Draws a picture; none if it has more than [`SVG_PARTS_MAX`] parts and arrows.
pub fn svg(picture: &Picture) -> Option<String> {
    if picture.parts.len() + picture.arrows.len() > SVG_PARTS_MAX {
        return None;
    }
    let sizes: Vec<Size> = picture.parts.iter().enumerate().map(|(at, part)| size(picture, at, part)).collect();
    let drawn: Vec<&Arrow> = picture.arrows.iter().filter(|arrow| arrow.from != arrow.to).collect();
    let links: Vec<Link> =
        drawn.iter().map(|arrow| Link { from: arrow.from, to: arrow.to, label: label_size(arrow) }).collect();
    let placed = route(&sizes, &links);
    let mut text = String::new();
    // Writing into a string cannot fail.
    write_svg(&mut text, picture, &drawn, &placed).unwrap_or_default();
    Some(text)
}

fn own_size(part: &Part) -> (f64, f64) {
    if part.form == Form::Start {
        return (14.0, 14.0);
    }
    let widest = part.lines.iter().map(|line| columns(line)).chain([columns(&part.title)]).max().unwrap_or(0);
    let lines = part.lines.len() as f64;
    let around = if part.lines.is_empty() { 14.0 } else { 20.0 };
    (widest as f64 * COLUMN + 28.0, (lines + 1.0) * LINE + around)
}

fn loop_of(picture: &Picture, part: usize) -> Option<&Arrow> {
    picture.arrows.iter().find(|arrow| arrow.from == part && arrow.to == part)
}

fn size(picture: &Picture, at: usize, part: &Part) -> Size {
    let (width, height) = own_size(part);
    let beside = loop_of(picture, at).map(label_size);
    let extra = beside.map_or(0.0, |label| LOOP + 8.0 + label.left + label.right);
    let height = beside.map_or(height, |label| height.max(label.height));
    Size { left: width / 2.0, right: width / 2.0 + extra, height }
}

fn label_size(arrow: &Arrow) -> Size {
    let widest = arrow.labels.iter().map(|label| columns(&label.text)).max().unwrap_or(0);
    let half = if arrow.labels.is_empty() { 3.0 } else { widest as f64 * COLUMN / 2.0 };
    Size { left: half, right: half, height: arrow.labels.len() as f64 * LINE }
}

fn write_svg(out: &mut String, picture: &Picture, drawn: &[&Arrow], placed: &Placed) -> fmt::Result {
    let head = columns(&picture.title) as f64 * 9.0;
    let width = placed.width.max(head) + 2.0 * MARGIN;
    let height = placed.height + HEAD + MARGIN;
    let title = escape(&picture.title);
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}" height="{height:.0}" role="img">"#
    )?;
    writeln!(out, "<title>{title}</title>\n<style>\n{STYLE}</style>\n<defs>")?;
    for tone in [Tone::Way, Tone::Good, Tone::Bad, Tone::Need, Tone::Sends] {
        let name = tone_name(tone);
        writeln!(
            out,
            r#"<marker id="{name}" class="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>"#
        )?;
    }
    writeln!(out, "</defs>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>")?;
    writeln!(out, r#"<text class="head" x="{MARGIN:.0}" y="26">{title}</text>"#)?;
    writeln!(out, r#"<g transform="translate({MARGIN:.0} {HEAD:.0})">"#)?;
    for (arrow, route) in drawn.iter().zip(&placed.routes) {
        write_line(out, arrow, &route.path)?;
    }
    for (arrow, Route { label: (x, y), .. }) in drawn.iter().zip(&placed.routes) {
        write_labels(out, arrow, *x, *y)?;
    }
    for (at, (part, (x, y))) in picture.parts.iter().zip(&placed.parts).enumerate() {
        if let Some(arrow) = loop_of(picture, at) {
            write_loop(out, arrow, part, *x, *y)?;
        }
        write_part(out, part, *x, *y)?;
    }
    writeln!(out, "</g>\n</svg>")
}

fn write_line(out: &mut String, arrow: &Arrow, path: &str) -> fmt::Result {
    let tone = tone_name(arrow.tone());
    writeln!(out, r#"<path class="{tone}" d="{path}" marker-end="url(#{tone})"/>"#)
}

fn write_labels(out: &mut String, arrow: &Arrow, x: f64, y: f64) -> fmt::Result {
    let size = label_size(arrow);
    let top = y - size.height / 2.0;
    for (at, label) in arrow.labels.iter().enumerate() {
        let (half, top) = (columns(&label.text) as f64 * COLUMN / 2.0, top + at as f64 * LINE);
        let (left, width, baseline) = (x - half, half * 2.0, top + 12.0);
        let (tone, text, tooltip) = (tone_name(label.tone), escape(&label.text), escape(&label.tooltip));
        writeln!(
            out,
            r#"<g><title>{tooltip}</title><rect class="paper" x="{left:.0}" y="{top:.0}" width="{width:.0}" height="{LINE:.0}"/><text class="word {tone}" x="{x:.0}" y="{baseline:.0}">{text}</text></g>"#
        )?;
    }
    Ok(())
}

fn write_loop(out: &mut String, arrow: &Arrow, part: &Part, x: f64, y: f64) -> fmt::Result {
    let edge = x + own_size(part).0 / 2.0;
    let (far, up, down) = (edge + LOOP, y - 9.0, y + 9.0);
    write_line(out, arrow, &format!("M{edge:.0} {up:.0}C{far:.0} {up:.0} {far:.0} {down:.0} {edge:.0} {down:.0}"))?;
    write_labels(out, arrow, far + label_size(arrow).left, y)
}

fn write_part(out: &mut String, part: &Part, x: f64, y: f64) -> fmt::Result {
    let (width, height) = own_size(part);
    let (left, top) = (x - width / 2.0, y - height / 2.0);
    let round = match part.form {
        Form::Room | Form::Gate | Form::Note | Form::Group => 3.0,
        Form::State | Form::Every => 10.0,
        Form::Lock => 16.0,
        Form::Start | Form::Good | Form::Bad | Form::Away => height.min(34.0) / 2.0,
    };
    let tooltip = escape(&part.tooltip);
    write!(out, r#"<g class="{}"><title>{tooltip}</title>"#, form_name(part.form))?;
    write!(
        out,
        r#"<rect class="part" x="{left:.0}" y="{top:.0}" width="{width:.0}" height="{height:.0}" rx="{round:.0}"/>"#
    )?;
    let first = top + if part.lines.is_empty() { 19.0 } else { 21.0 };
    if !part.title.is_empty() {
        write!(out, r#"<text class="title" x="{x:.0}" y="{first:.0}">{}</text>"#, escape(&part.title))?;
    }
    for (at, line) in part.lines.iter().enumerate() {
        let baseline = first + LINE * (at + 1) as f64;
        let class = if line.ends_with('✓') { "proof" } else { "dim" };
        write!(out, r#"<text class="{class}" x="{x:.0}" y="{baseline:.0}">{}</text>"#, escape(line))?;
    }
    writeln!(out, "</g>")
}

fn tone_name(tone: Tone) -> &'static str {
    match tone {
        Tone::Way => "way",
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Need => "need",
        Tone::Sends => "sends",
    }
}

fn form_name(form: Form) -> &'static str {
    match form {
        Form::Start => "start",
        Form::Room => "room",
        Form::Lock => "lock",
        Form::Group => "group",
        Form::State => "state",
        Form::Every => "every",
        Form::Gate => "gate",
        Form::Good => "good",
        Form::Bad => "bad",
        Form::Away => "away",
        Form::Note => "note",
    }
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for letter in clean(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
