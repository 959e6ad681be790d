//! Whether what the settings bind fits what the rules declare: told by lint, and by the server that does not start.

use crate::fixtures;
use std::path::Path;
use std::process::Command;

/// A ruleset whose one lock asks this check, and its settings.
fn write(folder: &Path, check: &str, settings: &str) {
    let (declared, asked) = check.split_once('|').expect("a declaration, and how it is asked");
    let rules = format!(
        "entry lobby\nroom lobby public {{ after 2m -> drop \"nobody came in\" doors hall }}\nroom hall {{ requires pass }}\n{declared}\n\
         lock pass gives bool {{\n    after 30s -> fail \"too slow\"\n    state asking {{ on {{ name: text(1..64), word: secret }} as a -> checking(a.name, a.word) }}\n\
         \x20   state checking(name: text(1..64), word: secret) {{ check {asked} within 5s passed _ -> resolve true failed _ -> fail \"no\" }}\n}}\n"
    );
    std::fs::write(folder.join("rules.room"), rules).expect("a file");
    std::fs::write(folder.join("windlass.yaml"), settings).expect("a file");
}

fn windlass(arguments: &[&str]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    let output = command.env("NO_COLOR", "1").args(arguments).output().expect("windlass runs");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
    (text, output.status.code().expect("an exit code"))
}

/// Each case of `tests/fixtures/check/bindings.txt` is a check, a line `====`, and settings; what lint makes of both stands in
/// `bindings.expected`.
#[test]
fn what_does_not_fit_is_told_where_it_stands() {
    let path = fixtures::root().join("tests/fixtures/check/bindings.txt");
    let cases = std::fs::read_to_string(&path).expect("the cases");
    let mut told = String::new();
    for case in cases.split("----\n") {
        let folder = tempfile::tempdir().expect("a folder");
        let (check, settings) = case.split_once("====\n").expect("a check and settings");
        write(folder.path(), check.trim(), settings);
        let place = folder.path().display().to_string();
        let (text, code) = windlass(&["lint", &place, "--allow", "R0704"]);
        assert!(!text.contains("a word") && !text.contains("long enough"), "no secret is shown: {text}");
        told.push_str(&format!("{case}=> {code}\n{}\n", text.replace(&place, "DIR")));
    }
    fixtures::expect_beside(&path, &told);
}

/// A misfit keeps the server from starting; its words are the same.
#[test]
fn the_server_says_it_too() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "check invited(word: secret) gives bool|invited(word)", "checks: {}\n");
    let place = folder.path().display().to_string();
    let (text, code) = windlass(&["serve", &place, "--listen", "127.0.0.1:0"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("the check `invited` is not bound, at "), "{text}");
    assert!(text.contains("say under `checks.declared.invited` what answers it"), "{text}");
}

/// Settings that are somewhere else are named; without any, nothing is said about bindings.
#[test]
fn lint_looks_where_it_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "check invited(word: secret) gives text|invited(word)", "");
    let place = |name: &str| folder.path().join(name).display().to_string();
    std::fs::rename(place("windlass.yaml"), place("other.yaml")).expect("a file");
    assert_eq!(windlass(&["lint", &place("")]).1, 0);
    let (text, code) = windlass(&["lint", &place(""), "--config", &place("other.yaml")]);
    assert!(code == 1 && text.contains("error[R1001]"), "{text}");
    std::fs::write(place("other.yaml"), "checks: { declared: { invited: { code: { codes: { ada: a } } } } }\n")
        .expect("a file");
    assert_eq!(windlass(&["lint", &place(""), "--config", &place("other.yaml")]).1, 0);
}
