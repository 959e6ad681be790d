//! Rulesets: the one that messages run under, and those that are shipped.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass::diagnostic::SourceMap;
use windlass::lint;
use windlass::machine::Program;

/// The name and the text of a file.
pub type Text = (String, String);

/// The hall and the vault.
pub fn house() -> Arc<Program> {
    compile(&[("house.room".to_owned(), include_str!("house.room").to_owned())])
}

pub fn compile(files: &[Text]) -> Arc<Program> {
    let mut sources = SourceMap::default();
    for (name, text) in files {
        sources.add(name.as_str(), text.as_str());
    }
    let checked = lint::check(sources);
    checked.program.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
}

/// The files of each shipped ruleset.
pub fn shipped() -> Vec<Vec<Text>> {
    let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).join("rooms");
    let rulesets = inside(&rooms).into_iter().filter(|path| path.is_dir());
    rulesets.map(|ruleset| inside(&ruleset).iter().filter_map(|path| rules_in(path)).collect()).collect()
}

fn inside(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn rules_in(path: &Path) -> Option<Text> {
    let is_rules = path.extension().is_some_and(|ending| ending == "room");
    is_rules.then(|| (path.display().to_string(), std::fs::read_to_string(path).expect("a file of rules")))
}
