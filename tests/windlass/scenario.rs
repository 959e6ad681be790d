//! Tests of `scenario` and `windlass test`.

mod reports;

use crate::fixtures::{expect_beside, files, root};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use windlass::diagnostic::SourceMap;
use windlass::engine::Services;
use windlass::machine::Program;
use windlass::scenario::{Mistake, Node, Pattern, Shape, Troupe, Variables, coverage, play, read_scenes, read_yaml};

/// What `windlass test` prints and its exit code, run in the folder of the plays.
fn windlass_test(arguments: &[&str]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.current_dir(root().join("tests/fixtures/scenario/plays"));
    command.env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE").arg("test").args(arguments);
    let output = command.output().expect("windlass runs");
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).expect("UTF-8"), output.status.code().expect("an exit code"))
}

fn expect_play(name: &str) {
    let (text, code) = windlass_test(&[name]);
    let folder = root().join("tests/fixtures/scenario/plays").join(name);
    expect_beside(&folder, &format!("{text}exit code {code}\n"));
}

#[test]
fn what_goes_otherwise_is_told() {
    expect_play("otherwise");
}

#[test]
fn arrows_that_nobody_walks_are_told() {
    expect_play("unwalked");
    assert_eq!(windlass_test(&["unwalked"]).1, 0);
    let (text, code) = windlass_test(&["unwalked", "--every-arrow", "--verbose"]);
    assert_eq!(code, 1);
    assert!(text.contains("unwalked/rules.room:5  street: on { a: true }"), "{text}");
}

#[test]
fn a_ruleset_without_scenes_says_so() {
    expect_play("no-scenes");
    assert_eq!(windlass_test(&["no-scenes", "--every-arrow"]).1, 1);
}

#[test]
fn rules_with_errors_are_not_played() {
    expect_play("bad-rules");
}

#[test]
fn scenes_with_mistakes_are_not_played() {
    expect_play("bad-scenes");
}

#[test]
fn one_scene_can_be_played_by_itself() {
    let (text, code) = windlass_test(&["otherwise", "--filter", "comes back", "--verbose"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("ok      somebody who comes back"), "{text}");
    assert!(text.contains("1 scene in 1 ruleset, none failed"), "{text}");
    assert!(text.contains("ada: [] to [street]"), "each pass is told: {text}");
    assert!(text.contains("ada gets {\"hello\""), "each frame is told: {text}");
}

#[test]
fn what_cannot_be_done_exits_with_2() {
    assert_eq!(windlass_test(&["nowhere"]).1, 2);
    assert_eq!(windlass_test(&["--filter", "a", "--every-arrow", "unwalked"]).1, 2);
}

#[test]
fn shipped_rules_go_as_written_and_every_arrow_is_walked() {
    let output = Command::new(env!("CARGO_BIN_EXE_windlass"))
        .current_dir(root())
        .args(["test", "--every-arrow", "rooms"])
        .output()
        .expect("windlass runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("rooms/front-of-house") && text.contains("rooms/support-queue"), "{text}");
}

fn told(mistakes: &[Mistake]) -> String {
    let line = |mistake: &Mistake| format!("{}:{}: {}\n", mistake.at.line, mistake.at.column, mistake.message);
    mistakes.iter().map(line).collect()
}

#[test]
fn mistakes_are_told_with_their_place() {
    for case in files("scenario/mistakes", "yaml") {
        let text = std::fs::read_to_string(&case).expect("a fixture");
        let read = read_yaml(&text).map_err(|mistake| vec![mistake]).and_then(|tree| read_scenes("x", &tree));
        expect_beside(
            &case,
            &read.map_or_else(|mistakes| told(&mistakes), |scenes| format!("{} scenes\n", scenes.len())),
        );
    }
}

fn ruleset(text: &str) -> Arc<Program> {
    let mut sources = SourceMap::default();
    sources.add("rules.room", text);
    let checked = windlass::lint::check(sources);
    checked.program.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
}

fn scenes(text: &str) -> Troupe {
    let tree = read_yaml(text).expect("YAML");
    Troupe::new(read_scenes("a.scene.yaml", &tree).expect("scenes")).expect("scenes that go together")
}

#[test]
fn the_page_on_scenes_is_true() {
    let page = std::fs::read_to_string(root().join("docs/scenes.md")).expect("docs/scenes.md");
    let block = |fence: &str| {
        let (_, rest) = page.split_once(&format!("```{fence}\n")).expect("a block");
        rest.split_once("\n```").expect("its end").0
    };
    let program = ruleset(block("room"));
    let troupe = scenes(block("yaml scene"));
    for at in 0..troupe.scenes().len() {
        let played = play(&program, &Services::new(), &troupe, at);
        assert!(played.failure.is_none(), "{:?}", played.failure);
    }
}

#[test]
fn a_scene_always_goes_the_same_way() {
    let program = ruleset(&std::fs::read_to_string(plays("otherwise/rules.room")).expect("rules"));
    let troupe = scenes(
        "- scene: a\n  steps:\n    - connect: [ada, bob]\n    - ada: { to: \"room:cellar\" }\n      expect: [ask]\n    \
         - bob: { to: \"room:cellar\" }\n      expect: [ask]\n",
    );
    let runs = [(); 2].map(|()| format!("{:?}", play(&program, &Services::new(), &troupe, 0).log));
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].contains("nonce"), "the scene draws random bytes: {}", runs[0]);
}

fn plays(below: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/scenario/plays").join(below)
}

#[test]
fn what_was_walked_is_counted() {
    let program = ruleset(&std::fs::read_to_string(plays("unwalked/rules.room")).expect("rules"));
    let troupe = scenes("- scene: a\n  steps:\n    - connect: ada\n    - ada: { b: true }\n      expect: [bye]\n");
    let found = coverage(&program, &play(&program, &Services::new(), &troupe, 0).walked);
    assert_eq!((found.arrows, found.others), (2, 1));
    let unwalked = found.arrows_unwalked.iter().map(|arm| (arm.place.line, arm.machine.as_str())).collect::<Vec<_>>();
    assert_eq!(unwalked, [(4, "street")]);
    assert_eq!(found.others_unwalked.len(), 1);
}

#[test]
fn rules_are_told_on_one_line_without_comments() {
    let mut sources = SourceMap::default();
    let text = "on _ { // all\n    say { a: \"// \\\" //\", b: \"\\\\\" } // b\n}  //";
    let source = sources.add("x", text);
    let span = windlass::diagnostic::Span { source, start: 0, end: u32::try_from(text.len()).expect("short") };
    assert_eq!(sources.one_line(span), r#"on _ { say { a: "// \" //", b: "\\" } }"#);
}

#[test]
fn time_passes_in_order() {
    let program = ruleset(
        "entry a\nroom a public { state one { after 10s { say { one: true } -> two } } state two { after 10s { say { two: true } \
         -> three } } state three { on { x: true } -> drop \"x\" } }",
    );
    let troupe = scenes(
        "- scene: all at once\n  steps:\n    - connect: ada\n    - after: 25s\n      expect: [{ say: { one: true } }, { say: { two: true } }]\n      \
         state: three\n      passes: 2\n\
         - scene: at the edge\n  steps:\n    - connect: ada\n    - after: 9999ms\n      state: one\n    - after: 1ms\n      expect: [say]\n      \
         state: two\n    - ada: { x: true }\n      expect: [error]\n    - after: 10s\n      expect: [say]\n",
    );
    for at in 0..2 {
        let failure = play(&program, &Services::new(), &troupe, at).failure;
        assert!(failure.is_none(), "{failure:?}");
    }
}

/// Whether `actual` matches `pattern`, both YAML, and what was kept.
fn matches(pattern: &str, actual: &str, kept: &mut Variables) -> bool {
    let pattern = Pattern::read(&read_yaml(pattern).expect("YAML")).expect("a pattern");
    let actual = read_yaml(actual).expect("YAML");
    let matches = pattern.matches(&actual, kept);
    let is_shown_alike = pattern.project(&actual, kept) == pattern.show(kept);
    assert!(is_shown_alike == matches || actual.kind() == Some("short"), "what is shown must tell the difference");
    matches
}

#[test]
fn patterns_match() {
    let yes = [
        ("{ a: 1 }", "{ a: 1, b: 2 }"),
        ("{ a: { b: 1 } }", "{ a: { b: 1, c: 2 }, d: 3 }"),
        ("{ a: null }", "{ b: 2 }"),
        ("{ a: null }", "{ a: null }"),
        ("{ $only: { a: 1 } }", "{ a: 1 }"),
        ("[1, \"a\"]", "[1, a]"),
        ("1.0", "1"),
        ("{ a: '${_: text}', b: '${_: int}', c: '${_: list}' }", "{ a: x, b: 2, c: [] }"),
        ("'${x} and ${x}'", "one and one"),
        ("'visitor-${id: text}!'", "visitor-12!"),
        ("{ a: '${x}', b: '${x}' }", "{ a: [1], b: [1] }"),
        ("'$${x}'", "${x}"),
        ("'${_: number}'", "2"),
    ];
    for (pattern, actual) in yes {
        assert!(matches(pattern, actual, &mut Variables::new()), "{pattern} matches {actual}");
    }
}

#[test]
fn patterns_do_not_match() {
    let no = [
        ("{ a: 1 }", "{ b: 1 }"),
        ("{ a: 1 }", "{ a: '1' }"),
        ("{ $only: { a: 1 } }", "{ a: 1, b: 2 }"),
        ("{ $only: { a: 1, b: 2 } }", "{ a: 1 }"),
        ("{ a: null }", "{ a: 1 }"),
        ("[1]", "[1, 2]"),
        ("[1, 2]", "[2, 1]"),
        ("{ a: '${_}' }", "{ b: 1 }"),
        ("'${_: int}'", "1.5"),
        ("'${_: text}'", "2"),
        ("'${x} and ${x}'", "one and two"),
        ("{ a: '${x}', b: '${x}' }", "{ a: 1, b: 2 }"),
        ("'visitor-${id}'", "guest-12"),
        ("true", "'true'"),
    ];
    for (pattern, actual) in no {
        let mut kept = Variables::new();
        assert!(!matches(pattern, actual, &mut kept), "{pattern} does not match {actual}");
        assert!(kept.is_empty(), "what does not match keeps nothing: {pattern}");
    }
}

#[test]
fn yaml_keeps_order_types_and_places() {
    let tree = read_yaml("b: no\na: [1, 1.5, '1', ~, true]\n").expect("YAML");
    assert_eq!(tree.to_json(), r#"{"b":"no","a":[1,1.5,"1",null,true]}"#);
    let items = tree.field("a").and_then(Node::as_list).expect("a list");
    assert_eq!((items[2].at.line, items[2].at.column), (2, 13));
    assert!(matches!(items[3].shape, Shape::Null));
}
