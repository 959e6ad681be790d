//! Looking below a directory, boundedly.

use super::{DIRECTORY_DEPTH_MAX, ENTRIES_MAX, RULESET_FILES_MAX, Unreadable};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What stands below a directory.
pub(super) struct Found {
    /// Files whose names have one of the endings, sorted by path.
    pub files: Vec<PathBuf>,
    /// The directory and every one below it.
    pub directories: Vec<PathBuf>,
}

/// Looks for files whose names have one of these endings. Hidden files and directories are left out, and so are, by
/// their names, the copies that editors keep. Links are followed, but each directory is entered once.
pub(super) fn walk(directory: &Path, endings: &[&str]) -> Result<Found, Unreadable> {
    let found = Found { files: Vec::new(), directories: Vec::new() };
    let mut walk = Walk { top: directory, endings, found, entered: BTreeSet::new(), entries_left: ENTRIES_MAX };
    walk.enter(directory, DIRECTORY_DEPTH_MAX)?;
    walk.found.files.sort();
    Ok(walk.found)
}

struct Walk<'walk> {
    top: &'walk Path,
    endings: &'walk [&'walk str],
    found: Found,
    /// Directories by their real names.
    entered: BTreeSet<PathBuf>,
    entries_left: usize,
}

impl Walk<'_> {
    fn enter(&mut self, directory: &Path, depth_left: usize) -> Result<(), Unreadable> {
        let real = fs::canonicalize(directory).map_err(|error| Unreadable::Io(directory.to_path_buf(), error))?;
        if !self.entered.insert(real) {
            return Ok(());
        }
        if depth_left == 0 {
            return Err(Unreadable::TooDeep(directory.to_path_buf()));
        }
        self.found.directories.push(directory.to_path_buf());
        let entries = entries(directory)?;
        let too_many = || Unreadable::TooManyEntries(self.top.to_path_buf());
        self.entries_left = self.entries_left.checked_sub(entries.len()).ok_or_else(too_many)?;
        for entry in entries {
            if entry.is_dir() {
                self.enter(&entry, depth_left - 1)?;
            } else if has_ending(&entry, self.endings) {
                self.add(entry)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, file: PathBuf) -> Result<(), Unreadable> {
        if self.found.files.len() == RULESET_FILES_MAX {
            return Err(Unreadable::TooManyFiles(self.top.to_path_buf()));
        }
        self.found.files.push(file);
        Ok(())
    }
}

/// What stands directly in a directory and is not hidden, sorted.
pub(super) fn entries(directory: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let cannot = |error| Unreadable::Io(directory.to_path_buf(), error);
    let mut entries = Vec::new();
    for (count, entry) in fs::read_dir(directory).map_err(cannot)?.enumerate() {
        if count == ENTRIES_MAX {
            return Err(Unreadable::TooManyEntries(directory.to_path_buf()));
        }
        let entry = entry.map_err(cannot)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

pub(super) fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    endings.iter().any(|ending| name.ends_with(ending))
}
