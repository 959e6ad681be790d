//! Whether rules may run. What [`check`] passes, the server accepts: it is the same code.
//!
//! Rules about graphs run only where every file parsed and lowered without an error: on a model with holes they
//! would report the holes. Each rule is a file of `rules/`, with its page; [`RULES`] lists them all.

mod absent;
mod book;
mod exprs;
mod levels;
mod mend;
mod places;
mod rule;
mod rules;
mod ruleset;
mod story;
mod suppress;
mod tokens;

pub use absent::{ABSENT, Absent};
pub use book::book;
pub use levels::{Level, Levels};
pub use mend::{FIX_ROUNDS_MAX, Mended, fix_of, mend};
pub use rule::{Mending, Rule};
pub use rules::{RULES, UNBOUND_CHECK, UNFIT_BINDING, rule};

use crate::diagnostic::{Code, Diagnostic, SourceMap, has_errors};
use crate::machine::{Analysis, Graphs, Program, compile};
use crate::model::{self, Model};
use crate::syntax::{self, ast};
use ruleset::Ruleset;
use std::sync::Arc;
use suppress::{Judged, suppress};

/// What there is to say about one ruleset.
#[derive(Debug)]
pub struct Checked {
    /// The ruleset, if no finding is an error.
    pub program: Option<Arc<Program>>,
    /// Every finding, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that the findings point into.
    pub sources: Arc<SourceMap>,
}

/// Parses, lowers, compiles and judges the files of one ruleset.
pub fn check(sources: SourceMap) -> Checked {
    check_at(sources, &Levels::default())
}

/// The same, where findings matter as much as the levels say. Levels do not change what may run.
pub fn check_at(sources: SourceMap, levels: &Levels) -> Checked {
    check_all(sources, levels, None)
}

/// The same for rules that are to take the place of others: also what would break then.
pub fn check_against(sources: SourceMap, levels: &Levels, old: &Program) -> Checked {
    check_all(sources, levels, Some(old))
}

fn check_all(sources: SourceMap, levels: &Levels, old: Option<&Program>) -> Checked {
    let mut diagnostics = Vec::new();
    let mut files = Vec::new();
    for (id, _) in sources.iter() {
        let parsed = syntax::parse_file(&sources, id);
        diagnostics.extend(parsed.diagnostics);
        files.push(parsed.file);
    }
    let lowered = model::lower(&files);
    diagnostics.extend(lowered.diagnostics);
    let sources = Arc::new(sources);
    let (program, judged) = match lowered.model {
        Some(model) if !has_errors(&diagnostics) => {
            (judge(model, &files, &sources, levels, &mut diagnostics), Judged::Yes)
        }
        Some(_) | None => (None, Judged::No),
    };
    suppress(&sources, &mut diagnostics, judged);
    diagnostics.extend(old.zip(program.as_deref()).into_iter().flat_map(|(old, new)| rules::find_breaking(old, new)));
    for found in &mut diagnostics {
        found.fixes = found.fixes.drain(..).map(|fix| fix.laid_out(&sources)).collect();
    }
    let mut diagnostics: Vec<Diagnostic> = diagnostics.into_iter().filter_map(|found| levels.apply(found)).collect();
    diagnostics.sort_by_key(|found| (found.primary.span.source, found.primary.span.start, found.code));
    Checked { program, diagnostics, sources }
}

fn judge(
    model: Model,
    files: &[ast::File],
    sources: &Arc<SourceMap>,
    levels: &Levels,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Arc<Program>> {
    let graphs = Graphs::of(&model);
    let analysis = Analysis::of(&model, &graphs);
    let ruleset = Ruleset::of(&model, files, sources, (&graphs, &analysis));
    // What nobody is told need not be found, unless a comment says that it is there.
    let is_named = |rule: &Rule| sources.iter().any(|(_, source)| source.text.contains(&rule.code.to_string()));
    for rule in RULES.iter().filter(|rule| levels.may_tell(rule) || is_named(rule)) {
        rule.find(&ruleset, diagnostics);
    }
    if has_errors(diagnostics) {
        return None;
    }
    // Without an error there is neither recursion nor an endless pass, so there are bounds.
    let bounds = analysis.bounds()?;
    Some(Arc::new(compile(model, sources.clone(), bounds)))
}

/// A code as people write it: `R0301`, `r301`, `301`.
pub fn parse_code(text: &str) -> Option<Code> {
    let digits = text.strip_prefix(['R', 'r']).unwrap_or(text);
    digits.parse().ok().map(Code)
}
