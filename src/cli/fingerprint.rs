//! What makes a finding the same finding after the lines around it have moved.

use crate::diagnostic::{Diagnostic, SourceMap};
use std::fmt;

/// The offset basis and the prime of FNV-1a, 64 bits (draft-eastlake-fnv). It tells lines apart and keeps no secret.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// Code, path, message and the text of the line, as one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Of a finding.
    pub fn of(found: &Diagnostic, sources: &SourceMap) -> Fingerprint {
        let path = sources.locate(found.primary.span).path;
        let line = line_hash(found, sources);
        Fingerprint(fnv(&format!("{}\n{path}\n{}\n{line:016x}", found.code, found.message)))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

/// Of the text of the line that a finding is on, without the blanks around it.
pub fn line_hash(found: &Diagnostic, sources: &SourceMap) -> u64 {
    let line = sources.locate(found.primary.span).line;
    let text =
        sources.get(found.primary.span.source).and_then(|source| source.text.lines().nth(line.saturating_sub(1)));
    fnv(text.unwrap_or("").trim())
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(FNV_OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}
