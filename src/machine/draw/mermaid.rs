//! A picture as a Mermaid flowchart, which many pages of documentation draw by themselves.

use super::lines::clean;
use super::picture::{Form, Picture, Tone};
use std::fmt::{self, Write};

/// Writes a picture as a `flowchart`.
pub fn mermaid(picture: &Picture) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    write_mermaid(&mut out, picture).unwrap_or_default();
    out
}

fn write_mermaid(out: &mut String, picture: &Picture) -> fmt::Result {
    writeln!(out, "flowchart TB")?;
    for (at, part) in picture.parts.iter().enumerate() {
        let lines: Vec<&str> = [&*part.title].into_iter().chain(part.lines.iter().map(|line| &**line)).collect();
        let (open, close) = brackets(part.form);
        let label = if part.form == Form::Start { "\" \"".to_string() } else { quoted(&lines) };
        writeln!(out, "  n{at}{open}{label}{close}")?;
    }
    for arrow in &picture.arrows {
        let texts: Vec<&str> = arrow.labels.iter().map(|label| &*label.text).collect();
        let line = line(arrow.tone());
        if texts.is_empty() {
            writeln!(out, "  n{} {line} n{}", arrow.from, arrow.to)?;
        } else {
            writeln!(out, "  n{} {line}|{}| n{}", arrow.from, quoted(&texts), arrow.to)?;
        }
    }
    Ok(())
}

fn brackets(form: Form) -> (&'static str, &'static str) {
    match form {
        Form::Start => ("((", "))"),
        Form::Room | Form::Note | Form::Group => ("[", "]"),
        Form::State | Form::Every => ("(", ")"),
        Form::Lock | Form::Gate => ("{{", "}}"),
        Form::Good | Form::Bad | Form::Away => ("([", "])"),
    }
}

fn line(tone: Tone) -> &'static str {
    match tone {
        Tone::Way | Tone::Good | Tone::Bad => "-->",
        Tone::Need | Tone::Sends => "-.->",
    }
}

/// Lines as one quoted label. What Mermaid, its Markdown or HTML would read otherwise becomes the number of the letter.
fn quoted(lines: &[&str]) -> String {
    let mut out = String::from("\"");
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            out.push_str("<br/>");
        }
        for letter in clean(line).chars() {
            if matches!(letter, '"' | '#' | '&' | '<' | '>' | '`' | '*' | '_' | '\\' | ';' | '%' | '{' | '}') {
                out.push_str(&format!("#{};", letter as u32));
            } else {
                out.push(letter);
            }
        }
    }
    out.push('"');
    out
}
