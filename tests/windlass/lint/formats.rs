//! Findings for machines: SARIF, workflow commands and JUnit XML.

use crate::fixtures;
use serde_json::Value;
use windlass::cli::render::{github, junit, sarif};
use windlass::diagnostic::{Code, Diagnostic, Fix, Severity, SourceMap};
use windlass::lint;

/// A path and rules with everything that a format has to write in another way.
fn awkward() -> lint::Checked {
    let mut sources = SourceMap::default();
    let rules = std::fs::read_to_string(case()).expect("a readable fixture");
    sources.add("a b/rüles,1%.room", rules);
    sources.add("clean.room", "group listeners in everybody_else\ngroup everybody_else { client \"x\" }\n");
    let mut checked = lint::check(sources);
    let span = checked.diagnostics[0].primary.span;
    let mut strange = Diagnostic::error(Code(301), span, "100% <of>\n\u{1b}it, & \"all\"").help("do: this, 50%");
    strange = strange.other(span, "here, too").note("a note\r\nof two lines");
    strange = strange.fix(Fix::unsafe_to_apply("say it, 100%").replace(span, "\"ü\"\n").insert(span.source, 0, "%"));
    checked.diagnostics.push(strange);
    checked
}

fn placed(checked: &lint::Checked) -> impl Iterator<Item = (&Diagnostic, &SourceMap)> {
    checked.diagnostics.iter().map(|found| (found, &*checked.sources))
}

fn case() -> std::path::PathBuf {
    fixtures::root().join("tests/fixtures/lint/formats/awkward.room")
}

#[test]
fn each_format_is_written_as_expected() {
    let checked = awkward();
    let commands: String = placed(&checked).map(|(found, sources)| github::command(found, sources) + "\n").collect();
    let junit = junit::suites([(&*checked.sources, &checked.diagnostics[..])].into_iter(), Severity::Error);
    let log = serde_json::to_value(sarif::log(placed(&checked))).expect("JSON");
    let sarif = serde_json::to_string_pretty(&log["runs"][0]["results"]).expect("JSON");
    fixtures::expect_beside(&case(), &format!("{commands}\n{junit}\n{sarif}\n"));
}

#[test]
fn workflow_commands_are_one_line_each() {
    let checked = awkward();
    let text: String = placed(&checked).map(|(found, sources)| github::command(found, sources) + "\n").collect();
    assert_eq!(text.lines().count(), checked.diagnostics.len());
}

#[test]
fn junit_fails_what_is_severe_enough_and_tells_the_rest() {
    let checked = awkward();
    let text = junit::suites([(&*checked.sources, &checked.diagnostics[..])].into_iter(), Severity::Error);
    let letters = |letter: char| letter == '\n' || !letter.is_control();
    assert!(text.chars().all(letters), "XML 1.0 cannot hold other controls: {text}");
}

/// What the schema of SARIF 2.1.0 demands of the objects that are written (sections 3.13 to 3.30 and 3.49): required
/// members, closed sets of words, least numbers, URI references, ids and indices that fit.
#[test]
fn sarif_is_as_the_standard_wants_it() {
    let checked = awkward();
    let log = serde_json::to_value(sarif::log(placed(&checked))).expect("JSON");
    only(&log, &["$schema", "version", "runs"]);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    only(run, &["tool", "results", "columnKind"]);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    only(&run["tool"], &["driver"]);
    let driver = &run["tool"]["driver"];
    only(driver, &["name", "semanticVersion", "rules"]);
    let rules = driver["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), lint::RULES.len());
    let members = ["id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration"];
    for rule in rules {
        only(rule, &members);
        for words in &members[2..5] {
            assert!(rule[words]["text"].as_str().is_some_and(|text| !text.is_empty()), "{rule}");
        }
        is_level(&rule["defaultConfiguration"]["level"]);
    }
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), checked.diagnostics.len());
    for result in results {
        is_result(result, rules);
    }
}

/// The types of `serde-sarif` are made of the official schema: what has a member that it does not know, lacks one that it demands, or
/// has one of another type does not come back as it was.
#[test]
fn sarif_is_as_the_schema_wants_it() {
    let checked = awkward();
    let log = serde_json::to_value(sarif::log(placed(&checked))).expect("JSON");
    let read: serde_sarif::sarif::Sarif = serde_json::from_value(log.clone()).expect("what the schema allows");
    assert_eq!(serde_json::to_value(read).expect("JSON"), log);
}

fn only(object: &Value, members: &[&str]) {
    let mut found: Vec<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut members = members.to_vec();
    found.sort_unstable();
    members.sort_unstable();
    assert_eq!(found, members, "{object}");
}

fn is_level(level: &Value) {
    assert!(["none", "note", "warning", "error"].map(Value::from).contains(level), "{level}");
}

fn is_result(result: &Value, rules: &[Value]) {
    is_level(&result["level"]);
    let index = result["ruleIndex"].as_u64().and_then(|at| usize::try_from(at).ok()).expect("an index");
    assert_eq!(rules[index]["id"], result["ruleId"]);
    assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{result}");
    assert!(result["partialFingerprints"].as_object().is_some_and(|prints| prints.values().all(Value::is_string)));
    let related = result.get("relatedLocations").and_then(Value::as_array).cloned().unwrap_or_default();
    assert!(related.iter().enumerate().all(|(at, location)| location["id"] == at), "ids are unique: {result}");
    for fix in result.get("fixes").and_then(Value::as_array).into_iter().flatten() {
        is_fix(fix);
    }
    for location in result["locations"].as_array().expect("locations").iter().chain(&related) {
        let physical = &location["physicalLocation"];
        only(physical, &["artifactLocation", "region"]);
        let uri = physical["artifactLocation"]["uri"].as_str().expect("a URI");
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-._~%/:".contains(letter);
        assert!(!uri.is_empty() && uri.chars().all(allowed), "{uri}");
        let number = |name: &str| physical["region"][name].as_u64().expect("a number");
        let [line, column, end_line, end_column] = ["startLine", "startColumn", "endLine", "endColumn"].map(number);
        assert!(line >= 1 && column >= 1 && (line, column) <= (end_line, end_column), "{physical}");
    }
}

fn is_fix(fix: &Value) {
    only(fix, &["description", "artifactChanges"]);
    for change in fix["artifactChanges"].as_array().expect("changes") {
        only(change, &["artifactLocation", "replacements"]);
        let replacements = change["replacements"].as_array().expect("replacements");
        assert!(!replacements.is_empty(), "{change}");
        for replacement in replacements {
            only(replacement, &["deletedRegion", "insertedContent"]);
            assert!(replacement["insertedContent"]["text"].is_string(), "{replacement}");
        }
    }
}

#[test]
fn an_absolute_path_is_a_file() {
    let mut sources = SourceMap::default();
    sources.add("/rules/x.room", "entry lobby\nroom lobby { after 2m -> drop \"gone\" }\n");
    let checked = lint::check(sources);
    let log = serde_json::to_value(sarif::log(placed(&checked))).expect("JSON");
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "file:///rules/x.room");
}
