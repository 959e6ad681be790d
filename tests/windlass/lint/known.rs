//! Findings that stand: levels, and what was there before.

use super::command::{ruleset, stdout, windlass};
use std::path::Path;

const OPEN: &str = "entry lobby\nroom lobby { after 2m -> drop \"nobody came in\" }\n";

fn with_settings(yaml: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    ruleset(folder.path(), OPEN);
    std::fs::write(folder.path().join("windlass.yaml"), yaml).expect("a file");
    folder
}

fn lint(folder: &Path, flags: &[&str]) -> (Option<i32>, String) {
    let path = folder.display().to_string();
    let arguments: Vec<&str> = ["lint", &path, "--format", "short"].into_iter().chain(flags.iter().copied()).collect();
    let output = windlass(&arguments);
    let told = stdout(&output) + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), told)
}

#[test]
fn levels_come_from_flags_then_from_the_directory() {
    let plain = with_settings("# nothing\n");
    let raised = with_settings("lint: { levels: { R0302: error } }\n");
    let silent = with_settings("lint: { levels: { R0302: allow } }\n");
    for (folder, flags, code, told) in [
        (&plain, vec![], 0, "warning[R0302]"),
        (&plain, vec!["--error", "R0302"], 1, "error[R0302]"),
        (&plain, vec!["--info", "302"], 0, "info[R0302]"),
        (&plain, vec!["--allow", "R0302"], 0, "nothing found"),
        (&raised, vec![], 1, "error[R0302]"),
        (&raised, vec!["--warn", "R0302"], 0, "warning[R0302]"),
        (&silent, vec![], 0, "nothing found"),
        (&silent, vec!["--error", "R0302"], 1, "error[R0302]"),
        (&plain, vec!["--allow", "R0301"], 2, "--allow: `R0301` (access-proof) is an error of the language"),
        (&plain, vec!["--warn", "R9999"], 2, "--warn: there is no rule `R9999`"),
        (&plain, vec!["--warn", "word"], 2, "write a rule's code, such as R0302"),
    ] {
        let (status, text) = lint(folder.path(), &flags);
        assert!(status == Some(code) && text.contains(told), "{flags:?}: {status:?} {text}");
    }
    for (yaml, why) in [
        ("lint: { levels: { R0301: warn } }\n", "is an error of the language"),
        ("lint: { levels: { R0302: loud } }\n", "`loud` is no level"),
        ("lint: { levels: { open: warn } }\n", "`open` is no code of a rule"),
        ("lint: { level: { R0302: warn } }\n", "did you mean `levels`?"),
    ] {
        let (status, text) = lint(with_settings(yaml).path(), &[]);
        assert!(status == Some(2) && text.contains(why), "{yaml}: {text}");
    }
}

/// What was raised is still only told: the rules may run, and the bounds say so.
#[test]
fn a_level_does_not_change_what_may_run() {
    let (_, text) = lint(with_settings("lint: { levels: { R0302: error } }\n").path(), &[]);
    assert!(text.contains("longest pass"), "{text}");
}

#[test]
fn a_baseline_leaves_out_what_it_knows_and_counts_it() {
    let folder = tempfile::tempdir().expect("a folder");
    ruleset(folder.path(), OPEN);
    let file = folder.path().join("known.json").display().to_string();
    let (status, text) = lint(folder.path(), &["--write-baseline", &file, "-D", "warning"]);
    assert!(status == Some(0) && text.contains("nothing found (1 more in the baseline)"), "{text}");
    // Other lines may come before it.
    ruleset(folder.path(), &format!("//! Moved down.\n\n{OPEN}"));
    let (status, text) = lint(folder.path(), &["--baseline", &file, "-D", "warning"]);
    assert!(status == Some(0) && text.contains("nothing found (1 more in the baseline)"), "{text}");
    // Its own line may not change, and a second one like it is new.
    ruleset(folder.path(), &OPEN.replace("2m", "3m"));
    assert!(lint(folder.path(), &["--baseline", &file]).1.contains(": 1 warning\n"));
    std::fs::write(folder.path().join("more.room"), "room hall { presence }\n").expect("a file");
    ruleset(folder.path(), &OPEN.replace(" }", " doors hall }"));
    assert!(lint(folder.path(), &["--baseline", &file]).1.contains("warning[R0302]: the room `hall`"));
    assert_eq!(lint(folder.path(), &["--baseline", "/nowhere.json"]).0, Some(2));
    std::fs::write(&file, r#"{"format_version":2,"known":[]}"#).expect("a file");
    let (status, text) = lint(folder.path(), &["--baseline", &file]);
    assert!(status == Some(2) && text.contains("its format is 2"), "{text}");
}

#[test]
fn an_error_is_in_no_baseline() {
    let folder = tempfile::tempdir().expect("a folder");
    ruleset(folder.path(), "entry lobby\nroom lobby public { doors hal after 2m -> drop \"nobody came in\" }\n");
    let file = folder.path().join("known.json").display().to_string();
    let (status, text) = lint(folder.path(), &["--write-baseline", &file]);
    assert!(status == Some(1) && text.contains("error[R0004]"), "{text}");
    assert_eq!(lint(folder.path(), &["--baseline", &file]).0, Some(1));
    // A warning that was raised may stay known.
    ruleset(folder.path(), OPEN);
    let (status, text) = lint(folder.path(), &["--write-baseline", &file, "--error", "R0302"]);
    assert!(status == Some(0) && text.contains("1 more in the baseline"), "{text}");
}
