//! A picture in the language of Graphviz.

use super::lines::clean;
use super::picture::{Form, Picture, Tone};
use std::fmt::{self, Write};

/// Writes a picture as a `digraph`.
pub fn dot(picture: &Picture) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    write_dot(&mut out, picture).unwrap_or_default();
    out
}

fn write_dot(out: &mut String, picture: &Picture) -> fmt::Result {
    writeln!(out, "digraph {{\n  label={}\n  labelloc=t\n  rankdir=TB", quoted(&[&picture.title]))?;
    writeln!(out, "  node [fontname=monospace fontsize=11 shape=box]\n  edge [fontname=monospace fontsize=10]")?;
    for (at, part) in picture.parts.iter().enumerate() {
        let lines: Vec<&str> = [&*part.title].into_iter().chain(part.lines.iter().map(|line| &**line)).collect();
        let (label, tooltip) = (quoted(&lines), quoted(&[&part.tooltip]));
        writeln!(out, "  n{at} [{} label={label} tooltip={tooltip}]", look(part.form))?;
    }
    for arrow in &picture.arrows {
        let texts: Vec<&str> = arrow.labels.iter().map(|label| &*label.text).collect();
        let tooltips: Vec<&str> = arrow.labels.iter().map(|label| &*label.tooltip).collect();
        let (label, tooltip) = (quoted(&texts), quoted(&tooltips));
        let look = line(arrow.tone());
        writeln!(out, "  n{} -> n{} [{look} label={label} tooltip={tooltip}]", arrow.from, arrow.to)?;
    }
    writeln!(out, "}}")
}

fn look(form: Form) -> &'static str {
    match form {
        Form::Start => "shape=point width=0.15",
        Form::Room => "shape=box color=blue",
        Form::Lock => "shape=box style=rounded color=purple",
        Form::Group => "shape=box style=dotted",
        Form::State => "shape=box style=rounded",
        Form::Every | Form::Gate => "shape=box style=dashed",
        Form::Good => "shape=oval color=darkgreen",
        Form::Bad => "shape=oval color=red",
        Form::Away => "shape=oval color=blue",
        Form::Note => "shape=plaintext",
    }
}

fn line(tone: Tone) -> &'static str {
    match tone {
        Tone::Way => "color=black",
        Tone::Good => "color=darkgreen",
        Tone::Bad => "color=red",
        Tone::Need => "color=purple style=dashed",
        Tone::Sends => "color=blue style=dotted",
    }
}

/// Lines as one quoted text. Graphviz reads backslashes of its own and HTML entities in it.
fn quoted(lines: &[&str]) -> String {
    let mut out = String::from("\"");
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            out.push_str("\\n");
        }
        for letter in clean(line).chars() {
            match letter {
                '\\' => out.push_str("\\\\"),
                '"' => out.push_str("\\\""),
                '&' => out.push_str("&amp;"),
                other => out.push(other),
            }
        }
    }
    out.push('"');
    out
}
