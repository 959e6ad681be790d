//! Tests of `machine`: what machines say as hashes, and rulesets compared.

mod comparison;
mod contents;
mod mutation;
mod plan;

use std::sync::Arc;
use windlass::diagnostic::SourceMap;
use windlass::lint;
use windlass::machine::Program;

/// The program of these files; none where they have errors.
fn compile(files: &[String]) -> Option<Arc<Program>> {
    let mut sources = SourceMap::default();
    for (at, text) in files.iter().enumerate() {
        sources.add(format!("rules{at}.room"), text.as_str());
    }
    lint::check(sources).program
}
