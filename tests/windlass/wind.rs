//! Tests of `wind`.
