//! Tests of `lint`.

mod fixes;
mod formats;
mod growth;
mod known;

use crate::fixtures;
use windlass::cli::render::{self, Coloured};
use windlass::diagnostic::Severity;
use windlass::diagnostic::{Diagnostic, SourceMap};
use windlass::lint::{self, Checked, Level, Levels, RULES, Rule};

/// A page's example, where the rule is asked for if it only gives hints.
fn check_example(rule: &Rule, text: &str) -> Checked {
    let mut sources = SourceMap::default();
    sources.add("rules.room", text);
    let mut levels = Levels::default();
    if rule.severity == Severity::Info {
        levels.set(rule.code, Level::Info).expect("a hint can be asked for");
    }
    match rule.old() {
        Some(old) => lint::check_against(sources, &levels, &program(old)),
        None => lint::check_at(sources, &levels),
    }
}

/// What serves when an example is to take its place.
fn program(text: &str) -> std::sync::Arc<windlass::machine::Program> {
    let mut sources = SourceMap::default();
    sources.add("old.room", text);
    lint::check(sources).program.expect("the rules that serve now are valid")
}

fn told(checked: &Checked) -> String {
    let told = |found: &Diagnostic| {
        let at = checked.sources.locate(found.primary.span);
        format!("{} {} at {at}: {} {:?}\n", found.code, found.severity, found.message, found.notes)
    };
    checked.diagnostics.iter().map(told).collect()
}

#[test]
fn a_bad_example_is_found_by_its_rule_alone() {
    let mut wrong = String::new();
    for rule in RULES.iter().filter(|rule| !rule.is_of_settings()) {
        let checked = check_example(rule, rule.bad);
        let is_right = !checked.diagnostics.is_empty()
            && checked.diagnostics.iter().all(|found| found.code == rule.code && found.severity == rule.severity);
        if !is_right {
            wrong += &format!("the bad example of {} {}:\n{}\n", rule.code, rule.name, told(&checked));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_good_example_is_clean() {
    let mut wrong = String::new();
    for rule in RULES {
        let checked = check_example(rule, rule.good);
        if !checked.diagnostics.is_empty() || checked.program.is_none() {
            wrong += &format!("the good example of {} {}:\n{}\n", rule.code, rule.name, told(&checked));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_page_is_what_the_rules_say() {
    expect_test::expect_file![fixtures::root().join("docs/lint.md")].assert_eq(&lint::book());
}

/// Each try is refused, and for nothing else: without it the rules may run.
#[test]
fn what_cannot_be_written_is_refused() {
    for absent in lint::ABSENT {
        let Some(tried) = absent.tried else { continue };
        let mut sources = SourceMap::default();
        sources.add("rules.room", tried);
        let checked = lint::check(sources);
        let errors = checked.diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
        assert!(errors == 1 && checked.program.is_none(), "{}:\n{}", absent.mistake, told(&checked));
    }
}

#[test]
fn rules_stand_in_the_order_of_their_codes_and_names_are_theirs_alone() {
    let codes: Vec<_> = RULES.iter().map(|rule| rule.code).collect();
    assert!(codes.is_sorted_by(|first, second| first < second), "{codes:?}");
    let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len(), "two rules have one name");
}

/// Everything that is found in a fixture, as people see it, without colours.
#[test]
fn fixtures_are_told_as_expected() {
    for case in fixtures::files("lint", "room") {
        let text = std::fs::read_to_string(&case).expect("a readable fixture");
        let name = case.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let mut sources = SourceMap::default();
        sources.add(name, text);
        let checked = lint::check(sources);
        fixtures::expect_beside(&case, &drawn(&checked));
    }
}

/// Real bypasses of authentication, as rules: each is found, and where a way is what is wrong, the way is told.
#[test]
fn bypasses_are_found() {
    for case in fixtures::files("lint/bypass", "room") {
        let text = std::fs::read_to_string(&case).expect("a readable fixture");
        assert!(text.starts_with("// "), "{} names its case", case.display());
        let name = case.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let mut sources = SourceMap::default();
        sources.add(name.clone(), text);
        let checked = lint::check(sources);
        let is_found = checked.diagnostics.iter().any(|found| {
            let way = found.notes.iter().any(|note| note.starts_with("1. "));
            // Guessing without end and one of two ways too many are seen without a way.
            way || matches!(found.code.0, 303 | 501)
        });
        assert!(is_found, "{name} is not found:\n{}", told(&checked));
        fixtures::expect_beside(&case, &drawn(&checked));
    }
}

fn drawn(checked: &Checked) -> String {
    let mut drawn = String::new();
    for found in &checked.diagnostics {
        drawn += &render::human(found, &checked.sources, Coloured::No);
        drawn += "\n\n";
    }
    match &checked.program {
        Some(program) => drawn + &format!("may run: {:?}\n", program.bounds),
        None => drawn + "may not run\n",
    }
}

mod command {
    use super::RULES;
    use std::path::Path;
    use std::process::{Command, Output};
    use windlass::lint::rule;

    const CLEAN: &str = "entry lobby\nroom lobby public { after 2m -> drop \"nobody came in\" }\n";

    pub(super) fn windlass(arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command.output().expect("the binary runs")
    }

    pub(super) fn ruleset(folder: &Path, text: &str) {
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(folder.join("rules.room"), text).expect("a file");
    }

    fn example(code: u16) -> &'static str {
        RULES.iter().find(|rule| rule.code.0 == code).expect("a rule").bad
    }

    pub(super) fn stdout(output: &Output) -> String {
        String::from_utf8(output.stdout.clone()).expect("UTF-8")
    }

    #[test]
    fn the_exit_code_is_the_same_for_every_format() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        ruleset(Path::new(&path("clean")), CLEAN);
        ruleset(Path::new(&path("warned")), example(302));
        ruleset(Path::new(&path("wrong")), example(301));
        std::fs::create_dir(path("empty")).expect("a folder");
        for format in ["human", "short", "json", "sarif", "github", "junit"] {
            for (name, level, code) in [
                ("clean", "info", 0),
                ("warned", "error", 0),
                ("warned", "warning", 1),
                ("warned", "warnings", 1),
                ("warned", "info", 1),
                ("wrong", "error", 1),
                ("wrong", "info", 1),
                ("empty", "error", 2),
                ("missing", "error", 2),
            ] {
                let output = windlass(&["lint", &path(name), "--format", format, "--fail-level", level]);
                assert_eq!(output.status.code(), Some(code), "{name} {format} {level}: {output:?}");
                assert_eq!(output.stderr.is_empty(), code != 2, "{name} {format}: {output:?}");
            }
        }
        assert_eq!(windlass(&["lint", &path("warned"), "-D", "warnings"]).status.code(), Some(1));
        assert_eq!(windlass(&["lint", "--no-such-option"]).status.code(), Some(2));
    }

    #[test]
    fn every_directory_is_a_ruleset_and_the_summary_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        ruleset(&folder.path().join("one"), CLEAN);
        ruleset(&folder.path().join("two"), CLEAN);
        let path = folder.path().display().to_string();
        let clean = stdout(&windlass(&["lint", &path, &path]));
        assert!(clean.starts_with("checked 2 rulesets, 2 files: nothing found\nlongest pass "), "{clean}");
        ruleset(&folder.path().join("two"), example(302));
        ruleset(&folder.path().join("three"), example(301));
        let found = stdout(&windlass(&["lint", &path, "--format", "short"]));
        assert!(found.ends_with("checked 3 rulesets, 3 files: 1 error, 1 warning\n"), "{found}");
        assert!(found.contains("rules.room:18:1: error[R0301]: "), "{found}");
    }

    #[test]
    fn json_says_what_and_where() {
        let folder = tempfile::tempdir().expect("a folder");
        ruleset(folder.path(), example(302));
        let path = folder.path().display().to_string();
        let text = stdout(&windlass(&["lint", &path, "--format", "json"]));
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(json["format_version"], 1);
        assert_eq!(json["ok"], true, "a warning is below the fail level");
        let found = &json["findings"][0];
        assert_eq!(found["code"], "R0302");
        assert_eq!(found["severity"], "warning");
        let place = ["line", "column", "end_line", "end_column"].map(|name| found[name].as_u64());
        assert_eq!(place, [Some(4), Some(6), Some(4), Some(10)]);
        assert!(found["path"].as_str().is_some_and(|path| path.ends_with("rules.room")));
        assert_eq!(json["findings"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn colours_are_for_terminals_and_for_who_asks() {
        let folder = tempfile::tempdir().expect("a folder");
        ruleset(folder.path(), example(302));
        let path = folder.path().display().to_string();
        assert!(!stdout(&windlass(&["lint", &path])).contains('\u{1b}'), "no terminal");
        assert!(!stdout(&windlass(&["lint", &path, "--color", "never"])).contains('\u{1b}'));
        assert!(stdout(&windlass(&["lint", &path, "--color", "always"])).contains('\u{1b}'));
    }

    #[test]
    fn a_page_is_found_by_code_and_name() {
        for wanted in ["R0301", "r0301", "301", "access-proof"] {
            let page = stdout(&windlass(&["explain", wanted]));
            assert!(page.starts_with("R0301 access-proof (error;"), "{wanted}: {page}");
        }
        let unknown = windlass(&["explain", "R9999"]);
        assert_eq!(unknown.status.code(), Some(2));
        assert!(rule(windlass::diagnostic::Code(9999)).is_none());
        let list = stdout(&windlass(&["explain"]));
        assert_eq!(list.lines().count(), RULES.len());
    }
}

/// Whatever code a stage or a rule names has a page.
#[test]
fn every_code_that_can_be_found_has_a_page() {
    let mut seen = 0;
    let stages = ["src/syntax", "src/model", "src/lint"].map(|stage| fixtures::root().join(stage));
    for file in stages.iter().flat_map(|stage| sources_below(stage)) {
        let text = std::fs::read_to_string(&file).expect("a readable source");
        for after in text.split("Code(").skip(1) {
            let Ok(code) = after.split(')').next().unwrap_or("").parse::<u16>() else { continue };
            seen += 1;
            let code = windlass::diagnostic::Code(code);
            assert!(lint::rule(code).is_some(), "{code} of {} has no page", file.display());
        }
    }
    assert!(seen > RULES.len(), "{seen} codes are named in the sources");
}

fn sources_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    folders.iter().flat_map(|folder| sources_below(folder)).chain(files).collect()
}

/// The shipped rulesets are clean, warnings included.
#[test]
fn shipped_rules_are_clean() {
    let folders = std::fs::read_dir(fixtures::root().join("rooms")).expect("rooms");
    for folder in folders.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()) {
        let mut files: Vec<_> = sources_below(&folder);
        files.retain(|file| file.extension().is_some_and(|extension| extension == "room"));
        files.sort();
        let mut sources = SourceMap::default();
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a readable file");
            sources.add(file.display().to_string(), text);
        }
        let checked = lint::check(sources);
        assert!(checked.diagnostics.is_empty() && checked.program.is_some(), "{}", drawn(&checked));
    }
}

/// A run for what the socket asked, and one for each message that may wait.
#[test]
fn the_runs_that_can_be_wound_are_those_that_the_pass_allows() {
    let parked = windlass::wind::PARKED_MESSAGES_MAX;
    assert_eq!(usize::try_from(windlass::machine::WOUND_RUNS_MAX).ok(), Some(parked + 1));
}
