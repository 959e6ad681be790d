//! Findings as SARIF 2.1.0 (OASIS), for code scanning: the few objects of it that findings need.

use super::{by_file, prose};
use crate::cli::fingerprint::Fingerprint;
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, SourceId, SourceMap, Span, region};
use crate::lint::{RULES, Rule};
use serde::Serialize;
use std::collections::BTreeMap;

/// What SARIF calls the version of itself.
const VERSION: &str = "2.1.0";
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What the fingerprint is made of, and the version of that.
const FINGERPRINT: &str = "windlassLine/v1";

/// A whole document.
#[derive(Debug, Serialize)]
pub struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    results: Vec<Finding>,
    column_kind: &'static str,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Reporting>,
}

/// A `reportingDescriptor`: one of our rules.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reporting {
    id: String,
    name: &'static str,
    short_description: Words,
    full_description: Words,
    help: Words,
    default_configuration: Configuration,
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Debug, Serialize)]
struct Words {
    text: String,
}

/// A `result`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Words,
    locations: [At; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<At>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Mend>,
}

/// A `fix`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Mend {
    description: Words,
    artifact_changes: Vec<Change>,
}

/// An `artifactChange`: what becomes another in one file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    artifact_location: Artifact,
    replacements: Vec<Replacement>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Words,
}

/// A `location`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct At {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Words>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Debug, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

/// One run with every rule and these findings.
pub fn log<'found>(findings: impl Iterator<Item = (&'found Diagnostic, &'found SourceMap)>) -> Log {
    let driver = Driver {
        name: "windlass",
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: RULES.iter().map(rule).collect(),
    };
    let results = findings.map(|(found, sources)| result(found, sources)).collect();
    let run = Run { tool: Tool { driver }, results, column_kind: "unicodeCodePoints" };
    Log { schema: SCHEMA, version: VERSION, runs: [run] }
}

fn rule(rule: &Rule) -> Reporting {
    Reporting {
        id: rule.code.to_string(),
        name: rule.name,
        short_description: Words { text: rule.name.replace('-', " ") },
        full_description: Words { text: rule.finds.to_string() },
        help: Words { text: rule.page() },
        default_configuration: Configuration { level: level(rule.severity) },
    }
}

fn result(found: &Diagnostic, sources: &SourceMap) -> Finding {
    let others = found.others.iter().enumerate().map(|(at, other)| {
        let message = Some(Words { text: other.message.clone() });
        At { id: Some(at), message, physical_location: physical(other.span, sources) }
    });
    let fingerprint = Fingerprint::of(found, sources).to_string();
    Finding {
        rule_id: found.code.to_string(),
        rule_index: RULES.iter().position(|rule| rule.code == found.code),
        level: level(found.severity),
        message: Words { text: prose(found) },
        locations: [At { id: None, physical_location: physical(found.primary.span, sources), message: None }],
        related_locations: others.collect(),
        partial_fingerprints: BTreeMap::from([(FINGERPRINT, fingerprint)]),
        fixes: found.fixes.iter().map(|fix| mend(fix, sources)).collect(),
    }
}

fn mend(fix: &Fix, sources: &SourceMap) -> Mend {
    let change = |(file, edits): (SourceId, Vec<&Edit>)| Change {
        artifact_location: Artifact { uri: sources.get(file).map_or_else(String::new, |source| uri(&source.path)) },
        replacements: edits.into_iter().map(|edit| replacement(edit, sources)).collect(),
    };
    Mend {
        description: Words { text: fix.message.clone() },
        artifact_changes: by_file(&fix.edits).into_iter().map(change).collect(),
    }
}

fn replacement(edit: &Edit, sources: &SourceMap) -> Replacement {
    let deleted_region = physical(edit.span, sources).region;
    Replacement { deleted_region, inserted_content: Words { text: edit.text.clone() } }
}

fn physical(span: Span, sources: &SourceMap) -> Physical {
    let at = region(span, sources);
    let (start_line, start_column) = (at.line, at.column);
    let region = Region { start_line, start_column, end_line: at.end_line, end_column: at.end_column };
    Physical { artifact_location: Artifact { uri: uri(&at.path) }, region }
}

/// A path as a URI reference (RFC 3986); an absolute one names its file.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'~' | b'-' | b'/' => uri.push(char::from(byte)),
            b'\\' => uri.push('/'),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}
