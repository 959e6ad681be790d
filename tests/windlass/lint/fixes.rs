//! What findings are mended with, and `--fix`.

use super::command::{ruleset, stdout, windlass};
use super::{check_example, told};
use crate::fixtures;
use std::path::{Path, PathBuf};
use windlass::diagnostic::{Applicability, SourceId, SourceMap};
use windlass::lint::{self, Level, Levels, Mending, RULES, Rule};
use windlass::syntax::format_file;

fn source(text: &str) -> SourceMap {
    let mut sources = SourceMap::default();
    sources.add("rules.room", text);
    sources
}

fn formatted(text: &str) -> Option<String> {
    format_file(&source(text), SourceId(0)).ok()
}

fn mended(rule: &Rule, text: &str, most: Applicability) -> (lint::Mended, String) {
    let mut levels = Levels::default();
    if rule.severity == windlass::diagnostic::Severity::Info {
        levels.set(rule.code, Level::Info).expect("a hint can be asked for");
    }
    let mended = lint::mend(source(text), &levels, most, |_, _| {});
    let text = mended.checked.sources.get(SourceId(0)).expect("the same file").text.to_string();
    (mended, text)
}

/// The bad example, mended, is clean, by exactly the flags that the page names; a rule that is mended by hand has no fix.
#[test]
fn a_page_says_what_its_example_is_mended_with() {
    for rule in RULES {
        let fixes = check_example(rule, rule.bad).diagnostics.iter().map(|found| found.fixes.len()).sum::<usize>();
        let (most, less) = match rule.fix {
            Mending::ByHand => {
                assert_eq!(fixes, 0, "{} {} has a fix", rule.code, rule.name);
                continue;
            }
            Mending::Safe(_) => (Applicability::Safe, None),
            Mending::Unsafe(_) => (Applicability::Unsafe, Some(Applicability::Safe)),
        };
        let in_style = formatted(rule.bad).filter(|text| !check_example(rule, text).diagnostics.is_empty());
        for text in [Some(rule.bad.to_string()), in_style].into_iter().flatten() {
            let (result, new) = mended(rule, &text, most);
            let is_clean = result.checked.diagnostics.is_empty() && result.checked.program.is_some();
            assert!(is_clean && result.applied > 0, "{} {}:\n{new}{}", rule.code, rule.name, told(&result.checked));
            if formatted(&text).is_some_and(|formatted| formatted == text) {
                assert_eq!(formatted(&new).as_deref(), Some(&*new), "{} leaves the style", rule.code);
            }
            if let Some(less) = less {
                assert_eq!(mended(rule, &text, less).1, text, "{} is mended by what is safe", rule.code);
            }
        }
    }
}

fn faulty_files() -> Vec<PathBuf> {
    let folders = ["lint", "lint/bypass", "lint/fixes", "lint/formats", "model", "syntax"];
    folders.into_iter().flat_map(|folder| fixtures::files(folder, "room")).collect()
}

/// Whatever is wrong with a text, mending ends, tears nothing, finds less to mend, and never does more than a page says.
#[test]
fn mending_ends_and_keeps_what_can_be_read() {
    for case in faulty_files() {
        let Ok(text) = std::fs::read_to_string(&case) else { continue };
        let name = case.display();
        let before = windlass::syntax::parse_file(&source(&text), SourceId(0)).diagnostics.len();
        for most in [Applicability::Safe, Applicability::Unsafe] {
            let mended = lint::mend(source(&text), &Levels::default(), most, |_, _| {});
            let sources = &mended.checked.sources;
            let after = windlass::syntax::parse_file(sources, SourceId(0)).diagnostics.len();
            assert!(after <= before, "{name}: {before} faults became {after}");
            let again = lint::mend((**sources).clone(), &Levels::default(), most, |_, _| {});
            assert_eq!(again.applied, 0, "{name}: the second time is a first time");
        }
        for found in lint::check(source(&text)).diagnostics {
            let rule = lint::rule(found.code).expect("a rule");
            let most = match rule.fix {
                Mending::ByHand => 0,
                Mending::Safe(_) | Mending::Unsafe(_) => usize::MAX,
            };
            assert!(found.fixes.len() <= most, "{name}: the page of {} says nothing of a fix", found.code);
        }
    }
}

/// What becomes of a fixture, with everything that could be mended.
#[test]
fn fixtures_are_mended_as_expected() {
    for case in fixtures::files("lint/fixes", "room") {
        let text = std::fs::read_to_string(&case).expect("a readable fixture");
        let mended = lint::mend(source(&text), &Levels::default(), Applicability::Unsafe, |_, _| {});
        let new = mended.checked.sources.get(SourceId(0)).expect("the same file").text.to_string();
        fixtures::expect_beside(&case, &(new + "\n" + &told(&mended.checked)));
    }
}

const MIXED: &str = "entry lobby\n\nroom lobby public {\n    doors hal\n    after 2m -> drop \"gone\" // lint: allow(R0401) because\n}\n\nroom hall public {\n    on { text: text } as m { post m }   // not in the style\n    // lint: allow(R0302) because it is open\n}\n";

fn text_of(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("rules.room")).expect("the file")
}

#[test]
fn what_is_safe_is_written_and_what_is_a_guess_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    ruleset(folder.path(), MIXED);
    let path = folder.path().display().to_string();
    let lint = |flags: &[&str]| {
        let arguments: Vec<&str> = ["lint", &*path].into_iter().chain(flags.iter().copied()).collect();
        let output = windlass(&arguments);
        (output.status.code(), stdout(&output))
    };
    let (status, told) = lint(&[]);
    assert!(told.ends_with("1 could be fixed with `--fix --unsafe-fixes`\n"), "{told}");
    assert_eq!(status, Some(1));
    assert_eq!(text_of(folder.path()), MIXED, "nothing is written unasked");
    let (status, told) = lint(&["--diff", "--unsafe-fixes"]);
    assert!(told.contains("-    doors hal\n+    doors hall\n") && told.ends_with("would fix 2\n"), "{told}");
    assert_eq!((status, &*text_of(folder.path())), (Some(1), MIXED), "a diff writes nothing");
    let (status, told) = lint(&["--fix"]);
    assert!(told.ends_with("fixed 0, 1 could be fixed with `--fix --unsafe-fixes`\n"), "{told}");
    assert_eq!((status, &*text_of(folder.path())), (Some(1), MIXED));
    let (status, told) = lint(&["--fix", "--unsafe-fixes", "--format", "short"]);
    assert!(told.contains("R0904") && told.ends_with("fixed 2\n"), "{told}");
    assert_eq!(status, Some(0), "{told}");
    let expected = MIXED.replace("hal\n", "hall\n").replace("    // lint: allow(R0302) because it is open\n", "");
    assert_eq!(text_of(folder.path()), expected, "the rest stays as it was");
    let beside = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(beside, 1, "nothing is left of the writing");
}

#[test]
fn programs_are_told_the_edits() {
    let folder = tempfile::tempdir().expect("a folder");
    ruleset(folder.path(), MIXED);
    let path = folder.path().display().to_string();
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&windlass(&["lint", &path, "--format", "json"]))).expect("JSON");
    let finding = &json["findings"][0];
    let fix = &finding["fixes"][0];
    assert_eq!((&fix["applicability"], &json["fixed"]), (&"unsafe".into(), &0.into()), "{json}");
    let edit = &fix["edits"][0];
    let place = ["line", "column", "end_line", "end_column"].map(|name| edit[name].as_u64());
    assert_eq!((place, &edit["text"]), ([Some(4), Some(11), Some(4), Some(14)], &"hall".into()));
}

#[test]
fn a_known_finding_is_not_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules =
        "entry lobby\nroom lobby public { after 2m -> drop \"gone\" } // lint: allow(R0302) because it is open\n";
    ruleset(folder.path(), rules);
    let path = folder.path().display().to_string();
    let known = folder.path().join("known.json").display().to_string();
    assert_eq!(windlass(&["lint", &path, "--write-baseline", &known]).status.code(), Some(0));
    let told = stdout(&windlass(&["lint", &path, "--fix", "--baseline", &known]));
    assert!(told.ends_with("fixed 0\n"), "{told}");
    assert_eq!(text_of(folder.path()), rules);
    assert!(stdout(&windlass(&["lint", &path, "--fix"])).ends_with("fixed 1\n"));
}

#[test]
fn flags_that_contradict_are_refused() {
    for flags in [&["--unsafe-fixes"][..], &["--diff", "--format", "json"], &["--fix", "--write-baseline", "x"]] {
        let arguments: Vec<&str> = ["lint", "rooms"].into_iter().chain(flags.iter().copied()).collect();
        assert_eq!(windlass(&arguments).status.code(), Some(2), "{flags:?}");
    }
}
