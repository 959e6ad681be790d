//! Fixtures on disk: one folder per subject, one file per case, what is expected beside it.

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of `tests/fixtures/<folder>` with this extension, sorted; at least one.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = root().join("tests/fixtures").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no .{extension} file", folder.display());
    files
}

/// Compares with the file beside `case` that has the extension `expected`; `UPDATE_EXPECT=1` writes it.
pub fn expect_beside(case: &Path, actual: &str) {
    expect_test::expect_file![case.with_extension("expected")].assert_eq(actual);
}
