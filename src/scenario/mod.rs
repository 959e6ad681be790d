//! Scenes: rules tried as a user would try them, in virtual time, without a network.
//!
//! `text -> Node -> Scene -> Troupe -> play -> Played`. A scene is a list of steps; each step is one act and what must
//! come of it, frames and state. What plays is the real [`crate::engine`], fed as the server feeds it; what stands
//! around it here (connections, lists, checks) never decides anything. Nothing here reads files, and only the reading
//! of YAML needs the feature `server`.

mod coverage;
mod expect;
mod hole;
mod log;
mod node;
mod pattern;
mod play;
mod read;
mod scene;
mod stage;
mod troupe;
#[cfg(feature = "server")]
mod yaml;

pub use coverage::{Coverage, Unwalked, Walked, coverage};
pub use hole::{Variables, crew_variables, fill};
pub use log::Entry;
pub use node::{Field, Node, Position, Shape};
pub use pattern::Pattern;
pub use play::{Failure, Happened, Played, Problem, Rehearsal, play};
pub use read::{Mistake, SCENES_MAX, read_scenes};
pub use scene::{About, Act, Claim, Connection, Frames, Given, Scene, Step, Verdict, Who};
pub use troupe::Troupe;
#[cfg(feature = "server")]
pub use yaml::read_yaml;
