//! `windlass play`

mod line;
mod script;

use super::print::{complain, print};
use super::program::services;
use super::test::report;
use crate::diagnostic::Severity;
use crate::engine::Services;
use crate::lint;
use crate::machine::Program;
use crate::ruleset;
use crate::scenario::{Rehearsal, Step, read_scenes, read_yaml};
use anyhow::{Context, bail};
use line::Line;
use script::Script;
use std::io::{self, BufRead, IsTerminal, Read, stdin};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// No line is longer, in bytes.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// Tries rules by hand: speak as one or more sockets, see what comes, and save it as a scene.
///
/// It runs in virtual time against the engine that the server runs. Each line is a step; `help` tells which there are.
/// Exit code 0: every line was done; 1: some could not be, or the rules have errors; 2: it could not be begun.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The ruleset.
    #[arg(default_value = ".")]
    path: PathBuf,
}

/// What is being played, and what was.
struct Play<'program> {
    program: &'program Arc<Program>,
    services: &'program Services,
    rehearsal: Rehearsal<'program>,
    script: Script,
    /// Lines that could not be done.
    refused: usize,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let checked = lint::check(ruleset::read(&arguments.path)?);
    let Some(program) = checked.program else {
        let errors = checked.diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
        let path = arguments.path.display();
        complain(&format!(
            "windlass: the rules have errors ({errors}), and cannot be played: `windlass lint {path}` tells them"
        ));
        return Ok(ExitCode::from(1));
    };
    let services = services(&arguments.path)?;
    let rehearsal = Rehearsal::new(&program, &services);
    let mut play = Play { program: &program, services: &services, rehearsal, script: Script::default(), refused: 0 };
    let is_watched = stdin().is_terminal();
    if is_watched {
        let path = arguments.path.display();
        print(&format!("{path} is ready; `connect ada` is a beginning, `help` tells the rest\n"))?;
    }
    while let Some(text) = next_line(is_watched)? {
        match line::read(&text, &play.rehearsal.waiting()) {
            Ok(Line::Nothing) => {}
            Ok(Line::Quit) => break,
            Ok(Line::Help) => print(line::HELP)?,
            Ok(Line::Save(file)) => play.save(&file)?,
            Ok(Line::Steps(steps)) => steps.iter().try_for_each(|step| play.step(step))?,
            Err(why) => play.refuse(&why)?,
        }
    }
    Ok(if play.refused > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// The next line; none at the end.
fn next_line(is_watched: bool) -> anyhow::Result<Option<String>> {
    if is_watched {
        print("> ")?;
    }
    let mut text = String::new();
    let read = stdin().lock().take(LINE_BYTES_MAX + 1).read_line(&mut text).context("cannot read what is typed")?;
    if read as u64 > LINE_BYTES_MAX {
        bail!("a line has more than {LINE_BYTES_MAX} bytes");
    }
    Ok((read > 0).then_some(text))
}

impl Play<'_> {
    fn refuse(&mut self, why: &str) -> io::Result<()> {
        self.refused += 1;
        print(&format!("  cannot: {why}\n"))
    }

    /// Does a step, written as in a scene, and tells what came of it.
    fn step(&mut self, fields: &str) -> io::Result<()> {
        let happened = read_step(fields).and_then(|step| self.rehearsal.perform(&step));
        match happened {
            Ok(happened) => {
                let mut told = report::log(&happened.log);
                for (socket, stack) in &happened.stacks {
                    told += &format!("    {socket} stands in [{}]\n", stack.join(", "));
                }
                for (socket, check) in self.rehearsal.waiting() {
                    told += &format!("    {socket} waits for {check}: say `passed VALUE` or `failed WHY`\n");
                }
                self.script.add(fields, &happened);
                print(&told)
            }
            Err(why) => self.refuse(&why),
        }
    }

    fn save(&mut self, file: &Path) -> io::Result<()> {
        match self.script.save(self.program, self.services, file) {
            Ok(()) => print(&format!("  saved as `{}`, and it plays as written\n", file.display())),
            Err(error) => self.refuse(&format!("{error:#}")),
        }
    }
}

/// The step that a scene would have here.
fn read_step(fields: &str) -> Result<Step, String> {
    let scene = format!("[{{ scene: now, steps: [{{ {fields} }}] }}]");
    let scenes = read_yaml(&scene).map_err(|mistake| vec![mistake]).and_then(|tree| read_scenes("now", &tree));
    let scenes =
        scenes.map_err(|mistakes| mistakes.first().map_or_else(String::new, |mistake| mistake.message.clone()))?;
    let step = scenes.into_iter().next().and_then(|scene| scene.steps.into_iter().next());
    step.ok_or_else(|| "this is no step".to_owned())
}
