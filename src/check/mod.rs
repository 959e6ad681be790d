//! Verifiers: what answers the `check` of a rule.
