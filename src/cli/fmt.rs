//! `windlass fmt`

use super::change::{diff, replace};
use super::print::{complain, print};
use super::render::{self, Coloured};
use crate::diagnostic::SourceMap;
use crate::ruleset;
use crate::syntax::{SOURCE_BYTES_MAX, Unformatted, format_file};
use anyhow::{Context, bail};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The path that stands for standard input.
const STDIN: &str = "-";

/// Writes rules in the one style.
///
/// Comments stay, and so does what the rules mean. Exit code 0: all is well; 1: with --check or --diff, something is
/// not in the style; 2: it could not be done. A file with syntax errors is left as it is.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files, or directories with `.room` files anywhere below; `-` reads standard input and writes standard output.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Write nothing; name the files that are not in the style.
    #[arg(long)]
    check: bool,
    /// Write nothing; show what would change.
    #[arg(long)]
    diff: bool,
}

/// What became of one file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    InStyle,
    Changed,
    Refused,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut worst = Outcome::InStyle;
    for path in files(&arguments.paths)? {
        worst = worst.max(format(&arguments, &path)?);
    }
    let only_looks = arguments.check || arguments.diff;
    Ok(match worst {
        Outcome::InStyle => ExitCode::SUCCESS,
        Outcome::Changed => ExitCode::from(u8::from(only_looks)),
        Outcome::Refused => ExitCode::from(2),
    })
}

/// Every file that the paths name, each once, sorted within a directory.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        let mut found = if path.is_dir() { ruleset::rule_files(path)? } else { vec![path.clone()] };
        found.retain(|file| !files.contains(file));
        files.extend(found);
    }
    Ok(files)
}

fn format(arguments: &Arguments, path: &Path) -> anyhow::Result<Outcome> {
    let is_stdin = path == Path::new(STDIN);
    let name = if is_stdin { "<stdin>".to_string() } else { path.display().to_string() };
    let text = if is_stdin { read(io::stdin().lock(), &name)? } else { read(open(path)?, &name)? };
    let mut sources = SourceMap::default();
    let source = sources.add(name.as_str(), text.as_str());
    let formatted = match format_file(&sources, source) {
        Ok(formatted) => formatted,
        Err(refusal) => {
            refuse(&refusal, &name, &sources);
            return Ok(Outcome::Refused);
        }
    };
    let is_changed = formatted != text;
    if arguments.diff {
        if is_changed {
            print(&diff(&name, "formatted", &text, &formatted))?;
        }
    } else if arguments.check {
        if is_changed {
            print(&format!("{name}\n"))?;
        }
    } else if is_stdin {
        print(&formatted)?;
    } else if is_changed {
        replace(path, &formatted).with_context(|| format!("cannot write `{name}`"))?;
    }
    Ok(if is_changed { Outcome::Changed } else { Outcome::InStyle })
}

fn open(path: &Path) -> anyhow::Result<File> {
    let cannot = || format!("cannot read `{}`", path.display());
    if !fs::metadata(path).with_context(cannot)?.is_file() {
        // Opening a pipe could wait for ever.
        bail!("`{}` is no file: rules stand in regular files", path.display());
    }
    File::open(path).with_context(cannot)
}

/// Reads no more than shows that a file is too long.
fn read(from: impl Read, name: &str) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let most = SOURCE_BYTES_MAX as u64 + 1;
    from.take(most).read_to_end(&mut bytes).with_context(|| format!("cannot read `{name}`"))?;
    if bytes.len() > SOURCE_BYTES_MAX {
        bail!("`{name}` is longer than {SOURCE_BYTES_MAX} bytes: split it");
    }
    String::from_utf8(bytes).with_context(|| format!("`{name}` is not UTF-8"))
}

fn refuse(refusal: &Unformatted, name: &str, sources: &SourceMap) {
    match refusal {
        Unformatted::Syntax(findings) => {
            for found in findings {
                complain(&format!("{}\n", render::human(found, sources, Coloured::Yes)));
            }
            complain(&format!("windlass: `{name}` is left as it is: correct its errors first"));
        }
        Unformatted::Altered => {
            complain(&format!("windlass: `{name}` is left as it is: formatting it would change what it means"));
        }
    }
}
