//! What the settings bind, told as findings: each stands where somebody has to write.

use crate::diagnostic::{Diagnostic, SourceId, SourceMap, Span};
use crate::lint::{Checked, UNBOUND_CHECK, UNBOUND_WEBHOOK, UNFIT_BINDING};
use crate::server::bindings::{Misfit, misfits, unbound_webhooks};
use crate::server::config::Config;
use std::path::Path;
use std::sync::Arc;

/// Adds what does not fit between rules that may run and the settings in `file`.
pub(super) fn add(checked: &mut Checked, file: &Path, config: &Config) {
    let Some(program) = &checked.program else { return };
    let misfits = misfits(&program.model, config);
    let unbound = unbound_webhooks(&program.model, &config.webhooks);
    if misfits.is_empty() && unbound.is_empty() {
        return;
    }
    let mut sources = SourceMap::clone(&checked.sources);
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let settings = sources.add(file.display().to_string(), without_values(&text));
    checked.diagnostics.extend(misfits.into_iter().map(|misfit| finding(misfit, settings, &sources)));
    checked.diagnostics.extend(unbound.into_iter().filter_map(unbound_webhook));
    checked.sources = Arc::new(sources);
}

fn finding(misfit: Misfit, settings: SourceId, sources: &SourceMap) -> Diagnostic {
    let found = match misfit.settings {
        Some(place) => {
            let found = Diagnostic::error(UNFIT_BINDING, line(place, settings, sources), misfit.message);
            misfit.rules.into_iter().fold(found, |found, span| found.other(span, "declared here"))
        }
        None => {
            let nowhere = Span { source: settings, start: 0, end: 0 };
            Diagnostic::error(UNBOUND_CHECK, misfit.rules.unwrap_or(nowhere), misfit.message)
        }
    };
    found.help(misfit.help)
}

fn unbound_webhook(misfit: Misfit) -> Option<Diagnostic> {
    Some(Diagnostic::warning(UNBOUND_WEBHOOK, misfit.rules?, misfit.message).help(misfit.help))
}

/// The settings with nothing but their names: a finding shows lines, and there are secrets in them.
fn without_values(text: &str) -> String {
    let name = |line: &str| match line.split_once(':') {
        Some((name, value)) if value.trim().is_empty() => format!("{name}:\n"),
        Some((name, _)) => format!("{name}: …\n"),
        None => "\n".into(),
    };
    text.lines().map(name).collect()
}

/// The name on a line (from 1) of the settings.
fn line((line, _): (u64, u64), source: SourceId, sources: &SourceMap) -> Span {
    let text = sources.get(source).map_or("", |source| &*source.text);
    let wanted = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(wanted).map(str::len).sum();
    let shown = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let name = shown.split(':').next().unwrap_or("");
    let indent = name.len() - name.trim_start().len();
    Span { source, start: (start + indent) as u32, end: (start + name.len()) as u32 }
}
