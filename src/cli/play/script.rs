//! What was played, written down as a scene.

use super::line::{name, plain};
use crate::engine::Services;
use crate::machine::Program;
use crate::scenario::{Happened, Node, Problem, Troupe, play, read_scenes, read_yaml};
use anyhow::{Context, bail};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// No scene that is written has more steps.
const STEPS_MAX: usize = 10_000;
/// Fields of frames that a scene need not expect: they tell one run from another, or the time.
const VOLATILE: [&str; 6] = ["uuid", "epoch", "offset", "join", "at", "retry_after_ms"];
/// What connecting always brings.
const BEGINNING: [&str; 2] = ["hello", "moved"];

/// The steps so far.
#[derive(Default)]
pub(super) struct Script {
    steps: Vec<String>,
    /// As they were told last.
    stacks: Vec<(String, Vec<String>)>,
}

impl Script {
    /// Adds a step, written as in a scene, and what came of it.
    pub(super) fn add(&mut self, fields: &str, happened: &Happened) {
        let mut step = String::new();
        for (field, sign) in split_fields(fields).zip(["-", " ", " "]) {
            let _ = writeln!(step, "    {sign} {field}");
        }
        let is_beginning = fields.starts_with("connect:");
        let mut expected = String::new();
        for (receiver, frames) in &happened.frames {
            let is_begun = |frame: &&Node| is_beginning && frame.kind().is_some_and(|kind| BEGINNING.contains(&kind));
            let frames: Vec<String> =
                frames.iter().filter(|frame| !is_begun(frame)).map(|frame| plain(&lasting(frame))).collect();
            if !frames.is_empty() {
                let _ = writeln!(expected, "        {}:", name(receiver));
                expected.extend(frames.iter().map(|frame| format!("          - {frame}\n")));
            }
        }
        if !expected.is_empty() {
            let _ = write!(step, "      expect:\n{expected}");
        }
        if happened.stacks != self.stacks && !happened.stacks.is_empty() {
            let stacks = happened.stacks.iter();
            let stacks = stacks.map(|(socket, stack)| (socket.as_str(), Node::list(stack.iter().map(Node::text))));
            let _ = writeln!(step, "      stack: {}", plain(&Node::record(stacks)));
        }
        self.stacks.clone_from(&happened.stacks);
        self.steps.push(step);
    }

    /// Writes the scene, once it plays as it is written. Its name is the file's.
    pub(super) fn save(&self, program: &Arc<Program>, services: &Services, file: &Path) -> anyhow::Result<()> {
        let stem = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".scene.yaml"));
        let Some(stem) = stem.filter(|stem| !stem.is_empty()) else {
            bail!("`{}` is no name for scenes: it ends in `.scene.yaml`", file.display());
        };
        match self.steps.len() {
            0 => bail!("nothing was played yet"),
            steps if steps > STEPS_MAX => bail!("a scene of more than {STEPS_MAX} steps is too long to be read"),
            _ => {}
        }
        let title = plain(&Node::text(stem.replace(['-', '_'], " ")));
        let text = format!("- scene: {title}\n  steps:\n{}", self.steps.concat());
        check(program, services, &text)?;
        let cannot = || format!("cannot write `{}`", file.display());
        if file.exists() {
            bail!("`{}` is there already: take another name", file.display());
        }
        let mut out = File::options().write(true).create_new(true).open(file).with_context(cannot)?;
        out.write_all(text.as_bytes()).with_context(cannot)
    }
}

/// A scene is saved only if it goes as it is written.
fn check(program: &Arc<Program>, services: &Services, text: &str) -> anyhow::Result<()> {
    let scenes = read_yaml(text).map_err(|mistake| vec![mistake]).and_then(|tree| read_scenes("the scene", &tree));
    let scenes = match scenes {
        Ok(scenes) => scenes,
        Err(mistakes) => bail!("{}", mistakes.first().map_or("it cannot be read", |mistake| &mistake.message)),
    };
    let Ok(troupe) = Troupe::new(scenes) else { bail!("the scene cannot be read") };
    match play(program, services, &troupe, 0).failure {
        None => Ok(()),
        Some(failure) => match failure.problem {
            Problem::Said(message) => bail!("{message}"),
            Problem::Unequal { what, .. } => bail!("played again, it goes otherwise: {what} something else"),
        },
    }
}

/// A frame without what changes from run to run.
fn lasting(frame: &Node) -> Node {
    let Some(fields) = frame.as_record() else { return frame.clone() };
    let is_server_frame = |name: &str| matches!(name, "moved" | "error" | "bye");
    let kept = fields.iter().filter(|field| !VOLATILE.contains(&field.name.as_str()));
    Node::record(kept.map(|field| {
        let node = if is_server_frame(&field.name) { lasting(&field.node) } else { field.node.clone() };
        (field.name.clone(), node)
    }))
}

/// The fields of a step one by one; a check's stand on a line each.
fn split_fields(fields: &str) -> impl Iterator<Item = &str> {
    let is_check = fields.starts_with("check:");
    fields.splitn(if is_check { 3 } else { 1 }, ", ")
}
