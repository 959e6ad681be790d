//! `windlass new`

mod patterns;

use super::print::print;
use crate::ruleset::SETTINGS_FILE;
use crate::value::hexadecimal;
use anyhow::{Context, bail};
use patterns::{COMMON, Pattern, SHIPPED, SKELETON};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// No ruleset has a longer name, in characters.
const NAME_LENGTH_MAX: usize = 64;
/// Random bytes of the code that a new configuration begins with.
const CODE_BYTES: usize = 16;

/// Writes a ruleset to begin with: rules, scenes and a configuration.
///
/// What it writes lints, passes its tests and can be served at once.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The directory to write; its name may have letters, digits, `-` and `_`.
    name: PathBuf,
    /// The shipped ruleset to begin with [default: a small one with a lobby and a hall].
    #[arg(long, value_name = "RULESET", value_parser = clap::builder::PossibleValuesParser::new(SHIPPED.iter().map(|pattern| pattern.name)))]
    from: Option<String>,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let directory = &arguments.name;
    let wanted = |pattern: &&Pattern| arguments.from.as_deref() == Some(pattern.name);
    let pattern = SHIPPED.iter().find(wanted).unwrap_or(&SKELETON);
    check_name(directory)?;
    check_empty(directory)?;
    fs::create_dir_all(directory).with_context(|| format!("cannot make `{}`", directory.display()))?;
    for (name, text) in pattern.files {
        write(&directory.join(name), text, Readers::Everybody)?;
    }
    write(&directory.join(SETTINGS_FILE), &settings(pattern)?, Readers::Owner)?;
    print(&introduction(directory, pattern))?;
    Ok(ExitCode::SUCCESS)
}

/// The last part of the path must be a name that needs no quotes anywhere.
fn check_name(directory: &Path) -> anyhow::Result<()> {
    let name = directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(is_letter)
        && name.len() <= NAME_LENGTH_MAX
    {
        return Ok(());
    }
    bail!(
        "`{}` is no name for a ruleset: take up to {NAME_LENGTH_MAX} letters, digits, `-` and `_`, with a letter or a digit first",
        directory.display()
    )
}

/// Nothing that is there already is written over.
fn check_empty(directory: &Path) -> anyhow::Result<()> {
    match fs::read_dir(directory).map(|entries| entries.count()) {
        Ok(0) => Ok(()),
        Ok(_) => bail!("`{}` is not empty: take another name, or empty it", directory.display()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            bail!("`{}` is there already, and is no directory: take another name", directory.display())
        }
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", directory.display())),
    }
}

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    Everybody,
    /// It may hold a secret.
    Owner,
}

fn write(path: &Path, text: &str, readers: Readers) -> anyhow::Result<()> {
    let cannot = || format!("cannot write `{}`", path.display());
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut file = options.open(path).with_context(cannot)?;
    file.write_all(text.as_bytes()).with_context(cannot)
}

/// The configuration, with a code of its own: no two houses have the same.
fn settings(pattern: &Pattern) -> anyhow::Result<String> {
    let mut bytes = [0; CODE_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("this machine gives no random bytes: {error}"))?;
    Ok(format!("{COMMON}{}", pattern.settings.concat()).replace("{code}", &hexadecimal(&bytes)))
}

/// What somebody who has just written it wants to do.
fn introduction(directory: &Path, pattern: &Pattern) -> String {
    let shown = directory.display();
    let names = pattern.files.iter().map(|(name, _)| *name).chain([SETTINGS_FILE]);
    let files: String = names.map(|name| format!("  {shown}/{name}\n")).collect();
    format!(
        "wrote {shown}, from {}:\n{files}next:\n  windlass lint {shown}\n  windlass test {shown}\n  windlass serve {shown}\n",
        pattern.name
    )
}
