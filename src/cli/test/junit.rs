//! The XML that build servers read: a suite for each ruleset, a case for each scene, and one for what is wrong beside them.

use super::report;
use super::tested::{Tested, TestedScene};
use crate::scenario::Unwalked;
use anstream::adapter::strip_str;
use std::fmt::Write;

/// A case that went wrong.
struct Trouble {
    /// `failure` or `error`.
    element: &'static str,
    /// On one line.
    message: String,
    /// All of it.
    text: String,
}

pub(super) fn report(all: &[Tested]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"windlass test\">\n");
    all.iter().for_each(|tested| suite(&mut out, tested));
    out.push_str("</testsuites>\n");
    out
}

fn suite(out: &mut String, tested: &Tested) {
    let name = attribute(&tested.path.display().to_string());
    let own = ruleset_case(tested);
    let failed = tested.scenes.iter().filter(|scene| scene.failure.is_some()).count();
    let is = |element: &str| usize::from(own.as_ref().is_some_and(|own| own.element == element));
    let (tests, failures) = (tested.scenes.len() + usize::from(own.is_some()), failed + is("failure"));
    let errors = is("error");
    let _ =
        writeln!(out, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">");
    for scene in &tested.scenes {
        let place = format!(" file=\"{}\" line=\"{}\"", attribute(&scene.path), scene.line);
        case(out, &name, &scene.name, &place, scene_trouble(scene).as_ref());
    }
    if own.is_some() {
        case(out, &name, "rules", "", own.as_ref());
    }
    if let Some(coverage) = &tested.coverage {
        let text = strip_str(&report::coverage(coverage, true)).to_string();
        let _ = writeln!(out, "    <system-out>{}</system-out>", escaped(&text));
    }
    out.push_str("  </testsuite>\n");
}

fn case(out: &mut String, suite: &str, name: &str, place: &str, trouble: Option<&Trouble>) {
    let _ = write!(out, "    <testcase classname=\"{suite}\" name=\"{}\"{place}", attribute(name));
    match trouble {
        None => out.push_str("/>\n"),
        Some(Trouble { element, message, text }) => {
            let (message, text) = (attribute(message), escaped(text));
            let _ = writeln!(out, ">\n      <{element} message=\"{message}\">{text}</{element}>\n    </testcase>");
        }
    }
}

fn scene_trouble(scene: &TestedScene) -> Option<Trouble> {
    let failure = scene.failure.as_ref()?;
    let message = format!("{}:{}: {}", failure.path, failure.at.line, failure.act);
    let text = strip_str(&report::failure(failure)).to_string();
    Some(Trouble { element: "failure", message, text })
}

/// What is wrong with a ruleset beside its scenes; none where nothing is.
fn ruleset_case(tested: &Tested) -> Option<Trouble> {
    let lint = tested.lint_errors.iter().map(|(place, error)| format!("{place}: {} [{}]", error.message, error.code));
    let mistakes =
        tested.mistakes.iter().map(|(path, mistake)| format!("{path}:{}: {}", mistake.at.line, mistake.message));
    let errors: Vec<String> = lint.chain(mistakes).collect();
    if let Some(first) = errors.first() {
        return Some(Trouble { element: "error", message: first.clone(), text: errors.join("\n") });
    }
    let message = tested.shortfall.first()?.clone();
    let unwalked =
        tested.coverage.iter().flat_map(|coverage| coverage.arrows_unwalked.iter().chain(&coverage.states_unentered));
    let lines = unwalked.map(|Unwalked { place, machine, text }| format!("{place}  {machine}: {text}"));
    Some(Trouble { element: "failure", message, text: lines.collect::<Vec<_>>().join("\n") })
}

/// As an attribute may hold it, so that line ends stay what they are.
fn attribute(text: &str) -> String {
    escaped(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// As XML may hold it: what XML knows no letter for becomes `?`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(letter),
            '\u{fffe}' | '\u{ffff}' => out.push('?'),
            letter if u32::from(letter) < 0x20 => out.push('?'),
            letter => out.push(letter),
        }
    }
    out
}
