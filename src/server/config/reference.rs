//! All settings with their defaults, units and words, made from the types themselves. The table of `docs/configuration.md` is this
//! one; a test compares them.

use super::assignment::Setting;
use super::load::PLACED_BESIDE;
use super::{Config, NEEDS_RESTART};
use serde::Serialize;
use serde_json::Value;

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Described {
    /// Its name, with dots.
    pub name: String,
    /// What it is if nothing is said, as a file would have it; `none` for nothing.
    pub default: String,
    /// What may be written.
    pub allowed: String,
    /// What it is.
    pub words: String,
    /// Whether it cannot change while a server runs.
    pub needs_restart: bool,
}

/// All settings, in the order of the page.
pub fn reference() -> Vec<Described> {
    let mut settings = Vec::new();
    Config::default().describe("", "", &mut settings);
    settings
}

/// The table of the page.
pub fn table() -> String {
    let rows = reference().into_iter().map(|Described { name, default, allowed, words, .. }| {
        let allowed = allowed.replace('|', "\\|");
        format!("| `{name}` | `{default}` | {allowed} | {words} |\n")
    });
    format!("| setting | default | allowed | what it is |\n|---|---|---|---|\n{}", rows.collect::<String>())
}

impl Described {
    pub(super) fn new(name: &str, default: &impl Serialize, allowed: String, words: &'static str) -> Described {
        Described {
            default: default_in_words(name, serde_json::to_value(default).unwrap_or_default()),
            name: name.to_owned(),
            allowed,
            words: words.trim().to_owned(),
            needs_restart: NEEDS_RESTART.contains(&name),
        }
    }
}

fn default_in_words(name: &str, default: Value) -> String {
    if let Some((_, directory)) = PLACED_BESIDE.iter().find(|(placed, _)| *placed == name) {
        return format!("{directory}/ beside the rules");
    }
    match default {
        Value::Null => "none".to_owned(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Object(fields) if fields.is_empty() => "none".to_owned(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The name of a setting below another.
pub(super) fn below(name: &str, field: &str) -> String {
    if name.is_empty() { field.to_owned() } else { format!("{name}.{field}") }
}
