//! What stood below a path at one moment, read once: what is compared is what is compiled.

use super::walk::{has_ending, walk};
use super::{ROOM_ENDING, RULESET_BYTES_MAX, SCENE_ENDING, SETTINGS_FILE, Unreadable};
use crate::diagnostic::SourceMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The files of a ruleset.
#[derive(Debug)]
pub struct Content {
    path: PathBuf,
    /// Every file and its bytes, sorted by path.
    files: Vec<(PathBuf, Vec<u8>)>,
    /// Where they were looked for.
    pub(super) directories: Vec<PathBuf>,
    /// Changes whenever a file is another one, is gone, or came.
    pub hash: ContentHash,
}

/// Tells contents apart within one process. It keeps no secret, and is another one in the next version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash(u64);

impl Content {
    /// Reads the files below a directory whose names have one of these endings. Of a path that is one file of rules: that,
    /// its scenes, and the settings beside it.
    pub fn read(path: &Path, endings: &[&str]) -> Result<Content, Unreadable> {
        let (names, directories) = match path.is_dir() {
            true => walk(path, endings).map(|found| (found.files, found.directories))?,
            false => (beside(path, endings), vec![super::watch::home(path)]),
        };
        let mut files = Vec::new();
        let mut bytes_left = RULESET_BYTES_MAX;
        for name in names {
            let bytes = read_file(&name, bytes_left)?;
            let is_over = || Unreadable::TooLarge(path.to_path_buf());
            bytes_left = bytes_left.checked_sub(bytes.len() as u64).ok_or_else(is_over)?;
            files.push((name, bytes));
        }
        let mut hasher = DefaultHasher::new();
        files.hash(&mut hasher);
        Ok(Content { path: path.to_path_buf(), files, directories, hash: ContentHash(hasher.finish()) })
    }

    /// The rules as texts; there is at least one file of them. Files that were named themselves are rules by any name.
    pub fn sources(self) -> Result<SourceMap, Unreadable> {
        let mut sources = SourceMap::default();
        let path = self.path;
        let is_rules = |file: &Path| has_ending(file, &[ROOM_ENDING]) || file == path;
        for (file, bytes) in self.files.into_iter().filter(|(file, _)| is_rules(file)) {
            let text = String::from_utf8(bytes).map_err(|error| {
                let before = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
                Unreadable::NotUtf8(file.clone(), 1 + before.filter(|byte| **byte == b'\n').count())
            })?;
            sources.add(file.display().to_string(), text);
        }
        if sources.iter().next().is_none() { Err(Unreadable::NoRules(path)) } else { Ok(sources) }
    }
}

fn beside(file: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let others = [file.with_extension(&SCENE_ENDING[1..]), file.with_file_name(SETTINGS_FILE)];
    let wanted = others.into_iter().filter(|other| other.is_file() && has_ending(other, endings));
    std::iter::once(file.to_path_buf()).chain(wanted).collect()
}

/// Reads no more than shows that it is too much. What is no regular file, such as a pipe, is not opened: that could wait
/// for ever.
fn read_file(file: &Path, bytes_max: u64) -> Result<Vec<u8>, Unreadable> {
    let cannot = |error| Unreadable::Io(file.to_path_buf(), error);
    if !fs::metadata(file).map_err(cannot)?.is_file() {
        return Err(Unreadable::NotAFile(file.to_path_buf()));
    }
    let mut bytes = Vec::new();
    File::open(file).and_then(|open| open.take(bytes_max + 1).read_to_end(&mut bytes)).map_err(cannot)?;
    Ok(bytes)
}
