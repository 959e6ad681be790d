//! `windlass plan` and `windlass lint --against`, as a user runs them.

use crate::fixtures::root;
use std::path::Path;
use std::process::{Command, Output};

fn windlass(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.current_dir(folder).args(arguments).output().expect("the binary runs")
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8") + &String::from_utf8_lossy(&output.stderr)
}

/// Two files, and what comes of a command about them.
fn of_two(old: &str, new: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("old.room"), old).expect("a file");
    std::fs::write(folder.path().join("new.room"), new).expect("a file");
    let output = windlass(folder.path(), arguments);
    (output.status.code(), told(&output))
}

fn old() -> String {
    std::fs::read_to_string(root().join("tests/fixtures/machine/old.room")).expect("rules")
}

const PLAN: [&str; 3] = ["plan", "old.room", "new.room"];

#[test]
fn a_plan_names_all_that_differs() {
    let folder = root().join("tests/fixtures/machine");
    let output = windlass(&folder, &PLAN);
    assert_eq!(output.status.code(), Some(1), "it drops, and loses a proof");
    crate::fixtures::expect_beside(&folder.join("new.room"), &told(&output));
}

#[test]
fn the_exit_code_says_whether_sockets_drop_or_a_proof_is_lost() {
    let old = old();
    for (from, to, code, last) in [
        ("room hall {", "// nothing\nroom hall {", 0, "6 unchanged; no socket would be dropped; no proof lost"),
        ("on reload drop", "on reload pin", 0, "6 unchanged; no socket would be dropped; no proof lost"),
        ("after 60s", "after 61s", 0, "3 unchanged, 2 moved, 1 pinned; no socket would be dropped; no proof lost"),
        ("after 30s", "after 31s", 1, "4 unchanged, 1 moved, 1 dropped; sockets would be dropped; no proof lost"),
        ("after 30s", "on reload restart after 31s", 2, "on reload"),
        ("prove vault behind badge", "", 1, "6 unchanged; no socket would be dropped; 1 proof lost"),
        ("entry lobby", "entry loby", 2, "did you mean `lobby`?"),
    ] {
        let new = old.replace(from, to);
        for format in ["human", "json"] {
            let (status, text) = of_two(&old, &new, &[PLAN.as_slice(), &["--format", format]].concat());
            assert_eq!(status, Some(code), "{to} {format}: {text}");
            assert!(format == "json" || text.contains(last), "{to}: {text}");
        }
        let (status, text) = of_two(&new, &old, &PLAN);
        assert_eq!(status == Some(2), code == 2, "either may have errors: {text}");
    }
    assert_eq!(windlass(&root().join("tests/fixtures/machine"), &["plan", "old.room"]).status.code(), Some(2));
    assert_eq!(of_two(&old, &old, &["plan", "old.room", "missing"]).0, Some(2));
    let two = windlass(root(), &["plan", "rooms", "rooms/game-lobby"]);
    assert!(two.status.code() == Some(2) && told(&two).contains("name one of them"), "{}", told(&two));
}

#[test]
fn restarted_is_told() {
    let new = old().replace("on reload drop", "on reload restart").replace("after 30s", "after 31s");
    let (status, text) = of_two(&old(), &new, &PLAN);
    assert!(status == Some(0) && text.contains("restarted: a run in the middle of it is wound anew"), "{text}");
    let (_, text) = of_two(&new, &old(), &PLAN);
    assert!(text.contains("dropped: the socket of a run"), "the new rules say it: {text}");
    let room = |setting: &str| old().replace("after 5m", &format!("on reload {setting} after 6m"));
    for (setting, code, what) in [
        ("pin", 0, "moved: who is in it goes on there at once"),
        ("restart", 0, "restarted: it begins again for who is in it"),
        ("drop", 1, "dropped: the socket of who stands there is closed"),
    ] {
        let (status, text) = of_two(&old(), &room(setting), &PLAN);
        assert!(status == Some(code) && text.contains(what), "{setting}: {text}");
    }
}

/// Of what is gone the old rules say it.
#[test]
fn a_lock_that_is_gone_may_drop() {
    let (rules, badge) = (old(), old().find("lock badge").expect("a lock"));
    let without =
        rules[..badge].replace("    requires badge\n", "").replace("check stamp(code: text) gives text\n", "");
    let without = without.replace("client {\n    role: \"guest\" | \"keeper\" = \"guest\"", "client {");
    for (setting, code, what) in [
        ("pin", 0, "gone; drained: a run"),
        ("restart", 0, "gone; restarted: a run"),
        ("drop", 1, "gone; dropped: the socket"),
    ] {
        let rules =
            rules.replace("on reload drop", &format!("on reload {setting}")).replace("prove vault behind badge", "");
        let (status, text) = of_two(&rules, &format!("{without}\nprove hall behind identity\n"), &PLAN);
        assert!(status == Some(code) && text.contains(what), "{setting}: {text}");
    }
}

#[test]
fn json_says_the_same() {
    let folder = root().join("tests/fixtures/machine");
    let output = windlass(&folder, &[PLAN.as_slice(), &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&json["format_version"], &json["ok"]), (&1.into(), &false.into()));
    let machine = |name: &str| {
        let all = json["machines"].as_array().expect("machines");
        all.iter().find(|machine| machine["name"] == name).unwrap_or_else(|| panic!("{name}: {json}"))
    };
    for (name, outcome) in
        [("lobby", "moved"), ("identity", "unchanged"), ("badge", "dropped"), ("cellar", "gone"), ("word", "new")]
    {
        assert_eq!(machine(name)["outcome"], outcome, "{name}");
    }
    assert_eq!(machine("hall")["states"]["lost"][0]["text"], "loud");
    assert_eq!((&machine("hall")["requires_more"], &machine("vault")["itself"]), (&true.into(), &false.into()));
    assert_eq!((&machine("badge")["path"], &machine("badge")["line"]), (&"new.room".into(), &4.into()));
    assert_eq!(json["proofs"]["lost"][0]["text"], "prove vault behind badge");
    assert_eq!(json["breaking"].as_array().map(Vec::len), Some(6));
}

#[test]
fn lint_tells_what_breaks_only_where_it_is_asked_to_compare() {
    let folder = root().join("tests/fixtures/machine");
    let lint = |flags: &[&str]| {
        let output = windlass(&folder, &[&["lint", "new.room", "--format", "short"], flags].concat());
        (output.status.code(), told(&output))
    };
    let against = ["--against", "old.room"];
    assert!(lint(&[]).1.contains("nothing found"));
    let (status, text) = lint(&against);
    assert!(status == Some(0) && text.matches("warning[R0905]").count() == 6, "{text}");
    assert_eq!(lint(&[&against[..], &["-D", "warning"]].concat()).0, Some(1));
    assert!(lint(&[&against[..], &["--allow", "R0905"]].concat()).1.contains("nothing found"));
    assert!(lint(&["--against", "missing.room"]).0 == Some(2));
    let two = windlass(root(), &["lint", "rooms", "--against", "rooms/game-lobby"]);
    assert!(two.status.code() == Some(2) && told(&two).contains("name one of the "), "{}", told(&two));
    let (status, text) = of_two("entry nowhere\n", &old(), &["lint", "new.room", "--against", "old.room"]);
    assert!(status == Some(2) && text.contains("`old.room` has errors"), "{text}");
}

#[test]
fn what_clients_call_a_room_breaks_too() {
    let old = old().replace("room cellar public", "room cellar alias 7 public");
    for (to, what) in [
        ("room cellar public", "the room `cellar` is not `room:7` any more"),
        ("room cellar alias 8 public", "the room `cellar` is not `room:7` any more"),
    ] {
        let (status, text) = of_two(&old, &old.replace("room cellar alias 7 public", to), &PLAN);
        assert!(status == Some(0) && text.contains(what), "{text}");
    }
    let family = |ty: &str| {
        let text = old.replace("room cellar alias 7 public", &format!("room cellar(n: {ty}) public"));
        text.replace("vault, cellar", "vault, cellar(3)")
    };
    let (_, text) = of_two(&family("int(1..3)"), &family("int(1..4)"), &PLAN);
    assert!(text.contains("the room `cellar` has other parameters"), "{text}");
}

/// The page shows two rulesets and what the command says of them.
#[test]
fn the_page_shows_what_is_told() {
    let page = std::fs::read_to_string(root().join("docs/reload.md")).expect("the page");
    let folder = root().join("tests/fixtures/reload");
    let output = told(&windlass(&folder, &["plan", "old", "new"]));
    assert!(page.contains(&output), "docs/reload.md should show\n{output}");
    for file in ["old/club.room", "new/club.room"] {
        let rules = std::fs::read_to_string(folder.join(file)).expect("rules");
        assert!(page.contains(&rules), "docs/reload.md should show {file}");
    }
    let lint = told(&windlass(&folder, &["lint", "new", "--against", "old", "--format", "short"]));
    assert!(page.contains(&lint), "docs/reload.md should show\n{lint}");
}
