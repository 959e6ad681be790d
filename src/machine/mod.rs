//! Machines as graphs: one petgraph graph per room and lock, the composed graph over all of them, and what
//! follows from them. The only user of petgraph.
//!
//! [`Program`] is what runs; `lint::check` alone makes one. Nothing here reads a clock, a file or a socket.

mod actions;
mod address;
mod bounds;
mod calls;
mod compare;
mod composed;
mod content;
pub mod draw;
mod flow;
mod graph;
mod machine_graph;
mod nodes;
mod pass_graph;
pub mod plan;
mod program;
mod search;
mod walk;

pub use actions::{actions_of_edge, actions_of_node};
pub use bounds::{Analysis, LongestPass, PASS_STEPS_MAX, STACK_FRAMES_MAX, WOUND_RUNS_MAX};
pub use calls::{Calls, Deepest, Recursion};
pub use compare::{
    AttributeFate, Change, CheckFate, Comparison, Fate, Holders, KeyFit, KindChange, Likeness, Requires, StateFate,
};
pub use composed::{Graphs, Place};
pub use content::{Content, ContentHash, contents};
pub use flow::{Flow, Origin, Part, Slot, Standing, Streams};
pub use graph::{EdgeId, Graph, NodeId, Reach};
pub use machine_graph::{MachineGraph, Winding, is_always_taken};
pub use nodes::{Edge, Event, Node, Passing};
pub(crate) use program::compile;
pub use program::{Bounds, KeyKind, Program};
pub use search::Search;
pub use walk::{Cut, Passage, Walk};
