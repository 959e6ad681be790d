//! What is on disk: which directory is the ruleset of a file, and what stands in it.

use super::place::Place;
use super::reading::Document;
use super::text::Text;
use crate::lint::Levels;
use crate::server::config;
use crate::syntax::SOURCE_BYTES_MAX;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// No ruleset has more files; what is beyond is not looked at.
const FILES_MAX: usize = 10_000;

/// Finds every `.room` file below a directory, or says why it cannot.
pub type FindRules = fn(&Path) -> Result<Vec<PathBuf>, String>;

/// The directory of a file's ruleset: the highest one, not above a folder that the editor has opened, in which `.room` files
/// stand. Outside of such folders it is the file's own.
pub(super) fn root_of(file: &Path, folders: &[PathBuf]) -> PathBuf {
    let own = file.parent().unwrap_or(file);
    let above = own.ancestors().take_while(|directory| folders.iter().any(|folder| directory.starts_with(folder)));
    above.filter(|directory| has_rules(directory)).last().unwrap_or(own).to_path_buf()
}

/// Whether `.room` files stand directly in a directory.
fn has_rules(directory: &Path) -> bool {
    let is_rules = |entry: fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.ends_with(".room") && !name.starts_with('.')
    };
    fs::read_dir(directory).is_ok_and(|entries| entries.flatten().any(is_rules))
}

/// The files of a ruleset. What cannot be read is left out; those that are the same as before are taken from there.
pub(super) fn read(
    root: &Path,
    find: FindRules,
    before: &BTreeMap<Place, Rc<Document>>,
) -> Result<BTreeMap<Place, Rc<Document>>, String> {
    let mut files = BTreeMap::new();
    for path in find(root)?.into_iter().take(FILES_MAX) {
        let Some(text) = read_file(&path) else { continue };
        let place = Place::File(path);
        let same = before.get(&place).filter(|known| *known.text.text == *text).cloned();
        files.insert(place, same.unwrap_or_else(|| Rc::new(Document::new(Text::new(text)))));
    }
    Ok(files)
}

/// No more than shows that a file is too long. Letters that are none stay visible as such.
pub(super) fn read_file(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(SOURCE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// What `lint.levels` in windlass.yaml beside the rules says.
pub(super) fn levels(root: &Path) -> Result<Levels, String> {
    let mut levels = Levels::default();
    if let Some((_, settings)) = config::load_for_lint(root, None).map_err(|error| error.to_string())? {
        settings.lint.levels.put(&mut levels)?;
    }
    Ok(levels)
}
