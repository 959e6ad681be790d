//! Rulesets on disk: a directory with `.room` files, or directories of such.

use super::render::{self, Coloured};
use crate::diagnostic::SourceMap;
use crate::lint;
use crate::machine::Program;
use anyhow::{Context, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// No ruleset is larger, in bytes over all files.
const RULESET_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// What a file of rules is called.
const ROOM_ENDING: &str = ".room";
/// No directory below a ruleset is deeper.
const DIRECTORY_DEPTH_MAX: usize = 16;

/// Reads every `.room` file below a directory (or one file), sorted by path, as one ruleset.
pub(crate) fn read(path: &Path) -> anyhow::Result<SourceMap> {
    let mut files = Vec::new();
    if path.is_file() {
        files.push(path.to_path_buf());
    } else {
        files = files_below(path, ROOM_ENDING)?;
    }
    files.sort();
    if files.is_empty() {
        bail!("`{}` has no `.room` files: name a directory that has some", path.display());
    }
    let mut sources = SourceMap::default();
    let mut bytes = 0;
    for file in files {
        let text = fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
        bytes += text.len() as u64;
        if bytes > RULESET_BYTES_MAX {
            bail!("`{}` holds more than {RULESET_BYTES_MAX} bytes of rules", path.display());
        }
        let text = String::from_utf8(text).with_context(|| format!("`{}` is not UTF-8", file.display()))?;
        sources.add(file.display().to_string(), text);
    }
    Ok(sources)
}

/// Every `.room` file below a directory, sorted by path.
pub(crate) fn rule_files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = files_below(directory, ROOM_ENDING)?;
    files.sort();
    Ok(files)
}

/// The rulesets that a path names: itself, if `.room` files stand directly in it (or it is one), or every
/// directory just below it that has some.
pub(crate) fn find(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_file() || entries(path)?.iter().any(|entry| has_ending(entry, ROOM_ENDING)) {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut rulesets = Vec::new();
    for entry in entries(path)? {
        if entry.is_dir() && !files_below(&entry, ROOM_ENDING)?.is_empty() {
            rulesets.push(entry);
        }
    }
    if rulesets.is_empty() {
        bail!("`{}` has no `.room` files: name a directory that has some", path.display());
    }
    Ok(rulesets)
}

/// The only ruleset that a path names.
pub(crate) fn one(path: &Path) -> anyhow::Result<PathBuf> {
    let mut found = find(path)?;
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (_, others) => bail!("`{}` has {} rulesets: name one of them", path.display(), others + 1),
    }
}

/// The program of the only ruleset that a path names; none where it has errors, which are told.
pub(crate) fn program(path: &Path) -> anyhow::Result<Option<Arc<Program>>> {
    let checked = lint::check(read(&one(path)?)?);
    if checked.program.is_none() {
        for found in &checked.diagnostics {
            anstream::eprintln!("{}\n", render::human(found, &checked.sources, Coloured::Yes));
        }
    }
    Ok(checked.program)
}

/// Every file below a directory whose name has this ending, in no order. Hidden files and directories are left out.
pub(crate) fn files_below(directory: &Path, ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(directory, ending, DIRECTORY_DEPTH_MAX, &mut files)?;
    Ok(files)
}

fn collect(directory: &Path, ending: &str, depth_left: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if depth_left == 0 {
        bail!("`{}` is nested deeper than {DIRECTORY_DEPTH_MAX} directories", directory.display());
    }
    for entry in entries(directory)? {
        if entry.is_dir() {
            collect(&entry, ending, depth_left - 1, files)?;
        } else if has_ending(&entry, ending) {
            files.push(entry);
        }
    }
    Ok(())
}

fn entries(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = fs::read_dir(directory).with_context(|| format!("cannot read `{}`", directory.display()))?;
    let mut entries = Vec::new();
    for entry in read {
        let entry = entry.with_context(|| format!("cannot read `{}`", directory.display()))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ending))
}
