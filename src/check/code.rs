//! `code`: is this one of the configured codes.

use super::{Verdict, Verifier, Work, texts};
use crate::value::{Millis, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// The configured codes by their labels. A code is a secret: it is compared in constant time, and never shown.
pub struct Codes {
    codes: Vec<(Arc<str>, Arc<str>)>,
}

impl fmt::Debug for Codes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Codes({} secret)", self.codes.len())
    }
}

impl Codes {
    /// Codes by label.
    pub fn new(codes: BTreeMap<Arc<str>, Arc<str>>) -> Self {
        Codes { codes: codes.into_iter().collect() }
    }

    /// The label of a code. Takes as long for a wrong code as for a right one of its length: every configured code is compared.
    fn label(&self, given: &str) -> Option<Arc<str>> {
        let mut found = u32::MAX;
        for (at, (_, code)) in (0u32..).zip(&self.codes) {
            let same: Choice = code.as_bytes().ct_eq(given.as_bytes());
            found = u32::conditional_select(&found, &at, same);
        }
        self.codes.get(found as usize).map(|(label, _)| label.clone())
    }
}

impl Verifier for Codes {
    fn begin(&self, args: Vec<Value>, _wall: Millis) -> Work {
        let verdict: Verdict = match texts::<1>(args).and_then(|[given]| self.label(&given)) {
            Some(label) => Ok(Value::Text(label)),
            None => Err("not a known code".into()),
        };
        Work::Done(verdict)
    }

    fn describe(&self) -> String {
        format!("{} configured", self.codes.len())
    }
}
