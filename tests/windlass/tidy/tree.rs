//! The files of the project, as far as they are its own.

use crate::fixtures::root;
use std::path::{Path, PathBuf};

/// One file.
pub struct File {
    /// From the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Every text file below a folder whose name has one of these endings, sorted by path.
pub fn files(folder: &str, endings: &[&str]) -> Vec<File> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = relative(&path);
        if endings.iter().any(|ending| name.ends_with(ending))
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            files.push(File { path: name, text });
        }
    }
    files
}

/// Every file below a folder, from the root, sorted.
pub fn paths(folder: &str) -> Vec<String> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    let mut paths: Vec<String> = paths.iter().map(|path| relative(path)).collect();
    paths.sort();
    paths
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(root()).expect("a path below the root");
    path.to_str().expect("a path in UTF-8").replace('\\', "/")
}

/// What is made, and what is not ours.
const SKIPPED: [&str; 4] = ["target", ".git", "node_modules", "__pycache__"];

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            collect(&path, paths);
        } else {
            paths.push(path);
        }
    }
}
