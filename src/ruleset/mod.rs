//! Rulesets on disk: a directory with `.room` files, or directories of such; finding, reading and watching them.
//!
//! Whatever stands there, an answer comes back in bounded time and memory: the walk is bounded, only regular files are
//! opened, and a directory that links lead to twice is read once.

mod content;
mod walk;
mod watch;

pub use content::{Content, ContentHash};
pub use watch::{Seen, Stopped, Watch};

use crate::diagnostic::SourceMap;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;
use walk::{entries, has_ending, walk};

/// No ruleset is larger, in bytes over all files.
pub const RULESET_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// No ruleset has more files.
pub const RULESET_FILES_MAX: usize = 10_000;
/// No directory below a ruleset is deeper.
pub const DIRECTORY_DEPTH_MAX: usize = 16;
/// So many entries of directories are looked at below one path, whatever they are.
pub const ENTRIES_MAX: usize = 100_000;

/// What a file of rules is called.
pub const ROOM_ENDING: &str = ".room";
/// What a file of scenes is called.
pub const SCENE_ENDING: &str = ".scene.yaml";
/// What the file with settings is called.
pub const SETTINGS_FILE: &str = "windlass.yaml";

/// Why there is no ruleset, and what to do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// The system does not give it.
    #[error("cannot read `{}`", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// Opening it could wait for ever.
    #[error("`{}` is no file: rules stand in regular files", .0.display())]
    NotAFile(PathBuf),
    /// Nothing to read.
    #[error("`{}` has no `.room` files: name a directory that has some", .0.display())]
    NoRules(PathBuf),
    /// Not text.
    #[error("`{}` is not UTF-8 at line {}: save it as UTF-8", .0.display(), .1)]
    NotUtf8(PathBuf, usize),
    /// Beyond [`RULESET_BYTES_MAX`].
    #[error("`{}` holds more than {RULESET_BYTES_MAX} bytes: name a smaller directory", .0.display())]
    TooLarge(PathBuf),
    /// Beyond [`RULESET_FILES_MAX`].
    #[error("`{}` has more than {RULESET_FILES_MAX} files of rules: name a smaller directory", .0.display())]
    TooManyFiles(PathBuf),
    /// Beyond [`ENTRIES_MAX`].
    #[error("more than {ENTRIES_MAX} files stand below `{}`: name a smaller directory", .0.display())]
    TooManyEntries(PathBuf),
    /// Beyond [`DIRECTORY_DEPTH_MAX`].
    #[error("`{}` is nested deeper than {DIRECTORY_DEPTH_MAX} directories", .0.display())]
    TooDeep(PathBuf),
}

/// Reads every `.room` file below a directory (or one file), sorted by path, as one ruleset.
pub fn read(path: &Path) -> Result<SourceMap, Unreadable> {
    Content::read(path, &[ROOM_ENDING])?.sources()
}

/// The rulesets that a path names: itself, if `.room` files stand directly in it (or it is one), or every
/// directory just below it that has some.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    if path.is_file() || entries(path)?.iter().any(|entry| has_ending(entry, &[ROOM_ENDING])) {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut rulesets = Vec::new();
    for entry in entries(path)? {
        if entry.is_dir() && !files_below(&entry, ROOM_ENDING)?.is_empty() {
            rulesets.push(entry);
        }
    }
    if rulesets.is_empty() {
        return Err(Unreadable::NoRules(path.to_path_buf()));
    }
    Ok(rulesets)
}

/// Every `.room` file below a directory, sorted by path; there is at least one.
pub fn rule_files(directory: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let files = files_below(directory, ROOM_ENDING)?;
    if files.is_empty() { Err(Unreadable::NoRules(directory.to_path_buf())) } else { Ok(files) }
}

/// Every file below a directory whose name has this ending, sorted by path. Hidden files and directories are left out.
pub fn files_below(directory: &Path, ending: &str) -> Result<Vec<PathBuf>, Unreadable> {
    Ok(walk(directory, &[ending])?.files)
}
