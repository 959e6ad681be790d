//! Fates of machines, by hand.
