//! The scene files of a ruleset.

use crate::ruleset::{SCENE_ENDING, files_below};
use crate::scenario::{Mistake, Scene, Troupe, read_scenes, read_yaml};
use anyhow::Context;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// No scene file is larger.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Mistakes in scene files, with their files.
pub(in crate::cli) type Mistakes = Vec<(Arc<str>, Mistake)>;

/// Reads every `*.scene.yaml` below a ruleset's directory, sorted by path. A ruleset that is one file, `x.room`, has
/// its scenes in `x.scene.yaml`; a file of scenes is read by itself.
pub(in crate::cli) fn read(ruleset: &Path) -> anyhow::Result<Result<Troupe, Mistakes>> {
    let mut files = Vec::new();
    if ruleset.is_file() && ruleset.to_string_lossy().ends_with(SCENE_ENDING) {
        files.push(ruleset.to_owned());
    } else if ruleset.is_file() {
        files.extend(Some(ruleset.with_extension("scene.yaml")).filter(|file| file.is_file()));
    } else {
        files = files_below(ruleset, SCENE_ENDING)?;
    }
    files.sort();
    let mut scenes = Vec::new();
    let mut mistakes = Vec::new();
    for file in files {
        match read_file(&file)? {
            Ok(found) => scenes.extend(found),
            Err(found) => mistakes.extend(found),
        }
    }
    Ok(if mistakes.is_empty() { Troupe::new(scenes) } else { Err(mistakes) })
}

fn read_file(file: &Path) -> anyhow::Result<Result<Vec<Scene>, Mistakes>> {
    let cannot = || format!("cannot read `{}`", file.display());
    if fs::metadata(file).with_context(cannot)?.len() > FILE_BYTES_MAX {
        anyhow::bail!("`{}` has more than {FILE_BYTES_MAX} bytes: split it", file.display());
    }
    let text = fs::read_to_string(file).with_context(cannot)?;
    let path: Arc<str> = file.display().to_string().into();
    let scenes = match read_yaml(&text) {
        Ok(tree) => read_scenes(path.clone(), &tree),
        Err(mistake) => Err(vec![mistake]),
    };
    Ok(scenes.map_err(|mistakes| mistakes.into_iter().map(|mistake| (path.clone(), mistake)).collect()))
}
