//! Findings as JUnit XML, which most CI servers read: a case for each finding, and one for each clean file.

use super::{prose, short};
use crate::diagnostic::{Diagnostic, Severity, SourceId, SourceMap};

/// A file that was looked at, or a finding in one.
struct Case {
    file: String,
    name: String,
    body: String,
    is_failure: bool,
}

/// A document with one suite for each ruleset. What is as severe as `least` fails; the rest is told.
pub fn suites<'found>(
    rulesets: impl Iterator<Item = (&'found SourceMap, &'found [Diagnostic])>,
    least: Severity,
) -> String {
    let suites: Vec<Vec<Case>> = rulesets.map(|(sources, findings)| cases(sources, findings, least)).collect();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str(&format!("<testsuites name=\"windlass lint\" {}>\n", counts(suites.iter().flatten())));
    for (at, suite) in suites.iter().enumerate() {
        xml.push_str(&format!("  <testsuite name=\"ruleset {}\" {}>\n", at + 1, counts(suite.iter())));
        for case in suite {
            let (file, name) = (escape(&case.file), escape(&case.name));
            xml.push_str(&format!("    <testcase classname=\"{file}\" name=\"{name}\">{}</testcase>\n", case.body));
        }
        xml.push_str("  </testsuite>\n");
    }
    xml + "</testsuites>\n"
}

fn counts<'case>(cases: impl Iterator<Item = &'case Case>) -> String {
    let (mut tests, mut failures) = (0, 0);
    for case in cases {
        tests += 1;
        failures += usize::from(case.is_failure);
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"")
}

fn cases(sources: &SourceMap, findings: &[Diagnostic], least: Severity) -> Vec<Case> {
    let mut cases = Vec::new();
    for (id, source) in sources.iter() {
        let found: Vec<&Diagnostic> = findings.iter().filter(|found| found.primary.span.source == id).collect();
        if found.is_empty() {
            let (file, name) = (source.path.to_string(), "nothing found".to_string());
            cases.push(Case { file, name, body: String::new(), is_failure: false });
        }
        cases.extend(found.into_iter().map(|found| case(found, id, sources, least)));
    }
    cases
}

fn case(found: &Diagnostic, id: SourceId, sources: &SourceMap, least: Severity) -> Case {
    let file = sources.get(id).map_or(String::new(), |source| source.path.to_string());
    let at = sources.locate(found.primary.span);
    let is_failure = found.severity >= least;
    let message = escape(&found.message);
    let text = escape(&format!("{}\n{}", short(found, sources), prose(found)));
    let body = if is_failure {
        format!("<failure message=\"{message}\" type=\"{}\">{text}</failure>", found.severity)
    } else {
        format!("<system-out>{text}</system-out>")
    };
    Case { file, name: format!("{} at {}:{}", found.code, at.line, at.column), body, is_failure }
}

/// Text within XML 1.0; what that cannot hold at all becomes a replacement character.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(letter),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}
