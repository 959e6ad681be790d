//! A file that is to become another: how it is shown, and how it is written.

use similar::TextDiff;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Unchanged lines around each change of a diff.
const CONTEXT_LINES: usize = 3;

/// What would change, as a unified diff. `how` says in a word what the new text is: `formatted`.
pub(super) fn diff(name: &str, how: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    diff.unified_diff().context_radius(CONTEXT_LINES).header(name, &format!("{name} ({how})")).to_string()
}

/// Replaces a file in one step: whoever reads it meets the old text or the new one. Its permissions stay, and a link stays a link.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let written =
        write_new(&beside, text, fs::metadata(&path)?.permissions()).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // What is left of the attempt goes; why it failed is what is told.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_new(path: &Path, text: &str, permissions: fs::Permissions) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(permissions)?;
    file.sync_all()
}
