//! How checks have ended.

use crate::check::Verdict;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// By the check's name, and in a word how it ended. Names are those of the rules, so there are only so many.
#[derive(Debug, Default)]
pub(in super::super) struct Verdicts(Mutex<BTreeMap<Arc<str>, BTreeMap<&'static str, u64>>>);

impl Verdicts {
    pub(in super::super) fn count(&self, check: &Arc<str>, verdict: &Verdict) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(check.clone()).or_default().entry(outcome(verdict)).or_default() += 1;
    }

    pub(super) fn get(&self) -> BTreeMap<Arc<str>, BTreeMap<&'static str, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What went wrong here has fixed words; everything else is what the verifier found.
fn outcome(verdict: &Verdict) -> &'static str {
    match verdict.as_ref().map_err(|why| &**why) {
        Ok(_) => "passed",
        Err("busy") => "busy",
        Err("too slow") => "too_slow",
        Err("unavailable" | "no such check") => "unavailable",
        Err(_) => "failed",
    }
}
