//! What every rule's file needs.

pub(super) use crate::diagnostic::{Code, Diagnostic, Fix, Severity};
pub(super) use crate::lint::rule::{By, Mending, Rule};
pub(super) use crate::lint::ruleset::Ruleset;
pub(super) use crate::machine::Node;
pub(super) use crate::model::StateId;
