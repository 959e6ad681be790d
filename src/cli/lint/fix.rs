//! `--fix` and `--diff`: what is found is mended, in the files or for show.

use super::Linted;
use super::baseline::Baseline;
use crate::cli::change::{diff, replace};
use crate::diagnostic::{Applicability, Diagnostic, SourceMap};
use crate::lint::{Levels, Mended, fix_of, mend};
use anyhow::Context;
use std::path::Path;

#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("fixing").multiple(true))]
pub(super) struct Arguments {
    /// Applies the fixes that leave what the rules do as it is, and tells what is left.
    #[arg(long, group = "fixing", conflicts_with_all = ["write_baseline", "against"])]
    fix: bool,
    /// Applies the other fixes, too: probably what was meant, and to be looked at.
    #[arg(long, requires = "fixing")]
    unsafe_fixes: bool,
    /// Shows what `--fix` would change, and changes nothing.
    #[arg(long, group = "fixing", conflicts_with_all = ["format", "write_baseline", "against"])]
    diff: bool,
}

/// What is to become of fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fixing {
    /// They are told.
    Not,
    /// They are put into the files, up to this applicability.
    Write(Applicability),
    /// They are shown.
    Show(Applicability),
}

impl Arguments {
    pub(super) fn fixing(&self) -> Fixing {
        let most = if self.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
        match (self.diff, self.fix) {
            (true, _) => Fixing::Show(most),
            (false, true) => Fixing::Write(most),
            (false, false) => Fixing::Not,
        }
    }
}

/// Mends a ruleset, except for what the baseline knows.
pub(super) fn mended(sources: SourceMap, levels: &Levels, most: Applicability, known: Option<&Baseline>) -> Mended {
    mend(sources, levels, most, |found, sources| {
        if let Some(known) = known {
            known.clone().leave_out(found, sources);
        }
    })
}

/// Writes the texts that are others now, each file in one step.
pub(super) fn write(old: &SourceMap, new: &SourceMap) -> anyhow::Result<()> {
    for (path, _, text) in changed(old, new) {
        replace(Path::new(path), text).with_context(|| format!("cannot write `{path}`"))?;
    }
    Ok(())
}

/// What would be written, as a unified diff.
pub(super) fn shown(old: &SourceMap, new: &SourceMap) -> String {
    changed(old, new).map(|(path, old, new)| diff(path, "fixed", old, new)).collect()
}

fn changed<'text>(
    old: &'text SourceMap,
    new: &'text SourceMap,
) -> impl Iterator<Item = (&'text str, &'text str, &'text str)> {
    let pairs = old.iter().zip(new.iter()).map(|((_, old), (_, new))| (&*old.path, &*old.text, &*new.text));
    pairs.filter(|(_, old, new)| old != new)
}

/// `` fixed 2, 1 could be fixed with `--fix --unsafe-fixes` ``, or as much of it as there is: a line, or nothing.
pub(super) fn told(rulesets: &[Linted], fixing: Fixing) -> String {
    let applied: usize = rulesets.iter().map(|linted| linted.fixed).sum();
    let found = || rulesets.iter().flat_map(|linted| &linted.checked.diagnostics);
    let most = |found: &Diagnostic, most| fix_of(found, most).is_some();
    let safe = found().filter(|found| most(found, Applicability::Safe)).count();
    let looked_at = found().filter(|found| most(found, Applicability::Unsafe)).count() - safe;
    let way = |count, flags| format!("{count} could be fixed with `{flags}`");
    let (safe, looked_at) = (way(safe, "--fix"), way(looked_at, "--fix --unsafe-fixes"));
    let parts = match fixing {
        Fixing::Not => vec![safe, looked_at],
        Fixing::Write(_) => vec![format!("fixed {applied}"), safe, looked_at],
        Fixing::Show(Applicability::Safe) => vec![format!("would fix {applied}"), looked_at],
        Fixing::Show(Applicability::Unsafe) => vec![format!("would fix {applied}")],
    };
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.starts_with("0 ")).collect();
    if parts.is_empty() { String::new() } else { parts.join(", ") + "\n" }
}
