//! The program of a ruleset that a command is to work with.

use super::print::complain;
use super::render::{self, Coloured};
use crate::engine::Services;
use crate::lint::{self, Checked};
use crate::machine::Program;
use crate::ruleset;
use crate::server::{bindings, config};
use anyhow::bail;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The only ruleset that a path names.
pub(super) fn one_ruleset(path: &Path) -> anyhow::Result<PathBuf> {
    let mut found = ruleset::find(path)?;
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (_, others) => bail!("`{}` has {} rulesets: name one of them", path.display(), others + 1),
    }
}

/// The program of the only ruleset that a path names; none where it has errors, which are told.
pub(super) fn program(path: &Path) -> anyhow::Result<Option<Arc<Program>>> {
    let checked = lint::check(ruleset::read(&one_ruleset(path)?)?);
    if checked.program.is_none() {
        tell(&checked);
    }
    Ok(checked.program)
}

/// Tells all that was found, as `windlass lint` does.
pub(super) fn tell(checked: &Checked) {
    for found in &checked.diagnostics {
        complain(&format!("{}\n", render::human(found, &checked.sources, Coloured::Yes)));
    }
}

/// The groups that the settings beside a ruleset bind checks to; none where there are no settings.
pub(super) fn services(ruleset: &Path) -> anyhow::Result<Services> {
    let settings = config::load_for_lint(ruleset, None)?;
    Ok(settings.map(|(_, config)| bindings::services(&config.checks)).unwrap_or_default())
}
