//! Findings that were there before: a file that names them, so that only new ones are told.
//!
//! Errors are never in it: they keep rules from being loaded, known or not.

use crate::cli::fingerprint::line_hash;
use crate::diagnostic::{Diagnostic, SourceMap};
use crate::lint::rule;
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// Counts changes that a reader would have to know.
const FORMAT_VERSION: u32 = 1;
/// No baseline is larger, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Known findings.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline {
    format_version: u32,
    known: Vec<Known>,
}

/// One finding. Lines are not counted, so it stays known while other lines come and go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Known {
    path: String,
    code: String,
    message: String,
    /// A hash of the text of its line.
    line: String,
}

impl Baseline {
    /// Reads one.
    pub(super) fn read(path: &Path) -> anyhow::Result<Baseline> {
        let cannot = || format!("cannot read the baseline `{}`", path.display());
        if fs::metadata(path).with_context(cannot)?.len() > FILE_BYTES_MAX {
            bail!("{}: it holds more than {FILE_BYTES_MAX} bytes", cannot());
        }
        let text = fs::read_to_string(path).with_context(cannot)?;
        let baseline: Baseline = serde_json::from_str(&text).with_context(cannot)?;
        if baseline.format_version != FORMAT_VERSION {
            bail!("{}: its format is {}, and this is {FORMAT_VERSION}", cannot(), baseline.format_version);
        }
        Ok(baseline)
    }

    /// Makes one of findings.
    pub(super) fn of<'found>(findings: impl Iterator<Item = (&'found Diagnostic, &'found SourceMap)>) -> Baseline {
        let findings = findings.filter(|(found, _)| can_be_known(found));
        let mut known: Vec<Known> = findings.map(|(found, sources)| Known::of(found, sources)).collect();
        known.sort();
        Baseline { format_version: FORMAT_VERSION, known }
    }

    /// Writes it, a finding a line.
    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| format!("cannot write the baseline `{}`", path.display()))
    }

    /// Takes out what is known, each known finding once, and says how many.
    pub(super) fn leave_out(&mut self, found: &mut Vec<Diagnostic>, sources: &SourceMap) -> usize {
        let before = found.len();
        found.retain(|found| !(can_be_known(found) && self.takes(&Known::of(found, sources))));
        before - found.len()
    }

    fn takes(&mut self, found: &Known) -> bool {
        let at = self.known.iter().position(|known| known == found);
        at.map(|at| self.known.swap_remove(at)).is_some()
    }
}

/// Whether a finding is one that rules can run with.
fn can_be_known(found: &Diagnostic) -> bool {
    use crate::diagnostic::Severity;
    let by_itself = rule(found.code).map(|rule| rule.severity);
    found.severity != Severity::Error || by_itself != Some(Severity::Error)
}

impl Known {
    fn of(found: &Diagnostic, sources: &SourceMap) -> Known {
        Known {
            path: sources.locate(found.primary.span).path.to_string(),
            code: found.code.to_string(),
            message: found.message.clone(),
            line: format!("{:016x}", line_hash(found, sources)),
        }
    }
}
