//! The store: both of its kinds give the same answers, and the one on disk survives what happens to disks and processes.

mod committer;
mod damage;
mod faults;
mod kill;
mod model;
mod retention;
pub mod small;
pub mod stage;
