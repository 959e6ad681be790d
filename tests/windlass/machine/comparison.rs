//! What becomes of each part of a ruleset when another takes its place, by the ids of the old one.

use super::compile;
use std::sync::Arc;
use windlass::machine::{
    AttributeFate, Change, CheckFate, Comparison, Fate, Holders, KeyFit, KindChange, Likeness, Program, Requires,
    StateFate,
};
use windlass::model::{MachineId, Reload, StateId, Trigger};

fn old() -> String {
    std::fs::read_to_string(crate::fixtures::root().join("tests/fixtures/machine/old.room")).expect("rules")
}

/// The rules with some of their text replaced.
fn with(changes: &[(&str, &str)]) -> Arc<Program> {
    let mut text = old();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    compile(std::slice::from_ref(&text)).unwrap_or_else(|| panic!("valid:\n{text}"))
}

fn machine(program: &Program, name: &str) -> MachineId {
    program.room_by_name(name).or_else(|| program.lock_by_name(name)).unwrap_or_else(|| panic!("{name}"))
}

fn changed(changes: &[(&str, &str)], name: &str) -> Change {
    let (old, new) = (with(&[]), with(changes));
    match Comparison::of(&old, &new).machine(machine(&old, name)) {
        Fate::Changed(change) => {
            assert_eq!(new.machine(change.new).name, old.machine(machine(&old, name)).name);
            change.clone()
        }
        other => panic!("`{name}` is {other:?}"),
    }
}

#[test]
fn what_did_not_change_is_found_by_its_name() {
    let old = with(&[]);
    let text = self::old();
    let mut items: Vec<&str> = text.split("\n\n").collect();
    items.reverse();
    let new = compile(&[items[..4].join("\n"), items[4..].join("\n")]).expect("valid in another order");
    let comparison = Comparison::of(&old, &new);
    let mut moved = 0;
    for (id, fate) in comparison.machines() {
        let Fate::Same(now) = fate else { panic!("`{}` is {fate:?}", old.machine(id).name) };
        assert_eq!(old.machine(id).name, new.machine(*now).name);
        assert_eq!(fate.state(StateId(0)), StateFate::Kept(StateId(0), Likeness::Same));
        assert_eq!(fate.key(), KeyFit::Fits);
        moved += usize::from(id != *now);
    }
    assert!(moved > 2, "ids count from the first file on");
    for name in ["audit", "desk"] {
        let id = old.group_by_name(name).expect("a group");
        assert_eq!(comparison.group(id), new.group_by_name(name));
    }
    assert!(comparison.added().is_empty());
    // What is not of the old rules is gone, and panics nobody.
    assert_eq!(*comparison.machine(MachineId(99)), Fate::Gone);
}

#[test]
fn a_lock_changes_with_what_it_uses_and_by_itself() {
    let whole = changed(&[("passed label {", "passed label { say { text: \"hello\" }")], "badge");
    assert_eq!((whole.own, whole.on_reload), (Likeness::Different, Reload::Drop));
    assert_eq!(whole.kind, KindChange::Lock(KeyFit::Fits));
    let states = [StateFate::Kept(StateId(0), Likeness::Same), StateFate::Kept(StateId(1), Likeness::Different)];
    assert_eq!(whole.states, states);
    let used = changed(&[("check stamp(code: text)", "check stamp(code: text?)")], "badge");
    assert_eq!(used.own, Likeness::Same, "{used:?}");
    assert_eq!(changed(&[("after 30s", "after 31s")], "vault").own, Likeness::Same);
}

/// Deadlines on a stack are of an arm by its id, so machines whose arms have other ids are not the same.
#[test]
fn what_is_the_same_has_its_arms_in_the_same_order() {
    let with_deadline = |state: &str| with(&[("state loud { on { hush: true } -> quiet }", state)]);
    let old = with_deadline("state loud { after 9s -> quiet on { hush: true } -> quiet }");
    let new = with_deadline("state loud { on { hush: true } -> quiet after 9s -> quiet }");
    let deadline = |program: &Program| {
        let arms = &program.machine(machine(program, "hall")).arms;
        arms.iter().position(|arm| matches!(arm.trigger, Trigger::After(_)))
    };
    assert_ne!(deadline(&old), deadline(&new), "the arms have other ids");
    match Comparison::of(&old, &new).machine(machine(&old, "hall")) {
        Fate::Changed(change) => assert_eq!(change.states[1], StateFate::Kept(StateId(1), Likeness::Same)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mailbox_that_drops_what_it_refused_is_a_change() {
    let rules = |mailbox: &str| with(&[("posts to members, audit", mailbox)]);
    let (old, new) = (rules("mailbox 5 for 1h"), rules("mailbox latest 5 for 1h"));
    let hall = Comparison::of(&old, &new).machine(machine(&old, "hall")).clone();
    assert!(matches!(&hall, Fate::Changed(change) if change.own == Likeness::Different), "{hall:?}");
}

#[test]
fn what_only_reload_reads_changes_nothing() {
    let (old, new) = (with(&[]), with(&[("on reload drop", "on reload restart")]));
    let comparison = Comparison::of(&old, &new);
    assert!(comparison.machines().all(|(_, fate)| matches!(fate, Fate::Same(_))));
    let both = [("on reload drop", "on reload restart"), ("after 30s", "after 31s")];
    assert_eq!(changed(&both, "badge").on_reload, Reload::Restart, "the new rules say it");
}

#[test]
fn a_key_fits_while_its_lock_takes_and_gives_the_same_types() {
    let fit = |changes: &[(&str, &str)]| changed(changes, "badge").kind;
    assert_eq!(fit(&[("after 30s", "after 31s")]), KindChange::Lock(KeyFit::Fits));
    assert_eq!(fit(&[("lock badge gives text", "lock badge gives text held 5m")]), KindChange::Lock(KeyFit::Fits));
    let gives = [("lock badge gives text", "lock badge gives any")];
    assert_eq!(fit(&gives), KindChange::Lock(KeyFit::Void));
    let takes = [("lock badge gives", "lock badge(n: int) gives"), ("requires badge", "requires badge(1)")];
    assert_eq!(fit(&takes), KindChange::Lock(KeyFit::Void));
}

#[test]
fn what_a_room_requires_is_told_apart_from_what_else_it_says() {
    let kind = |changes: &[(&str, &str)], name: &str| changed(changes, name).kind;
    let more = [("room hall {\n    requires identity", "room hall {\n    requires identity requires badge")];
    assert_eq!(kind(&more, "hall"), KindChange::Room(Requires::More, Holders::MayNot));
    let (twice, once) = (with(&more), with(&[]));
    match Comparison::of(&twice, &once).machine(machine(&twice, "hall")) {
        Fate::Changed(change) => assert_eq!(change.kind, KindChange::Room(Requires::NoMore, Holders::Meet)),
        other => panic!("{other:?}"),
    }
    assert_eq!(kind(&[("after 5m", "after 6m")], "vault"), KindChange::Room(Requires::Same, Holders::Meet));
    let otherwise = [("requires badge", "requires badge else -> move lobby")];
    assert_eq!(kind(&otherwise, "vault"), KindChange::Room(Requires::Same, Holders::Meet));
}

/// A list is left alone only where nobody on it can have become one who does not belong.
#[test]
fn who_met_what_a_room_requires_meets_it_while_nothing_that_decides_it_is_another() {
    let asks_about_itself = ("requires badge\n    after 5m", "requires badge(client.role)\n    after 5m");
    let takes = ("lock badge gives text", "lock badge(role: any) gives text");
    let old = with(&[asks_about_itself, takes, ("= \"guest\"", "= \"guest\"")]);
    let holders = |changes: &[(&str, &str)]| {
        let changes: Vec<_> = [asks_about_itself, takes].into_iter().chain(changes.iter().copied()).collect();
        match Comparison::of(&old, &with(&changes)).machine(machine(&old, "vault")) {
            Fate::Changed(Change { kind: KindChange::Room(_, holders), .. }) => *holders,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(holders(&[("after 5m -> move lobby", "after 5m -> drop \"late\"")]), Holders::Meet);
    assert_eq!(holders(&[("after 30s", "after 31s")]), Holders::Meet, "how a key is got does not count");
    assert_eq!(holders(&[("= \"guest\"", "= \"keeper\"")]), Holders::MayNot, "who has no role has another now");
    assert_eq!(holders(&[("\"guest\" | \"keeper\" =", "\"guest\" | \"keeper\" | \"cook\" =")]), Holders::MayNot);
    assert_eq!(holders(&[("badge(role: any) gives text", "badge(role: any) gives any")]), Holders::MayNot);
    assert_eq!(holders(&[("requires badge(client.role)", "requires badge(\"keeper\")")]), Holders::MayNot);
}

#[test]
fn a_state_is_kept_by_name_and_by_what_it_takes() {
    let swapped = changed(
        &[
            ("state quiet { on note as m { post m -> loud } }", ""),
            ("-> quiet }", "-> quiet }\n    state quiet { on note as m { post m -> loud } }"),
        ],
        "hall",
    );
    let states = [StateFate::Kept(StateId(1), Likeness::Same), StateFate::Kept(StateId(0), Likeness::Same)];
    assert_eq!(swapped.states, states, "ids follow the names");
    let takes = changed(
        &[
            ("checking(code: text) {\n        check stamp", "checking(code: any) {\n        check stamp"),
            ("check stamp(code: text)", "check stamp(code: any)"),
        ],
        "badge",
    );
    assert_eq!(takes.states[1], StateFate::Gone);
    let renamed = changed(&[("loud", "noisy")], "hall");
    assert_eq!(renamed.states[1], StateFate::Gone);
}

#[test]
fn what_is_of_another_kind_is_gone_and_new() {
    let (old, new) = (
        with(&[]),
        with(&[
            ("doors hall, vault, cellar", "doors hall, vault"),
            ("    requires badge", "    requires badge\n    requires cellar"),
            (
                "room cellar public {\n    after 1m -> move lobby",
                "lock cellar gives text {\n    after 1m -> fail \"late\"\n    on { a: text } as m -> resolve m.a",
            ),
        ]),
    );
    let comparison = Comparison::of(&old, &new);
    assert_eq!(*comparison.machine(machine(&old, "cellar")), Fate::Gone);
    assert_eq!(comparison.added(), [machine(&new, "cellar")]);
}

#[test]
fn attributes_groups_checks_and_signals_go_by_their_names() {
    let (old, new) = (
        with(&[("post m -> loud", "post m signal everyone louder signal everyone again -> loud")]),
        with(&[
            ("post m -> loud", "post m signal everyone again -> loud"),
            ("role: \"guest\" | \"keeper\" = \"guest\"", "role: text = \"guest\""),
            ("    seen: bool = false\n", ""),
            ("group desk in audit\n", ""),
            ("check stamp(code: text)", "check stamp(code: text?)"),
        ]),
    );
    let comparison = Comparison::of(&old, &new);
    let attribute = |name: &str| comparison.attribute(old.attribute_by_name(name).expect("an attribute"));
    let role = new.attribute_by_name("role").expect("an attribute");
    assert_eq!(attribute("role"), AttributeFate::Kept(role, Likeness::Different));
    assert_eq!(attribute("seen"), AttributeFate::Gone);
    assert_eq!(comparison.group(old.group_by_name("desk").expect("a group")), None);
    let check = |name: &str| comparison.check(old.check_by_name(name).expect("a check"));
    assert!(matches!(check("stamp"), CheckFate::Kept(_, Likeness::Different)));
    assert!(matches!(check("code"), CheckFate::Kept(_, Likeness::Same)));
    let signal = |name: &str| comparison.signal(old.signal_by_name(name).expect("a signal"));
    assert_eq!((signal("louder"), signal("again")), (None, new.signal_by_name("again")));
}
