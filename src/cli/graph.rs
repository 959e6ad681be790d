//! `windlass graph`

use super::print::print;
use super::program::program;
use crate::machine::Program;
use crate::machine::draw::{Picture, SVG_PARTS_MAX, dot, draw_machine, draw_space, mermaid, svg};
use crate::model::MachineId;
use anyhow::{Context, bail};
use std::path::PathBuf;
use std::process::ExitCode;

/// No name is proposed that is less like the unknown one, from 0 to 1.
const LIKENESS_MIN: f64 = 0.7;

/// Draws what was compiled: the whole space of a ruleset, or one room or lock.
///
/// Exit code 0: drawn; 1: the rules have errors, which are told; 2: it could not be done.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The ruleset.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Only this room or lock.
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// How it is drawn.
    #[arg(long, value_enum, default_value_t = Format::Svg)]
    format: Format,
    /// Where it is written to, instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For Graphviz.
    Dot,
    /// A flowchart for Mermaid.
    Mermaid,
    /// A picture.
    Svg,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Some(program) = program(&arguments.path)? else {
        return Ok(ExitCode::from(1));
    };
    let picture = match &arguments.machine {
        Some(name) => draw_machine(&program, find(&program, name)?),
        None => draw_space(&program),
    };
    let text = written(&picture, arguments.format)?;
    match &arguments.output {
        Some(file) => std::fs::write(file, text).with_context(|| format!("cannot write `{}`", file.display()))?,
        None => print(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn find(program: &Program, name: &str) -> anyhow::Result<MachineId> {
    if let Some(known) = program.room_by_name(name).or_else(|| program.lock_by_name(name)) {
        return Ok(known);
    }
    let names = program.model.machines.iter().map(|machine| &*machine.name);
    let likeness = |other: &str| strsim::jaro_winkler(name, other);
    let like = names.clone().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    match like.filter(|like| likeness(like) >= LIKENESS_MIN) {
        Some(like) => bail!("there is no room or lock `{name}`: did you mean `{like}`?"),
        None => bail!("there is no room or lock `{name}`: there are {}", names.collect::<Vec<_>>().join(", ")),
    }
}

fn written(picture: &Picture, format: Format) -> anyhow::Result<String> {
    match format {
        Format::Dot => Ok(dot(picture)),
        Format::Mermaid => Ok(mermaid(picture)),
        Format::Svg => svg(picture).with_context(|| {
            format!("a picture of more than {SVG_PARTS_MAX} parts and arrows: draw one `--machine`, or `--format dot`")
        }),
    }
}
