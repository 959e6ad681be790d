//! How much findings matter to whoever asks: levels by code, over those that the rules have by themselves.
//!
//! Levels decide what is told and what fails a build. What may run is the language's to say, so an error that a stage
//! or a rule reports stays one.

use super::rule::Rule;
use super::rules::rule;
use crate::diagnostic::{Code, Diagnostic, Severity};
use std::collections::BTreeMap;

/// What becomes of a rule's findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// They are not told.
    Allow,
    /// Hints.
    Info,
    /// Warnings.
    Warn,
    /// Errors.
    Error,
}

impl Level {
    /// A level as people write it.
    pub fn parse(text: &str) -> Option<Level> {
        match text {
            "allow" => Some(Level::Allow),
            "info" => Some(Level::Info),
            "warn" => Some(Level::Warn),
            "error" => Some(Level::Error),
            _ => None,
        }
    }
}

/// Levels by code. Without one, a finding is as severe as its rule says, and hints are not told.
#[derive(Clone, Debug, Default)]
pub struct Levels(BTreeMap<Code, Level>);

impl Levels {
    /// Gives a rule a level; a later one goes before an earlier one. The reason why not, where there is no such rule, or
    /// where an error of the language would be lowered.
    pub fn set(&mut self, code: Code, level: Level) -> Result<(), String> {
        let Some(rule) = rule(code) else {
            return Err(format!("there is no rule `{code}`: `windlass explain` lists all of them"));
        };
        if rule.severity == Severity::Error && level != Level::Error {
            return Err(format!(
                "`{code}` ({}) is an error of the language: rules in which it is found cannot be loaded, so it cannot be lowered",
                rule.name
            ));
        }
        self.0.insert(code, level);
        Ok(())
    }

    /// Whether findings of a rule may be told.
    pub(super) fn may_tell(&self, rule: &Rule) -> bool {
        rule.severity != Severity::Info || self.0.contains_key(&rule.code)
    }

    /// The finding as it is told; none where it is not.
    pub(super) fn apply(&self, mut found: Diagnostic) -> Option<Diagnostic> {
        if found.severity == Severity::Error {
            return Some(found);
        }
        found.severity = match self.0.get(&found.code) {
            Some(Level::Allow) => return None,
            Some(Level::Info) => Severity::Info,
            Some(Level::Warn) => Severity::Warning,
            Some(Level::Error) => Severity::Error,
            None if found.severity == Severity::Info => return None,
            None => found.severity,
        };
        Some(found)
    }
}
