//! `windlass graph`: what is drawn, in every format, and that the pictures in docs/pictures are what is drawn today.

use crate::fixtures::{expect_beside, root};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use windlass::diagnostic::SourceMap;
use windlass::machine::Program;
use windlass::machine::draw::{Arrow, Form, Part, Picture, SVG_PARTS_MAX, draw_machine, draw_space, svg};
use windlass::model::MachineId;

fn graph(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.arg("graph").args(arguments).current_dir(root()).output().expect("a process")
}

fn drawn(arguments: &[&str]) -> String {
    let output = graph(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn program(files: &[&str]) -> std::sync::Arc<Program> {
    let mut sources = SourceMap::default();
    for path in files {
        sources.add(*path, std::fs::read_to_string(root().join(path)).expect("rules"));
    }
    windlass::lint::check(sources).program.expect("rules without an error")
}

fn front_of_house() -> std::sync::Arc<Program> {
    let folder = "rooms/front-of-house";
    let files = ["front", "locks", "proofs", "rooms"].map(|name| format!("{folder}/{name}.room"));
    program(&files.each_ref().map(String::as_str))
}

/// The names of the shipped rulesets.
fn rulesets() -> BTreeSet<String> {
    let folders = std::fs::read_dir(root().join("rooms")).expect("rulesets").map(|folder| folder.expect("a folder"));
    let folders = folders.filter(|folder| folder.path().is_dir());
    folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect()
}

const ODD: &str = "tests/fixtures/graph/odd.room";

#[test]
fn the_shipped_pictures_are_what_is_drawn() {
    let mut current = BTreeSet::new();
    for ruleset in rulesets() {
        let path = format!("rooms/{ruleset}");
        let mut names = vec![None];
        for file in std::fs::read_dir(root().join(&path)).expect("a ruleset") {
            let file = file.expect("a file").path();
            if file.extension().is_some_and(|ending| ending == "room") {
                let text = std::fs::read_to_string(file).expect("rules");
                let items = text.lines().filter_map(|line| line.strip_prefix("room ").or(line.strip_prefix("lock ")));
                let name = |item: &str| item.split([' ', '(']).next().map(str::to_owned);
                names.extend(items.map(name));
            }
        }
        for name in names {
            let (picture, file) = match &name {
                Some(name) => (drawn(&[&path, "--machine", name]), format!("{ruleset}.{name}.svg")),
                None => (drawn(&[&path]), format!("{ruleset}.svg")),
            };
            expect_test::expect_file![root().join("docs/pictures").join(&file)].assert_eq(&picture);
            current.insert(file);
        }
    }
    let kept = std::fs::read_dir(root().join("docs/pictures")).expect("pictures");
    let kept: BTreeSet<String> = kept.map(|file| file.expect("a file").file_name().to_string_lossy().into()).collect();
    assert_eq!(kept, current, "pictures of nothing");
}

#[test]
fn odd_texts_are_escaped_in_every_format() {
    let mut all = String::new();
    for format in ["dot", "mermaid", "svg"] {
        for machine in [None, Some("lobby"), Some("end"), Some("subgraph_")] {
            let machine = machine.map_or(vec![], |name| vec!["--machine", name]);
            let text = drawn(&[&[ODD, "--format", format], &machine[..]].concat());
            all += &format!("== {format} {}\n{text}", machine.join(" "));
            assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'), "{text}");
            assert!(!text.contains('\u{202e}'), "{text}");
            assert!(format == "dot" || !text.contains("<script"), "{text}");
        }
    }
    let style = |text: &str| {
        text.split("<style>").map(|part| part.split("</style>").last().unwrap_or("").to_owned()).collect::<String>()
    };
    expect_beside(&root().join(ODD), &style(&all));
}

#[test]
fn every_tag_of_a_picture_is_closed() {
    for machine in [None, Some("lobby"), Some("subgraph_")] {
        let machine = machine.map_or(vec![], |name| vec!["--machine", name]);
        let text = drawn(&[&[ODD][..], &machine].concat());
        let mut open = Vec::new();
        for tag in text.split('<').skip(1) {
            let tag = tag.split('>').next().expect("a tag");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name), "{text}");
            } else if !tag.ends_with('/') {
                open.push(tag.split(' ').next().expect("a name"));
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn every_arrow_of_a_machine_is_drawn() {
    for program in [front_of_house(), program(&[ODD])] {
        for (at, machine) in program.model.machines.iter().enumerate() {
            let picture = draw_machine(&program, MachineId(at as u32));
            for arm in machine.arms.iter().filter(|arm| arm.target.is_some()) {
                let place = program.where_is(arm.span).to_string();
                let is_drawn = |arrow: &Arrow| arrow.labels.iter().any(|label| label.tooltip.starts_with(&place));
                assert!(picture.arrows.iter().any(is_drawn), "{place} of {}", machine.name);
            }
        }
    }
}

#[test]
fn the_space_says_who_is_behind_what() {
    let picture = draw_space(&front_of_house());
    let part = |title: &str| picture.parts.iter().position(|part| part.title == title).expect("a part");
    let joined = |from: &str, to: &str| -> Vec<&str> {
        let ends = (part(from), part(to));
        let found = picture.arrows.iter().filter(|arrow| (arrow.from, arrow.to) == ends);
        found.flat_map(|arrow| arrow.labels.iter().map(|label| &*label.text)).collect()
    };
    assert!(picture.parts[part("hall")].lines.contains(&"behind identity ✓".to_owned()));
    assert!(picture.parts[part("hall")].tooltip.starts_with("rooms/front-of-house/rooms.room:4"));
    assert_eq!(joined("lobby", "hall"), ["door"]);
    assert_eq!(joined("table(n)", "hall"), ["move"]);
    assert_eq!(joined("hall", "identity"), ["requires"]);
    assert_eq!(joined("hall", "second_factor(user)"), ["offers"]);
    assert_eq!(joined("vault", "ssh_key(name)"), ["one of"]);
    assert_eq!(joined("identity", "ssh_key(name)"), ["asks"]);
    assert_eq!(joined("hall", "audit"), ["posts"]);
    assert_eq!(joined("audit", "cluster_host_03"), ["reaches"]);
    assert_eq!(joined("lobby", "announcements"), ["receives"]);
    assert_eq!(picture.parts[part("proved")].lines, ["never set client.role ✓", "depth <= 4 ✓"]);
    let start = picture.parts.iter().position(|part| part.form == Form::Start).expect("a start");
    assert!(picture.arrows.iter().any(|arrow| (arrow.from, arrow.to) == (start, part("lobby"))));
}

/// The boxes and labels of a picture: left, top, right, bottom.
fn boxes(svg: &str) -> Vec<[f64; 4]> {
    let rectangles = svg.split("<rect ").skip(1).filter(|text| !text.contains("100%"));
    let number = |text: &str, name: &str| -> f64 {
        let value = text.split(&format!(" {name}=\"")).nth(1).expect("an attribute");
        value.split('"').next().expect("a value").parse().expect("a number")
    };
    let sides = rectangles.map(|text| {
        let (x, y) = (number(text, "x"), number(text, "y"));
        [x, y, x + number(text, "width"), y + number(text, "height")]
    });
    sides.collect()
}

#[test]
fn nothing_is_drawn_over_anything() {
    for (path, machine) in [
        ("rooms/front-of-house", None),
        ("rooms/support-queue", None),
        ("rooms/support-queue", Some("talk")),
        ("rooms/support-queue", Some("seat")),
        (ODD, None),
        (ODD, Some("subgraph_")),
    ] {
        let machine = machine.map_or(vec![], |name| vec!["--machine", name]);
        let boxes = boxes(&drawn(&[&[path][..], &machine].concat()));
        for (at, one) in boxes.iter().enumerate() {
            for other in &boxes[at + 1..] {
                let is_apart = |low: usize| one[low + 2] <= other[low] + 1.0 || other[low + 2] <= one[low] + 1.0;
                assert!(is_apart(0) || is_apart(1), "{path} {machine:?}: {one:?} {other:?}");
            }
        }
    }
}

#[test]
fn a_picture_has_an_end() {
    let part = Part { form: Form::State, title: "s".into(), lines: vec![], tooltip: String::new() };
    let of = |parts: usize| Picture { title: "t".into(), parts: vec![part.clone(); parts], arrows: vec![] };
    assert!(svg(&of(SVG_PARTS_MAX)).is_some());
    assert!(svg(&of(SVG_PARTS_MAX + 1)).is_none());
}

#[test]
fn who_errs_is_told() {
    let outcome = |arguments: &[&str]| {
        let Output { status, stderr, stdout } = graph(arguments);
        assert!(stdout.is_empty());
        (status.code(), String::from_utf8_lossy(&stderr).into_owned())
    };
    let (code, said) = outcome(&["rooms/front-of-house", "--machine", "identiy"]);
    assert_eq!((code, said.contains("did you mean `identity`?")), (Some(2), true), "{said}");
    let (code, said) = outcome(&["rooms/front-of-house", "--machine", "zzz"]);
    assert_eq!((code, said.contains("there are lobby,")), (Some(2), true), "{said}");
    let (code, said) = outcome(&["rooms"]);
    assert_eq!((code, said.contains("name one of them")), (Some(2), true), "{said}");
    let folder = tempfile::tempdir().expect("a directory");
    std::fs::write(folder.path().join("a.room"), "entry nowhere\n").expect("a file");
    let (code, said) = outcome(&[folder.path().to_str().expect("UTF-8")]);
    assert_eq!((code, said.contains("R0004")), (Some(1), true), "{said}");
}

#[test]
fn it_is_written_to_a_file() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("space.svg");
    let output = graph(&["rooms/front-of-house", "-o", file.to_str().expect("UTF-8")]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    let text = std::fs::read_to_string(Path::new(&file)).expect("a picture");
    assert_eq!(text, drawn(&["rooms/front-of-house"]));
}
