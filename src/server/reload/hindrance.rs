//! Why what was to become active did not.

use crate::engine::NotReloaded;
use crate::server::hatch::NobodyThere;
use crate::server::source::Unfit;
use crate::wind::Epoch;
use std::fmt;
use std::sync::Arc;

/// Why the rules and settings that were active still are.
#[derive(Debug)]
pub enum Hindrance {
    /// What stands on disk, or was sent, cannot be active.
    Unfit(Unfit),
    /// These settings are others, and cannot change while the server runs.
    NeedsRestart(Vec<&'static str>),
    /// Keys of this lock were to end, and there is no such lock.
    UnknownLock(Arc<str>),
    /// No ruleset of this epoch is kept.
    UnknownEpoch(Epoch),
    /// The engine would not.
    NotReloaded(NotReloaded),
    /// The server stops.
    Stopping,
    /// A fault of the server's own, in words.
    Fault(String),
}

impl Hindrance {
    /// The same for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Hindrance::Unfit(Unfit::Unreadable(_)) => "unreadable",
            Hindrance::Unfit(Unfit::Config(_)) => "bad_settings",
            Hindrance::Unfit(Unfit::Errors(_)) => "bad_rules",
            Hindrance::Unfit(Unfit::Unready(_)) => "unbound_check",
            Hindrance::NeedsRestart(_) => "needs_restart",
            Hindrance::UnknownLock(_) => "unknown_lock",
            Hindrance::UnknownEpoch(_) => "unknown_epoch",
            Hindrance::NotReloaded(_) => "busy",
            Hindrance::Stopping => "stopping",
            Hindrance::Fault(_) => "fault",
        }
    }
}

impl fmt::Display for Hindrance {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hindrance::Unfit(unfit) => unfit.fmt(out),
            Hindrance::NeedsRestart(names) => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                write!(
                    out,
                    "{} cannot change while the server runs: set back what it was, or restart",
                    names.join(", ")
                )
            }
            Hindrance::UnknownLock(name) => {
                write!(out, "there is no lock `{name}`, neither in the rules before nor after")
            }
            Hindrance::UnknownEpoch(epoch) => {
                write!(out, "no ruleset of epoch `{epoch}` is kept: `windlass epochs` lists those that are")
            }
            Hindrance::NotReloaded(why) => why.fmt(out),
            Hindrance::Stopping => NobodyThere.fmt(out),
            Hindrance::Fault(why) => out.write_str(why),
        }
    }
}

impl std::error::Error for Hindrance {}

impl From<NobodyThere> for Hindrance {
    fn from(_: NobodyThere) -> Self {
        Hindrance::Stopping
    }
}
